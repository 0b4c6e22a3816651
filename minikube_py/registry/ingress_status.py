"""The addresses of load balancers in the status of Services and Ingresses."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import addresses, checks

_PATH = "status.loadBalancer.ingress"


def of_service(status: dict[str, Any], balanced: bool) -> list[FieldError]:
    """Check a Service's status.loadBalancer."""
    entries = status.get("ingress") or ()
    if entries and not balanced:
        return [fielderrors.forbidden(_PATH, "may only be used when `spec.type` is 'LoadBalancer'")]
    found: list[FieldError] = []
    for number, entry in enumerate(entries):
        found += _ip(number, entry)
        mode = entry.get("ipMode")
        if entry.get("ip") and mode is None:
            found.append(fielderrors.required(f"{_PATH}[{number}].ipMode", "must be specified when `ip` is set"))
        elif mode is not None and not entry.get("ip"):
            found.append(fielderrors.forbidden(f"{_PATH}[{number}].ipMode", "may not be specified when `ip` is not set"))
        else:
            found += checks.optional_one_of(f"{_PATH}[{number}].ipMode", mode, ("Proxy", "VIP"))
        found += _hostname(number, entry)
    return found


def of_ingress(status: dict[str, Any]) -> list[FieldError]:
    """Check an Ingress's status.loadBalancer."""
    found: list[FieldError] = []
    for number, entry in enumerate(status.get("ingress") or ()):
        found += _ip(number, entry) + _hostname(number, entry)
    return found


def _ip(number: int, entry: dict[str, Any]) -> list[FieldError]:
    return addresses.ip(f"{_PATH}[{number}].ip", entry["ip"]) if entry.get("ip") else []


def _hostname(number: int, entry: dict[str, Any]) -> list[FieldError]:
    host = entry.get("hostname")
    if not host:
        return []
    found = checks.each(f"{_PATH}[{number}].hostname", host, names.dns_subdomain(host))
    if addresses.parse(host) is not None:
        found.append(fielderrors.invalid(f"{_PATH}[{number}].hostname", host, "must be a DNS name, not an IP address"))
    return found
