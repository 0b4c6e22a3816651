"""The Events section that most descriptions end with."""

from typing import Any

from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.kits import clock
from minikube_py.machinery import meta
from minikube_py.machinery.errors import StatusError
from minikube_py.machinery.meta import Object


def section(w: Writer, obj: Object, context: Context) -> None:
    """Write the events about an object, where events are to be shown."""
    if context.show_events:
        table(w, search(context, obj), context)


def search(context: Context, obj: Object, *, kind: str | None = None, uid: str | None = None) -> list[Object]:
    """Return the events about an object as `find` does; none where they cannot be read: the object is described all the same."""
    try:
        return find(context, obj, kind=kind, uid=uid)
    except StatusError:
        return []


def find(context: Context, obj: Object, *, kind: str | None = None, uid: str | None = None) -> list[Object]:
    """Return the events about an object.

    `kind` and `uid` replace the object's own: events about static pods and nodes carry others.
    """
    fields = {
        "involvedObject.kind": obj["kind"] if kind is None else kind,
        "involvedObject.name": meta.name(obj),
        "involvedObject.namespace": meta.namespace(obj),
        "involvedObject.uid": meta.uid(obj) if uid is None else uid,
    }
    optional = ("involvedObject.kind", "involvedObject.uid")
    selector = ",".join(f"{field}={value}" for field, value in fields.items() if value or field not in optional)
    return context.items("events", meta.namespace(obj), field_selector=selector)


def table(w: Writer, found: list[Object], context: Context) -> None:
    """Write events, those that were seen last at the end."""
    if not found:
        w.field("Events", "<none>")
        return
    w.line("Events:")
    w.row(1, "Type", "Reason", "Age", "From", "Message")
    w.row(1, "----", "------", "----", "----", "-------")
    for event in sorted(found, key=_last_seen):
        source = (event.get("source") or {}).get("component") or event.get("reportingComponent") or ""
        message = (event.get("message") or "").strip()
        w.row(1, event.get("type") or "", event.get("reason") or "", _interval(event, context), source, message)


def _last_seen(event: Object) -> float:
    stamp = event.get("lastTimestamp")
    return clock.parse_rfc3339(stamp) if stamp else float("-inf")


def _interval(event: Object, context: Context) -> str:
    first = context.age(event.get("eventTime") or event.get("firstTimestamp"))
    series: dict[str, Any] | None = event.get("series")
    if series is not None:
        return f"{context.age(series.get('lastObservedTime'))} (x{series.get('count', 0)} over {first})"
    count = event.get("count") or 0
    return f"{context.age(event.get('lastTimestamp'))} (x{count} over {first})" if count > 1 else first
