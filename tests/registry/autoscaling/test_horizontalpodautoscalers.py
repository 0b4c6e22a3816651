"""HorizontalPodAutoscalers in both versions."""

import json
from typing import Any

from minikube_py import registry
from minikube_py.registry.autoscaling import conversion, metrics
from tests.registry import support

STRATEGY = registry.strategy("autoscaling", "horizontalpodautoscalers")
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}


def hpa(version: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": f"autoscaling/{version}", "metadata": {"name": "a", "namespace": "default"}, "spec": {"scaleTargetRef": TARGET, **spec}}


def test_defaults() -> None:
    behavior = {"scaleDown": {"selectPolicy": "Min", "tolerance": "0.2"}}
    obj = support.created("autoscaling", "horizontalpodautoscalers", hpa("v2", maxReplicas=3, behavior=behavior))
    assert (obj["spec"]["minReplicas"], obj["spec"]["metrics"]) == (1, [CPU])
    assert obj["spec"]["behavior"] == {
        "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max",
                    "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]},
        "scaleDown": {"selectPolicy": "Min", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]},
    }  # fmt: skip
    assert STRATEGY.validate(obj) == []


def test_a_v1_object_gets_its_metric_when_stored() -> None:
    obj = support.created("autoscaling", "horizontalpodautoscalers", hpa("v1", maxReplicas=3))
    assert obj["spec"] == {"scaleTargetRef": TARGET, "minReplicas": 1, "maxReplicas": 3, "targetCPUUtilizationPercentage": 80}
    assert STRATEGY.validate(obj) == []
    stored = STRATEGY.convert(obj, "v2")
    assert (stored["apiVersion"], stored["spec"]["metrics"]) == ("autoscaling/v2", [CPU])
    assert STRATEGY.convert(stored, "v1")["spec"] == {"scaleTargetRef": TARGET, "minReplicas": 1, "maxReplicas": 3, "targetCPUUtilizationPercentage": 80}
    assert STRATEGY.storage_version() == ("autoscaling", "v2")


def test_what_v1_has_no_field_for_travels_in_annotations() -> None:
    memory = {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "10Mi"}}}
    requests = {"type": "Object", "object": {"describedObject": {"kind": "Ingress", "name": "i"}, "metric": {"name": "rps"},
                                             "target": {"type": "Value", "value": "5"}}}  # fmt: skip
    pods = {"type": "Pods", "pods": {"metric": {"name": "q", "selector": {"matchLabels": {"a": "b"}}}, "target": {"type": "AverageValue", "averageValue": "1"}}}
    policy = {"type": "Pods", "value": 1, "periodSeconds": 5}
    obj = hpa("v2", maxReplicas=3, metrics=[CPU, memory, requests, pods], behavior={"scaleUp": {"policies": [policy]}})
    obj["status"] = {"desiredReplicas": 2, "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 7}}}],
                     "conditions": [{"type": "AbleToScale", "status": "True"}]}  # fmt: skip
    shown = conversion.to_v1(obj)
    assert shown["spec"]["targetCPUUtilizationPercentage"] == 80
    assert json.loads(shown["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/metrics"]) == [
        {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "10Mi"}},
        {"type": "Object", "object": {"target": {"kind": "Ingress", "name": "i"}, "metricName": "rps", "targetValue": "5"}},
        {"type": "Pods", "pods": {"metricName": "q", "selector": {"matchLabels": {"a": "b"}}, "targetAverageValue": "1"}},
    ]
    assert shown["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/behavior"] == (
        '{"ScaleUp":{"Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":5}]}}'
    )
    assert shown["status"] == {"desiredReplicas": 2, "currentCPUUtilizationPercentage": 7}
    assert conversion.to_v2(shown) == obj


def test_what_is_wrong() -> None:
    metrics = [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 0}}},
               {"type": "Pods", "external": {"metric": {"name": "x"}, "target": {"type": "Value", "value": "0"}}}]  # fmt: skip
    found = support.errors("autoscaling", "horizontalpodautoscalers", hpa("v2", minReplicas=5, maxReplicas=3, metrics=metrics))
    assert found == [
        "spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`",
        "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
        'spec.metrics[1].external.target.value: Invalid value: resource.Quantity{i:resource.int64Amount{value:0, scale:0}, '
        'd:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"0", Format:"DecimalSI"}: must be positive',
        "spec.metrics[1].pods: Required value: must populate information for the given metric source",
    ]
    assert support.errors("autoscaling", "horizontalpodautoscalers", hpa("v1", minReplicas=0)) == [
        "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
        "spec.maxReplicas: Invalid value: 0: must be greater than 0",
        "spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas",
    ]


def test_behavior() -> None:
    rules = {"stabilizationWindowSeconds": 3601, "selectPolicy": "Any", "policies": [{"type": "Pods", "value": 0, "periodSeconds": 1801}]}
    assert support.errors("autoscaling", "horizontalpodautoscalers", hpa("v2", maxReplicas=1, behavior={"scaleUp": rules})) == [
        "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
        'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Any": supported values: "Disabled", "Max", "Min"',
        "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
        "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800",
    ]


def test_selectors_of_external_metrics_are_taken_as_they_are() -> None:
    metric = {"name": "queue", "selector": {"matchLabels": {"a b": ""}}}
    external = {"type": "External", "external": {"metric": metric, "target": {"type": "AverageValue", "averageValue": "1"}}}
    container = {"type": "ContainerResource", "containerResource": {"name": "a", "container": "c", "target": {"type": "AverageValue", "averageValue": "1"}}}
    assert metrics.metric("spec.metrics[0]", external) == []
    found = [str(error) for error in metrics.metric("spec.metrics[0]", container)]
    assert found[0] == "spec.metrics[0].containerResource.name: Invalid value: a: must be a standard resource type or fully qualified"
