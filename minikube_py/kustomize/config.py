"""What transformers change, as a whole: the defaults, `configurations`, and what CRDs say of themselves."""

from collections.abc import Callable, Iterable
from typing import Any

from minikube_py.kustomize import defaults, fieldspecs, gotyped
from minikube_py.kustomize.fieldspecs import FieldSpec
from minikube_py.kustomize.ids import Gvk
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError

_DEFAULTS: dict[str, Callable[[], list[FieldSpec]]] = {
    "namePrefix": defaults.name_prefix, "nameSuffix": defaults.name_prefix, "namespace": defaults.namespace, "commonLabels": defaults.common_labels,
    "labels": list, "templateLabels": defaults.template_labels, "commonAnnotations": defaults.common_annotations,
    "varReference": defaults.var_reference, "images": defaults.images, "replicas": defaults.replicas,
}  # fmt: skip
_FAILING = {"namespace": "NameSpace"}  # Go's field names, where they are not just capitalized


class Config:
    """Field specs by transformer, and name references by what they name."""

    def __init__(self, specs: dict[str, list[FieldSpec]] | None = None, references: dict[Gvk, list[FieldSpec]] | None = None) -> None:
        self.specs = specs or {}
        self.references = references or {}

    def merged(self, other: "Config") -> "Config":
        """Return both together."""
        specs = {}
        for name in dict.fromkeys((*self.specs, *other.specs)):
            try:
                specs[name] = _sorted(fieldspecs.merged(self.specs.get(name, ()), other.specs.get(name, ())))
            except KustomizeError as error:
                raise KustomizeError(f"failed to merge {_FAILING.get(name, name[:1].upper() + name[1:])} fieldSpec: {error}") from None
        references = dict(self.references)
        for gvk, more in other.references.items():
            try:
                references[gvk] = fieldspecs.merged(references.get(gvk, ()), more)
            except KustomizeError as error:
                raise KustomizeError(f"failed to merge NameReference fieldSpec: {error}") from None
        return Config(specs, {gvk: references[gvk] for gvk in sorted(references, key=Gvk.order)})


def _sorted(specs: Iterable[FieldSpec]) -> list[FieldSpec]:
    return sorted(specs, key=lambda spec: spec.gvk.order())


def load(loader: Loader, paths: Iterable[str]) -> Config:
    """Return the defaults with what `configurations` add."""
    config = Config({name: _sorted(make()) for name, make in _DEFAULTS.items()}, defaults.name_reference())
    added = Config()
    for path in paths:
        added = added.merged(_from_file(loader.load(path)))
    return config.merged(added)


def _from_file(content: bytes) -> Config:
    from minikube_py.kits import yaml

    try:
        found = gotyped.decode(yaml.load(content), "TransformerConfig")
    except yaml.YAMLError as error:
        raise KustomizeError(str(error)) from None
    except KustomizeError as error:
        raise KustomizeError(f"error unmarshaling JSON: while decoding JSON: {error}") from None
    references: dict[Gvk, list[FieldSpec]] = {}
    for fields in found.pop("nameReference", ()):
        references.setdefault(fieldspecs.from_fields(fields).gvk, []).extend(map(fieldspecs.from_fields, fields.get("fieldSpecs", ())))
    return Config({name: [fieldspecs.from_fields(fields) for fields in specs] for name, specs in found.items()}, references)


def from_crds(loader: Loader, paths: Iterable[str]) -> Config:
    """Return what the OpenAPI definitions under `crds` mark: annotations, label selectors, identities, references by name."""
    config = Config()
    for path in paths:
        content = loader.load(path)
        try:
            found = _definitions(content)
        except (ValueError, KustomizeError) as error:
            raise KustomizeError(f"unable to parse open API definition from '{path}': {error}") from None
        for name in sorted(found):
            properties = _properties(found.get(name))
            if all(field in properties for field in ("kind", "apiVersion", "metadata")):
                config = config.merged(_Crd(found, Gvk(kind=name.rpartition(".")[2])).config(name))
    return config


def _definitions(content: bytes) -> dict[str, Any]:
    from minikube_py.kits import yaml

    if content[:1] == b"{":
        import json

        found = json.loads(content, strict=False)
    else:
        found = yaml.load(content)
    if not isinstance(found, dict):
        from minikube_py.machinery import gotypes

        problem = f"json: cannot unmarshal {gotypes.kind_of(found)} into Go value of type accumulator.nameToApiMap"
        raise KustomizeError(f"error unmarshaling JSON: while decoding JSON: {problem}")
    return found


def _properties(definition: Any) -> dict[str, Any]:
    schema = definition.get("Schema") or definition.get("schema") if isinstance(definition, dict) else None
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


class _Crd:
    """Collects the marked fields of one kind."""

    def __init__(self, definitions: dict[str, Any], gvk: Gvk) -> None:
        self._definitions = definitions
        self._gvk = gvk
        self._specs: dict[str, list[FieldSpec]] = {}
        self._references: dict[Gvk, list[FieldSpec]] = {}

    def config(self, name: str) -> Config:
        self._walk(name, (), frozenset())
        return Config(self._specs, self._references)

    def _walk(self, name: str, path: tuple[str, ...], seen: frozenset[str]) -> None:
        if name in seen:
            return
        for field, schema in sorted(_properties(self._definitions.get(name)).items()):
            here = (*path, field)
            for mark, target in (("annotation", "commonAnnotations"), ("label-selector", "commonLabels"), ("identity", "namePrefix")):
                if isinstance(schema.get(f"x-kubernetes-{mark}"), str):
                    self._specs.setdefault(target, []).append(FieldSpec(self._gvk, "/".join(here)))
            version, kind = schema.get("x-kubernetes-object-ref-api-version"), schema.get("x-kubernetes-object-ref-kind")
            if isinstance(version, str) and isinstance(kind, str):
                key = schema.get("x-kubernetes-object-ref-name-key", "name")
                self._references.setdefault(Gvk("", version, kind), []).append(FieldSpec(self._gvk, "/".join((*here, key))))
            if isinstance(schema.get("$ref"), str):
                self._walk(schema["$ref"], here, seen | {name})
