"""kubectl as the oracle: each case through it and through our describers, now and here."""

import time

import pytest

from minikube_py import describers
from minikube_py.machinery import meta
from tests.describers import cases, fakes, kubectl

BINARY = kubectl.find()
pytestmark = pytest.mark.skipif(BINARY is None, reason="needs kubectl 1.33")


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
@pytest.mark.parametrize("name", cases.NAMES)
def test_same_as_kubectl(name, zone, monkeypatch):
    objects = cases.objects(name)
    obj, client = objects[0], fakes.FakeClient(*objects)
    resource = fakes.SCHEME.for_kind(obj["apiVersion"], obj["kind"])
    namespace = ["-n", meta.namespace(obj)] if resource.namespaced else []
    theirs = kubectl.run(BINARY, client, ["describe", resource.qualified, meta.name(obj), *namespace], zone)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert describers.describe(resource, obj, client, now=time.time()) == theirs
    finally:
        monkeypatch.undo()
        time.tzset()
