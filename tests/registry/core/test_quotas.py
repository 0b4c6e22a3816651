"""LimitRanges, ResourceQuotas and the names that they count."""

from typing import Any

import pytest

from minikube_py.registry.core import resourcenames
from tests.registry import support


def _go(number: int) -> str:
    amount = f"i:resource.int64Amount{{value:{number}, scale:0}}"
    return f'resource.Quantity{{{amount}, d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}, s:"{number}", Format:"DecimalSI"}}'


def test_a_container_has_defaults_derived() -> None:
    item = {"type": "Container", "max": {"cpu": "2"}, "min": {"memory": "1024Ki"}, "default": {"ephemeral-storage": "1Gi"}}
    obj = support.created("", "limitranges", {"metadata": {"name": "l"}, "spec": {"limits": [item]}})
    assert obj["spec"]["limits"][0]["default"] == {"cpu": "2", "ephemeral-storage": "1Gi"}
    assert obj["spec"]["limits"][0]["defaultRequest"] == {"cpu": "2", "ephemeral-storage": "1Gi", "memory": "1Mi"}


@pytest.mark.parametrize(
    ("limits", "messages"),
    [
        ([{"type": "Pod", "default": {"cpu": "1"}}], ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"]),
        ([{"type": "Pod"}, {"type": "Pod"}], ['spec.limits[1].type: Duplicate value: "Pod"']),
        ([{"type": "Thing"}], ['spec.limits[0].type: Invalid value: "Thing": must be a standard limit type or fully qualified']),
        ([{"type": "PersistentVolumeClaim"}],
         ["spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided"]),
        ([{"type": "Container", "max": {"storage": "1"}}],
         ['spec.limits[0].max[storage]: Invalid value: storage: must be a standard resource for containers',
          'spec.limits[0].default[storage]: Invalid value: storage: must be a standard resource for containers',
          'spec.limits[0].defaultRequest[storage]: Invalid value: storage: must be a standard resource for containers']),
        ([{"type": "Pod", "min": {"cpu": "2"}, "max": {"cpu": "1"}}],
         [f'spec.limits[0].min[cpu]: Invalid value: {_go(2)}: min value 2 is greater than max value 1']),
        ([{"type": "Pod", "min": {"cpu": "1"}, "max": {"cpu": "2"}, "maxLimitRequestRatio": {"cpu": "3"}}],
         [f'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: {_go(3)}: ratio 3 is greater than max/min = 2.000000']),
    ],
)  # fmt: skip
def test_limit_ranges(limits: list[dict[str, Any]], messages: list[str]) -> None:
    assert support.errors("", "limitranges", {"spec": {"limits": limits}}) == messages


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ({"hard": {"requests.cpu": "1", "count/jobs.batch": "5", "services.nodeports": "0"}}, []),
        ({"hard": {"storage": "1"}}, ['spec.hard[storage]: Invalid value: storage: must be a standard resource for quota']),
        ({"hard": {"pods": "-1"}}, ['spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0']),
        ({"hard": {"pods": "x"}},
         ['spec.hard[pods]: Invalid value: "x": quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'']),
        ({"scopes": ["BestEffort", "NotBestEffort"]},
         ['spec.scopes: Invalid value: []core.ResourceQuotaScope{"BestEffort", "NotBestEffort"}: conflicting scopes']),
        ({"hard": {"cpu": "1"}, "scopes": ["BestEffort"]},
         ['spec.scopes: Invalid value: []core.ResourceQuotaScope{"BestEffort"}: unsupported scope applied to resource']),
        ({"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]}},
         ["spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"]),
    ],
)  # fmt: skip
def test_quotas(spec: dict[str, Any], messages: list[str]) -> None:
    assert support.errors("", "resourcequotas", {"spec": spec}) == messages


def test_what_a_scope_does_not_fit() -> None:
    over = {"matchExpressions": [{"scopeName": "Terminating", "operator": "Exists"}]}
    spec = {"hard": {"hugepages-2Mi": "1"}, "scopes": ["Terminating"], "scopeSelector": over}
    selector = ('core.ScopeSelector{MatchExpressions:[]core.ScopedResourceSelectorRequirement{core.ScopedResourceSelectorRequirement{'
                'ScopeName:"Terminating", Operator:"Exists", Values:[]string(nil)}}}')  # fmt: skip
    assert support.errors("", "resourcequotas", {"spec": spec}) == [
        'spec.scopes: Invalid value: []core.ResourceQuotaScope{"Terminating"}: unsupported scope applied to resource',
        f"spec.scopeSelector.matchExpressions: Invalid value: {selector}: unsupported scope applied to resource",
    ]


def test_amounts_with_exponents() -> None:
    limits = [{"type": "Pod", "min": {"cpu": "1e3"}, "max": {"cpu": "1"}}]
    quantity = 'resource.Quantity{i:resource.int64Amount{value:1, scale:3}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"1e3", Format:"DecimalExponent"}'
    assert support.errors("", "limitranges", {"spec": {"limits": limits}}) == [
        f"spec.limits[0].min[cpu]: Invalid value: {quantity}: min value 1e3 is greater than max value 1"
    ]


def test_scopes_stay() -> None:
    old = {"spec": {"scopes": ["BestEffort"]}}
    assert support.update_errors("", "resourcequotas", {"spec": {}}, old) == ["spec.scopes: Invalid value: []core.ResourceQuotaScope(nil): field is immutable"]


def test_names_of_resources() -> None:
    assert resourcenames.extended("nvidia.com/gpu") and not resourcenames.extended("kubernetes.io/x")
    assert not resourcenames.overcommit_allowed("hugepages-2Mi") and resourcenames.overcommit_allowed("cpu")
    assert resourcenames.container_messages("gpu") == ("must be a standard resource type or fully qualified", "must be a standard resource for containers")
