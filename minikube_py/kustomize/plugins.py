"""The built-in generators and transformers by their kinds, for configurations in files of their own."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from minikube_py.kustomize import generators, gotyped, nodes, patches, replacements, transformers
from minikube_py.kustomize.helm import Chart, Helm
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError
from minikube_py.kustomize.resources import ResMap, Resource
from minikube_py.kustomize.schemas import Schemas

CHARTS = "HelmChartInflationGenerator"
GENERATORS = {"ConfigMapGenerator": "ConfigMap", "SecretGenerator": "Secret"}


class Transformer(Protocol):
    """Changes resources."""

    def transform(self, resources: ResMap) -> None:
        """Change them."""


class _Hasher:
    def transform(self, resources: ResMap) -> None:
        generators.add_hashes(resources.list)


class _Sequence:
    def __init__(self, *inner: Transformer) -> None:
        self._inner = inner

    def transform(self, resources: ResMap) -> None:
        for transformer in self._inner:
            transformer.transform(resources)


def _fields(resource: Resource) -> dict[str, Any]:
    """Return the configuration of a built-in plugin; KustomizeError where there is no such plugin."""
    gvk = resource.original_id.gvk
    if gvk.group or gvk.version != "builtin":
        raise KustomizeError(f"external plugins disabled; unable to load external plugin '{gvk.kind}'")
    if gvk.kind == "IAMPolicyGenerator":
        raise KustomizeError("kctl does not have the builtin IAMPolicyGenerator")
    if not gvk.kind.endswith(("Transformer", "Generator")) or gvk.kind not in gotyped.STRUCTS:
        raise KustomizeError(f"unable to load builtin {gvk}")
    try:
        return gotyped.decode(nodes.value(resource.there), gvk.kind, strict=False)
    except KustomizeError as error:
        raise KustomizeError(f"plugin {resource.original_id} fails configuration: {_json_error(str(error))}") from None


def _json_error(text: str) -> str:
    return f"error unmarshaling JSON: while decoding JSON: {text}"


def generator(resource: Resource, loader: Loader, schemas: Schemas, charts: Helm | None) -> Callable[[], list[Resource]]:
    """Return what makes the objects of a generator's configuration."""
    try:
        fields = _fields(resource)
        if resource.kind == CHARTS:
            return partial(_chart(resource, fields, charts, loader).resources, schemas)
        kind = GENERATORS.get(resource.kind)
        if kind is None:
            raise KustomizeError(f"plugin {resource.original_id} not a generator")
    except KustomizeError as error:
        raise KustomizeError(f"failed to load generator: {error}") from None
    metadata = fields.get("metadata", {})
    fields = {**fields, "name": fields.get("name") or metadata.get("name", ""), "namespace": fields.get("namespace") or metadata.get("namespace", "")}
    return partial(generators.generate, kind, fields, loader, schemas)


def _chart(resource: Resource, fields: dict[str, Any], charts: Helm | None, loader: Loader) -> Chart:
    try:
        return Chart(fields, charts, loader)
    except KustomizeError as error:
        raise KustomizeError(f"plugin {resource.original_id} fails configuration: {error}") from None


def transformer(resource: Resource, loader: Loader, schemas: Schemas) -> Transformer:
    """Return the transformer of a configuration."""
    fields = _fields(resource)
    if resource.kind in GENERATORS:
        raise KustomizeError(f"plugin {resource.original_id} not a transformer")
    try:
        return _configured(resource.kind, fields, loader, schemas)
    except KustomizeError as error:
        raise KustomizeError(f"plugin {resource.original_id} fails configuration: {error}") from None


def _configured(kind: str, fields: dict[str, Any], loader: Loader, schemas: Schemas) -> Transformer:
    specs = transformers.specs_of(fields)
    if kind in ("PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer"):
        return _affixes(kind, fields)
    if kind == "LabelTransformer":
        return transformers.PairsTransformer(fields.get("labels", {}), specs)
    if kind == "AnnotationsTransformer":
        return transformers.PairsTransformer(fields.get("annotations", {}), specs)
    if kind == "NamespaceTransformer":
        namespace = fields.get("metadata", {}).get("namespace", "")
        mode = fields.get("setRoleBindingSubjects", "")
        return transformers.NamespaceTransformer(namespace, specs, unset_only=fields.get("unsetOnly", False), subjects=mode)
    if kind == "ImageTagTransformer":
        return transformers.ImageTransformer(fields.get("imageTag", {}), specs)
    if kind == "ReplicaCountTransformer":
        return transformers.ReplicaTransformer(fields.get("replica", {}), specs)
    if kind == "HashTransformer":
        return _Hasher()
    made = {
        "PatchTransformer": patches.PatchTransformer, "PatchJson6902Transformer": patches.Json6902Transformer,
        "PatchStrategicMergeTransformer": patches.StrategicMergeTransformer, "ReplacementTransformer": replacements.ReplacementTransformer,
        "ValueAddTransformer": transformers.ValueAddTransformer,
    }  # fmt: skip
    return made[kind](fields, loader, schemas)  # type: ignore[return-value]


def _affixes(kind: str, fields: dict[str, Any]) -> Transformer:
    if "fieldSpecs" not in fields:
        raise KustomizeError("fieldSpecs is not expected to be nil")
    specs = transformers.specs_of(fields)
    prefix = transformers.NameTransformer(fields.get("prefix", "") if kind != "SuffixTransformer" else "", "", specs)
    suffix = transformers.NameTransformer("", fields.get("suffix", "") if kind != "PrefixTransformer" else "", specs)
    return _Sequence(prefix, suffix)
