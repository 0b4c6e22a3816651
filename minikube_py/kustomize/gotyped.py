"""Decodes a kustomization into the fields that it may have, with encoding/json's refusals of unknown fields and wrong types."""

from typing import Any

from minikube_py.kits import jsonio
from minikube_py.kustomize.nodes import KustomizeError

Spec = dict[str, Any]
_SELECTOR = {"group": "string", "version": "string", "kind": "string", "name": "string", "namespace": "string"}
_FIELD_SPEC = {"group": "string", "version": "string", "kind": "string", "path": "string", "create": "bool"}
_OPTIONS = {"labels": "map", "annotations": "map", "disableNameSuffixHash": "bool", "immutable": "bool"}
_GENERATOR = {
    "namespace": "string", "name": "string", "behavior": "string", "literals": "strings", "files": "strings", "envs": "strings", "env": "string",
    "options": "*GeneratorOptions",
}  # fmt: skip
_PATCH = {"path": "string", "patch": "string", "target": "*Selector", "options": "bools"}
_CHARTS = {"chartHome": "string", "configHome": "string"}
_CHART = {
    "name": "string", "version": "string", "repo": "string", "releaseName": "string", "namespace": "string", "nameTemplate": "string",
    "additionalValuesFiles": "strings", "valuesFile": "string", "valuesInline": "any", "valuesMerge": "string", "includeCRDs": "bool",
    "skipHooks": "bool", "apiVersions": "strings", "kubeVersion": "string", "skipTests": "bool", "debug": "bool",
}  # fmt: skip
_METADATA = {"name": "string", "namespace": "string", "labels": "map", "annotations": "map"}

