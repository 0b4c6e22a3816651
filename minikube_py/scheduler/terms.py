"""Affinity terms between pods, in the compact form in which they are kept in the loop's state."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from minikube_py.machinery import labelmatch
from minikube_py.machinery.meta import Object


class Term(NamedTuple):
    """One PodAffinityTerm of a pod: its namespaces made explicit, its matchLabelKeys merged. `weight` is 0 where required."""

    topology_key: str
    namespaces: list[str]
    namespace_selector: dict[str, Any] | None
    selector: dict[str, Any] | None
    weight: int

    def selects(self, namespace: str, labels: Mapping[str, str], namespace_labels: Any) -> bool:
        """Tell whether a pod is meant; `namespace_labels(namespace)` is asked where the term selects namespaces by label."""
        if namespace not in self.namespaces and (
            self.namespace_selector is None
            or (self.namespace_selector and not labelmatch.matches(self.namespace_selector, namespace_labels(namespace)))
        ):
            return False
        return labelmatch.matches(self.selector, labels)


class Terms(NamedTuple):
    """All terms of one pod."""

    affinity: list[Term]
    anti: list[Term]
    preferred: list[Term]
    preferred_anti: list[Term]


NONE = Terms([], [], [], [])


def of_pod(pod: Object) -> Terms:
    """Return the terms of a pod."""
    affinity = pod["spec"].get("affinity")
    if not affinity or not (affinity.get("podAffinity") or affinity.get("podAntiAffinity")):
        return NONE
    required, preferred = _terms(pod, affinity.get("podAffinity"))
    anti, preferred_anti = _terms(pod, affinity.get("podAntiAffinity"))
    return Terms(required, anti, preferred, preferred_anti)


def from_record(record: list[Any]) -> Terms:
    """Return terms from their JSON form, which is that of the tuples themselves."""
    return Terms(*([Term(*term) for term in kind] for kind in record))


def _terms(pod: Object, affinity: dict[str, Any] | None) -> tuple[list[Term], list[Term]]:
    affinity = affinity or {}
    required = [_term(pod, term, 0) for term in affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ()]
    weighted = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return required, [_term(pod, item["podAffinityTerm"], item.get("weight", 0)) for item in weighted]


def _term(pod: Object, term: dict[str, Any], weight: int) -> Term:
    selector = with_label_keys(term.get("labelSelector"), pod, term.get("matchLabelKeys"), term.get("mismatchLabelKeys"))
    namespaces = list(term.get("namespaces") or ())
    if not namespaces and term.get("namespaceSelector") is None:
        namespaces = [pod["metadata"].get("namespace", "")]
    return Term(term.get("topologyKey", ""), namespaces, term.get("namespaceSelector"), selector, weight)


def with_label_keys(selector: dict[str, Any] | None, pod: Object, same: Any, different: Any = ()) -> dict[str, Any] | None:
    """Return the selector narrowed by matchLabelKeys and mismatchLabelKeys to the pod's own values."""
    if selector is None or not (same or different):
        return selector
    labels = pod["metadata"].get("labels") or {}
    more = [{"key": key, "operator": "In", "values": [labels[key]]} for key in same or () if key in labels]
    more += [{"key": key, "operator": "NotIn", "values": [labels[key]]} for key in different or () if key in labels]
    return selector | {"matchExpressions": [*(selector.get("matchExpressions") or ()), *more]}
