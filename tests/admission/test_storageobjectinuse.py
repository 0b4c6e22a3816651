"""New claims and volumes are protected from the start."""

from typing import Any

import pytest

from minikube_py.admission.storageobjectinuse import StorageObjectInUseProtection
from minikube_py.kits.clock import SystemClock
from minikube_py.plugin.admission import Attributes
from minikube_py.plugin.auth import UserInfo


@pytest.mark.parametrize(
    ("resource", "former", "expected"),
    [
        ("persistentvolumeclaims", None, ["kubernetes.io/pvc-protection"]),
        ("persistentvolumeclaims", ["example.com/x"], ["example.com/x", "kubernetes.io/pvc-protection"]),
        ("persistentvolumes", None, ["kubernetes.io/pv-protection"]),
        ("persistentvolumes", ["kubernetes.io/pv-protection"], ["kubernetes.io/pv-protection"]),
    ],
)
def test_the_finalizer_is_added_once(resource: str, former: list[str] | None, expected: list[str]) -> None:
    obj: dict[str, Any] = {"metadata": {"name": "data", **({"finalizers": former} if former else {})}}
    attributes = Attributes("CREATE", "", "v1", resource, "", "", "", "data", obj, None, UserInfo("me"))
    StorageObjectInUseProtection().admit(attributes, None, SystemClock())  # type: ignore[arg-type]  # it reads nothing
    assert obj["metadata"]["finalizers"] == expected
