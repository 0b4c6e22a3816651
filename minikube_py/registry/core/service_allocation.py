"""Cluster IPs and node ports: which are taken is what the services in the store say, found through their indexes.

Two writers at the same moment could pick the same address, as nothing but the services themselves records them; the request chain writes
one object after another, and a random choice among a million addresses makes the rest unlikely.
"""

from typing import Any, NamedTuple

from minikube_py.machinery import errors, fielderrors, meta
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses
from minikube_py.registry.core import service_rules
from minikube_py.registry.strategy import Context

CIDR = "10.96.0.0/12"
_BASE = 10 << 24 | 96 << 16
_SIZE = 1 << 20
_STATIC = 256  # the first addresses are left to those who ask for one: min(max(16, size/16), 256)
PORTS = (30000, 32767)
_STATIC_PORTS = 86  # min(max(16, size/32), 128)
_TRIES = 8
_RANGES = "servicecidrs.networking.k8s.io"
_ADDRESSES = "ipaddresses.networking.k8s.io"
_TAKEN_PORT = "provided port is already allocated"


def create(obj: Object, context: Context) -> None:
    """Give a new service its families, addresses and node ports."""
    spec = obj["spec"]
    _families(obj, None)
    _cluster_ips(obj, context)
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        _node_ports(obj, None, context)
    if service_rules.needs_health_check(spec):
        _health_check_port(obj, context)


def update(obj: Object, old: Object, context: Context) -> None:
    """Give a changed service what it newly needs; what it no longer needs was dropped before."""
    spec, before = obj["spec"], old.get("spec") or {}
    _families(obj, before)
    if before.get("type") == "ExternalName" != spec.get("type"):
        _cluster_ips(obj, context)
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        _node_ports(obj, before, context)
    if service_rules.needs_health_check(spec) and not service_rules.needs_health_check(before):
        _health_check_port(obj, context)


def indexes(obj: Object) -> list[tuple[str, str]]:
    """Return what a service holds: ("clusterIP", ip) and ("nodePort", number)."""
    spec = obj.get("spec") or {}
    entries = [("clusterIP", ip) for ip in spec.get("clusterIPs") or () if ip != service_rules.NONE]
    entries += [("nodePort", str(port)) for port in sorted(ports_of(spec))]
    return entries


def addresses_of(obj: Object) -> dict[tuple[str, str], Object]:
    """Return the IPAddresses of a service's cluster IPs."""
    parent = {"group": "", "resource": "services", "namespace": meta.namespace(obj), "name": meta.name(obj)}
    found: dict[tuple[str, str], Object] = {}
    for ip in obj["spec"].get("clusterIPs") or ():
        if ip != service_rules.NONE:
            labels = {"ipaddress.kubernetes.io/ip-family": addresses.family(ip), "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"}
            found[_ADDRESSES, ip] = {"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": {"name": ip, "labels": labels},
                                     "spec": {"parentRef": parent}}  # fmt: skip
    return found


def ports_of(spec: dict[str, Any]) -> set[int]:
    """Return the node ports of a service, that of its health check included."""
    found = {port["nodePort"] for port in spec.get("ports") or () if port.get("nodePort")}
    return found | {spec["healthCheckNodePort"]} if spec.get("healthCheckNodePort") else found


def _invalid(obj: Object, found: list[FieldError]) -> errors.Invalid:
    return errors.Invalid("Service", meta.name(obj), found)


def _families(obj: Object, before: dict[str, Any] | None) -> None:
    """Default ipFamilyPolicy and ipFamilies for a cluster that has IPv4 alone."""
    spec = obj["spec"]
    if spec.get("type") == "ExternalName" or _unchanged_dual_stack(spec, before):
        return
    bare_headless = spec.get("clusterIP") == service_rules.NONE and not spec.get("selector")
    if spec.get("ipFamilyPolicy") is None:
        inherited = (before or {}).get("ipFamilyPolicy")
        spec["ipFamilyPolicy"] = inherited or ("RequireDualStack" if bare_headless else "SingleStack")
    found = service_rules.cluster_ips(spec)
    if found:
        raise _invalid(obj, found)
    ips = [ip for ip in spec.get("clusterIPs") or () if ip != service_rules.NONE]
    families = list(spec.get("ipFamilies") or ())
    found = _single_stack(spec, ips, families)
    for number in range(len(families), len(ips)):
        family = addresses.family(ips[number])
        if family != "IPv4":
            found.append(fielderrors.invalid(f"spec.clusterIPs[{number}]", ips, f"{family} is not configured on this cluster"))
        else:
            families.append(family)
    if found:
        raise _invalid(obj, found)
    spec["ipFamilies"] = _bare_families(spec, families) if bare_headless else _checked_families(obj, families)


def _unchanged_dual_stack(spec: dict[str, Any], before: dict[str, Any] | None) -> bool:
    if before is None or before.get("ipFamilyPolicy") != "PreferDualStack" or spec.get("ipFamilyPolicy") != "PreferDualStack":
        return False
    return all(spec.get(field) == before.get(field) for field in ("type", "clusterIPs", "ipFamilies"))


def _single_stack(spec: dict[str, Any], ips: list[str], families: list[str]) -> list[FieldError]:
    if spec["ipFamilyPolicy"] != "SingleStack":
        return []
    several = (("cluster IPs", ips), ("IP families", families))
    return [
        fielderrors.invalid("spec.ipFamilyPolicy", "SingleStack", f"must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified")
        for what, values in several
        if len(values) == 2
    ]  # fmt: skip


