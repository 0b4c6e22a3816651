"""The table of events, in both spellings: core/v1 and events.k8s.io/v1."""

from minikube_py.machinery import durations
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables.columns import Cells, Column, Table, text, wide


def _first(event: Object, *fields: str) -> str:
    return next((event[field] for field in fields if event.get(field)), "")


def _source(event: Object) -> str:
    source = event.get("source") or event.get("deprecatedSource") or {}
    component = source.get("component") or _first(event, "reportingComponent", "reportingController")
    host = source.get("host") or event.get("reportingInstance") or ""
    return f"{component}, {host}" if host else component


def _target(event: Object) -> str:
    about = event.get("involvedObject") or event.get("regarding") or {}
    kind = about.get("kind", "").lower()
    return f"{kind}/{about['name']}" if about.get("name") else kind


def _cells(event: Object, now: float) -> Cells:
    about = event.get("involvedObject") or event.get("regarding") or {}
    first = durations.since(_first(event, "firstTimestamp", "deprecatedFirstTimestamp", "eventTime"), now)
    last_time = _first(event, "lastTimestamp", "deprecatedLastTimestamp")
    last = durations.since(last_time, now) if last_time else first
    count = event.get("count") or event.get("deprecatedCount") or 0
    series = event.get("series")
    if series is not None:
        last, count = durations.since(series.get("lastObservedTime"), now), series.get("count") or 0
    elif not count:
        count = 1  # a single event of the newer API has no count
    return [
        last, event.get("type", ""), event.get("reason", ""), _target(event), about.get("fieldPath", ""), _source(event),
        _first(event, "message", "note").strip(), first, count, event["metadata"]["name"],
    ]  # fmt: skip


TABLES = {
    "events": Table(
        (
            text("Last Seen", "Time since it last happened."),
            text("Type", "Normal or Warning."),
            text("Reason", "Why, in one word."),
            text("Object", "What it is about."),
            wide("Subobject", "Part of the object."),
            wide("Source", "Who reports."),
            text("Message", "What happened."),
            wide("First Seen", "Time since it first happened."),
            wide("Count", "How often it happened."),
            Column("Name", "string", "name", 1, "Name of the event."),
        ),
        _cells,
    )
}
