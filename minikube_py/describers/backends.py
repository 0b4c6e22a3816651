"""The addresses behind a service, as its endpoint slices tell."""

from collections.abc import Iterator
from typing import Any

from minikube_py.client.api import Client
from minikube_py.machinery.meta import Object

_SERVICE_LABEL = "kubernetes.io/service-name"
_SHOWN = 3


def slices(client: Client, namespace: str, service: str) -> list[Object]:
    """Return the endpoint slices of a service."""
    return client.items("endpointslices.discovery.k8s.io", namespace, label_selector=f"{_SERVICE_LABEL}={service}")


def text(found: list[Object], port_name: str) -> str:
    """Return `10.0.0.1:80,10.0.0.2:80` of the ready endpoints of one port; three of them, and how many more there are."""
    if not found:
        return "<none>"
    shown: list[str] = []
    count, more = 0, False
    for ready, address in _addresses(found, port_name):
        more = more or len(shown) == _SHOWN  # an endpoint that is not ready counts here, as in kubectl
        if ready:
            count += 1
            if not more:
                shown.append(address)
    listed = ",".join(shown)
    return f"{listed} + {count - _SHOWN} more..." if more else listed


def _addresses(found: list[Object], port_name: str) -> Iterator[tuple[bool, str]]:
    for each in found:
        endpoints = each.get("endpoints") or ()
        if not each.get("ports"):  # a headless service may have none
            yield from ((_ready(endpoint), endpoint["addresses"][0]) for endpoint in endpoints)
            continue
        for port in each["ports"]:
            if (port.get("name") or "") == port_name:
                yield from ((_ready(endpoint), _joined(endpoint["addresses"][0], port.get("port"))) for endpoint in endpoints)


def _ready(endpoint: dict[str, Any]) -> bool:
    return (endpoint.get("conditions") or {}).get("ready") is not False


def _joined(address: str, port: Any) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
