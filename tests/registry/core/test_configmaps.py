"""ConfigMaps."""

import pytest

from minikube_py import registry
from minikube_py.machinery import errors
from tests.registry import support

_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
    "regex used for validation is '[-._a-zA-Z0-9]+')"
)


@pytest.mark.parametrize(
    ("obj", "messages"),
    [
        ({"data": {"app.conf": "x"}, "binaryData": {"logo": "AAAA"}}, []),
        ({"data": {"a b": "x"}}, [f'data[a b]: Invalid value: "a b": {_KEY}']),
        ({"data": {"..x": "x"}}, ["data[..x]: Invalid value: \"..x\": must not start with '..'"]),
        ({"data": {"k": "x"}, "binaryData": {"k": ""}}, ['data[k]: Invalid value: "k": duplicate of key present in binaryData']),
        ({"data": {"k": "x" * 1048577}}, ["[]: Too long: may not be more than 1048576 bytes"]),
    ],
)
def test_what_is_wrong(obj: dict[str, object], messages: list[str]) -> None:
    assert support.errors("", "configmaps", obj) == messages


def test_a_size_is_counted_in_bytes() -> None:
    assert support.errors("", "configmaps", {"data": {"k": "é" * 524288}}) == []
    assert support.errors("", "configmaps", {"data": {"k": "é" * 524289}}) == ["[]: Too long: may not be more than 1048576 bytes"]


@pytest.mark.parametrize(("text", "position"), [("ab!d", 2), ("abcde", 4), ("abc", 0), ("ab=c", 2), ("====", 0), ("YQ==YQ==", 4)])
def test_bytes_that_cannot_be_decoded(text: str, position: int) -> None:
    with pytest.raises(errors.BadRequest) as raised:
        registry.strategy("", "configmaps").default({"kind": "ConfigMap", "metadata": {}, "binaryData": {"k": text}})
    message = f'ConfigMap in version "v1" cannot be handled as a ConfigMap: illegal base64 data at input byte {position}'
    assert raised.value.message == message


def test_an_immutable_one_stays() -> None:
    old = {"immutable": True, "data": {"a": "1"}}
    assert support.update_errors("", "configmaps", {"data": {"a": "2"}, "binaryData": {"b": ""}}, old) == [
        "immutable: Forbidden: field is immutable when `immutable` is set",
        "data: Forbidden: field is immutable when `immutable` is set",
        "binaryData: Forbidden: field is immutable when `immutable` is set",
    ]
    assert support.update_errors("", "configmaps", {"data": {"a": "2"}}, {"data": {"a": "1"}}) == []