def _bare_families(spec: dict[str, Any], families: list[str]) -> list[str]:
    # A headless service without selector may have both families even on a cluster of one.
    families = families or ["IPv4"]
    if len(families) < 2 and spec["ipFamilyPolicy"] != "SingleStack":
        families.append("IPv6" if families[0] == "IPv4" else "IPv4")
    return families


def _checked_families(obj: Object, families: list[str]) -> list[str]:
    found = []
    if obj["spec"]["ipFamilyPolicy"] == "RequireDualStack":
        text = "this cluster is not configured for dual-stack services"
        found.append(fielderrors.invalid("spec.ipFamilyPolicy", "RequireDualStack", text))
    for number, family in enumerate(families):
        if family != "IPv4":
            found.append(fielderrors.invalid(f"spec.ipFamilies[{number}]", family, "not configured on this cluster"))
    if found:
        raise _invalid(obj, found)
    return families or ["IPv4"]


def _cluster_ips(obj: Object, context: Context) -> None:
    spec = obj["spec"]
    if spec.get("type") == "ExternalName" or spec.get("clusterIP") == service_rules.NONE:
        return
    given = spec.get("clusterIP")
    if given:
        problem = _refusal(given, context)
        if problem:
            text = f"failed to allocate IP {given}: {problem}"
            raise _invalid(obj, [fielderrors.invalid("spec.clusterIPs", spec["clusterIPs"], text)])
    else:
        given = _free_ip(context)
    spec["clusterIP"], spec["clusterIPs"] = given, [given]


def _refusal(ip: str, context: Context) -> str:
    address = addresses.parse(ip)
    more = (cidr for item in context.reader.list(_RANGES) for cidr in item["spec"]["cidrs"] if not meta.is_deleting(item))
    networks = (found[1] for cidr in (CIDR, *more) for found in (addresses.parse_cidr(cidr),) if found is not None)
    network = next((network for network in networks if address is not None and address in network), None)
    if network is None:
        return "the provided network does not match the current range"
    if address in (network.network_address, network.broadcast_address):
        return f"the provided IP ({ip}) is not in the valid range. The range of valid IPs is {network}"
    return "provided IP is already allocated" if _taken_ip(ip, context) else ""


def _taken_ip(ip: str, context: Context) -> bool:
    return bool(context.reader.list("services", index=("clusterIP", ip))) or context.reader.get(_ADDRESSES, ip) is not None


def _free_ip(context: Context) -> str:
    for _ in range(_TRIES):
        ip = _spell(context.rng.randrange(_STATIC, _SIZE - 1))
        if not _taken_ip(ip, context):
            return ip
    start = context.rng.randrange(_STATIC, _SIZE - 1)
    for step in range(_SIZE):
        offset = (start + step) % _SIZE
        if 0 < offset < _SIZE - 1 and not _taken_ip(_spell(offset), context):
            return _spell(offset)
    raise errors.InternalError("failed to allocate a serviceIP: range is full")


def _spell(offset: int) -> str:
    return ".".join(str(byte) for byte in (_BASE + offset).to_bytes(4, "big"))


class _Claims(NamedTuple):
    """The node ports that are this service's own: those that it had, and those that this request has taken."""

    context: Context
    own: set[int]

    def take(self, port: int) -> str:
        """Take a port, or return why not."""
        if port in self.own:
            return _TAKEN_PORT
        if not PORTS[0] <= port <= PORTS[1]:
            return f"provided port is not in the valid range. The range of valid ports is {PORTS[0]}-{PORTS[1]}"
        if self.context.reader.list("services", index=("nodePort", str(port))):
            return _TAKEN_PORT
        self.own.add(port)
        return ""

    def take_any(self) -> int:
        """Take a free port, preferably from the upper band."""
        low, high = PORTS[0] + _STATIC_PORTS, PORTS[1] + 1
        for _ in range(_TRIES):
            port: int = self.context.rng.randrange(low, high)
            if not self.take(port):
                return port
        start = self.context.rng.randrange(low, high)
        for port in (*range(start, high), *range(low, start), *range(PORTS[0], low)):
            if not self.take(port):
                return port
        raise errors.InternalError("failed to allocate a nodePort: range is full")


def _node_ports(obj: Object, before: dict[str, Any] | None, context: Context) -> None:
    """Assign the ports that are asked for, then draw the others; twins of one port number (TCP and UDP) share theirs."""
    spec = obj["spec"]
    kept = ports_of(before) if before else set()
    claims = _Claims(context, set(kept))
    automatic = spec.get("type") == "NodePort" or spec.get("allocateLoadBalancerNodePorts") is not False
    by_port: dict[int, int] = {}
    mine: set[int] = set(kept)
    for number, port in enumerate(spec.get("ports") or ()):
        wanted = port.get("nodePort")
        if wanted and wanted not in mine:
            problem = claims.take(wanted)
            if problem:
                raise _invalid(obj, [fielderrors.invalid(f"spec.ports[{number}].nodePort", wanted, problem)])
            mine.add(wanted)
        if wanted:
            by_port.setdefault(port.get("port", 0), wanted)
    for port in spec.get("ports") or ():
        if not port.get("nodePort") and automatic:
            number = port.get("port", 0)
            if before is not None or number not in by_port:
                by_port[number] = claims.take_any()
            port["nodePort"] = by_port[number]


def _health_check_port(obj: Object, context: Context) -> None:
    spec = obj["spec"]
    claims = _Claims(context, {port["nodePort"] for port in spec.get("ports") or () if port.get("nodePort")})
    wanted = spec.get("healthCheckNodePort")
    if not wanted:
        spec["healthCheckNodePort"] = claims.take_any()
        return
    problem = claims.take(wanted)
    if problem:
        raise errors.InternalError(f"failed to allocate requested HealthCheck NodePort {wanted}: {problem}")
