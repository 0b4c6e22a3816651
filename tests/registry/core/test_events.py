"""Events of both groups, and the way between them."""

from typing import Any

from minikube_py import registry
from minikube_py.machinery import meta
from tests.registry import support

CORE = registry.strategy("", "events")
NEW = registry.strategy("events.k8s.io", "events")


def event(**more: Any) -> dict[str, Any]:
    about = {"kind": "Pod", "namespace": "default", "name": "p", "uid": "u1"}
    return {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "p.1", "namespace": "default"}, "involvedObject": about,
            "reason": "Started", "message": "Started it", "type": "Normal", "source": {"component": "kubelet"}} | more  # fmt: skip


def test_fields_that_are_shown_even_when_empty() -> None:
    obj = event()
    CORE.default(obj)
    assert {field: obj[field] for field in ("eventTime", "firstTimestamp", "lastTimestamp", "reportingComponent", "reportingInstance")} == {
        "eventTime": None, "firstTimestamp": None, "lastTimestamp": None, "reportingComponent": "", "reportingInstance": "",
    }  # fmt: skip
    assert CORE.validate(obj) == []


def test_an_event_is_in_the_namespace_of_what_it_is_about() -> None:
    obj = event(involvedObject={"kind": "Pod", "namespace": "other"})
    assert [str(error) for error in CORE.validate(obj)] == ['involvedObject.namespace: Invalid value: "other": does not match event.namespace']


def test_new_style_events_say_who_reports() -> None:
    found = [str(error) for error in CORE.validate(event(eventTime="2026-01-02T03:04:05.000000Z", reason=""))]
    assert found[0] == "reportingComponent: Required value"
    assert found[-3:] == ["reportingInstance: Required value", "action: Required value", "reason: Required value"]


def test_texts_of_new_style_events_are_bounded_in_bytes() -> None:
    told = event(eventTime="2026-01-02T03:04:05.000000Z", reportingComponent="example.com/x", reportingInstance="é" * 64, action="a" * 128,
                 message="m" * 1024)  # fmt: skip
    assert CORE.validate(told) == []
    longer = told | {"reportingInstance": told["reportingInstance"] + "i", "action": told["action"] + "a", "message": told["message"] + "m"}
    assert [str(error) for error in CORE.validate(longer)] == [
        'reportingInstance: Invalid value: "": can have at most 128 characters',
        'action: Invalid value: "": can have at most 128 characters',
        'message: Invalid value: "": can have at most 1024 characters',
    ]


def test_selectable_fields_and_index() -> None:
    obj = event()
    assert CORE.fields(obj) == {
        "involvedObject.kind": "Pod", "involvedObject.namespace": "default", "involvedObject.name": "p", "involvedObject.uid": "u1",
        "involvedObject.apiVersion": "", "involvedObject.resourceVersion": "", "involvedObject.fieldPath": "", "reason": "Started",
        "reportingComponent": "", "source": "kubelet", "type": "Normal",
    }  # fmt: skip
    assert list(CORE.indexes(obj)) == [("involved", "u1")]
    assert NEW.fields(obj)["regarding.uid"] == "u1"


def test_there_and_back() -> None:
    obj = event(count=2, firstTimestamp="2026-01-02T03:04:05Z")
    CORE.default(obj)
    shown = NEW.convert(obj, "v1")
    assert shown["apiVersion"] == "events.k8s.io/v1"
    assert (shown["note"], shown["regarding"]["name"], shown["deprecatedCount"]) == ("Started it", "p", 2)
    assert shown["deprecatedSource"] == {"component": "kubelet"} and shown["reportingController"] == ""
    assert NEW.convert(shown, "v1") == obj
    assert NEW.storage_version() == ("", "v1")


def test_the_newer_version_is_strict() -> None:
    obj = {"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "a", "namespace": "default"},
           "regarding": {"namespace": "default"}, "deprecatedCount": 1, "type": "Odd"}  # fmt: skip
    NEW.default(obj)
    assert [str(error) for error in NEW.validate(obj)] == [
        "eventTime: Required value",
        'type: Invalid value: "": has invalid value: Odd',
        'count: Invalid value: "": needs to be unset',
    ]


def test_only_the_series_changes_there() -> None:
    old = NEW.convert(event(), "v1")
    old["metadata"]["resourceVersion"] = "1"
    new = meta.clone(old) | {"note": "other", "series": {"count": 1}}
    assert [str(error) for error in NEW.validate_update(new, old)] == [
        'series.count: Invalid value: "": should be at least 2',
        "series.lastObservedTime: Required value",
        'message: Invalid value: "other": field is immutable',
    ]


def test_a_missing_object_is_no_reason_to_fail() -> None:
    assert support.errors("", "events", {"apiVersion": "v1", "metadata": {"name": "x"}}) == []
