"""CSIDrivers: what a storage driver needs of the cluster."""

from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind
from minikube_py.registry.pod import rules
from minikube_py.registry.strategy import Context

_GROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
_MODES = ("Persistent", "Ephemeral")
_DEFAULTS = (("attachRequired", True), ("podInfoOnMount", False), ("storageCapacity", False), ("fsGroupPolicy", "ReadWriteOnceWithFSType"),
             ("requiresRepublish", False), ("seLinuxMount", False))  # fmt: skip


class CSIDrivers(kind.Kind):
    """The rules of CSIDrivers."""

    namespaced = False
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        """Fill in what is not given."""
        spec = obj.setdefault("spec", {})
        spec.pop("nodeAllocatableUpdatePeriodSeconds", None)  # its feature, MutableCSINodeAllocatableCount, is off by default in v1.33
        for request in spec.get("tokenRequests") or ():
            request.setdefault("audience", "")  # Go always writes it
        for field, value in _DEFAULTS:
            if spec.get(field) is None:
                spec[field] = value
        if not spec.get("volumeLifecycleModes"):
            spec["volumeLifecycleModes"] = ["Persistent"]

    def contents(self, obj: Object) -> list[FieldError]:
        """Check policies, modes and tokens."""
        spec = obj.get("spec") or {}
        found = [
            fielderrors.required(f"spec.{shown}")
            for field, shown in (("attachRequired", "attachedRequired"), ("podInfoOnMount",) * 2, ("storageCapacity",) * 2)
            if spec.get(field) is None
        ]
        found += checks.optional_one_of("spec.fsGroupPolicy", spec.get("fsGroupPolicy"), _GROUP_POLICIES)
        found += _tokens(spec.get("tokenRequests") or ())
        for mode in spec.get("volumeLifecycleModes") or ():
            found += checks.one_of("spec.volumeLifecycleModes", mode, _MODES)
        return found

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold whether volumes are attached, and the modes."""
        spec, before = obj.get("spec") or {}, old.get("spec") or {}
        found = checks.immutable("spec.attachedRequired", spec.get("attachRequired"), before.get("attachRequired"))
        modes = spec.get("volumeLifecycleModes") or []
        if modes != (before.get("volumeLifecycleModes") or []):
            shown = checks.go_strings("storage.VolumeLifecycleMode", modes)
            found.append(fielderrors.invalid("spec.volumeLifecycleModes", shown, checks.IMMUTABLE))
        return found

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Count changes of the spec, as other kinds do: but a new driver starts without a generation."""
        if obj.get("spec") != old.get("spec"):
            obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _tokens(requests: Any) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for number, request in enumerate(requests):
        field, audience, seconds = f"spec.tokenRequests[{number}]", request.get("audience", ""), request.get("expirationSeconds")
        if audience in seen:
            found.append(fielderrors.duplicate(f"{field}.audience", audience))
            continue
        seen.add(audience)
        if seconds is not None:
            found += rules.token_seconds(f"{field}.expirationSeconds", seconds)
    return found


STRATEGY = CSIDrivers()
