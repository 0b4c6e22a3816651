"""What is wrong with a Service, after ValidateService and ValidateServiceUpdate."""

import json
from typing import Any

from minikube_py.machinery import fielderrors, meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses, checks, objectmeta

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
NONE = "None"
_HINTS = "service.kubernetes.io/topology-aware-hints"
_MODE = "service.kubernetes.io/topology-mode"
_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'"
_FIXED = "may not change once set"


def headless(spec: dict[str, Any]) -> bool:
    """Tell whether a service has no cluster IP on purpose."""
    return bool(spec.get("clusterIPs") == [NONE])


def externally_accessible(spec: dict[str, Any]) -> bool:
    """Tell whether traffic comes in from outside the cluster."""
    return spec.get("type") in ("LoadBalancer", "NodePort") or (spec.get("type") == "ClusterIP" and bool(spec.get("externalIPs")))


def needs_health_check(spec: dict[str, Any]) -> bool:
    """Tell whether a load balancer asks each node about local endpoints."""
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def contents(obj: Object) -> list[FieldError]:
    """Return what is wrong with a service below metadata.name and the like, in kube-apiserver's order."""
    spec = obj.get("spec") or {}
    ports = spec.get("ports") or ()
    found = _topology(meta.annotations(obj))
    if not ports and not headless(spec) and spec.get("type") != "ExternalName":
        found.append(fielderrors.required("spec.ports"))
    found += _of_type(spec)
    seen: set[str] = set()
    for number, port in enumerate(ports):
        found += _port(number, port, len(ports) > 1, seen)
    if spec.get("selector"):
        found += objectmeta.labels(spec["selector"], "spec.selector")
    found += _affinity(spec)
    if spec.get("type") != "ExternalName":
        found += cluster_ips(spec)
    for number, ip in enumerate(spec.get("externalIPs") or ()):
        field = f"spec.externalIPs[{number}]"
        found += addresses.ip(field, ip) or checks.each(field, ip, addresses.special(ip))
    if not spec.get("type"):
        found.append(fielderrors.required("spec.type"))
    else:
        found += checks.one_of("spec.type", spec["type"], TYPES)
    found += _port_clashes(spec, ports)
    found += _load_balancer(obj, spec)
    return found + _traffic(spec)


def _topology(annotations: dict[str, str]) -> list[FieldError]:
    if annotations.get(_HINTS, annotations.get(_MODE)) == annotations.get(_MODE, annotations.get(_HINTS)):
        return []
    text = f"must match annotations[{_HINTS}] when both are specified"
    return [fielderrors.invalid(f"metadata.annotations[{_MODE}]", annotations[_MODE], text)]


def _of_type(spec: dict[str, Any]) -> list[FieldError]:
    kind = spec.get("type")
    if kind in ("LoadBalancer", "NodePort") and headless(spec):
        return [fielderrors.invalid("spec.clusterIPs[0]", NONE, f"may not be set to 'None' for {kind} services")]
    if kind != "ExternalName":
        return []
    found = [
        fielderrors.forbidden(f"spec.{field}", "may not be set for ExternalName services")
        for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy")
        if spec.get(field)
    ]
    name = (spec.get("externalName") or "").removesuffix(".")
    if not name:
        return [*found, fielderrors.required("spec.externalName")]
    return found + checks.each("spec.externalName", name, names.dns_subdomain(name))


def _port(number: int, port: dict[str, Any], named: bool, seen: set[str]) -> list[FieldError]:
    found: list[FieldError] = []
    name = port.get("name")
    if name:
        if texts := names.dns_label(name):
            found += checks.each(f"spec.ports[{number}].name", name, texts)
        if name in seen:
            found.append(fielderrors.duplicate(f"spec.ports[{number}].name", name))
        seen.add(name)
    elif named:
        found.append(fielderrors.required(f"spec.ports[{number}].name"))
    value = port.get("port", 0)
    if not 1 <= value <= 65535:
        found += checks.each(f"spec.ports[{number}].port", value, names.port_number(value))
    protocol = port.get("protocol", "")
    if not protocol:
        found.append(fielderrors.required(f"spec.ports[{number}].protocol"))
    elif protocol not in checks.PROTOCOLS:
        found.append(fielderrors.not_supported(f"spec.ports[{number}].protocol", protocol, checks.PROTOCOLS))
    found += checks.port_reference(f"spec.ports[{number}].targetPort", port.get("targetPort", 0))
    if (application := port.get("appProtocol")) is not None:
        found += checks.each(f"spec.ports[{number}].appProtocol", application, names.qualified_name(application))
    return found


