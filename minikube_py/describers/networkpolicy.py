"""kubectl describe networkpolicy."""

from typing import Any, NamedTuple

from minikube_py.describers import golang, multiline, selecting
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_INDENT = "    "


class _Direction(NamedTuple):
    word: str
    rules: str
    peers: str
    title: str
    end: str


_DIRECTIONS = (_Direction("Ingress", "ingress", "from", "From", "source"), _Direction("Egress", "egress", "to", "To", "destination"))


def describe(policy: Object, w: Writer, context: Context) -> None:
    """Write a network policy, without events."""
    spec = policy.get("spec") or {}
    w.field("Name", meta.name(policy))
    w.field("Namespace", meta.namespace(policy))
    w.field("Created on", golang.time_string(policy["metadata"].get("creationTimestamp")))
    multiline.metadata(w, policy)
    w.line("Spec:")
    selector = selecting.expression(spec.get("podSelector"))
    chosen = selector or "<none> (Allowing the specific traffic to all pods in this namespace)"
    w.write(1, f"PodSelector: {_INDENT}{chosen}\n")
    types = spec.get("policyTypes") or ()
    for direction in _DIRECTIONS:
        if direction.word in types:
            w.write(1, f"Allowing {direction.rules} traffic:\n")
            _rules(w, spec.get(direction.rules) or [], direction)
        else:
            w.write(1, f"Not affecting {direction.rules} traffic\n")
    w.write(1, f"Policy Types: {', '.join(types) or '<none>'}\n")


def _rules(w: Writer, rules: list[dict[str, Any]], direction: _Direction) -> None:
    if not rules:
        w.write(0, f"{_INDENT}<none> (Selected pods are isolated for {direction.rules} connectivity)\n")
    for index, rule in enumerate(rules):
        if index:
            w.write(0, f"{_INDENT}----------\n")
        ports, peers = rule.get("ports"), rule.get(direction.peers)
        for text in map(_port, ports or ()):
            w.write(0, f"{_INDENT}{text}\n")
        if not ports:
            w.write(0, f"{_INDENT}To Port: <any> (traffic allowed to all ports)\n")
        for peer in peers or ():
            w.write(0, f"{_INDENT}{direction.title}:\n")
            _peer(w, peer)
        if not peers:
            w.write(0, f"{_INDENT}{direction.title}: <any> (traffic not restricted by {direction.end})\n")


def _port(port: dict[str, Any]) -> str:
    number, protocol = golang.at(port, "port", "<nil>"), golang.at(port, "protocol", "TCP")
    last = port.get("endPort")
    return f"To Port: {number}/{protocol}" if last is None else f"To Port Range: {number}-{last}/{protocol}"


def _peer(w: Writer, peer: dict[str, Any]) -> None:
    block = peer.get("ipBlock")
    selectors = [field for field in ("namespaceSelector", "podSelector") if peer.get(field) is not None]
    for field in selectors:
        w.write(1, f"{_INDENT}{field[0].upper()}{field[1:]}: {selecting.text(peer[field])}\n")
    if block is not None and not selectors:
        w.write(1, f"{_INDENT}IPBlock:\n")
        w.write(2, f"{_INDENT}CIDR: {block.get('cidr') or ''}\n")
        w.write(2, f"{_INDENT}Except: {', '.join(block.get('except') or ())}\n")
