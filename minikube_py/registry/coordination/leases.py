"""Leases: who leads, and node heartbeats."""

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind


class Leases(kind.Kind):
    """The rules of Leases."""

    allow_create_on_update = True
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        """Add the spec, which Go always writes."""
        obj.setdefault("spec", {})

    def contents(self, obj: Object) -> list[FieldError]:
        """Check times, transitions and strategy."""
        spec = obj.get("spec") or {}
        found: list[FieldError] = []
        seconds, transitions, strategy = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions"), spec.get("strategy")
        if seconds is not None and seconds <= 0:
            found.append(fielderrors.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
        if transitions is not None and transitions < 0:
            found.append(fielderrors.invalid("spec.leaseTransitions", transitions, fielderrors.NEGATIVE))
        if strategy is not None:
            found += _strategy(strategy)
        if spec.get("preferredHolder") and not strategy:
            found.append(fielderrors.forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"))
        return found


def _strategy(strategy: str) -> list[FieldError]:
    if "/" in strategy:
        return checks.each("spec.strategy", strategy, names.qualified_name(strategy))
    return checks.one_of("spec.strategy", strategy, ("OldestEmulationVersion",))


STRATEGY = Leases()
