"""PodDisruptionBudgets: how many pods of an application may be taken away at once."""

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.pod import gotext

_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


class PodDisruptionBudgets(kind.PathNamed):
    """The rules of PodDisruptionBudgets."""

    any_finalizer = True
    has_status = True
    counts_generation = True
    allow_unconditional_update = False
    empty_status = {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0}

    def validate(self, obj: Object) -> list[FieldError]:
        """Check the spec, then metadata."""
        return self.contents(obj) or super().validate(obj)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the numbers, the selector and the policy."""
        spec = obj.get("spec") or {}
        found: list[FieldError] = []
        if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
            shown = gotext.struct("policy.PodDisruptionBudgetSpec", spec)
            found.append(fielderrors.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set"))
        for field in ("minAvailable", "maxUnavailable"):
            if spec.get(field) is not None:
                found += int_or_percent(f"spec.{field}", spec[field])
        found += objectmeta.label_selector(spec.get("selector"), "spec.selector")
        return found + checks.optional_one_of("spec.unhealthyPodEvictionPolicy", spec.get("unhealthyPodEvictionPolicy"), _POLICIES)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check that nothing is counted below zero."""
        status = obj.get("status") or {}
        found = objectmeta.update(obj, old) + checks.conditions("status.conditions", status.get("conditions") or ())
        for field in _COUNTS:
            found += checks.nonnegative(f"status.{field}", status.get(field))
        return found


def int_or_percent(field: str, value: int | str) -> list[FieldError]:
    """Check a number that is not negative, or a percentage up to 100."""
    if isinstance(value, int):
        return checks.nonnegative(field, value)
    shown = gotext.int_or_string(value)
    found = checks.each(field, shown, names.percent(value))
    if not found and int(value[:-1]) > 100:
        found.append(fielderrors.invalid(field, shown, "must not be greater than 100%"))
    return found


STRATEGY = PodDisruptionBudgets()
