"""kubectl as the oracle: each case through it and through our describers, now and here."""

import time

import pytest

from minikube_py import describers
from minikube_py.machinery import meta
from tests.describers import cases, fakes, kubectl

BINARY = kubectl.find()
pytestmark = pytest.mark.skipif(BINARY is None, reason="needs kubectl 1.33")


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    server = kubectl.Oracle(BINARY, str(tmp_path_factory.mktemp("kubectl")))
    yield server
    server.close()


@pytest.mark.parametrize(("zone", "events"), [("UTC", True), ("America/St_Johns", False)])
@pytest.mark.parametrize("name", cases.NAMES)
def test_same_as_kubectl(name, zone, events, oracle, monkeypatch):
    objects = cases.objects(name)
    obj, client = objects[0], fakes.FakeClient(*objects)
    resource = fakes.SCHEME.for_kind(obj["apiVersion"], obj["kind"])
    namespace = ["-n", meta.namespace(obj)] if resource.namespaced else []
    arguments = ["describe", resource.qualified, meta.name(obj), *namespace, f"--show-events={str(events).lower()}"]
    theirs = oracle.run(client, arguments, zone)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert describers.describe(resource, obj, client, now=time.time(), show_events=events) == theirs
    finally:
        monkeypatch.undo()
        time.tzset()
