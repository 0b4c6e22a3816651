"""Leases: who leads, and node heartbeats."""

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import kind


class Leases(kind.Kind):
    """The rules of Leases."""

    any_finalizer = True
    allow_create_on_update = True
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        """Add the spec, which Go always writes; CoordinatedLeaderElection is off by default in v1.33, and its fields are dropped then."""
        spec = obj.setdefault("spec", {})
        for field in ("strategy", "preferredHolder"):
            spec.pop(field, None)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check times and transitions."""
        spec = obj.get("spec") or {}
        found: list[FieldError] = []
        seconds, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
        if seconds is not None and seconds <= 0:
            found.append(fielderrors.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
        if transitions is not None and transitions < 0:
            found.append(fielderrors.invalid("spec.leaseTransitions", transitions, fielderrors.NEGATIVE))
        return found


STRATEGY = Leases()
