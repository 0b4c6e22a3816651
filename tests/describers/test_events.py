"""The Events section."""

import pytest

from minikube_py.describers import events
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.kits import clock
from tests.describers import fakes

NOW = 1_800_000_000.0
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop", "uid": "u"}}


def ago(seconds):
    return clock.rfc3339(NOW - seconds)


def event(name, **fields):
    involved = {"kind": "Pod", "name": "web", "namespace": "shop", "uid": "u"}
    body = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": "shop"}, "involvedObject": involved}
    return body | {"type": "Normal", "reason": "Pulled", "message": "Pulled image", "source": {"component": "kubelet"}} | fields


def text(*found):
    w = Writer()
    events.section(w, POD, Context(fakes.FakeClient(*found), NOW))
    return w.text()


@pytest.mark.parametrize(
    ("fields", "age"),
    [
        ({"firstTimestamp": ago(10), "lastTimestamp": ago(2), "count": 3}, "2s (x3 over 10s)"),
        ({"firstTimestamp": ago(10), "lastTimestamp": ago(10), "count": 1}, "10s"),
        ({"firstTimestamp": ago(400), "lastTimestamp": ago(400)}, "6m40s"),
        ({"eventTime": ago(90), "firstTimestamp": None, "lastTimestamp": None}, "90s"),
        ({"eventTime": ago(90), "series": {"count": 4, "lastObservedTime": ago(5)}}, "5s (x4 over 90s)"),
        ({}, "<unknown>"),
        ({"firstTimestamp": ago(-60), "lastTimestamp": ago(-60), "count": 1}, "<invalid>"),
    ],
)
def test_age(fields, age):
    width = max(len(age), 4) + 2
    assert text(event("a", **fields)).splitlines() == [
        "Events:",
        f"  Type    Reason  {'Age'.ljust(width)}From     Message",
        f"  ----    ------  {'----'.ljust(width)}----     -------",
        f"  Normal  Pulled  {age.ljust(width)}kubelet  Pulled image",
    ]


def test_last_seen_comes_last_and_unseen_first():
    seen = [event("a", reason="A", lastTimestamp=ago(5)), event("b", reason="B", lastTimestamp=ago(50)), event("c", reason="C")]
    assert [line.split()[1] for line in text(*seen).splitlines()[3:]] == ["C", "B", "A"]


def test_source_falls_back_to_the_reporter():
    assert text(event("a", source={}, reportingComponent="default-scheduler")).splitlines()[3].split()[3] == "default-scheduler"


def test_none():
    assert text() == "Events:  <none>\n"


def test_events_that_cannot_be_read_are_none():
    assert events.search(fakes.FakeClient(event("a"), forbidden=("events",)), POD) == []


def test_selector():
    client = fakes.FakeClient()
    events.search(client, POD)
    events.search(client, POD, kind="", uid="other")
    events.search(client, {"kind": "Node", "metadata": {"name": "minikube"}})
    assert [(call[1], call[3]) for call in client.calls] == [
        ("shop", "involvedObject.kind=Pod,involvedObject.name=web,involvedObject.namespace=shop,involvedObject.uid=u"),
        ("shop", "involvedObject.name=web,involvedObject.namespace=shop,involvedObject.uid=other"),
        ("", "involvedObject.kind=Node,involvedObject.name=minikube,involvedObject.namespace="),
    ]
