"""The file kustomization.yaml: read strictly, checked, and brought into its present form."""

from typing import Any

from minikube_py.kustomize import gotyped
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
KIND, COMPONENT = "Kustomization", "Component"
_VERSIONS = {KIND: "kustomize.config.k8s.io/v1beta1", COMPONENT: "kustomize.config.k8s.io/v1alpha1"}
_FIX = "Run 'kustomize edit fix' to update your Kustomization automatically."
_DEPRECATED = {
    "bases": ("resources", _FIX), "commonLabels": ("labels", _FIX), "imageTags": ("images", _FIX), "patchesJson6902": ("patches", _FIX),
    "patchesStrategicMerge": ("patches", _FIX), "vars": ("replacements", f"[EXPERIMENTAL] {_FIX}"),
}  # fmt: skip
# What charts were asked for with, and how that is called now: for a chart, and for all of them.
_OLD_CHART = {
    "chartName": "name", "chartVersion": "version", "chartRepoUrl": "repo", "values": "valuesFile", "valuesLocal": "valuesInline",
    "valuesMerge": "valuesMerge", "releaseName": "releaseName",
}  # fmt: skip
_OLD_CHARTS = {"helmHome": "configHome", "chartHome": "chartHome"}

Fields = dict[str, Any]


class Missing(KustomizeError):
    """A directory without a kustomization."""


def load(loader: Loader) -> tuple[Fields, str, list[str]]:
    """Return the fields of the kustomization at a loader's root, the file's name, and warnings."""
    found: list[tuple[str, bytes]] = []
    for name in NAMES:
        try:
            found.append((name, loader.load(name)))
        except KustomizeError:
            continue
    if not found:
        quoted = [f"'{name}'" for name in NAMES]
        raise Missing(f"unable to find one of {', '.join(quoted[:-1])} or {quoted[-1]} in directory '{loader.root}'")
    if len(found) > 1:
        raise KustomizeError(f"Found multiple kustomization files under: {loader.root}\n")
    name, content = found[0]
    try:
        fields = gotyped.decode(_parsed(content), "Kustomization")
    except KustomizeError as error:
        raise KustomizeError(f"invalid Kustomization: {error}") from None
    warnings = [f"# Warning: '{old}' is deprecated. Please use '{new}' instead. {how}" for old, (new, how) in _DEPRECATED.items() if old in fields]
    _bring_up(fields)
    _check(fields, loader.root)
    return fields, name, warnings


def _parsed(content: bytes) -> Any:
    from minikube_py.kits import yaml
    from minikube_py.kits.yaml import documents, errors, parser

    try:
        found = parser.parse(documents.decode(content))
    except yaml.YAMLError as error:
        raise KustomizeError(error.message.removeprefix(errors.CONVERTING)) from None
    return None if found is None else found.value  # of a field that is there twice the last counts


def _bring_up(fields: Fields) -> None:
    """Move what older names say to where it belongs now."""
    fields.setdefault("kind", KIND)
    fields["kind"] = fields["kind"] or KIND
    if not fields.get("apiVersion"):
        fields["apiVersion"] = _VERSIONS[COMPONENT if fields["kind"] == COMPONENT else KIND]
    for old, new in (("bases", "resources"), ("imageTags", "images")):
        if old in fields:
            fields[new] = fields.get(new, []) + fields.pop(old)
    for name in ("configMapGenerator", "secretGenerator"):
        for arguments in fields.get(name, ()):
            if arguments.get("env"):
                arguments["envs"] = [*arguments.get("envs", ()), arguments.pop("env")]
    for old in fields.pop("helmChartInflationGenerator", ()):
        fields.setdefault("helmCharts", []).append({new: old[name] for name, new in _OLD_CHART.items() if old.get(name)})
        for name, new in _OLD_CHARTS.items():
            if old.get(name):
                fields.setdefault("helmGlobals", {})[new] = old[name]


def _check(fields: Fields, root: str) -> None:
    if not any(value not in (None, "", [], {}) for name, value in fields.items() if name not in ("kind", "apiVersion")) and not _has_pointer(fields):
        raise KustomizeError("kustomization.yaml is empty")
    problems = []
    kind, version = fields["kind"], fields["apiVersion"]
    if kind not in (KIND, COMPONENT):
        problems.append(f"kind should be {KIND} or {COMPONENT}")
    required = _VERSIONS[COMPONENT if kind == COMPONENT else KIND]
    if version != required:
        problems.append(f"apiVersion for {kind} should be {required}")
    if problems:
        raise KustomizeError(f"Failed to read kustomization file under {root}:\n" + "\n".join(problems))


def _has_pointer(fields: Fields) -> bool:
    """Tell whether a field is there that Go does not take for empty: anything that was written but a plain string."""
    return any(isinstance(value, dict | list) for name, value in fields.items())
