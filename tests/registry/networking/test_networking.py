"""Ingresses, their classes, NetworkPolicies, IPAddresses and ServiceCIDRs."""

from typing import Any

import pytest

from minikube_py import registry
from tests.registry import support

GROUP = "networking.k8s.io"
_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def rules(host: str | None = None, **path: Any) -> dict[str, Any]:
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}} | path
    rule: dict[str, Any] = {"http": {"paths": [path]}}
    return {"rules": [rule if host is None else rule | {"host": host}]}


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        (rules("*.example.com"), []),
        ({}, ["spec: Invalid value: []networking.IngressRule(nil): either `defaultBackend` or `rules` must be specified"]),
        (rules("10.0.0.1"), ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']),
        (rules("Example.com"), [f'spec.rules[0].host: Invalid value: "Example.com": {_SUBDOMAIN}']),
        (rules(pathType=None), ["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"]),
        (rules(pathType="Regex"),
         ['spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"']),
        (rules(path="a//b/.."), ['spec.rules[0].http.paths[0].path: Invalid value: "a//b/..": must be an absolute path',
                                 "spec.rules[0].http.paths[0].path: Invalid value: \"a//b/..\": must not contain '//'",
                                 "spec.rules[0].http.paths[0].path: Invalid value: \"a//b/..\": cannot end with '/..'"]),
        (rules(path="/a/./b/."), ["spec.rules[0].http.paths[0].path: Invalid value: \"/a/./b/.\": must not contain '/./'",
                                  "spec.rules[0].http.paths[0].path: Invalid value: \"/a/./b/.\": cannot end with '/.'"]),
        (rules(path="a", pathType="ImplementationSpecific"), ['spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path']),
        (rules(path="", pathType="ImplementationSpecific"), []),
        ({"rules": [{"host": "a.example"}]}, []),
        (rules() | {"tls": [{}]}, []),
        (rules(backend={}), ['spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required']),
        (rules(backend={"service": {"name": "web"}}), ["spec.rules[0].http.paths[0].backend: Required value: port name or number is required"]),
        (rules(backend={"service": {"name": "web", "port": {"name": "http", "number": 80}}}),
         ['spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both port name & port number']),
        (rules(backend={"resource": {"kind": "Bucket"}}), ["spec.rules[0].http.paths[0].backend.resource.name: Required value: name is required"]),
        ({"rules": [{"http": {}}]}, ["spec.rules[0].http.paths: Required value"]),
        (rules() | {"tls": [{"hosts": ["A"], "secretName": "B"}]},
         [f'spec.tls[0].hosts[0]: Invalid value: "A": {_SUBDOMAIN}', f'spec.tls[0].secretName: Invalid value: "B": {_SUBDOMAIN}']),
    ],
)  # fmt: skip
def test_ingresses(spec: dict[str, Any], messages: list[str]) -> None:
    assert support.errors(GROUP, "ingresses", {"spec": spec}) == messages


def test_the_old_way_to_name_a_class() -> None:
    obj = {"metadata": {"name": "a", "annotations": {"kubernetes.io/ingress.class": "nginx"}}, "spec": rules() | {"ingressClassName": "other"}}
    assert support.errors(GROUP, "ingresses", obj) == [
        'annotations.kubernetes.io/ingress.class: Invalid value: "nginx": must match `ingressClassName` when both are specified'
    ]
    assert support.errors(GROUP, "ingresses", obj | {"spec": rules() | {"ingressClassName": "nginx"}}) == []
    assert registry.strategy(GROUP, "ingresses").warnings(obj, None) == [
        "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"
    ]