# Go's structs: field to type. "[]X" is a list of structs, "*X" a struct that may be missing, "X" one that is always there.
STRUCTS: dict[str, Spec] = {
    "Kustomization": {
        "apiVersion": "string", "kind": "string", "metadata": "*ObjectMeta", "openapi": "map", "namePrefix": "string", "nameSuffix": "string",
        "namespace": "string", "commonLabels": "map", "labels": "[]Label", "commonAnnotations": "map", "patchesStrategicMerge": "strings",
        "patchesJson6902": "[]Patch", "patches": "[]Patch", "images": "[]Image", "imageTags": "[]Image", "replacements": "[]ReplacementField",
        "replicas": "[]Replica", "vars": "[]Var", "sortOptions": "*SortOptions", "resources": "strings", "components": "strings", "crds": "strings",
        "bases": "strings", "configMapGenerator": "[]ConfigMapArgs", "secretGenerator": "[]SecretArgs", "helmGlobals": "*HelmGlobals",
        "helmCharts": "[]HelmChart", "helmChartInflationGenerator": "[]HelmChartArgs", "generatorOptions": "*GeneratorOptions",
        "configurations": "strings", "generators": "strings", "transformers": "strings", "validators": "strings", "buildMetadata": "strings",
    },
    "ObjectMeta": _METADATA,
    "Label": {"pairs": "map", "includeSelectors": "bool", "includeTemplates": "bool", "fields": "[]FieldSpec"},
    "FieldSpec": _FIELD_SPEC,
    "Patch": _PATCH,
    "Selector": {**_SELECTOR, "annotationSelector": "string", "labelSelector": "string"},
    "Image": {"name": "string", "newName": "string", "tagSuffix": "string", "newTag": "string", "digest": "string"},
    "Replacement": {"source": "*SourceSelector", "targets": "[]TargetSelector"},
    "ReplacementField": {"source": "*SourceSelector", "targets": "[]TargetSelector", "path": "string"},
    "SourceSelector": {**_SELECTOR, "fieldPath": "string", "options": "*FieldOptions"},
    "TargetSelector": {"select": "*Selector", "reject": "[]Selector", "fieldPaths": "strings", "options": "*FieldOptions"},
    "FieldOptions": {"delimiter": "string", "index": "int", "encoding": "string", "create": "bool"},
    "Replica": {"name": "string", "count": "int64"},
    "Var": {"name": "string", "objref": "Target", "fieldref": "FieldSelector"},
    "Target": {"apiVersion": "string", **_SELECTOR},
    "FieldSelector": {"fieldPath": "string"},
    "SortOptions": {"order": "string", "legacySortOptions": "*LegacySortOptions"},
    "LegacySortOptions": {"orderFirst": "strings", "orderLast": "strings"},
    "GeneratorOptions": _OPTIONS,
    "ConfigMapArgs": _GENERATOR,
    "SecretArgs": {**_GENERATOR, "type": "string"},
    "HelmGlobals": _CHARTS,
    "HelmChart": _CHART,
    "HelmChartArgs": {
        "chartName": "string", "chartVersion": "string", "chartRepoUrl": "string", "chartHome": "string", "chartRepoName": "string", "helmBin": "string",
        "helmHome": "string", "values": "string", "valuesLocal": "any", "valuesMerge": "string", "releaseName": "string", "releaseNamespace": "string",
        "extraArgs": "strings",
    },
    "TransformerConfig": {
        **dict.fromkeys(("namePrefix", "nameSuffix", "namespace", "commonLabels", "labels", "templateLabels", "commonAnnotations", "varReference",
                         "images", "replicas"), "[]FieldSpec"), "nameReference": "[]NameBackReferences",
    },
    "NameBackReferences": {"group": "string", "version": "string", "kind": "string", "fieldSpecs": "[]FieldSpec"},
    # Configurations of transformers and generators in files of their own.
    "HelmChartInflationGenerator": {**_CHARTS, **_CHART},
    "AnnotationsTransformer": {"annotations": "map", "fieldSpecs": "[]FieldSpec"},
    "LabelTransformer": {"labels": "map", "fieldSpecs": "[]FieldSpec"},
    "PrefixTransformer": {"prefix": "string", "fieldSpecs": "[]FieldSpec"},
    "SuffixTransformer": {"suffix": "string", "fieldSpecs": "[]FieldSpec"},
    "PrefixSuffixTransformer": {"prefix": "string", "suffix": "string", "fieldSpecs": "[]FieldSpec"},
    "NamespaceTransformer": {"metadata": "*ObjectMeta", "fieldSpecs": "[]FieldSpec", "unsetOnly": "bool", "setRoleBindingSubjects": "string"},
    "ImageTagTransformer": {"imageTag": "Image", "fieldSpecs": "[]FieldSpec"},
    "ReplicaCountTransformer": {"replica": "Replica", "fieldSpecs": "[]FieldSpec"},
    "PatchTransformer": _PATCH,
    "PatchJson6902Transformer": {"target": "*Selector", "path": "string", "jsonOp": "string"},
    "PatchStrategicMergeTransformer": {"paths": "strings", "patches": "string"},
    "ReplacementTransformer": {"replacements": "[]ReplacementField"},
    "ValueAddTransformer": {"value": "string", "targets": "[]ValueTarget", "targetFilePath": "string"},
    "ValueTarget": {"selector": "*Selector", "fieldPath": "string", "filePathPosition": "int"},
    "HashTransformer": {},
    "ConfigMapGenerator": {**_GENERATOR, "metadata": "*ObjectMeta"},
    "SecretGenerator": {**_GENERATOR, "type": "string", "metadata": "*ObjectMeta"},
}  # fmt: skip
_SOURCES = dict.fromkeys(("literals", "files", "envs", "env"), "KvPairSources.")
_ARGUMENTS = {field: f"GeneratorArgs.{_SOURCES.get(field, '')}" for field in _GENERATOR}
_GVK = dict.fromkeys(("group", "version", "kind"), "Gvk.")
_RES_ID = {field: f"ResId.{_GVK.get(field, '')}" for field in _SELECTOR}
# Fields of Go's structs within structs: encoding/json names those, too.
_EMBEDDED: dict[str, dict[str, str]] = {
    "ConfigMapArgs": _ARGUMENTS, "SecretArgs": _ARGUMENTS, "Selector": _RES_ID, "SourceSelector": _RES_ID, "FieldSpec": _GVK, "Target": _GVK,
    "NameBackReferences": _GVK, "ReplacementField": dict.fromkeys(("source", "targets"), "Replacement."),
    "ConfigMapGenerator": {field: f"ConfigMapArgs.{within}" for field, within in _ARGUMENTS.items()},
    "SecretGenerator": {**{field: f"SecretArgs.{within}" for field, within in _ARGUMENTS.items()}, "type": "SecretArgs."},
}  # fmt: skip
_PLAIN = {"string": str, "bool": bool, "int": int, "int64": int}
_LISTS = {"strings": "string"}
_SLICES = ("TransformerConfig.", "NameBackReferences.", "PrefixTransformer.", "SuffixTransformer.")  # in which field specs are a type of their own
_MAPS = {"map": "string", "bools": "bool"}


