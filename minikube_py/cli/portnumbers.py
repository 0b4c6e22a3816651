"""Which ports kctl port-forward means: LOCAL:REMOTE, names of ports, a service's ports, addresses to listen on (kubectl port-forward, client-go)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object


class Pair(NamedTuple):
    """A port here (0: any), and one in the pod."""

    local: int
    remote: int


def resolved(words: Sequence[str], obj: Object, pod: Object) -> list[str]:
    """Return LOCAL:REMOTE with numbers for what the command line says; `obj` is what it is said of, a pod or what has pods."""
    if obj["kind"] == "Service":
        _refuse_udp(words, obj, obj["spec"].get("ports") or (), "port")
        return [_of_service(word, obj, pod) for word in words]
    _refuse_udp(words, pod, [port for each in pod["spec"].get("containers") or () for port in each.get("ports") or ()], "containerPort")
    return [_of_pod(word, pod) for word in words]


def _split(word: str) -> tuple[str, str]:
    parts = word.split(":")
    return (parts[0], parts[1]) if len(parts) == 2 else (parts[0], parts[0])


def _number(text: str) -> int | None:
    """Return a number as Go's strconv.Atoi reads it."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    return int(text) if digits.isascii() and digits.isdecimal() else None


def _refuse_udp(words: Sequence[str], obj: Object, ports: Iterable[Object], field: str) -> None:
    listed = list(ports)
    numbers = {protocol: {port[field] for port in listed if port.get("protocol", "TCP") == protocol} for protocol in ("TCP", "UDP")}
    for word in words:
        remote = _split(word)[1]
        number = _number(remote)
        if number is None:
            number = _service_port(obj, remote) if obj["kind"] == "Service" else _pod_port(obj, remote)
        if number in numbers["UDP"] - numbers["TCP"]:
            raise KctlError(f"UDP protocol is not supported for {remote}")


def _of_service(word: str, service: Object, pod: Object) -> str:
    local, remote = _split(word)
    number = _number(remote)
    if number is None:
        number = _service_port(service, remote)
        local = str(number) if local == remote else local
    target = str(_target(service, pod, number))
    return f"{local}:{target}" if local != target else target


def _target(service: Object, pod: Object, number: int) -> int:
    for port in service["spec"].get("ports") or ():
        if port["port"] == number:
            target = port.get("targetPort") or 0
            if service["spec"].get("clusterIP") == "None":
                return number
            return _pod_port(pod, target) if isinstance(target, str) else target or number
    raise KctlError(f"Service {meta.name(service)} does not have a service port {number}")


def _of_pod(word: str, pod: Object) -> str:
    local, remote = _split(word)
    if not remote:
        raise KctlError("remote port cannot be empty")
    number = str(_pod_port(pod, remote)) if _number(remote) is None else remote
    return f"{local}:{number}" if local != remote else number


def _service_port(service: Object, name: str) -> int:
    for port in service["spec"].get("ports") or ():
        if port.get("name", "") == name:
            return int(port["port"])
    raise KctlError(f"Service '{meta.name(service)}' does not have a named port '{name}'")


def _pod_port(pod: Object, name: str) -> int:
    for field in ("containers", "initContainers"):
        for container in pod["spec"].get(field) or ():
            for port in container.get("ports") or ():
                if port.get("name", "") == name:
                    return int(port["containerPort"])
    raise KctlError(f"Pod '{meta.name(pod)}' does not have a named port '{name}'")


def pairs(words: Sequence[str]) -> list[Pair]:
    """Read LOCAL:REMOTE, :REMOTE and PORT."""
    return [_pair(word) for word in words]


def _pair(word: str) -> Pair:
    parts = word.split(":")
    if len(parts) > 2:
        raise KctlError(f"invalid port format '{word}'")
    local = (parts[0] or "0") if len(parts) == 2 else parts[0]
    found = Pair(_unsigned(local, "local"), _unsigned(parts[-1], "remote"))
    if not found.remote:
        raise KctlError("remote port must be > 0")
    return found


def _unsigned(text: str, which: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        why = "invalid syntax"
    elif len(text) > 10 or int(text) > 0xFFFF:
        why = "value out of range"
    else:
        return int(text)
    raise KctlError(f"error parsing {which} port '{text}': strconv.ParseUint: parsing \"{text}\": {why}")


class Address(NamedTuple):
    """Where to listen. `lenient`: as part of localhost, of whose two addresses one is enough."""

    host: str
    lenient: bool


def addresses(words: Sequence[str]) -> list[Address]:
    """Return the addresses that are meant, each once."""
    import ipaddress

    if not words:
        raise KctlError("you must specify at least 1 address")
    found: dict[str, Address] = {}
    for word in words:
        if word == "localhost":
            for host in ("127.0.0.1", "::1"):
                found.setdefault(host, Address(host, lenient=True))
            continue
        try:
            ipaddress.ip_address(word)
        except ValueError:
            raise KctlError(f"{word} is not a valid IP") from None
        found[word] = Address(word, lenient=False)
    return [found[host] for host in sorted(found)]