def test_generations_count_changes_of_the_spec() -> None:
    old = support.created(GROUP, "ingresses", {"metadata": {"name": "a"}, "spec": rules()})
    assert (old["metadata"]["generation"], old["status"]) == (1, {"loadBalancer": {}})
    same = support.updated(GROUP, "ingresses", {"metadata": {"name": "a", "labels": {"x": "y"}}, "spec": rules()}, old)
    assert same["metadata"]["generation"] == 1
    other = support.updated(GROUP, "ingresses", {"metadata": {"name": "a"}, "spec": rules(path="/x")}, old)
    assert other["metadata"]["generation"] == 2


def test_ingress_classes() -> None:
    found = support.errors(GROUP, "ingressclasses", {"spec": {"controller": "nginx", "parameters": {"kind": "X", "name": "y", "namespace": "z"}}})
    assert found == [
        'spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")',
        "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ]
    old, new = ({"spec": {"controller": controller}} for controller in ("a.io/x", "a.io/y"))
    assert support.update_errors(GROUP, "ingressclasses", new, old) == ['spec.controller: Invalid value: "a.io/y": field is immutable']


def test_defaults_of_network_policies() -> None:
    obj = support.created(GROUP, "networkpolicies", {"metadata": {"name": "a"}, "spec": {"egress": [{"ports": [{"port": 53}]}]}})
    assert obj["spec"] == {
        "podSelector": {}, "egress": [{"ports": [{"port": 53, "protocol": "TCP"}]}], "policyTypes": ["Ingress", "Egress"],
    }  # fmt: skip


def test_network_policies() -> None:
    peers = [{}, {"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8", "x"]}}]
    ports = [{"port": 90, "endPort": 80}, {"port": "http", "endPort": 1}, {"endPort": 1}, {"protocol": "ICMP"}]
    assert support.errors(GROUP, "networkpolicies", {"spec": {"ingress": [{"from": peers, "ports": ports}], "policyTypes": ["Both"]}}) == [
        "spec.ingress[0].ports[0].endPort: Invalid value: 90: must be greater than or equal to `port`",
        "spec.ingress[0].ports[1].endPort: Invalid value: 1: may not be specified when `port` is non-numeric",
        "spec.ingress[0].ports[2].endPort: Invalid value: 1: may not be specified when `port` is not specified",
        'spec.ingress[0].ports[3].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
        "spec.ingress[0].from[0]: Required value: must specify a peer",
        'spec.ingress[0].from[1].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
        'spec.ingress[0].from[1].ipBlock.except[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        "spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer",
        'spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"',
    ]


def test_ip_addresses() -> None:
    assert support.errors(GROUP, "ipaddresses", {"metadata": {"name": "10.0.0.01"}}) == [
        'metadata.name: Invalid value: "10.0.0.01": must not have leading 0s',
        "spec.parentRef: Required value",
    ]
    parent = {"spec": {"parentRef": {"resource": "services", "name": "web", "namespace": "default"}}}
    assert support.errors(GROUP, "ipaddresses", {"metadata": {"name": "2001:db8::1"}} | parent) == []
    assert registry.strategy(GROUP, "ipaddresses").fields(parent) == {
        "spec.parentRef.group": "", "spec.parentRef.resource": "services", "spec.parentRef.namespace": "default", "spec.parentRef.name": "web"}
    odd = {"spec": {"parentRef": {"resource": "services", "name": "a/b", "namespace": ".."}}}
    assert support.errors(GROUP, "ipaddresses", {"metadata": {"name": "10.0.0.1"}} | odd) == [
        "spec.parentRef.name: Invalid value: \"a/b\": may not contain '/'", "spec.parentRef.namespace: Invalid value: \"..\": may not be '..'"]
    old, new = ({"metadata": {"name": "10.0.0.1"}, "spec": {"parentRef": {"resource": "services", "name": name}}} for name in ("a", "b"))
    assert support.update_errors(GROUP, "ipaddresses", old, old) == []
    assert support.update_errors(GROUP, "ipaddresses", new, old) == [
        'spec.parentRef: Invalid value: networking.ParentReference{Group:"", Resource:"services", Namespace:"", Name:"b"}: field is immutable']