def _list_type(kind: str, inner: str, struct: str, path: str) -> str:
    """Return the name that a list has in Go: some have one of their own."""
    if inner == "NameBackReferences":
        return "builtinconfig.nbrSlice"
    if inner == "FieldSpec" and struct in _SLICES:
        return "types.FsSlice"
    return "[]" + ("types.PatchStrategicMerge" if path.endswith("patchesStrategicMerge") else inner if kind in _LISTS else f"types.{inner}")


class _Reader:
    """Walks a value; the first wrong type is the error, as in Go, after the whole value was read."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self.problem = ""

    def struct(self, value: Any, name: str, path: str) -> dict[str, Any]:
        fields, embedded, found = STRUCTS[name], _EMBEDDED.get(name, {}), {}
        by_case = {field.lower(): field for field in fields}
        for key in sorted(value):
            field = key if key in fields else by_case.get(key.lower())
            if field is None:
                if self._strict:
                    self.problem = self.problem or f'json: unknown field "{key}"'
                continue
            item = self.value(value[key], fields[field], f"{name}.", f"{path}{embedded.get(field, '')}{field}")
            if item is not None:
                found[field] = item
        return found

    def value(self, value: Any, kind: str, struct: str, path: str) -> Any:
        if value is None or kind == "any":
            return value
        if kind in _PLAIN:
            return self._plain(value, kind, struct, path)
        if kind in _MAPS:
            return self._map(value, kind, struct, path)
        if kind in _LISTS or kind.startswith("[]"):
            return self._list(value, kind, struct, path)
        name = kind.removeprefix("*")
        if not isinstance(value, dict):
            return self._wrong(value, f"types.{name}", struct, path)
        return self.struct(value, name, path + ".")

    def _plain(self, value: Any, kind: str, struct: str, path: str) -> Any:
        wanted = _PLAIN[kind]
        if isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool)):
            return value
        if kind == "string" and not self._strict and isinstance(value, bool | int | float):
            return jsonio.go_json(value)  # sigs.k8s.io/yaml writes numbers as text where text is wanted
        return self._wrong(value, kind, struct, path)

    def _map(self, value: Any, kind: str, struct: str, path: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(value, f"map[string]{_MAPS[kind]}", struct, path)
        empty = _PLAIN[_MAPS[kind]]()
        return {key: empty if item is None else self.value(item, _MAPS[kind], struct, path) for key, item in sorted(value.items())}

    def _list(self, value: Any, kind: str, struct: str, path: str) -> Any:
        inner = _LISTS.get(kind) or kind[2:]
        if not isinstance(value, list):
            return self._wrong(value, _list_type(kind, inner, struct, path), struct, path)
        return [("" if inner == "string" else {}) if item is None else self.value(item, inner, struct, path) for item in value]

    def _wrong(self, value: Any, go_type: str, struct: str, path: str) -> None:
        from minikube_py.machinery import gotypes

        kind = gotypes.kind_of(value)
        if kind == "number" and go_type.startswith("int"):
            kind = f"number {gotypes.number(value)}"
        self.problem = self.problem or f"json: cannot unmarshal {kind} into Go struct field {struct}{path} of type {go_type}"


def decode(value: Any, struct: str, *, strict: bool = True) -> dict[str, Any]:
    """Return the fields of a struct that are set; KustomizeError in encoding/json's words."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        from minikube_py.machinery import gotypes

        raise KustomizeError(f"json: cannot unmarshal {gotypes.kind_of(value)} into Go value of type types.{struct}")
    reader = _Reader(strict)
    found = reader.struct(value, struct, "")
    if reader.problem:
        raise KustomizeError(reader.problem)
    return found
