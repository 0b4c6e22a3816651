"""Which nodes a DaemonSet's pods are for, and the pod for one node. Nothing here talks to the API."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from minikube_py.controllers import history, podcontrol
from minikube_py.machinery import meta, selectors
from minikube_py.machinery.meta import Object

TEMPLATE_GENERATION = "pod-template-generation"
_GENERATION = "deprecated.daemonset.template.generation"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_HARD = ("NoSchedule", "NoExecute")
# What daemons have to live with: they are there to mend it, or to report it.
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"), ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"), ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"), ("node.kubernetes.io/unschedulable", "NoSchedule"),
)  # fmt: skip
_TOLERATED_ON_HOST_NETWORK = ("node.kubernetes.io/network-unavailable", "NoSchedule")


class Verdict(NamedTuple):
    """Whether a node is to have a pod, and whether a pod that is there may stay."""

    runs: bool
    stays: bool


def tolerations(owner: Object) -> list[dict[str, Any]]:
    """Return the tolerations of a set's pods: the template's, and what daemons always tolerate."""
    spec = owner["spec"]["template"]["spec"]
    found = list(spec.get("tolerations") or ())
    for key, effect in (*_TOLERATED, *((_TOLERATED_ON_HOST_NETWORK,) if spec.get("hostNetwork") else ())):
        wanted = {"effect": effect, "key": key, "operator": "Exists"}
        if wanted not in found:
            found.append(wanted)
    return found


def verdict(owner: Object, node: Object) -> Verdict:
    """Return whether a node is to have a pod of the set (nodeShouldRunDaemonPod)."""
    spec, name = owner["spec"]["template"]["spec"], meta.name(node)
    if spec.get("nodeName", name) != name or not _selects(spec, node):
        return Verdict(False, False)
    effects = {taint["effect"] for taint in _untolerated(node["spec"].get("taints") or (), tolerations(owner))}
    return Verdict(not effects, "NoExecute" not in effects)


def _selects(spec: Mapping[str, Any], node: Object) -> bool:
    labels = meta.labels(node)
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(_REQUIRED)
    return required is None or any(_term_matches(term, node) for term in required.get("nodeSelectorTerms") or ())


def _term_matches(term: Mapping[str, Any], node: Object) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False  # an empty term selects nothing
    try:
        wanted = selectors.from_node_expressions(expressions)
    except ValueError:
        return False
    return wanted.matches(meta.labels(node)) and all(_field_matches(field, meta.name(node)) for field in fields)


def _field_matches(field: Mapping[str, Any], name: str) -> bool:
    named = field.get("key") == "metadata.name" and name in (field.get("values") or ())
    return named if field.get("operator") == "In" else not named


def _untolerated(taints: Iterable[Mapping[str, Any]], tolerated: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for taint in taints:
        if taint.get("effect") in _HARD and not any(_tolerates(toleration, taint) for toleration in tolerated):
            yield taint


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    return toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", "")


def same_to_daemons(node: Object, old: Object) -> bool:
    """Tell whether a change of a node cannot matter to any set: labels and taints are what they go by."""
    return meta.labels(node) == meta.labels(old) and (node["spec"].get("taints") or []) == (old["spec"].get("taints") or [])


def node_of(pod: Object) -> str:
    """Return the node that a pod runs on or is meant for; empty where it does not say."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    required = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(_REQUIRED) or {}
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field.get("key") == "metadata.name" and field.get("operator") == "In" and len(field.get("values") or ()) == 1:
                return str(field["values"][0])
    return ""


def generation(owner: Object) -> str:
    """Return the generation of the set's template."""
    return meta.annotations(owner).get(_GENERATION, "")


def template(owner: Object, node: str) -> dict[str, Any]:
    """Return the template of the pod for one node: pinned there by affinity, so that the scheduler binds it."""
    found = meta.clone(owner["spec"]["template"])
    spec = found["spec"]
    spec["tolerations"] = tolerations(owner)
    pinned = {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]}
    affinity = spec.setdefault("affinity", {})
    affinity["nodeAffinity"] = {**(affinity.get("nodeAffinity") or {}), _REQUIRED: pinned}
    return found


def labels(owner: Object, hashed: str) -> dict[str, str]:
    """Return the labels that a set's pods get beside the template's."""
    wanted = {TEMPLATE_GENERATION: generation(owner), history.POD_HASH: hashed}
    return {key: value for key, value in wanted.items() if value}


def is_updated(owner: Object, pod: Object, hashed: str) -> bool:
    """Tell whether a pod was made from the present template."""
    found = meta.labels(pod)
    same_generation = bool(generation(owner)) and found.get(TEMPLATE_GENERATION) == generation(owner)
    return same_generation or bool(hashed) and found.get(history.POD_HASH) == hashed


def is_available(owner: Object, pod: Object, now: float) -> bool:
    """Tell whether a pod has been ready long enough, and is to stay."""
    return not meta.is_deleting(pod) and podcontrol.available_in(pod, owner["spec"].get("minReadySeconds", 0), now) == 0
