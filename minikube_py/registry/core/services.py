"""Services: defaults, and what an update keeps or drops; the checks and the allocation have modules of their own."""

from collections.abc import Iterable
from typing import Any

from minikube_py.machinery import meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses, kind, objectmeta
from minikube_py.registry.core import service_allocation, service_rules
from minikube_py.registry.strategy import Context

_CLIENT_IP_SECONDS = 10800
_HINTS = "service.kubernetes.io/topology-aware-hints"
_MODE = "service.kubernetes.io/topology-mode"
_WITH_CLUSTER_IP = ("ClusterIP", "NodePort", "LoadBalancer")
_WITH_NODE_PORTS = ("NodePort", "LoadBalancer")


class Services(kind.Kind):
    """The rules of Services."""

    changes_first = True
    allow_create_on_update = True
    has_status = True
    name_rule = staticmethod(names.is_dns_1035_label)
    companions = staticmethod(service_allocation.addresses_of)

    def default(self, obj: Object) -> None:
        """Fill in type, affinity, ports and traffic policies. Families and addresses come with prepare_create."""
        spec = obj.setdefault("spec", {})
        _default_affinity(spec)
        if not spec.get("type"):
            spec["type"] = "ClusterIP"
        for port in spec.get("ports") or ():
            if not port.get("protocol"):
                port["protocol"] = "TCP"
            if not port.get("targetPort"):
                port["targetPort"] = port.get("port", 0)
        if service_rules.externally_accessible(spec) and not spec.get("externalTrafficPolicy"):
            spec["externalTrafficPolicy"] = "Cluster"
        if spec["type"] in _WITH_CLUSTER_IP and spec.get("internalTrafficPolicy") is None:
            spec["internalTrafficPolicy"] = "Cluster"
        if spec["type"] == "LoadBalancer":
            if spec.get("allocateLoadBalancerNodePorts") is None:
                spec["allocateLoadBalancerNodePorts"] = True
            for ingress in ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ():
                if ingress.get("ip"):
                    ingress.setdefault("ipMode", "VIP")

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Allocate."""
        obj["status"] = {"loadBalancer": {}}
        spec = obj["spec"]
        if spec.get("clusterIP") and not spec.get("clusterIPs"):
            spec["clusterIPs"] = [spec["clusterIP"]]
        service_allocation.create(obj, context)

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep what was allocated where the new object leaves it out, drop what its type has no use for, and allocate the rest."""
        super().prepare_update(obj, old, context)
        spec, before = obj["spec"], old.get("spec") or {}
        _keep_allocated(spec, before)
        _synchronize_ips(spec, before)
        _drop_by_type(spec, before)
        service_allocation.update(obj, old, context)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the spec."""
        return service_rules.contents(obj)

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold addresses, families and the load balancer's class."""
        return service_rules.changes(obj, old)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check the addresses of a load balancer."""
        return objectmeta.update(obj, old) + _status_errors(obj)

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about what is ignored or deprecated."""
        return _warnings(obj)

    def fields(self, obj: Object) -> dict[str, str]:
        """Return clusterIP and type."""
        spec = obj.get("spec") or {}
        return {"spec.clusterIP": spec.get("clusterIP", ""), "spec.type": spec.get("type", "")}

    def indexes(self, obj: Object) -> Iterable[tuple[str, str]]:
        """Return ("clusterIP", ip) and ("nodePort", number), which the allocation looks up, and ("selector", "key=value") of the first pair."""
        yield from service_allocation.indexes(obj)
        selector = obj["spec"].get("selector")
        if selector:
            key, value = min(selector.items())
            yield "selector", f"{key}={value}"


def _default_affinity(spec: dict[str, Any]) -> None:
    if not spec.get("sessionAffinity"):
        spec["sessionAffinity"] = "None"
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        config = spec.get("sessionAffinityConfig") or {}
        if (config.get("clientIP") or {}).get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": _CLIENT_IP_SECONDS}}


def _keep_allocated(spec: dict[str, Any], before: dict[str, Any]) -> None:
    """Take over addresses and ports that the client may not know of, so that a replace of the same manifest works."""
    if spec["type"] in _WITH_CLUSTER_IP and before.get("type") in _WITH_CLUSTER_IP:
        if not spec.get("clusterIP") and not spec.get("clusterIPs"):
            _copy(spec, before, "clusterIP")
        if not spec.get("clusterIPs") and spec.get("clusterIP") == before.get("clusterIP"):
            _copy(spec, before, "clusterIPs")
    if spec["type"] in _WITH_NODE_PORTS and before.get("type") in _WITH_NODE_PORTS:
        _keep_node_ports(spec, before)
    both = service_rules.needs_health_check(spec) and service_rules.needs_health_check(before)
    if both and not spec.get("healthCheckNodePort"):
        _copy(spec, before, "healthCheckNodePort")


