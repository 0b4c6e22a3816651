"""Whole descriptions, to the byte."""

import time

import pytest

from minikube_py import describers
from tests.describers import cases, fakes

pytestmark = pytest.mark.usefixtures("utc")


@pytest.mark.parametrize("name", cases.NAMES)
def test_prints_what_kubectl_prints(name):
    objects = cases.objects(name)
    resource = fakes.SCHEME.for_kind(objects[0]["apiVersion"], objects[0]["kind"])
    text = describers.describe(resource, objects[0], fakes.FakeClient(*objects), now=cases.NOW)
    assert text == cases.expected(name)


@pytest.mark.parametrize("name", cases.NAMES)
def test_leaves_events_out(name):
    objects = cases.objects(name)
    resource = fakes.SCHEME.for_kind(objects[0]["apiVersion"], objects[0]["kind"])
    client = fakes.FakeClient(*objects)
    text = describers.describe(resource, objects[0], client, now=cases.NOW, show_events=False)
    assert "\nEvents:" not in text
    assert "events" not in [call[0] for call in client.calls]


def test_local_time(monkeypatch):
    monkeypatch.setenv("TZ", "America/St_Johns")
    time.tzset()
    objects = cases.objects("node")
    resource = fakes.SCHEME.must("nodes")
    text = describers.describe(resource, objects[0], fakes.FakeClient(*objects), now=cases.NOW)
    assert "CreationTimestamp:  Sun, 01 Nov 2026 06:30:00 -0330\n" in text
