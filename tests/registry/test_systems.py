"""What pods of one operating system may not ask for."""

from typing import Any

import pytest

from minikube_py.registry.pod import systems

WINDOWS = "cannot be set for a windows pod"
POD = (
    "hostUsers", "hostPID", "hostIPC", "shareProcessNamespace", *(f"securityContext.{field}" for field in (
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser", "runAsGroup",
        "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy")),
)  # fmt: skip
CONTAINER = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged", "allowPrivilegeEscalation",
    "procMount", "runAsUser", "runAsGroup",
)  # fmt: skip
LINUX = "windows options cannot be set for a linux pod"


def told(spec: dict[str, Any]) -> list[str]:
    return [str(error) for error in systems.validate(spec, "spec")]


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (None, []),
        ({"name": "linux"}, []),
        ({"name": "windows"}, []),
        ({}, ["spec.os.name: Required value: cannot be empty"]),
        ({"name": "plan9"}, ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"']),
    ],
)
def test_systems(system: dict[str, str] | None, expected: list[str]) -> None:
    assert told({"os": system, "containers": [{"name": "a"}]}) == expected


def test_a_pod_of_linux_has_no_options_of_windows() -> None:
    context = {"securityContext": {"windowsOptions": {}}}
    spec = {"os": {"name": "linux"}, **context, "containers": [{"name": "a"}, {"name": "b", **context}], "initContainers": [{"name": "c", **context}]}
    assert told(spec) == [
        f"spec.securityContext.windowsOptions: Forbidden: {LINUX}",
        f"spec.initContainers[0].securityContext.windowsOptions: Forbidden: {LINUX}",
        f"spec.containers[1].securityContext.windowsOptions: Forbidden: {LINUX}",
    ]
    assert told({**spec, "os": {"name": "windows"}}) == []


@pytest.mark.parametrize("field", POD)
def test_what_a_pod_of_windows_may_not_ask_for(field: str) -> None:
    holder, _, name = field.rpartition(".")
    spec: dict[str, Any] = {"os": {"name": "windows"}, "containers": [{"name": "a"}]}
    (spec.setdefault(holder, {}) if holder else spec)[name] = True
    assert told(spec) == [f"spec.{field}: Forbidden: {WINDOWS}"]


@pytest.mark.parametrize(("spec", "expected"), [
    ({"hostPID": False, "hostIPC": False, "securityContext": {"sysctls": []}}, []),
    ({"hostUsers": False, "shareProcessNamespace": False},
     [f"spec.hostUsers: Forbidden: {WINDOWS}", f"spec.shareProcessNamespace: Forbidden: {WINDOWS}"]),
])  # fmt: skip
def test_what_is_off_is_as_good_as_absent_where_kubernetes_has_no_pointer(spec: dict[str, Any], expected: list[str]) -> None:
    assert told({"os": {"name": "windows"}, "containers": [], **spec}) == expected


@pytest.mark.parametrize("field", CONTAINER)
def test_what_a_container_of_windows_may_not_ask_for(field: str) -> None:
    containers = [{"name": "a"}, {"name": "b", "securityContext": {field: False}}]
    assert told({"os": {"name": "windows"}, "containers": containers}) == [f"spec.containers[1].securityContext.{field}: Forbidden: {WINDOWS}"]