def test_service_cidrs() -> None:
    assert support.errors(GROUP, "servicecidrs", {"spec": {"cidrs": ["10.0.0.1/8", "11.0.0.0/8"]}}) == [
        'spec.cidrs[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
        'spec.cidrs: Invalid value: []string{"10.0.0.1/8", "11.0.0.0/8"}: may specify no more than one IP for each IP family, '
        "i.e 192.168.0.0/24 and 2001:db8::/64",
    ]
    old = {"spec": {"cidrs": ["10.0.0.0/8"]}}
    assert support.update_errors(GROUP, "servicecidrs", {"spec": {"cidrs": ["10.0.0.0/8", "fd00::/64"]}}, old) == []
    assert support.update_errors(GROUP, "servicecidrs", {"spec": {"cidrs": ["11.0.0.0/8"]}}, old) == [
        'spec.cidrs[0]: Invalid value: "11.0.0.0/8": field is immutable'
    ]


def test_peers_and_blocks_of_network_policies() -> None:
    selector = {"matchExpressions": [{"key": "a", "operator": "In"}]}
    blocks = ({}, {"cidr": "x"}, {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16", "10.1.0.0/16"]})
    rule = {"to": [{"namespaceSelector": selector}, *({"ipBlock": block} for block in blocks)], "ports": [{"port": 0}, {"port": 80, "endPort": 70000}]}
    assert support.errors(GROUP, "networkpolicies", {"spec": {"egress": [rule], "policyTypes": ["Ingress", "Egress"]}}) == [
        "spec.egress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.egress[0].ports[1].endPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        "spec.egress[0].to[0].namespaceSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "spec.egress[0].to[1].ipBlock.cidr: Required value",
        'spec.egress[0].to[2].ipBlock.cidr: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        'spec.egress[0].to[3].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    ]
    assert support.errors(GROUP, "networkpolicies", {"spec": {"policyTypes": ["Ingress", "Egress", "Ingress"]}}) == [
        'spec.policyTypes: Invalid value: []networking.PolicyType{"Ingress", "Egress", "Ingress"}: may not specify more than two policyTypes'
    ]


def test_groups_of_resources_behind_an_ingress_are_written() -> None:
    made = support.created(GROUP, "ingresses", {"metadata": {"name": "a"}, "spec": {"defaultBackend": {"resource": {"kind": "Bucket", "name": "b"}}}})
    assert made["spec"]["defaultBackend"]["resource"]["apiGroup"] is None


def test_parameters_of_a_class_are_named() -> None:
    assert support.errors(GROUP, "ingressclasses", {"spec": {"controller": "a.io/b", "parameters": {}}}) == [
        "spec.parameters.kind: Required value: kind is required",
        "spec.parameters.name: Required value: name is required",
    ]


def test_updates_of_addresses_and_ranges() -> None:
    address = {"metadata": {"name": "10.0.0.7"}, "spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "s"}}}
    assert support.update_errors(GROUP, "ipaddresses", {"metadata": {"name": "10.0.0.7"}, "spec": {}}, address)[-1] == (
        'spec.parentRef: Invalid value: "null": field is immutable'
    )
    three = ["10.0.0.0/8", "fd00::/64", "10.0.0.0/16"]
    assert support.errors(GROUP, "servicecidrs", {"spec": {"cidrs": three}}) == [
        'spec.cidrs: Invalid value: networking.ServiceCIDRSpec{CIDRs:[]string{"10.0.0.0/8", "fd00::/64", "10.0.0.0/16"}}: may only hold up to 2 values'
    ]
    told = support.created(GROUP, "servicecidrs", {"metadata": {"name": "a"}, "spec": {"cidrs": three[:2]}, "status": {"conditions": [{"type": "Ready"}]}})
    assert told["status"] == {"conditions": [{"type": "Ready"}]}  # kube-apiserver takes it, too
