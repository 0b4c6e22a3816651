"""Validation of what steers scheduling: affinity, tolerations, topology spread, node selectors."""

from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import rules

_REQUIRED, _PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_WEIGHT = "must be in the range 1-100"


def affinity(value: Mapping[str, Any] | None, path: str) -> list[FieldError]:
    """Check the three affinities of a pod."""
    if not value:
        return []
    found: list[FieldError] = []
    node = value.get("nodeAffinity")
    if node:
        if node.get(_REQUIRED) is not None:
            found += node_selector(node[_REQUIRED], f"{path}.nodeAffinity.{_REQUIRED}")
        for index, term in enumerate(node.get(_PREFERRED) or ()):
            where = f"{path}.nodeAffinity.{_PREFERRED}[{index}]"
            found += _weight(term, where)
            found += _node_term(term.get("preference") or {}, f"{where}.preference", values=False)
    for field in ("podAffinity", "podAntiAffinity"):
        if value.get(field):
            found += _pod_affinity(value[field], f"{path}.{field}")
    return found


def _weight(term: Mapping[str, Any], path: str) -> list[FieldError]:
    weight = term.get("weight", 0)
    return [] if 0 < weight <= 100 else [fielderrors.invalid(f"{path}.weight", weight, _WEIGHT)]


def node_selector(selector: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check a NodeSelector, of a pod or of a volume."""
    terms = selector.get("nodeSelectorTerms")
    if not terms:
        return [fielderrors.required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")]
    found: list[FieldError] = []
    for index, term in enumerate(terms):
        found += _node_term(term, f"{path}.nodeSelectorTerms[{index}]")
    return found


def _node_term(term: Mapping[str, Any], path: str, values: bool = True) -> list[FieldError]:
    found: list[FieldError] = []
    for index, item in enumerate(term.get("matchExpressions") or ()):
        found += _node_expression(item, f"{path}.matchExpressions[{index}]", values)
    for index, item in enumerate(term.get("matchFields") or ()):
        found += _node_field(item, f"{path}.matchFields[{index}]")
    return found


def _node_expression(item: Mapping[str, Any], path: str, values: bool) -> list[FieldError]:
    operator, given = item.get("operator", ""), item.get("values") or ()
    if operator in ("Gt", "Lt"):
        text = "must be specified single value when `operator` is 'Lt' or 'Gt'"
        found = [] if len(given) == 1 else [fielderrors.required(f"{path}.values", text)]
        found += objectmeta.label_name(item.get("key", ""), f"{path}.key")
        return found + _label_values(given, f"{path}.values") if values else found
    if values:
        return objectmeta.selector_requirement(item, path)
    # A preferred term with a value that no label can have is harmless.
    return [error for error in objectmeta.selector_requirement(item, path) if not error.field.startswith(f"{path}.values[")]


def _label_values(values: Sequence[str], path: str) -> list[FieldError]:
    return [error for index, value in enumerate(values) for error in rules.each(f"{path}[{index}]", value, names.label_value(value))]


def _node_field(item: Mapping[str, Any], path: str) -> list[FieldError]:
    operator, values, key = item.get("operator", ""), item.get("values") or (), item.get("key", "")
    found: list[FieldError] = []
    if operator not in ("In", "NotIn"):
        found.append(fielderrors.invalid(f"{path}.operator", operator, "not a valid selector operator"))
    elif len(values) != 1:
        text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        found.append(fielderrors.required(f"{path}.values", text))
    if key != "metadata.name":
        return [*found, fielderrors.invalid(f"{path}.key", key, "not a valid field selector key")]
    for index, value in enumerate(values):
        found += rules.each(f"{path}.values[{index}]", value, names.dns_subdomain(value))
    return found


def _pod_affinity(value: Mapping[str, Any], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for index, term in enumerate(value.get(_REQUIRED) or ()):
        found += _pod_term(term, f"{path}.{_REQUIRED}[{index}]")
    for index, term in enumerate(value.get(_PREFERRED) or ()):
        where = f"{path}.{_PREFERRED}[{index}]"
        found += _weight(term, where)
        found += _pod_term(term.get("podAffinityTerm") or {}, f"{where}.podAffinityTerm")
    return found


def _pod_term(term: Mapping[str, Any], path: str) -> list[FieldError]:
    found = objectmeta.label_selector(term.get("labelSelector"), f"{path}.labelSelector")
    found += objectmeta.label_selector(term.get("namespaceSelector"), f"{path}.namespaceSelector")
    for name in term.get("namespaces") or ():
        found += rules.each(f"{path}.namespace", name, names.dns_label(name))
    found += _label_keys(term, path)
    key = term.get("topologyKey", "")
    if not key:
        found.append(fielderrors.required(f"{path}.topologyKey", "can not be empty"))
    return found + objectmeta.label_name(key, f"{path}.topologyKey")


def _label_keys(term: Mapping[str, Any], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = term.get(field) or ()
        if keys and term.get("labelSelector") is None:
            found.append(fielderrors.forbidden(f"{path}.{field}", "must not be specified when labelSelector is not set"))
            continue
        for index, key in enumerate(keys):
            found += objectmeta.label_name(key, f"{path}.{field}[{index}]")
    own = {key: index for index, key in enumerate(term.get("matchLabelKeys") or ())}
    if own:
        found += _selected_twice(own, term.get("labelSelector") or {}, path)
    other = term.get("mismatchLabelKeys") or ()
    for index, key in enumerate(term.get("matchLabelKeys") or ()):
        if key in other:
            text = "exists in both matchLabelKeys and mismatchLabelKeys"
            found.append(fielderrors.invalid(f"{path}.matchLabelKeys[{index}]", key, text))
    return found


def _selected_twice(own: Mapping[str, int], selector: Mapping[str, Any], path: str) -> list[FieldError]:
    """Find the keys of matchLabelKeys, of which the selector has an expression by now, that it had before, too."""
    found = []
    seen = set(selector.get("matchLabels") or ())
    for item in selector.get("matchExpressions") or ():
        key = item.get("key", "")
        if key in own and key in seen:
            found.append(fielderrors.invalid(f"{path}[{own[key]}]", key, "exists in both matchLabelKeys and labelSelector"))
        seen.add(key)
    return found


def tolerations(items: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    """Check tolerations (ValidateTolerations)."""
    found: list[FieldError] = []
    for index, item in enumerate(items):
        key, operator, value, effect = (item.get(field) or "" for field in ("key", "operator", "value", "effect"))
        if key and names.qualified_name(key):
            found += objectmeta.label_name(key, f"{path}[{index}].key")
        if not key and operator != "Exists":
            text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            found.append(fielderrors.invalid(f"{path}[{index}].operator", operator, text))
        if item.get("tolerationSeconds") is not None and effect != "NoExecute":
            text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            found.append(fielderrors.invalid(f"{path}[{index}].effect", effect, text))
        found += _operator(operator, value, f"{path}[{index}].operator")
        if effect and effect not in _EFFECTS:
            found.append(fielderrors.not_supported(f"{path}[{index}].effect", effect, _EFFECTS))
    return found


def _operator(operator: str, value: str, path: str) -> list[FieldError]:
    if operator in ("Equal", ""):
        texts = names.label_value(value)
        return [fielderrors.invalid(path, value, ";".join(texts))] if texts else []
    if operator == "Exists":
        return [fielderrors.invalid(path, value, "value must be empty when `operator` is 'Exists'")] if value else []
    return [fielderrors.not_supported(path, operator, ("Equal", "Exists"))]


def spread(items: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    """Check topologySpreadConstraints."""
    found: list[FieldError] = []
    pairs = [(item.get("topologyKey", ""), item.get("whenUnsatisfiable", "")) for item in items]
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        key, action = pairs[index]
        if item.get("maxSkew", 0) <= 0:
            found.append(fielderrors.invalid(f"{where}.maxSkew", item.get("maxSkew", 0), "must be greater than zero"))
        if not key:
            found.append(fielderrors.required(f"{where}.topologyKey", "can not be empty"))
        if action not in ("DoNotSchedule", "ScheduleAnyway"):
            found.append(fielderrors.not_supported(f"{where}.whenUnsatisfiable", action, ("DoNotSchedule", "ScheduleAnyway")))
        if pairs[index] in pairs[index + 1 :]:
            found.append(fielderrors.duplicate(f"{where}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}"))
        found += _min_domains(item, action, f"{where}.minDomains")
        for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            found += rules.optional(f"{where}.{field}", item.get(field), ("Honor", "Ignore"))
        found += _spread_keys(item, f"{where}.matchLabelKeys")
        found += objectmeta.label_selector(item.get("labelSelector"), f"{where}.labelSelector")
    return found


def _min_domains(item: Mapping[str, Any], action: str, path: str) -> list[FieldError]:
    number = item.get("minDomains")
    if number is None:
        return []
    found = [fielderrors.invalid(path, number, "must be greater than zero")] if number <= 0 else []
    if action != "DoNotSchedule":
        text = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        found.append(fielderrors.invalid(path, number, text))
    return found


def _spread_keys(item: Mapping[str, Any], path: str) -> list[FieldError]:
    keys, selector = item.get("matchLabelKeys") or (), item.get("labelSelector")
    if not keys:
        return []
    found: list[FieldError] = []
    if selector is None:
        found.append(fielderrors.forbidden(path, "must not be specified when labelSelector is not set"))
        selector = {}
    taken = {*(selector.get("matchLabels") or ()), *(one.get("key") for one in selector.get("matchExpressions") or ())}
    for index, key in enumerate(keys):
        found += objectmeta.label_name(key, f"{path}[{index}]")
        if key in taken:
            found.append(fielderrors.invalid(f"{path}[{index}]", key, "exists in both matchLabelKeys and labelSelector"))
    return found
