"""Addresses of pods."""

from typing import Any

import pytest

from minikube_py.kubelet.ipam import Addresses


class Notes:
    """A loop's state, in a dict."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.values.get(key)

    def put(self, key: str, value: Any) -> None:
        self.values[key] = dict(value) if isinstance(value, dict) else value

    def delete(self, key: str) -> None:
        self.values.pop(key, None)

    def items(self, prefix: str = "") -> list[tuple[str, Any]]:
        return sorted(item for item in self.values.items() if item[0].startswith(prefix))


def node(cidr: str = "10.244.3.0/24") -> dict[str, Any]:
    return {"metadata": {"name": "n"}, "spec": {"podCIDR": cidr}}


def test_addresses_go_up_and_stay_with_their_pod() -> None:
    addresses = Addresses(Notes())
    assert [addresses.allocate(node(), uid) for uid in ("a", "b", "a")] == ["10.244.3.2", "10.244.3.3", "10.244.3.2"]


def test_a_released_address_comes_last() -> None:
    addresses = Addresses(Notes())
    addresses.allocate(node(), "a")
    addresses.release("n", "a")
    assert addresses.allocate(node(), "b") == "10.244.3.3"


def test_what_was_flushed_is_remembered() -> None:
    notes = Notes()
    first = Addresses(notes)
    first.allocate(node(), "a")
    first.flush()
    assert notes.values == {"addresses/n": {"10.244.3.2": "a"}}
    second = Addresses(notes)
    assert (second.allocate(node(), "b"), second.allocate(node(), "a")) == ("10.244.3.3", "10.244.3.2")
    second.flush()
    assert first.allocate(node(), "c") == "10.244.3.4"


def test_an_address_that_a_pod_has_already_is_given_to_no_other() -> None:
    notes = Notes()
    addresses = Addresses(notes)
    addresses.hold("n", "left", "10.244.3.2")
    addresses.hold("n", "on the host's network", "")
    addresses.flush()
    assert notes.values == {"addresses/n": {"10.244.3.2": "left"}}
    assert [addresses.allocate(node(), uid) for uid in ("a", "left")] == ["10.244.3.3", "10.244.3.2"]
    addresses.hold("n", "a", "10.244.3.9")  # it has another one by now
    addresses.hold("n", "b", "10.244.3.3")  # somebody else's
    addresses.release("n", "left")
    addresses.flush()
    assert notes.values == {"addresses/n": {"10.244.3.3": "a"}}


def test_a_full_network_begins_again_with_what_is_free() -> None:
    addresses = Addresses(Notes())
    small = node("10.0.0.0/29")
    assert [addresses.allocate(small, uid) for uid in "abcde"] == [f"10.0.0.{number}" for number in range(2, 7)]
    with pytest.raises(ValueError, match=r"^no address is left in 10\.0\.0\.0/29$"):
        addresses.allocate(small, "f")
    addresses.release("n", "b")
    assert addresses.allocate(small, "f") == "10.0.0.3"


def test_networks_of_other_sizes() -> None:
    addresses = Addresses(Notes())
    wide = node("10.8.0.0/16")
    for number in range(300):
        addresses.allocate(wide, str(number))
    assert addresses.allocate(wide, "last") == "10.8.1.46"


def test_a_node_without_a_network() -> None:
    with pytest.raises(ValueError, match='^node "n" has no podCIDR$'):
        Addresses(Notes()).allocate(node(""), "a")


def test_a_node_that_is_gone_is_forgotten() -> None:
    notes = Notes()
    addresses = Addresses(notes)
    addresses.allocate(node(), "a")
    addresses.flush()
    addresses.forget("n")
    assert notes.values == {}
