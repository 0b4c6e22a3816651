"""Label selectors, node selectors and tolerations as the scheduler and kubelets ask them: objects with labels, many times over."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery.meta import Object


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Tell whether a metav1.LabelSelector selects `labels`; none selects nothing, an empty one everything."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels")
    if wanted:
        for key, value in wanted.items():
            if labels.get(key) != value:
                return False
    expressions = selector.get("matchExpressions")
    return not expressions or all(requirement(expression, labels) for expression in expressions)


def requirement(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Tell whether one requirement holds: In, NotIn, Exists, DoesNotExist, and for nodes Gt and Lt."""
    operator, value = expression.get("operator"), labels.get(expression.get("key", ""))
    values: list[str] = expression.get("values") or []
    if operator == "In":
        return value is not None and value in values
    if operator == "NotIn":
        return value is None or value not in values
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    if operator in ("Gt", "Lt") and value is not None and len(values) == 1:
        return _compare(operator, value, values[0])
    return False


def _compare(operator: str, left: str, right: str) -> bool:
    try:
        return int(left) > int(right) if operator == "Gt" else int(left) < int(right)
    except ValueError:
        return False  # As kube-scheduler: no number, no match.


def node_term(term: Mapping[str, Any], labels: Mapping[str, str], name: str) -> bool:
    """Tell whether a NodeSelectorTerm selects a node; a term without requirements selects none."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(requirement(expression, labels) for expression in expressions) and all(
        requirement(field, {"metadata.name": name}) for field in fields
    )


def node_terms(terms: Any, labels: Mapping[str, str], name: str) -> bool:
    """Tell whether any of the terms selects a node."""
    return any(node_term(term, labels, name) for term in terms or ())


def exact_labels(selector: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the (key, value) pairs that every match has, to look up by."""
    pairs = list((selector.get("matchLabels") or {}).items())
    for expression in selector.get("matchExpressions") or ():
        if expression.get("operator") == "In" and len(expression.get("values") or ()) == 1:
            pairs.append((expression["key"], expression["values"][0]))
    return pairs


def tolerates(tolerations: Any, taint: Mapping[str, Any]) -> bool:
    """Tell whether any toleration tolerates the taint."""
    for toleration in tolerations or ():
        if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
            continue
        key = toleration.get("key")
        if key and key != taint["key"]:
            continue
        operator = toleration.get("operator") or "Equal"
        if operator == "Exists" or (operator == "Equal" and (toleration.get("value") or "") == (taint.get("value") or "")):
            return True
    return False


def required_terms(affinity: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the terms of a node affinity of which one has to hold; None where it requires nothing."""
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return None if required is None else required.get("nodeSelectorTerms") or []


def selects_node(pod: Object, labels: Mapping[str, str], name: str) -> bool:
    """Tell whether a pod's nodeSelector and required node affinity select a node."""
    spec = pod["spec"]
    for key, value in (spec.get("nodeSelector") or {}).items():
        if labels.get(key) != value:
            return False
    terms = required_terms((spec.get("affinity") or {}).get("nodeAffinity") or {})
    return terms is None or node_terms(terms, labels, name)
