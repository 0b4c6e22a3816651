"""Audit policies (audit.k8s.io/v1 Policy): of which requests how much is written (apiserver pkg/audit/policy)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.plugin.auth import Attributes

NONE, METADATA, REQUEST, REQUEST_RESPONSE = LEVELS = ("None", "Metadata", "Request", "RequestResponse")
RECEIVED, STARTED, COMPLETE, PANIC = STAGES = ("RequestReceived", "ResponseStarted", "ResponseComplete", "Panic")
API_VERSION = "audit.k8s.io/v1"
_LISTS = ("users", "userGroups", "verbs", "namespaces", "nonResourceURLs", "omitStages")
_MIXED = "rules cannot apply to both regular resources and non-resource URLs"


class Treatment(NamedTuple):
    """How much is written of a request. `explicit`: the rule names the very resource, and does not only cover it."""

    level: str
    omitted: frozenset[str] = frozenset()
    without_managed_fields: bool = False
    explicit: bool = False


class Policy(NamedTuple):
    """Rules, of which the first that covers a request counts; a request that none covers is not written."""

    rules: tuple[dict[str, Any], ...]
    omit_stages: tuple[str, ...] = ()
    omit_managed_fields: bool = False

    def treatment(self, asked: Attributes) -> Treatment:
        """Return how much to write of a request."""
        for rule in self.rules:
            if covers(rule, asked):
                omitted = frozenset((*self.omit_stages, *(rule.get("omitStages") or ())))
                wanted = rule.get("omitManagedFields")
                return Treatment(rule["level"], omitted, self.omit_managed_fields if wanted is None else wanted, _names(rule, asked))
        return Treatment(NONE)


def covers(rule: dict[str, Any], asked: Attributes) -> bool:
    """Tell whether a rule is about a request."""
    for field, values in (("users", (asked.user.name,)), ("userGroups", asked.user.groups), ("verbs", (asked.verb,))):
        if rule.get(field) and not set(rule[field]) & set(values):
            return False
    if rule.get("namespaces") or rule.get("resources"):
        return bool(asked.resource) and _covers_resource(rule, asked)
    if rule.get("nonResourceURLs"):
        return not asked.resource and any(_path_matches(pattern, asked.path) for pattern in rule["nonResourceURLs"])
    return True


def _covers_resource(rule: dict[str, Any], asked: Attributes) -> bool:
    if rule.get("namespaces") and asked.namespace not in rule["namespaces"]:
        return False
    if not rule.get("resources"):
        return True
    return any(_matches(wanted, asked) for wanted in rule["resources"])


def _matches(wanted: dict[str, Any], asked: Attributes) -> bool:
    if wanted.get("group", "") not in (asked.group, "*"):
        return False
    resources = wanted.get("resources")
    if not resources:
        return True
    if wanted.get("resourceNames") and asked.name not in wanted["resourceNames"]:
        return False
    spellings = {"*", asked.combined, f"{asked.resource}/*"}
    if asked.subresource:
        spellings.add(f"*/{asked.subresource}")
    return bool(spellings & set(resources))


def _names(rule: dict[str, Any], asked: Attributes) -> bool:
    return any(wanted.get("group", "") == asked.group and asked.combined in (wanted.get("resources") or ()) for wanted in rule.get("resources") or ())


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern.rstrip("*")))


def parse(obj: Any) -> Policy:
    """Read a Policy object; KctlError where it is none. What nobody knows is refused: a misspelt rule would keep silent."""
    if not isinstance(obj, dict) or (obj.get("apiVersion"), obj.get("kind")) != (API_VERSION, "Policy"):
        raise KctlError(f"an audit policy is an object of kind Policy in {API_VERSION}")
    _check_fields(obj, "", ("apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields"), ("omitStages",), ("omitManagedFields",))
    rules = obj.get("rules") or []
    if not isinstance(rules, list) or not rules:
        raise KctlError("an audit policy has at least one rule")
    found = _stages(obj, "omitStages")
    for number, rule in enumerate(rules):
        found += _check_rule(rule, f"rules[{number}]")
    if found:
        raise KctlError(f"invalid audit policy: {fielderrors.aggregate(found)}")
    return Policy(tuple(rules), tuple(obj.get("omitStages") or ()), bool(obj.get("omitManagedFields")))


def _check_fields(obj: Any, path: str, known: Sequence[str], lists: Sequence[str], flags: Sequence[str]) -> None:
    if not isinstance(obj, dict):
        raise KctlError(f"invalid audit policy: {path or 'it'} must be an object")
    at = f"{path}." if path else ""
    for field, value in obj.items():
        if field not in known:
            raise KctlError(f'invalid audit policy: unknown field "{at}{field}"')
        if value is None:
            continue
        if field in lists and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise KctlError(f"invalid audit policy: {at}{field} must be a list of strings")
        if field in flags and not isinstance(value, bool):
            raise KctlError(f"invalid audit policy: {at}{field} must be true or false")


def _check_rule(rule: Any, path: str) -> list[FieldError]:
    _check_fields(rule, path, ("level", "resources", "omitManagedFields", *_LISTS), _LISTS, ("omitManagedFields",))
    level, urls = rule.get("level"), rule.get("nonResourceURLs") or []
    found: list[FieldError] = []
    if not level:
        found.append(fielderrors.required(f"{path}.level", ""))
    elif level not in LEVELS:
        found.append(fielderrors.not_supported(f"{path}.level", level, LEVELS))
    for number, url in enumerate(urls):
        field = f"{path}.nonResourceURLs[{number}]"
        if url != "*" and not url.startswith("/"):
            found.append(fielderrors.invalid(field, url, "non-resource URL rules must begin with a '/' character"))
        if url != "*" and "*" in url[:-1]:
            found.append(fielderrors.invalid(field, url, "non-resource URL wildcards '*' must be the final character of the rule"))
    found += _check_resources(rule.get("resources") or [], f"{path}.resources") + _stages(rule, f"{path}.omitStages")
    if urls and (rule.get("resources") or rule.get("namespaces")):
        found.append(fielderrors.invalid(f"{path}.nonResourceURLs", urls, _MIXED))
    return found


def _check_resources(resources: Any, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    if not isinstance(resources, list):
        raise KctlError(f"invalid audit policy: {path} must be a list")
    for number, wanted in enumerate(resources):
        _check_fields(wanted, f"{path}[{number}]", ("group", "resources", "resourceNames"), ("resources", "resourceNames"), ())
        group = wanted.get("group") or ""
        if not isinstance(group, str):
            raise KctlError(f"invalid audit policy: {path}[{number}].group must be a string")
        problems = names.dns_subdomain(group) if group not in ("", "*") else []
        if problems:
            found.append(fielderrors.invalid(f"{path}.group", group, ",".join(problems)))
        if wanted.get("resourceNames") and not wanted.get("resources"):
            found.append(fielderrors.invalid(f"{path}.resourceNames", wanted["resourceNames"], "using resourceNames requires at least one resource"))
    return found


def _stages(obj: dict[str, Any], path: str) -> list[FieldError]:
    problem = f"allowed stages are {','.join(STAGES)}"
    return [fielderrors.invalid(f"{path}[{number}]", stage, problem)
            for number, stage in enumerate(obj.get("omitStages") or ()) if stage not in STAGES]  # fmt: skip
