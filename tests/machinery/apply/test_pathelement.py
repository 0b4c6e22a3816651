"""Path elements as FieldsV1 spells them."""

from typing import Any

import pytest

from minikube_py.machinery.apply import pathelement
from minikube_py.machinery.apply.pathelement import PathError


@pytest.mark.parametrize(
    ("item", "keys", "defaults", "name"),
    [
        ({"name": "web"}, ("name",), {}, 'k:{"name":"web"}'),
        ({"name": 'a"<b>&'}, ("name",), {}, 'k:{"name":"a\\"\\u003cb\\u003e\\u0026"}'),
        ({"name": "ü"}, ("name",), {}, 'k:{"name":"ü"}'),
        ({"port": 80}, ("port",), {}, 'k:{"port":80}'),
        ({"containerPort": 80}, ("containerPort", "protocol"), {"protocol": "TCP"}, 'k:{"containerPort":80,"protocol":"TCP"}'),
        ({"containerPort": 80, "protocol": "UDP"}, ("containerPort", "protocol"), {"protocol": "TCP"}, 'k:{"containerPort":80,"protocol":"UDP"}'),
        ({"a": None}, ("a", "b"), {"b": ""}, 'k:{"a":null,"b":""}'),
    ],
)  # fmt: skip
def test_keys(item: Any, keys: tuple[str, ...], defaults: dict[str, Any], name: str) -> None:
    assert pathelement.for_keys(item, keys, defaults) == name


@pytest.mark.parametrize(("value", "name"), [("a", 'v:"a"'), (1, "v:1"), (True, "v:true"), (1.5, "v:1.5")])
def test_values(value: Any, name: str) -> None:
    assert pathelement.for_value(value) == name


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"b": 1}, 'associative list with keys has an element that omits key field "a" (and doesn\'t have default value)'),
        (None, "associative list with keys may not have a null element"),
        ("x", "associative list with keys may not have non-map elements"),
    ],
)  # fmt: skip
def test_items_without_keys(item: Any, text: str) -> None:
    with pytest.raises(PathError) as caught:
        pathelement.for_keys(item, ("a", "b"), {})
    assert str(caught.value) == text


@pytest.mark.parametrize("value", [None, {}, []])
def test_what_a_set_cannot_hold(value: Any) -> None:
    with pytest.raises(PathError):
        pathelement.for_value(value)


@pytest.mark.parametrize(("name", "text"), [("", "key must be 2 characters long:"), ("f", "key must be 2 characters long:"), ("fx", "missing colon: fx")])
def test_what_is_no_element(name: str, text: str) -> None:
    with pytest.raises(PathError) as caught:
        pathelement.check(name)
    assert str(caught.value) == text


def test_the_order_of_elements() -> None:
    names = [".", "f:a", "f:b", "f:é", 'k:{"name":"a"}', 'k:{"name":"b"}', 'k:{"port":9}', "v:1", "v:10", 'v:"a"', "i:2", "i:10"]
    shuffled = [*names[7:], *names[:7]]
    assert sorted(shuffled, key=pathelement.order) == names