def _copy(spec: dict[str, Any], before: dict[str, Any], field: str) -> None:
    if before.get(field):
        spec[field] = before[field]


def _keep_node_ports(spec: dict[str, Any], before: dict[str, Any]) -> None:
    held = {(port.get("protocol"), port.get("port")): port.get("nodePort") for port in before.get("ports") or ()}
    used = {port.get("nodePort") for port in spec.get("ports") or ()}
    for port in spec.get("ports") or ():
        number = held.get((port.get("protocol"), port.get("port")))
        if not port.get("nodePort") and number and number not in used:
            port["nodePort"] = number


def _synchronize_ips(spec: dict[str, Any], before: dict[str, Any]) -> None:
    """Let clusterIPs follow where only clusterIP was changed."""
    first, was = spec.get("clusterIP") or "", before.get("clusterIP") or ""
    if first and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [first]
    elif first != was and spec.get("clusterIPs") == before.get("clusterIPs") and spec.get("clusterIPs"):
        if first:
            spec["clusterIPs"] = [first, *spec["clusterIPs"][1:]]
        else:
            del spec["clusterIPs"]


def _drop_by_type(spec: dict[str, Any], before: dict[str, Any]) -> None:
    """Drop fields that the new type has no use for, if they are still as they were."""
    kind_of, was = spec["type"], before.get("type")
    if kind_of == "ExternalName" and was in _WITH_CLUSTER_IP:
        _drop_same(spec, before, ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"))
    if kind_of not in _WITH_NODE_PORTS and was in _WITH_NODE_PORTS:
        numbers = [port.get("nodePort") for port in before.get("ports") or ()]
        if all(port.get("nodePort") in (None, 0, *numbers) for port in spec.get("ports") or ()):
            for port in spec.get("ports") or ():
                port.pop("nodePort", None)
    if service_rules.needs_health_check(before) and not service_rules.needs_health_check(spec):
        _drop_same(spec, before, ("healthCheckNodePort",))
    if service_rules.externally_accessible(before) and not service_rules.externally_accessible(spec):
        _drop_same(spec, before, ("externalTrafficPolicy",))
    if was == "LoadBalancer" != kind_of:
        _drop_same(spec, before, ("allocateLoadBalancerNodePorts", "loadBalancerClass"))


def _drop_same(spec: dict[str, Any], before: dict[str, Any], fields: tuple[str, ...]) -> None:
    for field in fields:
        if field in spec and spec[field] == before.get(field):
            del spec[field]


def _status_errors(obj: Object) -> list[FieldError]:
    from minikube_py.registry import ingress_status

    status = (obj.get("status") or {}).get("loadBalancer") or {}
    balanced = (obj.get("spec") or {}).get("type") == "LoadBalancer"
    return ingress_status.of_service(status, balanced)


def _warnings(obj: Object) -> list[str]:
    spec = obj.get("spec") or {}
    found = []
    if _HINTS in meta.annotations(obj):
        found.append(f"annotation {_HINTS} is deprecated, please use {_MODE} instead")
    ips = spec.get("clusterIPs") or []
    if not service_rules.headless(spec) and spec.get("type") != "ExternalName":
        for number, ip in enumerate(ips):
            found += addresses.warnings(f"spec.clusterIPs[{number}]", ip)
    for number, ip in enumerate(spec.get("externalIPs") or ()):
        found += addresses.warnings(f"spec.externalIPs[{number}]", ip)
    if spec.get("loadBalancerIP"):
        found += addresses.warnings("spec.loadBalancerIP", spec["loadBalancerIP"])
    for number, cidr in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        found += addresses.cidr_warnings(f"spec.loadBalancerSourceRanges[{number}]", cidr)
    if spec.get("type") == "ExternalName" and spec.get("externalIPs"):
        found.append('spec.externalIPs is ignored when spec.type is "ExternalName"')
    if spec.get("type") != "ExternalName" and spec.get("externalName"):
        found.append('spec.externalName is ignored when spec.type is not "ExternalName"')
    return found


STRATEGY = Services()
