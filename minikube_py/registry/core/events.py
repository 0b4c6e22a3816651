"""Events of the core group, the form that is stored; events.k8s.io serves the same objects under other names of fields."""

from collections.abc import Iterable
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta

_LIMIT, _NOTE_LIMIT = 128, 1024
_MISMATCH = "does not match event.namespace"
_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")


class Events(kind.Kind):
    """The rules of core/v1 Events."""

    allow_create_on_update = True

    def default(self, obj: Object) -> None:
        """Add the fields that are shown even when empty."""
        for field, empty in (("eventTime", None), ("firstTimestamp", None), ("lastTimestamp", None)):
            if field not in obj:
                obj[field] = empty
        if "source" not in obj:
            obj["source"] = {}
        if "reportingComponent" not in obj:
            obj["reportingComponent"] = ""
        if "reportingInstance" not in obj:
            obj["reportingInstance"] = ""

    def validate(self, obj: Object) -> list[FieldError]:
        """Check what kube-apiserver asks of a v1 Event, then metadata."""
        return legacy(obj, "reportingComponent") or objectmeta.validate(obj["metadata"], name_rule=names.is_path_segment, custom=True)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check as for a new one: v1 Events may change freely."""
        return objectmeta.validate_update(obj["metadata"], old["metadata"], custom=True) + legacy(obj, "reportingComponent")

    def fields(self, obj: Object) -> dict[str, str]:
        """Return the object that an event is about, its reason, reporter and type."""
        return selectable(obj)

    def indexes(self, obj: Object) -> Iterable[tuple[str, str]]:
        """Return ("involved", uid) of the object that the event is about."""
        uid = (obj.get("involvedObject") or {}).get("uid")
        return (("involved", uid),) if uid else ()


def selectable(obj: Object) -> dict[str, str]:
    """Return the selectable fields of a stored event."""
    about = obj.get("involvedObject") or {}
    found = {f"involvedObject.{field}": about.get(field, "") for field in _INVOLVED}
    reporter = obj.get("reportingComponent", "")
    found["reason"] = obj.get("reason", "")
    found["reportingComponent"] = reporter
    found["source"] = (obj.get("source") or {}).get("component") or reporter
    found["type"] = obj.get("type", "")
    return found


def legacy(obj: Object, reporter: str = "reportingController") -> list[FieldError]:
    """Return what is wrong with an event by the rules that hold for every version; `reporter`: what it calls the one who tells."""
    space = obj["metadata"].get("namespace", "")
    about = (obj.get("involvedObject") or {}).get("namespace", "")
    found: list[FieldError] = []
    if not obj.get("eventTime"):
        if about != space and (about or space != "default"):
            found.append(fielderrors.invalid("involvedObject.namespace", about, _MISMATCH))
    else:
        if not about and space not in ("default", "kube-system"):
            found.append(fielderrors.invalid("involvedObject.namespace", about, _MISMATCH))
        found += _new_style(obj, reporter)
    if texts := names.dns_subdomain(space):
        found += checks.each("namespace", space, texts)
    return found


def _new_style(obj: Object, reporter: str) -> list[FieldError]:
    controller = obj.get("reportingComponent", "")
    found = [] if controller else [fielderrors.required(reporter)]
    found += checks.each(reporter, controller, names.qualified_name(controller))
    for field in ("reportingInstance", "action", "reason"):
        value = obj.get(field) or ""
        if not value:
            found.append(fielderrors.required(field))
        if len(value.encode()) > _LIMIT:
            found.append(fielderrors.invalid(field, "", f"can have at most {_LIMIT} characters"))
    if len((obj.get("message") or "").encode()) > _NOTE_LIMIT:
        found.append(fielderrors.invalid("message", "", f"can have at most {_NOTE_LIMIT} characters"))
    return found


def strict(obj: Object) -> list[FieldError]:
    """Return what events.k8s.io/v1 asks of a new event beyond that, in terms of the stored form."""
    found = objectmeta.validate(obj["metadata"]) + series(obj)
    if not obj.get("eventTime"):
        found.append(fielderrors.required("eventTime"))
    if obj.get("type") not in ("Normal", "Warning"):
        found.append(fielderrors.invalid("type", "", f"has invalid value: {obj.get('type', '')}"))
    for field in ("firstTimestamp", "lastTimestamp", "count"):
        if obj.get(field):
            found.append(fielderrors.invalid(field, "", "needs to be unset"))
    if any((obj.get("source") or {}).values()):
        found.append(fielderrors.invalid("source", "", "needs to be unset"))
    return found


def series(obj: Object) -> list[FieldError]:
    """Check how often an event was seen."""
    counted: dict[str, Any] | None = obj.get("series")
    if counted is None:
        return []
    found = [fielderrors.invalid("series.count", "", "should be at least 2")] if counted.get("count", 0) < 2 else []
    if not counted.get("lastObservedTime"):
        found.append(fielderrors.required("series.lastObservedTime"))
    return found


STRATEGY = Events()
