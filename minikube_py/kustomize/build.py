"""Builds a kustomization: what `kubectl kustomize` prints, and -k works on."""

from collections.abc import Callable
from typing import Any

from minikube_py.kustomize import generators, ids, loading, nodes, references, target, transformers, variables
from minikube_py.kustomize.fieldspecs import FieldSpec
from minikube_py.kustomize.helm import Helm
from minikube_py.kustomize.ids import Gvk
from minikube_py.kustomize.loading import Fetch
from minikube_py.kustomize.nodes import KustomizeError, Map
from minikube_py.kustomize.resources import Origin, ResMap, Resource
from minikube_py.kustomize.schemas import Schemas

Log = Callable[[str], None]
_LOCAL = "config.kubernetes.io/local-config"
_MANAGED_BY = {"app.kubernetes.io/managed-by": "kustomize-(devel)"}  # the version that kustomize within kubectl has


class Options:
    """How to build. `order` is legacy, none or "" (legacy unless the kustomization says otherwise)."""

    def __init__(self, *, restricted: bool = True, order: str = "", managed_by: bool = False, fetch: Fetch | None = None,
                 helm: Helm | None = None) -> None:  # fmt: skip
        self.restricted = restricted
        self.order = order
        self.managed_by = managed_by
        self.fetch = fetch
        self.helm = helm


def build(path: str, options: Options, *, warn: Log, log: Log) -> list[Resource]:
    """Return the resources of a kustomization; `warn` gets deprecations, `log` what kustomize logs with a time before it."""
    loader = loading.at(path, restricted=options.restricted, fetch=options.fetch)
    root = target.Target(loader, Schemas(), warn, options.helm)
    root.use_schema()
    metadata = root.fields.get("buildMetadata", [])
    root.origin = {} if metadata else None
    gathered = root.gather()
    resources = gathered.resources
    generators.add_hashes(resources.list)
    references.update(resources, gathered.config.references)
    variables.resolve(gathered.variables, resources, gathered.config.specs["varReference"], log)
    resources.list = [resource for resource in resources.list if resource.pairs("annotations").get(_LOCAL, "false") == "false"]
    resources = ResMap(resources.list)  # where two have come to one name, kubectl panics with these words
    _sort(resources, root.fields.get("sortOptions"), options.order, log)
    if options.managed_by or "managedByLabel" in metadata:
        transformers.PairsTransformer(_MANAGED_BY, [FieldSpec(Gvk(), "metadata/labels", True)]).transform(resources)
    for resource in resources.list:
        _finish(resource, metadata)
    return resources.list


def objects(resources: list[Resource]) -> list[dict[str, Any]]:
    """Return the objects as plain data."""
    return [nodes.value(resource.there) for resource in resources]


def render(resources: list[Resource]) -> str:
    """Return the objects as kubectl kustomize prints them."""
    from minikube_py.kits import yaml

    return "---\n".join(yaml.dump(obj) for obj in objects(resources))


def _sort(resources: ResMap, options: dict[str, Any] | None, order: str, log: Log) -> None:
    if options is None:
        if order != "none":
            _sort_legacy(resources, {})
        return
    if order:
        chosen = "Using the kustomization file over the CLI flag."
        log(f"Warning: Sorting order is set both in 'kustomization.yaml' ('sortOptions') and in a CLI flag ('--reorder'). {chosen}")
    wanted, legacy = options.get("order", ""), options.get("legacySortOptions")
    if wanted not in ("fifo", "legacy"):
        raise KustomizeError("the field 'sortOptions.order' must be one of [fifo, legacy]")
    if wanted == "fifo" and legacy is not None:
        raise KustomizeError("the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'")
    if wanted == "legacy":
        _sort_legacy(resources, legacy or {})


def _sort_legacy(resources: ResMap, options: dict[str, Any]) -> None:
    order = ids.order_of(options.get("orderFirst", []), options.get("orderLast", [])) if options else ids.ORDER

    def key(resource: Resource) -> tuple[int, int, str, str]:
        known = resource.current_id
        foreign = int(known.gvk.kind == "Namespace" and known.gvk.group != "")
        return order.get(known.gvk.kind, 0), foreign, known.gvk.sort_text, f"{known.gvk}|{known.namespace or '~X'}|{known.name or '~N'}"

    resources.list.sort(key=key)


def _finish(resource: Resource, metadata: list[str]) -> None:
    """Write annotations as text, those that were asked for added, kustomize's own taken away."""
    from minikube_py.kustomize.resources import BUILD_ANNOTATIONS

    kept = {key: text for key, text in resource.pairs("annotations").items() if key not in BUILD_ANNOTATIONS}
    for key in ("config.kubernetes.io/origin", "alpha.config.kubernetes.io/transformations"):
        kept.pop(key, None)
    if "originAnnotations" in metadata and resource.origin is not None:
        kept["config.kubernetes.io/origin"] = _origin_text(resource.origin)
    if "transformerAnnotations" in metadata and resource.transformations:
        kept["alpha.config.kubernetes.io/transformations"] = "".join(
            "- " + _origin_text(origin).replace("\n", "\n  ").removesuffix("  ") for origin in resource.transformations
        )
    resource.set_pairs("annotations", kept)


def _origin_text(origin: Origin) -> str:
    """Return an origin as YAML in the order of its fields."""
    from minikube_py.kits import yaml

    lines = []
    for field in ("path", "configuredIn"):
        if origin.get(field):
            lines.append(yaml.dump({field: origin[field]}))
    by: Map = origin.get("configuredBy", {})
    if by:
        lines.append("configuredBy:\n")
        lines += ["  " + yaml.dump({field: by[field]}) for field in ("apiVersion", "kind", "name", "namespace") if field in by]
    return "".join(lines)
