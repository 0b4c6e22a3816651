"""NetworkPolicies: who may talk to whom."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses, checks, kind, objectmeta

_TYPES = ("Ingress", "Egress")
_PROTOCOLS = ("TCP", "UDP", "SCTP")


class NetworkPolicies(kind.Kind):
    """The rules of NetworkPolicies."""

    counts_generation = True

    def default(self, obj: Object) -> None:
        """Fill in protocols, and the types that the rules imply."""
        spec = obj.setdefault("spec", {})
        spec.setdefault("podSelector", {})
        for rules in (spec.get("ingress"), spec.get("egress")):
            for rule in rules or ():
                for port in rule.get("ports") or ():
                    if port.get("protocol") is None:
                        port["protocol"] = "TCP"
        if not spec.get("policyTypes"):
            spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]

    def contents(self, obj: Object) -> list[FieldError]:
        """Check selectors, rules and types."""
        spec = obj.get("spec") or {}
        found = objectmeta.label_selector(spec.get("podSelector"), "spec.podSelector")
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for number, rule in enumerate(spec.get(direction) or ()):
                field = f"spec.{direction}[{number}]"
                for index, port in enumerate(rule.get("ports") or ()):
                    found += _port(f"{field}.ports[{index}]", port)
                for index, peer in enumerate(rule.get(peers) or ()):
                    found += _peer(f"{field}.{peers}[{index}]", peer)
        types = spec.get("policyTypes") or ()
        if len(types) > len(_TYPES):
            shown = checks.go_strings("networking.PolicyType", types)
            return [*found, fielderrors.invalid("spec.policyTypes", shown, "may not specify more than two policyTypes")]
        for number, name in enumerate(types):
            found += checks.one_of(f"spec.policyTypes[{number}]", name, _TYPES)
        return found


def _port(field: str, port: dict[str, Any]) -> list[FieldError]:
    found = checks.optional_one_of(f"{field}.protocol", port.get("protocol"), _PROTOCOLS)
    value, end = port.get("port"), port.get("endPort")
    if isinstance(value, int):
        found += checks.each(f"{field}.port", value, names.port_number(value))
        if end is not None:
            if end < value:
                # kube-apiserver shows the other one.
                found.append(fielderrors.invalid(f"{field}.endPort", value, "must be greater than or equal to `port`"))
            found += checks.each(f"{field}.endPort", end, names.port_number(end))
        return found
    if end is not None:
        text = "may not be specified when `port` is " + ("not specified" if value is None else "non-numeric")
        found.append(fielderrors.invalid(f"{field}.endPort", end, text))
    return found if value is None else found + checks.each(f"{field}.port", value, names.port_name(value))


def _peer(field: str, peer: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    for selector in ("podSelector", "namespaceSelector"):
        if peer.get(selector) is not None:
            found += objectmeta.label_selector(peer[selector], f"{field}.{selector}")
    block = peer.get("ipBlock")
    if block is not None:
        found += _block(f"{field}.ipBlock", block)
    given = sum(peer.get(part) is not None for part in ("podSelector", "namespaceSelector", "ipBlock"))
    if not given:
        found.append(fielderrors.required(field, "must specify a peer"))
    elif given > 1 and block is not None:
        found.append(fielderrors.forbidden(field, "may not specify both ipBlock and another peer"))
    return found


def _block(field: str, block: dict[str, Any]) -> list[FieldError]:
    if not block.get("cidr"):
        return [fielderrors.required(f"{field}.cidr")]
    whole = addresses.parse_cidr(block["cidr"])
    if whole is None:
        return addresses.cidr(f"{field}.cidr", block["cidr"])
    found: list[FieldError] = []
    for number, text in enumerate(block.get("except") or ()):
        part = addresses.parse_cidr(text)
        if part is None:
            found += addresses.cidr(f"{field}.except[{number}]", text)
        elif part[1].network_address not in whole[1] or whole[1].prefixlen >= part[1].prefixlen:
            found.append(fielderrors.invalid(f"{field}.except[{number}]", text, "must be a strict subset of `cidr`"))
    return found


STRATEGY = NetworkPolicies()
