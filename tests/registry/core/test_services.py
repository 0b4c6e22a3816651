"""Services: defaults, allocation, type changes, and what is wrong."""

from typing import Any

import pytest

from minikube_py import registry
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from tests.registry import support

STRATEGY = registry.strategy("", "services")


def service(name: str = "web", **spec: Any) -> Object:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def create(obj: Object, reader: support.ListReader | None = None) -> Object:
    return support.created("", "services", obj, reader)


def problems(**spec: Any) -> list[str]:
    return [str(error) for error in STRATEGY.validate(create(service(**spec)))]


def test_defaults_of_a_plain_service() -> None:
    obj = create(service(ports=[{"port": 80}], selector={"app": "web"}))
    ip = obj["spec"].pop("clusterIP")
    assert obj["spec"].pop("clusterIPs") == [ip]
    assert obj["spec"] == {
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "selector": {"app": "web"},
        "sessionAffinity": "None",
        "type": "ClusterIP",
        "internalTrafficPolicy": "Cluster",
        "ipFamilyPolicy": "SingleStack",
        "ipFamilies": ["IPv4"],
    }
    assert obj["status"] == {"loadBalancer": {}}
    assert STRATEGY.validate(obj) == []


def test_addresses_come_from_the_upper_band() -> None:
    for _ in range(50):
        first, second, third, fourth = (int(part) for part in create(service(ports=[{"port": 80}]))["spec"]["clusterIP"].split("."))
        assert first == 10 and 96 <= second <= 111
        assert (second, third) != (96, 0) and (second, third, fourth) != (111, 255, 255)


