"""Endpoints: the older form of EndpointSlices. Written often, so paths are spelled only where something is wrong."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses, checks, kind


class Endpoints(kind.Kind):
    """The rules of Endpoints."""

    allow_create_on_update = True

    def default(self, obj: Object) -> None:
        """Fill in protocols."""
        for subset in obj.get("subsets") or ():
            for port in subset.get("ports") or ():
                if not port.get("protocol"):
                    port["protocol"] = "TCP"

    def contents(self, obj: Object) -> list[FieldError]:
        """Check addresses and ports."""
        found: list[FieldError] = []
        for number, subset in enumerate(obj.get("subsets") or ()):
            ready, others = subset.get("addresses") or (), subset.get("notReadyAddresses") or ()
            if not ready and not others:
                found.append(fielderrors.required(f"subsets[{number}]", "must specify `addresses` or `notReadyAddresses`"))
            for field, listed in (("addresses", ready), ("notReadyAddresses", others)):
                for index, address in enumerate(listed):
                    if not _good(address):
                        found += _address(f"subsets[{number}].{field}[{index}]", address)
            ports = subset.get("ports") or ()
            for index, port in enumerate(ports):
                found += _port(number, index, port, len(ports) > 1)
        return found

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about unusual spellings of addresses."""
        found: list[str] = []
        for number, subset in enumerate(obj.get("subsets") or ()):
            for field in ("addresses", "notReadyAddresses"):
                for index, address in enumerate(subset.get(field) or ()):
                    found += addresses.warnings(f"subsets[{number}].{field}[{index}].ip", address.get("ip", ""))
        return found


def _good(address: dict[str, Any]) -> bool:
    ip, host, node = address.get("ip", ""), address.get("hostname"), address.get("nodeName")
    return (
        not addresses.special(ip)
        and (not host or not names.dns_label(host))
        and (node is None or not names.dns_subdomain(node))
    )  # fmt: skip


def _address(field: str, address: dict[str, Any]) -> list[FieldError]:
    ip, host, node = address.get("ip", ""), address.get("hostname"), address.get("nodeName")
    found = addresses.ip(f"{field}.ip", ip)
    if host:
        found += checks.each(f"{field}.hostname", host, names.dns_label(host))
    if node is not None:
        found += checks.each(f"{field}.nodeName", node, names.dns_subdomain(node))
    return found + checks.each(f"{field}.ip", ip, addresses.special(ip))


def _port(subset: int, index: int, port: dict[str, Any], named: bool) -> list[FieldError]:
    found: list[FieldError] = []
    name, number, protocol = port.get("name"), port.get("port", 0), port.get("protocol")
    if not name and named:
        found.append(fielderrors.required(f"subsets[{subset}].ports[{index}].name"))
    elif name and (texts := names.dns_label(name)):
        found += checks.each(f"subsets[{subset}].ports[{index}].name", name, texts)
    if not 1 <= number <= 65535:
        found += checks.each(f"subsets[{subset}].ports[{index}].port", number, names.port_number(number))
    if not protocol:
        found.append(fielderrors.required(f"subsets[{subset}].ports[{index}].protocol"))
    elif protocol not in checks.PROTOCOLS:
        found.append(fielderrors.not_supported(f"subsets[{subset}].ports[{index}].protocol", protocol, checks.PROTOCOLS))
    if (application := port.get("appProtocol")) is not None:
        found += checks.each(f"subsets[{subset}].ports[{index}].appProtocol", application, names.qualified_name(application))
    return found


STRATEGY = Endpoints()
