"""Events as events.k8s.io/v1 spells them. They are stored as core/v1 Events: `convert` goes there and back.

Objects come to `validate` in either form: one of this group is converted first.
"""

from collections.abc import Iterable
from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.core import events
from minikube_py.registry.pod import gotext

# events.k8s.io/v1 field -> core/v1 field
_NAMES = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
_TIMES = ("firstTimestamp", "lastTimestamp", "eventTime")
_BACK = {core: name for name, core in _NAMES.items()}
_IMMUTABLE = (
    "involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type", "eventTime", "action", "related",
    "reportingController", "reportingInstance",
)  # fmt: skip


def to_core(obj: Object) -> Object:
    """Return the stored form of an event."""
    if obj.get("apiVersion", "v1") == "v1":
        return obj
    found = {_NAMES.get(field, field): value for field, value in obj.items()} | {"apiVersion": "v1"}
    events.STRATEGY.default(found)
    return found


def from_core(obj: Object) -> Object:
    """Return a stored event as events.k8s.io/v1 shows it."""
    found = {_BACK.get(field, field): value for field, value in obj.items()} | {"apiVersion": "events.k8s.io/v1"}
    for field in ("deprecatedFirstTimestamp", "deprecatedLastTimestamp"):
        found.setdefault(field, None)
    found.setdefault("deprecatedSource", {})
    return found


class Events(kind.Kind):
    """The rules of events.k8s.io/v1 Events."""

    go_group = ""
    allow_create_on_update = True

    def default(self, obj: Object) -> None:
        """Add the field that is shown even when empty."""
        obj.setdefault("eventTime", None)

    def validate(self, obj: Object) -> list[FieldError]:
        """Check by the strict rules of this version."""
        stored = to_core(obj)
        return events.legacy(stored) + events.strict(stored)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check that nothing but the series changes."""
        new, before = to_core(obj), to_core(old)
        found = events.legacy(new) + objectmeta.update(obj, old)
        if new.get("series") != before.get("series"):
            found += events.series(new)
        for field in _IMMUTABLE:
            core = _NAMES.get(field, field)
            if checks.immutable(field, new.get(core), before.get(core)):
                found.append(fielderrors.invalid(field, _shown(field, new.get(core)), checks.IMMUTABLE))
        return found

    def fields(self, obj: Object) -> dict[str, str]:
        """Return the same fields under this version's names."""
        found = events.selectable(to_core(obj))
        return {name.replace("involvedObject.", "regarding.").replace("reportingComponent", "reportingController"): text
                for name, text in found.items() if name != "source"}  # fmt: skip

    def indexes(self, obj: Object) -> Iterable[tuple[str, str]]:
        """Return the same entries as the core group."""
        return events.STRATEGY.indexes(to_core(obj))

    def convert(self, obj: Object, version: str) -> Object:
        """Return a core/v1 Event for one of events.k8s.io/v1, and the other way round: both are version v1 of their groups."""
        return from_core(obj) if obj["apiVersion"] == "v1" else to_core(obj)

    def storage_version(self) -> tuple[str, str] | None:
        """Return core/v1."""
        return "", "v1"


def _shown(field: str, value: Any) -> Any:
    """Return a value as Go shows it."""
    if field in _TIMES:
        return fielderrors.GoText((value or "0001-01-01T00:00:00Z").replace("T", " ").replace("Z", " +0000 UTC").replace(".000000", ""))
    if field == "source":
        return gotext.struct("core.EventSource", {"component": "", "host": ""} | (value or {}))
    if field == "involvedObject":
        return gotext.struct("core.ObjectReference", value or {})
    return (0 if field == "count" else "") if value is None and field != "related" else value


STRATEGY = Events()
