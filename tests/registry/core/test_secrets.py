"""Secrets."""

from typing import Any

import pytest

from minikube_py import registry
from tests.registry import support

_HIDDEN = '"<secret contents redacted>"'


def test_string_data_becomes_data() -> None:
    obj: dict[str, Any] = {"kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "MQ==", "b": "Mg=="}, "stringData": {"b": "x"}}
    registry.strategy("", "secrets").default(obj)
    assert obj == {"kind": "Secret", "metadata": {"name": "a"}, "type": "Opaque", "data": {"a": "MQ==", "b": "eA=="}}


@pytest.mark.parametrize(
    ("obj", "messages"),
    [
        ({"type": "kubernetes.io/tls", "data": {}}, ["data[tls.crt]: Required value", "data[tls.key]: Required value"]),
        ({"type": "kubernetes.io/basic-auth"}, ["data[username]: Required value", "data[password]: Required value"]),
        ({"type": "kubernetes.io/basic-auth", "stringData": {"password": ""}}, []),
        ({"type": "kubernetes.io/ssh-auth"}, ["data[ssh-privatekey]: Required value"]),
        ({"type": "kubernetes.io/dockerconfigjson"}, ["data[.dockerconfigjson]: Required value"]),
        ({"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "{}"}}, []),
        ({"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": ""}},
         [f"data[.dockerconfigjson]: Invalid value: {_HIDDEN}: unexpected end of JSON input"]),
        ({"type": "kubernetes.io/dockercfg", "stringData": {".dockercfg": "xyz"}},
         [f"data[.dockercfg]: Invalid value: {_HIDDEN}: invalid character 'x' looking for beginning of value"]),
        ({"type": "kubernetes.io/service-account-token"},
         ["metadata.annotations[kubernetes.io/service-account.name]: Required value"]),
    ],
)  # fmt: skip
def test_what_types_ask_for(obj: dict[str, Any], messages: list[str]) -> None:
    assert support.errors("", "secrets", {"kind": "Secret", **obj}) == messages


def test_type_and_immutable_data_stay() -> None:
    old = {"kind": "Secret", "immutable": True, "stringData": {"a": "1"}}
    new = {"kind": "Secret", "immutable": True, "type": "example.com/x", "stringData": {"a": "2"}}
    assert support.update_errors("", "secrets", new, old) == [
        'type: Invalid value: "example.com/x": field is immutable',
        "data: Forbidden: field is immutable when `immutable` is set",
    ]


def test_what_stays_is_told_of_first() -> None:
    assert support.update_errors("", "secrets", {"type": "kubernetes.io/ssh-auth"}, {"type": "Opaque"}) == [
        'type: Invalid value: "kubernetes.io/ssh-auth": field is immutable',
        "data[ssh-privatekey]: Required value",
    ]


def test_the_type_is_selectable() -> None:
    assert registry.strategy("", "secrets").fields({"type": "Opaque"}) == {"type": "Opaque"}
