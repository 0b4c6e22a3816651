"""The parts of the control plane."""

import pytest

from minikube_py.machinery import errors
from tests.apiserver.world import World


def test_all_are_well() -> None:
    found = World().send("list", "componentstatuses")
    assert found.warnings == ("v1 ComponentStatus is deprecated in v1.19+",)
    healthy = [{"type": "Healthy", "status": "True", "message": "ok"}]
    assert found.body["kind"] == "ComponentStatusList"
    assert [(item["metadata"], item["conditions"]) for item in found.body["items"]] == [
        ({"name": name}, healthy) for name in ("etcd-0", "controller-manager", "scheduler")]  # fmt: skip


def test_one_and_none() -> None:
    assert World().send("get", "componentstatuses", "scheduler").body["metadata"] == {"name": "scheduler"}
    with pytest.raises(errors.StatusError) as refused:
        World().send("get", "componentstatuses", "nobody")
    assert (refused.value.code, refused.value.message) == (500, "Component not found: nobody")
