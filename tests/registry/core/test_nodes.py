"""Nodes."""

from minikube_py import registry
from tests.registry import support


def test_defaults() -> None:
    obj = support.created("", "nodes", {"metadata": {"name": "n"}, "spec": {"podCIDR": "10.244.0.0/24"}, "status": {"capacity": {"memory": "1024Mi"}}})
    assert obj["spec"] == {"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"]}
    assert obj["status"] == {"capacity": {"memory": "1Gi"}, "allocatable": {"memory": "1Gi"}}
    assert registry.strategy("", "nodes").fields(obj) == {"spec.unschedulable": "false"}


def test_what_is_wrong() -> None:
    taints = [{"key": "a", "effect": "Never"}, {"key": "b", "effect": "NoExecute"}, {"key": "b", "effect": "NoExecute"}, {"key": "c"}]
    obj = {"spec": {"taints": taints, "podCIDRs": ["10.0.0.0/24", "10.0.1.0/24"]}, "status": {"capacity": {"pods": "1500m"}, "allocatable": {"cpu": "-1"}}}
    assert support.errors("", "nodes", obj) == [
        'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        'metadata.taints[2]: Duplicate value: core.Taint{Key:"b", Value:"", Effect:"NoExecute", TimeAdded:<nil>}: taints must be unique by key and effect pair',
        "metadata.taints[3].effect: Required value",
        'status.capacity.pods: Invalid value: resource.Quantity{i:resource.int64Amount{value:1500, scale:-3}, '
        'd:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"1500m", Format:"DecimalSI"}: must be an integer',
        'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
        'spec.podCIDRs: Invalid value: []string{"10.0.0.0/24", "10.0.1.0/24"}: may specify no more than one CIDR for each IP family',
    ]


def test_what_was_assigned_stays() -> None:
    old = {"spec": {"podCIDR": "10.244.0.0/24", "providerID": "x"}}
    assert support.update_errors("", "nodes", {"spec": {"podCIDR": "10.244.1.0/24"}}, old) == [
        'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
        'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]
    half = {"spec": {"podCIDR": "10.244.1.0/24", "podCIDRs": ["10.244.0.0/24"]}}
    assert support.update_errors("", "nodes", half, {"spec": {"podCIDR": "10.244.0.0/24"}}) == [
        'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'
    ]
    assert support.update_errors("", "nodes", old, {"spec": {}}) == []


def test_ranges_that_are_none_are_told_of_twice() -> None:
    both = "may specify no more than one CIDR for each IP family"
    assert support.errors("", "nodes", {"spec": {"podCIDRs": ["10.0.0.0/24", "x"]}}) == [
        'spec.podCIDRs[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        "spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[1]: <nil> (invalid CIDR address: x)",
        f'spec.podCIDRs: Invalid value: []string{{"10.0.0.0/24", "x"}}: {both}',
    ]
    twice = {"spec": {"podCIDRs": ["10.0.0.0/24", "10.0.0.0/24"]}}
    assert support.update_errors("", "nodes", twice, {"spec": {}}) == [f'spec.podCIDRs: Invalid value: []string{{"10.0.0.0/24", "10.0.0.0/24"}}: {both}']


def test_warnings_come_with_each_update() -> None:
    node = {"metadata": {"name": "n"}, "spec": {"externalID": "x", "configSource": {}}}
    assert registry.strategy("", "nodes").warnings(node, node) == [
        "spec.configSource: the feature is removed",
        "spec.externalID: this field is deprecated, and is unused by Kubernetes",
    ]
