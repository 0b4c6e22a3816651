"""FlowSchemas: which requests belong to which priority level."""

import json
from typing import Any

from minikube_py.machinery import fielderrors, meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta

_MAX_PRECEDENCE, _DEFAULT_PRECEDENCE = 10000, 1000
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
_METHODS = ("ByNamespace", "ByUser")
_SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
_NAMESPACE = "each member of this list must be '*' or a DNS-1123 label; "


class FlowSchemas(kind.Kind):
    """The rules of FlowSchemas."""

    status_metadata = ()
    namespaced = False
    has_status = True
    counts_generation = True
    allow_unconditional_update = False
    empty_status = {}

    def default(self, obj: Object) -> None:
        """Fill in the precedence."""
        spec = obj.setdefault("spec", {})
        if not spec.get("matchingPrecedence"):
            spec["matchingPrecedence"] = _DEFAULT_PRECEDENCE
        for rule in spec.get("rules") or ():
            for item in rule.get("resourceRules") or ():
                item.setdefault("namespaces", None)  # Go always writes it

    def contents(self, obj: Object) -> list[FieldError]:
        """Check precedence, level and rules."""
        spec = obj.get("spec") or {}
        field, precedence = "spec.matchingPrecedence", spec.get("matchingPrecedence", 0)
        found: list[FieldError] = []
        if precedence <= 0:
            found.append(fielderrors.invalid(field, precedence, "must be a positive value"))
        if precedence > _MAX_PRECEDENCE:
            found.append(fielderrors.invalid(field, precedence, f"must not be greater than {_MAX_PRECEDENCE}"))
        if precedence == 1 and meta.name(obj) != "exempt":
            found.append(fielderrors.invalid(field, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"))
        method = spec.get("distinguisherMethod")
        if method is not None:
            kind_of = method.get("type") or ""
            if kind_of not in _METHODS:
                shown = fielderrors.GoText(f"flowcontrol.FlowDistinguisherMethod{{Type:{json.dumps(kind_of, ensure_ascii=False)}}}")
                found.append(fielderrors.not_supported("spec.distinguisherMethod.type", shown, _METHODS))
        level = (spec.get("priorityLevelConfiguration") or {}).get("name")
        if level:
            found += checks.each("spec.priorityLevelConfiguration.name", level, names.dns_subdomain(level))
        else:
            found.append(fielderrors.required("spec.priorityLevelConfiguration.name", "must reference a priority level"))
        for number, rule in enumerate(spec.get("rules") or ()):
            found += _rule(f"spec.rules[{number}]", rule)
        return found + conditions(obj)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check the conditions."""
        return objectmeta.update(obj, old) + conditions(obj)


def conditions(obj: Object) -> list[FieldError]:
    """Check that conditions have types, each its own."""
    found: list[FieldError] = []
    seen: set[str] = set()
    for number, condition in enumerate((obj.get("status") or {}).get("conditions") or ()):
        kind_of = condition.get("type") or ""
        if kind_of in seen:
            found.append(fielderrors.duplicate(f"status.conditions[{number}].type", kind_of))
        seen.add(kind_of)
        if not kind_of:
            found.append(fielderrors.required(f"status.conditions[{number}].type", "must not be empty"))
    return found


def _rule(field: str, rule: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    for number, subject in enumerate(rule.get("subjects") or ()):
        found += _subject(f"{field}.subjects[{number}]", subject)
    if not rule.get("subjects"):
        found.append(fielderrors.required(f"{field}.subjects", "subjects must contain at least one value"))
    resources, others = rule.get("resourceRules") or (), rule.get("nonResourceRules") or ()
    if not resources and not others:
        found.append(fielderrors.required(field, "at least one of resourceRules and nonResourceRules has to be non-empty"))
    for number, item in enumerate(resources):
        found += _resource_rule(f"{field}.resourceRules[{number}]", item)
    for number, item in enumerate(others):
        found += _url_rule(f"{field}.nonResourceRules[{number}]", item)
    return found


def _subject(field: str, subject: dict[str, Any]) -> list[FieldError]:
    kind_of = subject.get("kind") or ""
    own = _SUBJECTS.get(kind_of)
    if own is None:
        return checks.one_of(f"{field}.kind", kind_of, tuple(_SUBJECTS))
    found = _named_subject(f"{field}.{own}", kind_of, subject.get(own))
    for other, part in (("ServiceAccount", "serviceAccount"), ("User", "user"), ("Group", "group")):
        if part != own and subject.get(part) is not None:
            found.append(fielderrors.forbidden(f"{field}.{part}", f"{part} is forbidden when subject kind is not '{other}'"))
    return found


def _named_subject(field: str, kind_of: str, named: dict[str, Any] | None) -> list[FieldError]:
    if named is None:
        return [fielderrors.required(field, f"{_SUBJECTS[kind_of]} is required when subject kind is '{kind_of}'")]
    name, space = named.get("name") or "", named.get("namespace") or ""
    found = [] if name else [fielderrors.required(f"{field}.name")]
    if kind_of != "ServiceAccount":
        return found
    if name and name != "*":
        found += checks.each(f"{field}.name", name, names.dns_subdomain(name))
    if not space:
        return [*found, fielderrors.required(f"{field}.namespace", "must specify namespace for service account")]
    return found + checks.each(f"{field}.namespace", space, names.dns_label(space))


def _listed(field: str, values: list[str], missing: str, what: str) -> list[FieldError]:
    if not values:
        return [fielderrors.required(field, missing)]
    if "*" in values and len(values) > 1:
        return [fielderrors.invalid(field, values, f"if '*' is present, must not specify other {what}")]
    return []


def _verbs(field: str, verbs: list[str]) -> list[FieldError]:
    found = _listed(field, verbs, "verbs must contain at least one value", "verbs")
    if "*" in verbs or set(verbs) <= set(_VERBS):
        return found
    return [*found, fielderrors.not_supported(field, verbs, _VERBS)]


def _resource_rule(field: str, rule: dict[str, Any]) -> list[FieldError]:
    found = _verbs(f"{field}.verbs", rule.get("verbs") or [])
    found += _listed(f"{field}.apiGroups", rule.get("apiGroups") or [], "resource rules must supply at least one api group", "api groups")
    found += _listed(f"{field}.resources", rule.get("resources") or [], "resource rules must supply at least one resource", "resources")
    spaces = rule.get("namespaces") or []
    if not spaces and rule.get("clusterScope"):
        return found
    missing = "resource rules that are not cluster scoped must supply at least one namespace"
    found += _listed(f"{field}.namespaces", spaces, missing, "namespaces")
    for number, space in enumerate(spaces if "*" not in spaces else ()):
        found += checks.each(f"{field}.namespaces[{number}]", space, [_NAMESPACE + text for text in names.dns_label(space)])
    return found


def _url_rule(field: str, rule: dict[str, Any]) -> list[FieldError]:
    found = _verbs(f"{field}.verbs", rule.get("verbs") or [])
    urls = rule.get("nonResourceURLs") or []
    found += _listed(f"{field}.nonResourceURLs", urls, "nonResourceURLs must contain at least one value", "non-resource URLs")
    for number, url in enumerate(urls if "*" not in urls else ()):
        if problem := _url_problem(url):
            found.append(fielderrors.invalid(f"{field}.nonResourceURLs[{number}]", url, problem))
    return found


def _url_problem(url: str) -> str:
    if not url:
        return "must not be empty"
    if not url.startswith("/"):
        return "must start with slash"
    if " " in url:
        return "must not contain white-space"
    if "//" in url:
        return "must not contain double slash"
    stars = url.count("*")
    return "wildcard can only do suffix matching" if stars > 1 or (stars and not url.endswith("/*")) else ""


STRATEGY = FlowSchemas()
