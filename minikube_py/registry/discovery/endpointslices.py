"""EndpointSlices. Written often, so paths are spelled only where something is wrong."""

from collections.abc import Iterable
from typing import Any

from minikube_py.machinery import fielderrors, meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses, checks, kind, objectmeta
from minikube_py.registry.strategy import Context

SERVICE = "kubernetes.io/service-name"
_TYPES = ("FQDN", "IPv4", "IPv6")
_MAX_ENDPOINTS, _MAX_ADDRESSES, _MAX_PORTS, _MAX_TOPOLOGY, _MAX_ZONES = 1000, 100, 20000, 16, 8


class EndpointSlices(kind.Kind):
    """The rules of EndpointSlices."""

    labels_indexed = True
    counts_generation = True

    def default(self, obj: Object) -> None:
        """Fill in names and protocols of ports. Both lists are always there."""
        if obj.get("endpoints") is None:
            obj["endpoints"] = None
        for endpoint in obj["endpoints"] or ():
            endpoint.setdefault("conditions", {})  # Go always writes them
        if "ports" not in obj:
            obj["ports"] = None
        for port in obj["ports"] or ():
            if port.get("name") is None:
                port["name"] = ""
            if port.get("protocol") is None:
                port["protocol"] = "TCP"

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Drop the topology, which v1 only shows, and what belongs to a feature that is off."""
        super().prepare_create(obj, context)
        _drop(obj)

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Drop the same of endpoints that are not as they were."""
        super().prepare_update(obj, old, context)
        if obj.get("endpoints") != old.get("endpoints"):
            _drop(obj)

    def spec_changed(self, obj: Object, old: Object) -> bool:
        """Tell whether labels, endpoints or ports differ."""
        return any(obj.get(field) != old.get(field) for field in ("endpoints", "ports")) or meta.labels(obj) != meta.labels(old)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the type of addresses, endpoints and ports."""
        return self._apart_from_endpoints(obj) + self._endpoints(obj)

    @staticmethod
    def _apart_from_endpoints(obj: Object) -> list[FieldError]:
        return _type_errors(obj) + _ports(obj.get("ports") or ())

    @staticmethod
    def _endpoints(obj: Object) -> list[FieldError]:
        found: list[FieldError] = []
        family = obj.get("addressType", "")
        endpoints = obj.get("endpoints") or ()
        if len(endpoints) > _MAX_ENDPOINTS:
            found.append(fielderrors.too_many("endpoints", len(endpoints), _MAX_ENDPOINTS))
        else:
            for number, endpoint in enumerate(endpoints):
                if not _good(endpoint, family):
                    found += _endpoint(number, endpoint, family)
        return found

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn of names as addresses, when they are new."""
        return ["spec.addressType: FQDN endpoints are deprecated"] if old is None and obj.get("addressType") == "FQDN" else []

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the new slice, then that the type of addresses stays."""
        found = objectmeta.update(obj, old) + self._apart_from_endpoints(obj)
        if obj.get("endpoints") != old.get("endpoints"):
            found += self._endpoints(obj)
        return found + checks.immutable("addressType", obj.get("addressType", ""), old.get("addressType", ""))

    def indexes(self, obj: Object) -> Iterable[tuple[str, str]]:
        """Return ("service", name) of the Service that the slice belongs to."""
        name = meta.labels(obj).get(SERVICE)
        return (("service", name),) if name else ()


def _drop(obj: Object) -> None:
    for endpoint in obj["endpoints"] or ():
        endpoint.pop("deprecatedTopology", None)
        if endpoint.get("hints") is not None:
            endpoint["hints"].pop("forNodes", None)  # PreferSameTrafficDistribution is off by default in v1.33


def _type_errors(obj: Object) -> list[FieldError]:
    if not obj.get("addressType"):
        return [fielderrors.required("addressType")]
    return checks.one_of("addressType", obj["addressType"], _TYPES)


def _good(endpoint: dict[str, Any], family: str) -> bool:
    """Tell whether an ordinary endpoint (one good address, node, zone) is right, without spelling a path."""
    listed: list[str] = endpoint.get("addresses") or []
    if len(listed) != 1 or endpoint.keys() & {"hostname", "hints", "deprecatedTopology"} or family == "FQDN":
        return False
    node = endpoint.get("nodeName")
    return addresses.family(listed[0]) == family and not addresses.special(listed[0]) and (node is None or not names.dns_subdomain(node))


def _endpoint(number: int, endpoint: dict[str, Any], family: str) -> list[FieldError]:
    field = f"endpoints[{number}]"
    listed = endpoint.get("addresses") or ()
    found: list[FieldError] = []
    if not listed:
        found.append(fielderrors.required(f"{field}.addresses", "must contain at least 1 address"))
    elif len(listed) > _MAX_ADDRESSES:
        found.append(fielderrors.too_many(f"{field}.addresses", len(listed), _MAX_ADDRESSES))
    for index, address in enumerate(listed):
        found += _address(f"{field}.addresses[{index}]", address, family)
    if (node := endpoint.get("nodeName")) is not None:
        found += checks.each(f"{field}.nodeName", node, names.dns_subdomain(node))
    topology = endpoint.get("deprecatedTopology") or {}
    if len(topology) > _MAX_TOPOLOGY:
        found.append(fielderrors.too_many(f"{field}.deprecatedTopology", len(topology), _MAX_TOPOLOGY))
    found += objectmeta.labels(topology, f"{field}.deprecatedTopology")
    if "kubernetes.io/hostname" in topology:
        text = "may not be set at the same time as nodeName"
        found.append(fielderrors.invalid(f"{field}.deprecatedTopology[kubernetes.io/hostname]", "", text))
    if (host := endpoint.get("hostname")) is not None:
        found += checks.each(f"{field}.hostname", host, names.dns_label(host))
    return found + _hints(f"{field}.hints", endpoint.get("hints") or {})


def _address(field: str, address: str, family: str) -> list[FieldError]:
    if family == "FQDN":
        return checks.fully_qualified_domain_name(field, address)
    if family not in ("IPv4", "IPv6"):
        return []
    if found := addresses.ip(field, address):
        return found
    if addresses.family(address) != family:
        # kube-apiserver names the list here.
        found = [fielderrors.invalid(field.rpartition("[")[0], address, f"must be an {family} address")]
    return found + checks.each(field, address, addresses.special(address))


def _hints(field: str, hints: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    zones = hints.get("forZones") or ()
    if len(zones) > _MAX_ZONES:
        return [fielderrors.too_many(f"{field}.forZones", len(zones), _MAX_ZONES)]
    seen: set[str] = set()
    for number, zone in enumerate(zones):
        name = zone.get("name", "")
        if name in seen:
            found.append(fielderrors.duplicate(f"{field}.forZones[{number}].name", name))
        seen.add(name)
        found += checks.each(f"{field}.forZones[{number}].name", name, names.label_value(name))
    return found


def _ports(ports: Any) -> list[FieldError]:
    if len(ports) > _MAX_PORTS:
        return [fielderrors.too_many("ports", len(ports), _MAX_PORTS)]
    found: list[FieldError] = []
    seen: set[str] = set()
    for number, port in enumerate(ports):
        name, protocol = port.get("name") or "", port.get("protocol")
        if name and (texts := names.dns_label(name)):
            found += checks.each(f"ports[{number}].name", name, texts)
        if name in seen:
            found.append(fielderrors.duplicate(f"ports[{number}].name", name))
        seen.add(name)
        if protocol is None:
            found.append(fielderrors.required(f"ports[{number}].protocol"))
        elif protocol not in checks.PROTOCOLS:
            found.append(fielderrors.not_supported(f"ports[{number}].protocol", protocol, checks.PROTOCOLS))
        if (application := port.get("appProtocol")) is not None:
            found += checks.each(f"ports[{number}].appProtocol", application, names.qualified_name(application))
    return found


STRATEGY = EndpointSlices()