def test_affinity_by_client_gets_a_timeout() -> None:
    spec = create(service(ports=[{"port": 80}], sessionAffinity="ClientIP"))["spec"]
    assert spec["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}


def test_headless_services() -> None:
    spec = create(service(clusterIP="None", selector={"a": "b"}))["spec"]
    assert (spec["clusterIPs"], spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["None"], ["IPv4"], "SingleStack")
    spec = create(service(clusterIP="None", ports=[{"port": 80}]))["spec"]
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4", "IPv6"], "RequireDualStack")


def test_an_external_name_has_no_address() -> None:
    obj = create(service(type="ExternalName", externalName="example.com."))
    assert obj["spec"] == {"type": "ExternalName", "externalName": "example.com.", "sessionAffinity": "None"}
    assert STRATEGY.validate(obj) == []


def test_a_load_balancer_with_local_traffic_gets_a_health_check_port() -> None:
    spec = create(service(type="LoadBalancer", ports=[{"port": 80}], externalTrafficPolicy="Local"))["spec"]
    assert spec["allocateLoadBalancerNodePorts"] is True
    assert 30000 <= spec["healthCheckNodePort"] <= 32767
    assert spec["healthCheckNodePort"] != spec["ports"][0]["nodePort"]


def test_a_load_balancer_may_do_without_node_ports() -> None:
    spec = create(service(type="LoadBalancer", ports=[{"port": 80}], allocateLoadBalancerNodePorts=False))["spec"]
    assert "nodePort" not in spec["ports"][0]


def test_twins_of_one_port_share_their_node_port() -> None:
    ports = [{"port": 53, "name": "dns", "protocol": "UDP"}, {"port": 53, "name": "dns-tcp"}]
    spec = create(service(type="NodePort", ports=ports))["spec"]
    assert spec["ports"][0]["nodePort"] == spec["ports"][1]["nodePort"] >= 30086


def test_what_is_taken_is_found_through_indexes() -> None:
    obj = create(service(type="NodePort", ports=[{"port": 80, "nodePort": 30080}], clusterIP="10.96.0.10"))
    assert list(STRATEGY.indexes(obj)) == [("clusterIP", "10.96.0.10"), ("nodePort", "30080")]
    assert STRATEGY.fields(obj) == {"spec.clusterIP": "10.96.0.10", "spec.type": "NodePort"}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"clusterIP": "10.96.0.1"},
         'spec.clusterIPs: Invalid value: []string{"10.96.0.1"}: failed to allocate IP 10.96.0.1: provided IP is already allocated'),
        ({"clusterIP": "192.168.0.1"},
         'spec.clusterIPs: Invalid value: []string{"192.168.0.1"}: failed to allocate IP 192.168.0.1: '
         "the provided network does not match the current range"),
        ({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]},
         "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"),
        ({"type": "NodePort", "ports": [{"port": 80, "nodePort": 8080}]},
         "spec.ports[0].nodePort: Invalid value: 8080: provided port is not in the valid range. The range of valid ports is 30000-32767"),
        ({"clusterIP": "none"}, 'spec.clusterIPs[0]: Invalid value: "none": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
        ({"ipFamilyPolicy": "RequireDualStack"},
         'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services'),
        ({"ipFamilies": ["IPv6"]}, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'),
    ],
)  # fmt: skip
def test_refused_allocations(spec: dict[str, Any], message: str) -> None:
    reader = support.ListReader()
    reader.add("services", create(service("kubernetes", type="NodePort", ports=[{"port": 443, "nodePort": 30080}], clusterIP="10.96.0.1")))
    with pytest.raises(errors.Invalid) as raised:
        create(service(**({"ports": [{"port": 80}]} | spec)), reader)
    assert raised.value.message == f'Service "web" is invalid: {message}'


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ({}, ["spec.ports: Required value"]),
        ({"ports": [{"port": 0}]}, ["spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                                    "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive"]),
        ({"ports": [{"port": 80}, {"port": 81, "name": "A"}]},
         ["spec.ports[0].name: Required value",
          'spec.ports[1].name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \'-\', '
          "and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
          "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"]),
        ({"ports": [{"port": 80, "protocol": "ICMP"}]},
         ['spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"']),
        ({"ports": [{"port": 80, "targetPort": "x--y"}]},
         ['spec.ports[0].targetPort: Invalid value: "x--y": must not contain consecutive hyphens']),
        ({"ports": [{"port": 80, "nodePort": 30001}]}, ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]),
        ({"ports": [{"port": 80, "name": "a"}, {"port": 80, "name": "a"}]},
         ['spec.ports[1].name: Duplicate value: "a"',
          'spec.ports[1]: Duplicate value: core.ServicePort{Name:"", Protocol:"TCP", AppProtocol:(*string)(nil), Port:80, '
          'TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:""}, NodePort:0}']),
        ({"type": "ExternalName"}, ["spec.externalName: Required value"]),
        ({"type": "Weird", "ports": [{"port": 80}]},
         ['spec.type: Unsupported value: "Weird": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"']),
        ({"type": "NodePort", "clusterIP": "None", "ports": [{"port": 80}]},
         ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services']),
        ({"ports": [{"port": 80}], "externalTrafficPolicy": "Local"},
         ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services']),
        ({"ports": [{"port": 80}], "externalIPs": ["127.0.0.1"]},
         ['spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)']),
        ({"ports": [{"port": 80}], "sessionAffinity": "Sticky"},
         ['spec.sessionAffinity: Unsupported value: "Sticky": supported values: "ClientIP", "None"']),
        ({"ports": [{"port": 80}], "loadBalancerClass": "a/b"},
         ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"]),
        ({"ports": [{"port": 80}], "loadBalancerSourceRanges": ["10.0.0.0"]},
         ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
          'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']),
        ({"ports": [{"port": 80}], "trafficDistribution": "Near"},
         ['spec.trafficDistribution: Unsupported value: "Near": supported values: "PreferClose"']),
    ],
)  # fmt: skip
def test_what_is_wrong(spec: dict[str, Any], messages: list[str]) -> None:
    assert problems(**spec) == messages


def test_names_are_dns_1035_labels() -> None:
    found = [str(error) for error in STRATEGY.validate(create(service("1web", ports=[{"port": 80}])))]
    assert found == [
        'metadata.name: Invalid value: "1web": a DNS-1035 label must consist of lower case alphanumeric characters or \'-\', start with an '
        "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
        "'[a-z]([-a-z0-9]*[a-z0-9])?')"
    ]


def test_replacing_with_the_same_manifest_keeps_what_was_allocated() -> None:
    manifest = service(type="NodePort", ports=[{"port": 80}])
    old = create(manifest)
    new = support.updated("", "services", manifest, old)
    assert new["spec"] == old["spec"]
    assert STRATEGY.validate_update(new, old) == []


def test_an_address_may_not_change() -> None:
    old = create(service(ports=[{"port": 80}], clusterIP="10.96.0.20"))
    new = support.updated("", "services", service(ports=[{"port": 80}], clusterIP="10.96.0.21"), old)
    assert [str(error) for error in STRATEGY.validate_update(new, old)] == [
        'spec.clusterIPs[0]: Invalid value: []string{"10.96.0.21"}: may not change once set'
    ]


def test_no_more_headless() -> None:
    old = create(service(clusterIP="None", selector={"a": "b"}, ports=[{"port": 80}]))
    patched = {field: value for field, value in old["spec"].items() if field != "clusterIP"}
    new = support.updated("", "services", {**old, "spec": patched}, old)
    assert [str(error) for error in STRATEGY.validate_update(new, old)] == [
        "spec.clusterIPs[0]: Invalid value: []string(nil): primary clusterIP can not be unset"
    ]


def test_to_external_name_and_back() -> None:
    old = create(service(ports=[{"port": 80}]))
    external = support.updated("", "services", {**old, "spec": {**old["spec"], "type": "ExternalName", "externalName": "example.com"}}, old)
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"} & external["spec"].keys()
    assert STRATEGY.validate_update(external, old) == []
    back = support.updated("", "services", service(ports=[{"port": 80}]), external)
    assert back["spec"]["clusterIPs"] == [back["spec"]["clusterIP"]]
    assert STRATEGY.validate_update(back, external) == []


def test_from_node_port_to_cluster_ip_drops_the_ports() -> None:
    old = create(service(type="NodePort", ports=[{"port": 80}]))
    new = support.updated("", "services", {**old, "spec": {**old["spec"], "type": "ClusterIP"}}, old)
    assert new["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert "externalTrafficPolicy" not in new["spec"]
    assert STRATEGY.validate_update(new, old) == []


def test_a_port_that_is_added_gets_its_own_node_port() -> None:
    old = create(service(type="NodePort", ports=[{"port": 80, "name": "a"}]))
    new = support.updated("", "services", service(type="NodePort", ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]), old)
    ports = [port["nodePort"] for port in new["spec"]["ports"]]
    assert ports[0] == old["spec"]["ports"][0]["nodePort"] != ports[1]


def test_warnings() -> None:
    ignored = service(ports=[{"port": 80}], clusterIP="None", loadBalancerIP="1.2.3.4", externalIPs=["010.0.0.1"])
    assert STRATEGY.warnings(create(ignored), None) == [
        'spec.externalIPs[0]: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"'
    ]


def test_the_status_of_what_is_no_load_balancer_has_no_addresses() -> None:
    old = create(service(ports=[{"port": 80}]))
    old["metadata"]["resourceVersion"] = "1"
    new = {**old, "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}}
    assert [str(error) for error in STRATEGY.validate_subresource("status", new, old)] == [
        "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"
    ]
