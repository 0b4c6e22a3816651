"""Endpoints."""

from typing import Any

import pytest

from minikube_py import registry
from tests.registry import support


@pytest.mark.parametrize(
    ("subset", "messages"),
    [
        ({"addresses": [{"ip": "10.0.0.1", "nodeName": "n"}], "ports": [{"port": 80}]}, []),
        ({}, ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"]),
        ({"addresses": [{"ip": "x"}]},
         ['subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
          'subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address']),
        ({"notReadyAddresses": [{"ip": "169.254.1.1"}]},
         ['subsets[0].notReadyAddresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)']),
        ({"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}, {"port": 70000, "name": "b", "protocol": "X"}]},
         ["subsets[0].ports[0].name: Required value", "subsets[0].ports[1].port: Invalid value: 70000: must be between 1 and 65535, inclusive",
          'subsets[0].ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"']),
    ],
)  # fmt: skip
def test_what_is_wrong(subset: dict[str, Any], messages: list[str]) -> None:
    assert support.errors("", "endpoints", {"subsets": [subset]}) == messages


def test_warnings() -> None:
    obj = {"metadata": {}, "subsets": [{"addresses": [{"ip": "FE80:0:0:0:1:0:0:1"}]}]}
    assert registry.strategy("", "endpoints").warnings(obj, None) == [
        'subsets[0].addresses[0].ip: IPv6 address "FE80:0:0:0:1:0:0:1" should be in RFC 5952 canonical format ("fe80::1:0:0:1")',
    ]
