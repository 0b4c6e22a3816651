"""Ports as the command line of port-forward names them."""

from typing import Any

import pytest

from minikube_py.cli import portnumbers
from minikube_py.machinery.errors import KctlError


def _pod(*ports: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [{"name": "c", "ports": list(ports)}]}}


def test_numbers_and_names() -> None:
    pod = _pod({"containerPort": 8080, "name": "http"})
    assert portnumbers.resolved(["80", "5000:http", "http", ":81"], pod, pod) == ["80", "5000:8080", "8080", ":81"]


@pytest.mark.parametrize(
    ("ports", "word", "message"),
    [
        ([{"containerPort": 80}], "1:", "remote port cannot be empty"),
        ([{"containerPort": 80}], ":", "remote port cannot be empty"),
        ([{"containerPort": 53, "protocol": "UDP"}], "1:", "UDP protocol is not supported for "),
        ([{"containerPort": 53, "protocol": "UDP", "name": "dns"}], "dns", "UDP protocol is not supported for dns"),
        ([], "1:", "Pod 'web' does not have a named port ''"),
    ],
)
def test_an_empty_name_is_that_of_a_port_without_one(ports: list[dict[str, Any]], word: str, message: str) -> None:
    with pytest.raises(KctlError) as raised:
        portnumbers.resolved([word], _pod(*ports), _pod(*ports))
    assert str(raised.value) == message
