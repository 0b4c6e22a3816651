"""What every object has."""

import pytest

from minikube_py.machinery import meta


@pytest.mark.parametrize(
    ("obj", "phase", "is_over"),
    [
        ({}, "", False),
        ({"status": None}, "", False),
        ({"status": {"phase": None}}, "", False),
        ({"status": {"phase": "Running"}}, "Running", False),
        ({"status": {"phase": "Succeeded"}}, "Succeeded", True),
        ({"status": {"phase": "Failed"}}, "Failed", True),
    ],
)
def test_the_phase(obj: meta.Object, phase: str, is_over: bool) -> None:
    assert (meta.phase(obj), meta.is_over(obj)) == (phase, is_over)


def test_roles_of_a_node() -> None:
    labels = {"node-role.kubernetes.io/b": "", "kubernetes.io/role": "a", "node-role.kubernetes.io/": "", "other": "c"}
    assert meta.node_roles({"metadata": {"labels": labels}}) == ["a", "b"]
