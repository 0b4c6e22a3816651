"""ResourceQuotas: how much a namespace may hold."""

from collections.abc import Iterable
from typing import Any

from minikube_py.kits import gofmt
from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.core import resourcenames
from minikube_py.registry.pod import gotext
from minikube_py.registry.strategy import Context

_SCOPES = ("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity", "VolumeAttributesClass")
_PAIRS = ({"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"})
_WITHOUT_VALUES = frozenset({"BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"})
_POD_RESOURCES = frozenset({"pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})
_ONLY_EXISTS = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
    "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


class ResourceQuotas(kind.Kind):
    """The rules of ResourceQuotas."""

    has_status = True
    empty_status = {}

    def default(self, obj: Object) -> None:
        """Spell amounts as they are stored."""
        resourcenames.canonicalize((obj.get("spec") or {}).get("hard"))

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Spell the status's amounts as they are stored."""
        super().prepare_subresource(subresource, obj, old, context)
        for field in ("hard", "used"):
            resourcenames.canonicalize((obj.get("status") or {}).get(field))

    def contents(self, obj: Object) -> list[FieldError]:
        """Check what is counted, and the scopes."""
        spec = obj.get("spec") or {}
        found = _amounts("spec.hard", spec.get("hard") or {})
        scopes = spec.get("scopes") or []
        if scopes:
            found += _scopes(spec, scopes)
        if spec.get("scopeSelector") is not None:
            found += _selector(spec)
        return found

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the new quota, then that its scopes stay."""
        found = objectmeta.update(obj, old) + self.contents(obj)
        scopes, before = ((some.get("spec") or {}).get("scopes") or [] for some in (obj, old))
        if set(scopes) != set(before):
            shown = _go_scopes(scopes) if scopes else fielderrors.GoText("[]core.ResourceQuotaScope(nil)")
            found.append(fielderrors.invalid("spec.scopes", shown, "field is immutable"))
        return found

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check what is counted and used."""
        status = obj.get("status") or {}
        return objectmeta.update(obj, old) + _amounts("status.hard", status.get("hard") or {}) + _amounts("status.used", status.get("used") or {})


def _amounts(field: str, amounts: dict[str, str]) -> list[FieldError]:
    found: list[FieldError] = []
    for name in sorted(amounts):
        found += resourcenames.wrong(f"{field}[{name}]", name, resourcenames.quota_messages(name))
        found += resourcenames.amount(f"{field}[{name}]", name, amounts[name])
    return found


def _fits(scope: str, resource: str) -> bool:
    if scope in ("Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"):
        return resource in _POD_RESOURCES
    if scope == "BestEffort":
        return resource == "pods"
    return scope != "VolumeAttributesClass" or resource in ("persistentvolumeclaims", "requests.storage")


def _misfits(scope: str, spec: dict[str, Any]) -> int:
    return sum(resourcenames.standard_in_quota(name) and not _fits(scope, name) for name in spec.get("hard") or {})


def _conflicts(scopes: Iterable[str]) -> int:
    return sum(pair <= set(scopes) for pair in _PAIRS)


def _go_scopes(scopes: Iterable[str]) -> fielderrors.GoText:
    return checks.go_strings("core.ResourceQuotaScope", scopes)


def _go_selector(expressions: Iterable[dict[str, Any]]) -> fielderrors.GoText:
    kind_of = "core.ScopedResourceSelectorRequirement"
    shown = []
    for item in expressions:
        name, operator = gofmt.quote(item.get("scopeName", "")), gofmt.quote(item.get("operator", ""))
        values = "[]string(nil)" if item.get("values") is None else gotext.string_list(item["values"])
        shown.append(f"{kind_of}{{ScopeName:{name}, Operator:{operator}, Values:{values}}}")
    return fielderrors.GoText(f"core.ScopeSelector{{MatchExpressions:[]{kind_of}{{{', '.join(shown)}}}}}")


def _scopes(spec: dict[str, Any], scopes: list[str]) -> list[FieldError]:
    texts: list[str] = []
    for scope in scopes:
        if scope not in _SCOPES:
            texts.append("unsupported scope")
        texts += ["unsupported scope applied to resource"] * _misfits(scope, spec)
    texts += ["conflicting scopes"] * _conflicts(scopes)
    return [fielderrors.invalid("spec.scopes", _go_scopes(scopes), text) for text in texts]


def _selector(spec: dict[str, Any]) -> list[FieldError]:
    field = "spec.scopeSelector.matchExpressions"
    found: list[FieldError] = []
    expressions = spec["scopeSelector"].get("matchExpressions") or ()
    for expression in expressions:
        scope = expression.get("scopeName", "")
        if scope not in _SCOPES:
            found.append(fielderrors.invalid(f"{field}.scopeName", scope, "unsupported scope"))
        found += [fielderrors.invalid(field, _go_selector(expressions), "unsupported scope applied to resource")] * _misfits(scope, spec)
        found += _expression(field, scope, expression.get("operator", ""), expression.get("values") or [])
    clashes = _conflicts(expression.get("scopeName", "") for expression in expressions)
    return found + [fielderrors.invalid(field, _go_scopes(spec.get("scopes") or ()), "conflicting scopes")] * clashes


def _expression(field: str, scope: str, operator: str, values: list[str]) -> list[FieldError]:
    found: list[FieldError] = []
    if scope in _WITHOUT_VALUES and operator != "Exists":
        found.append(fielderrors.invalid(f"{field}.operator", operator, _ONLY_EXISTS))
    if operator in ("In", "NotIn"):
        if not values:
            text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            found.append(fielderrors.required(f"{field}.values", text))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            found.append(fielderrors.invalid(f"{field}.values", values, text))
    else:
        found.append(fielderrors.invalid(f"{field}.operator", operator, "not a valid selector operator"))
    return found


STRATEGY = ResourceQuotas()