def _affinity(spec: dict[str, Any]) -> list[FieldError]:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig")
    if not affinity:
        return [fielderrors.required("spec.sessionAffinity")]
    found = checks.one_of("spec.sessionAffinity", affinity, ("ClientIP", "None"))
    if affinity == "None" and config is not None:
        found.append(fielderrors.forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None"))
    elif affinity == "ClientIP":
        found += _client_ip(config)
    return found


def _client_ip(config: dict[str, Any] | None) -> list[FieldError]:
    field = "spec.sessionAffinityConfig"
    if config is None:
        return [fielderrors.required(field, "when session affinity type is ClientIP")]
    if config.get("clientIP") is None:
        return [fielderrors.required(f"{field}.clientIP", "when session affinity type is ClientIP")]
    seconds = config["clientIP"].get("timeoutSeconds")
    if seconds is None:
        return [fielderrors.required(f"{field}.clientIP.timeoutSeconds", "when session affinity type is ClientIP")]
    if 0 < seconds <= 86400:
        return []
    return [fielderrors.invalid(f"{field}.clientIP.timeoutSeconds", seconds, "must be greater than 0 and less than 86400")]


def cluster_ips(spec: dict[str, Any]) -> list[FieldError]:
    """Check clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy together."""
    first, ips, families = spec.get("clusterIP"), spec.get("clusterIPs") or [], spec.get("ipFamilies") or []
    found: list[FieldError] = []
    if first and not ips:
        found.append(fielderrors.required("spec.clusterIPs"))
    elif first and ips[0] != first:
        found.append(fielderrors.invalid("spec.clusterIPs", ips, "first value must match `clusterIP`"))
    elif not first and ips:
        found.append(fielderrors.invalid("spec.clusterIPs", ips, "must be empty when `clusterIP` is not specified"))
    for number, family in enumerate(families):
        found += checks.one_of(f"spec.ipFamilies[{number}]", family, ("IPv4", "IPv6"))
        if family in families[:number]:
            found.append(fielderrors.duplicate(f"spec.ipFamilies[{number}]", family))
    policies = ("PreferDualStack", "RequireDualStack", "SingleStack")
    found += checks.optional_one_of("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), policies)
    return found + _addresses(ips, families)


def _addresses(ips: list[str], families: list[str]) -> list[FieldError]:
    if len(ips) < 2 and (not ips or ips[0] == NONE):
        return []
    found: list[FieldError] = []
    if ips[0] == NONE:
        found.append(fielderrors.invalid("spec.clusterIPs", ips, "'None' must be the first and only value"))
    for number, ip in enumerate(ips):
        if number or ip != NONE:
            found += addresses.ip(f"spec.clusterIPs[{number}]", ip)
    bad = bool(found)
    if len(ips) > 2:
        found.append(fielderrors.invalid("spec.clusterIPs", ips, "may only hold up to 2 values"))
    if bad:
        return found
    if len(ips) > 1 and len({addresses.family(ip) for ip in ips}) < 2:
        found.append(fielderrors.invalid("spec.clusterIPs", ips, "may specify no more than one IP for each IP family"))
    for number, (ip, family) in enumerate(zip(ips, families, strict=False)):
        if addresses.family(ip) != family and family in ("IPv4", "IPv6"):
            text = f"expected an {family} value as indicated by `ipFamilies[{number}]`"
            found.append(fielderrors.invalid(f"spec.clusterIPs[{number}]", ip, text))
    return found


def _port_clashes(spec: dict[str, Any], ports: Any) -> list[FieldError]:
    found: list[FieldError] = []
    if spec.get("type") == "ClusterIP":
        for number, port in enumerate(ports):
            if port.get("nodePort"):
                found.append(fielderrors.forbidden(f"spec.ports[{number}].nodePort", "may not be used when `type` is 'ClusterIP'"))
    seen: set[tuple[str, int]] = set()
    for number, port in enumerate(ports):
        if port.get("nodePort"):
            key = (port.get("protocol", ""), port["nodePort"])
            if key in seen:
                found.append(fielderrors.duplicate(f"spec.ports[{number}].nodePort", key[1]))
            seen.add(key)
    seen.clear()
    for number, port in enumerate(ports):
        key = (port.get("protocol", ""), port.get("port", 0))
        if key in seen:
            found.append(fielderrors.duplicate(f"spec.ports[{number}]", _go_port(*key)))
        seen.add(key)
    return found


def _go_port(protocol: str, port: int) -> fielderrors.GoText:
    return fielderrors.GoText(
        f'core.ServicePort{{Name:"", Protocol:{json.dumps(protocol)}, AppProtocol:(*string)(nil), Port:{port}, '
        'TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:""}, NodePort:0}'
    )


def _load_balancer(obj: Object, spec: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    balanced = spec.get("type") == "LoadBalancer"
    annotation = meta.annotations(obj).get(_SOURCE_RANGES)
    if spec.get("loadBalancerSourceRanges"):
        if not balanced:
            found.append(fielderrors.forbidden("spec.LoadBalancerSourceRanges", _ONLY_LOAD_BALANCER))
        for number, value in enumerate(spec["loadBalancerSourceRanges"]):
            found += addresses.cidr(f"spec.LoadBalancerSourceRanges[{number}]", value.strip())
    elif annotation is not None:
        field = f"metadata.annotations[{_SOURCE_RANGES}]"
        if not balanced:
            found.append(fielderrors.forbidden(field, _ONLY_LOAD_BALANCER))
        for value in annotation.strip().split(",") if annotation.strip() else ():
            found += addresses.cidr(field, value.strip())
    if not balanced and spec.get("allocateLoadBalancerNodePorts") is not None:
        found.append(fielderrors.forbidden("spec.allocateLoadBalancerNodePorts", _ONLY_LOAD_BALANCER))
    if balanced and spec.get("allocateLoadBalancerNodePorts") is None:
        found.append(fielderrors.required("allocateLoadBalancerNodePorts"))
    return found + _balancer_class(spec)


def _balancer_class(spec: dict[str, Any]) -> list[FieldError]:
    name = spec.get("loadBalancerClass")
    if name is None:
        return []
    if spec.get("type") != "LoadBalancer":
        return [fielderrors.forbidden("spec.loadBalancerClass", _ONLY_LOAD_BALANCER)]
    return checks.each("spec.loadBalancerClass", name, names.qualified_name(name))


def _traffic(spec: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    policy, check_port = spec.get("externalTrafficPolicy"), spec.get("healthCheckNodePort") or 0
    if not externally_accessible(spec):
        if policy:
            found.append(fielderrors.invalid("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services"))
    elif not policy:
        found.append(fielderrors.required("spec.externalTrafficPolicy"))
    else:
        found += checks.one_of("spec.externalTrafficPolicy", policy, ("Cluster", "Local"))
    if needs_health_check(spec):
        if not check_port:
            found.append(fielderrors.required("spec.healthCheckNodePort"))
        found += checks.each("spec.healthCheckNodePort", check_port, names.port_number(check_port) if check_port else ())
    elif check_port:
        text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        found.append(fielderrors.invalid("spec.healthCheckNodePort", check_port, text))
    internal = spec.get("internalTrafficPolicy")
    if internal is None and spec.get("type") in ("NodePort", "LoadBalancer", "ClusterIP"):
        found.append(fielderrors.required("spec.internalTrafficPolicy"))
    found += checks.optional_one_of("spec.internalTrafficPolicy", internal, ("Cluster", "Local"))
    return found + checks.optional_one_of("spec.trafficDistribution", spec.get("trafficDistribution"), ("PreferClose",))


def changes(obj: Object, old: Object) -> list[FieldError]:
    """Return the changes of a service that are not allowed."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    found: list[FieldError] = []
    if "ExternalName" not in (spec.get("type"), before.get("type")):
        found += _changed_ips(spec, before) + _changed_families(spec, before)
    balanced = spec.get("type") == before.get("type") == "LoadBalancer"
    if balanced and spec.get("loadBalancerClass") != before.get("loadBalancerClass"):
        found.append(fielderrors.invalid("spec.loadBalancerClass", spec.get("loadBalancerClass"), _FIXED))
    found += _balancer_class(spec)
    if needs_health_check(spec) and needs_health_check(before) and spec.get("healthCheckNodePort") != before.get("healthCheckNodePort"):
        found.append(fielderrors.forbidden("spec.healthCheckNodePort", checks.IMMUTABLE))
    return found


def _changed_ips(spec: dict[str, Any], before: dict[str, Any]) -> list[FieldError]:
    if headless(spec) and headless(before):
        return []
    ips, olds = spec.get("clusterIPs") or [], before.get("clusterIPs") or []
    if len(ips) == len(olds):
        return [
            fielderrors.invalid(f"spec.clusterIPs[{number}]", ips, _FIXED)
            for number, (ip, was) in enumerate(zip(ips, olds, strict=True))
            if ip != was
        ]
    found: list[FieldError] = []
    if olds and not ips:
        shown = ips if "clusterIPs" in spec else fielderrors.GoText("[]string(nil)")
        found.append(fielderrors.invalid("spec.clusterIPs[0]", shown, "primary clusterIP can not be unset"))
    if olds and ips and ips[0] != olds[0]:
        found.append(fielderrors.invalid("spec.clusterIPs[0]", ips, _FIXED))
    if len(olds) > len(ips) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        text = "must be set to 'SingleStack' when releasing the secondary clusterIP"
        found.append(fielderrors.invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), text))
    return found


def _changed_families(spec: dict[str, Any], before: dict[str, Any]) -> list[FieldError]:
    if headless(spec) or headless(before):
        return []
    families, olds = spec.get("ipFamilies") or [], before.get("ipFamilies") or []
    shown = checks.go_strings("core.IPFamily", families)
    if len(families) == len(olds):
        changed = sum(family != was for family, was in zip(families, olds, strict=True))
        return [fielderrors.invalid("spec.ipFamilies[0]", shown, _FIXED)] * changed
    ips = spec.get("clusterIPs") or []
    found: list[FieldError] = []
    if len(olds) > len(families) and not ips:
        found.append(fielderrors.invalid("spec.ipFamilies[0]", shown, "primary ipFamily can not be unset"))
    if olds and families and families[0] != olds[0]:
        found.append(fielderrors.invalid("spec.ipFamilies[0]", ips, _FIXED))
    if len(olds) > len(families) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        text = "must be set to 'SingleStack' when releasing the secondary ipFamily"
        found.append(fielderrors.invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), text))
    return found
