"""Addresses and CIDRs."""

import pytest

from minikube_py.registry import addresses


@pytest.mark.parametrize(
    ("text", "family"),
    [("10.0.0.1", "IPv4"), ("010.000.0.01", "IPv4"), ("::ffff:1.2.3.4", "IPv4"), ("fe80::1", "IPv6"), ("fe80::1%eth0", ""), ("10.0.0", ""), ("", "")],
)
def test_families(text: str, family: str) -> None:
    assert addresses.family(text) == family


@pytest.mark.parametrize(("text", "good"), [("10.0.0.0/8", True), ("10.1.2.3/8", True), ("10.0.0.0/33", False), ("10.0.0.0", False), ("x/8", False)])
def test_cidrs(text: str, good: bool) -> None:
    assert (addresses.cidr("f", text) == []) is good


def test_special_addresses() -> None:
    assert addresses.special("0.0.0.0") == ("may not be unspecified (0.0.0.0)",)
    assert addresses.special("224.0.0.1") == ("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",)
    assert addresses.special("10.1.1.1") == addresses.special("239.1.1.1") == ()


def test_ambiguous_cidrs_are_warned_about() -> None:
    assert addresses.cidr_warnings("f", "10.1.2.3/8") == [
        'f: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)'
    ]
    assert addresses.cidr_warnings("f", "10.0.0.0/8") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1.2.3", []),
        ("::1", []),
        ("nothing", []),
        ("010.001.002.003", ['f: non-standard IP address "010.001.002.003" will be considered invalid in a future Kubernetes release: use "10.1.2.3"']),
        ("::ffff:1.2.3.4", ['f: non-standard IP address "::ffff:1.2.3.4" will be considered invalid in a future Kubernetes release: use "1.2.3.4"']),
        ("FE80:0::1", ['f: IPv6 address "FE80:0::1" should be in RFC 5952 canonical format ("fe80::1")']),
    ],
)
def test_odd_spellings_of_addresses_are_warned_about(text: str, expected: list[str]) -> None:
    assert addresses.warnings("f", text) == expected


def test_odd_spellings_of_cidrs_are_warned_about() -> None:
    assert addresses.cidr_warnings("f", "fd00::/64") == addresses.cidr_warnings("f", "10.0.0.0/8") == addresses.cidr_warnings("f", "x") == []
    assert addresses.cidr_warnings("f", "FD00:0::/64") == ['f: IPv6 CIDR value "FD00:0::/64" should be in RFC 5952 canonical format ("fd00::/64")']
