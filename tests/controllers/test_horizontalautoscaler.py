"""Autoscalers: in a dry run, where pods use nothing, where they use something, and where nobody knows."""

from typing import Any
from unittest.mock import Mock

import pytest

from minikube_py.apiserver.handlers.metrics import Usage
from minikube_py.controllers.autoscalermetrics import Calculator
from minikube_py.machinery.scheme import METRICS
from tests.controllers import fakes

SCALERS = "horizontalpodautoscalers.autoscaling"
CAUSE = ("failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: "
         "the server could not find the requested resource (get pods.metrics.k8s.io)")  # fmt: skip
FIRST = "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: "
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def deploy(world: fakes.World, replicas: int, requests: Any = None) -> None:
    labels = {"app": "web"}
    container = {"name": "main", "image": "busybox", "resources": {"requests": {"cpu": "100m"} if requests is None else requests}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    world.add("Deployment", "web", {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}, api="apps/v1")


def scaler(world: fakes.World, low: int = 2, high: int = 4, **spec: Any) -> Any:
    given = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": low, "maxReplicas": high, **spec}
    world.add("HorizontalPodAutoscaler", "web", given, api="autoscaling/v2")
    return conditions(world)


def status(world: fakes.World) -> Any:
    return world.get(SCALERS, "web")["status"]


def conditions(world: fakes.World) -> Any:
    return [(item["type"], item["status"], item["reason"]) for item in status(world)["conditions"]]


def message(world: fakes.World, kind: str) -> Any:
    return next(item["message"] for item in status(world)["conditions"] if item["type"] == kind)


def size(world: fakes.World) -> Any:
    return world.get("deployments.apps", "web")["spec"]["replicas"]


def events(world: fakes.World, reason: str) -> list[str]:
    return [item["message"] for item in world.client.items("events", "default") if item["reason"] == reason]


def use(world: fakes.World, monkeypatch: pytest.MonkeyPatch, cpu: int) -> None:
    """Let each pod use so many thousandths of a processor, from now on."""
    usage = {"main": Usage(cpu * 10**6, 2**20)}
    monkeypatch.setattr(world.cluster, "usage", lambda: {pod["metadata"]["uid"]: usage for pod in world.client.items("pods", "default")})


def test_pods_that_use_nothing_become_few(world: fakes.World) -> None:
    deploy(world, 4)
    world.later(20)
    assert scaler(world, metrics=[CPU]) == [("AbleToScale", "True", "ScaleDownStabilized"), ("ScalingActive", "True", "ValidMetricFound"),
                                            ("ScalingLimited", "False", "DesiredWithinRange")]  # fmt: skip
    assert message(world, "ScalingActive") == (
        "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)")
    assert status(world)["currentMetrics"] == [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 0, "averageValue": "0"}}}]
    assert (status(world)["currentReplicas"], status(world)["desiredReplicas"]) == (4, 4)
    world.later(290)
    assert size(world) == 4
    world.later(30)
    assert size(world) == 2
    assert events(world, "SuccessfulRescale") == ["New size: 2; reason: All metrics below target"]
    world.later(60)
    assert conditions(world) == [("AbleToScale", "True", "ReadyForNewScale"), ("ScalingActive", "True", "ValidMetricFound"),
                                 ("ScalingLimited", "True", "TooFewReplicas")]  # fmt: skip
    assert message(world, "ScalingLimited") == "the desired replica count is less than the minimum replica count"
    before = world.cluster.backend.revision()
    world.later(86400)
    assert len(events(world, "SuccessfulRescale")) == 0  # forgotten after an hour
    assert status(world)["desiredReplicas"] == 2
    assert world.cluster.backend.revision() - before < 100


def test_new_pods_are_not_counted_yet(world: fakes.World) -> None:
    deploy(world, 3)
    assert scaler(world) == [("AbleToScale", "True", "SucceededGetScale"), ("ScalingActive", "False", "FailedGetResourceMetric")]
    cause = "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)"
    assert message(world, "ScalingActive") == f"the HPA was unable to compute the replica count: {cause}"
    assert events(world, "FailedComputeMetricsReplicas") == [FIRST + cause]
    assert status(world)["currentMetrics"] == [{"type": ""}]  # as Go writes a status that nothing was put into
    world.later(16)
    assert conditions(world)[1] == ("ScalingActive", "True", "ValidMetricFound")


def test_containers_must_ask_for_something(world: fakes.World) -> None:
    deploy(world, 2, {})
    world.later(20)
    assert scaler(world)[1] == ("ScalingActive", "False", "FailedGetResourceMetric")
    (text,) = events(world, "FailedGetResourceMetric")
    assert text.startswith("failed to get cpu utilization: missing request for cpu in container main of Pod web-")


def test_busy_pods_become_more(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(world, 2)
    world.later(20)
    use(world, monkeypatch, 100)
    scaler(world, high=20, metrics=[CPU])
    assert size(world) == 4  # twice as many: 100% of what is asked for, where 50% is wanted
    assert status(world)["currentMetrics"][0]["resource"]["current"] == {"averageUtilization": 100, "averageValue": "100m"}
    assert events(world, "SuccessfulRescale") == ["New size: 4; reason: cpu resource utilization (percentage of request) above target"]
    world.later(14)
    assert size(world) == 4
    world.later(10)
    assert size(world) == 8
    use(world, monkeypatch, 47)
    world.later(60)
    assert size(world) == 8  # near enough
    assert conditions(world)[0] == ("AbleToScale", "True", "ReadyForNewScale")


def test_average_values(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(world, 2, {})
    world.later(20)
    use(world, monkeypatch, 90)
    target = {"type": "AverageValue", "averageValue": "30m"}
    scaler(world, high=5, metrics=[{"type": "Resource", "resource": {"name": "cpu", "target": target}}])
    assert size(world) == 4
    assert conditions(world)[2] == ("ScalingLimited", "True", "ScaleUpLimit")
    assert status(world)["currentMetrics"][0]["resource"]["current"] == {"averageValue": "90m"}


def test_one_container(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(world, 2)
    world.later(20)
    use(world, monkeypatch, 100)
    source = {"name": "cpu", "container": "main", "target": {"type": "Utilization", "averageUtilization": 50}}
    scaler(world, metrics=[{"type": "ContainerResource", "containerResource": source}])
    assert size(world) == 4
    assert status(world)["currentMetrics"][0]["containerResource"]["container"] == "main"


def test_behavior_slows_down(world: fakes.World) -> None:
    deploy(world, 4)
    world.later(20)
    policies = [{"type": "Pods", "value": 1, "periodSeconds": 60}]
    scaler(world, 1, behavior={"scaleDown": {"stabilizationWindowSeconds": 0, "policies": policies}})
    assert size(world) == 3
    assert conditions(world)[2] == ("ScalingLimited", "True", "ScaleDownLimit")
    world.later(30)
    assert size(world) == 3
    world.later(35)
    assert size(world) == 2


def test_nobody_knows_what_pods_use(world: fakes.World) -> None:
    for resource in METRICS:
        world.cluster.scheme.remove(resource)
    deploy(world, 3)
    assert scaler(world) == [("AbleToScale", "True", "SucceededGetScale"), ("ScalingActive", "False", "FailedGetResourceMetric")]
    assert message(world, "ScalingActive") == f"the HPA was unable to compute the replica count: {CAUSE}"
    assert (status(world)["currentReplicas"], status(world)["desiredReplicas"]) == (3, 0)
    assert events(world, "FailedGetResourceMetric") == [CAUSE]
    assert events(world, "FailedComputeMetricsReplicas") == [FIRST + CAUSE]
    assert size(world) == 3


@pytest.mark.parametrize(
    ("metric", "reason", "text"),
    [
        ({"type": "Pods", "pods": {"metric": {"name": "hits"}, "target": {"type": "AverageValue", "averageValue": "1"}}}, "FailedGetPodsMetric",
         "unable to get metric hits: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"),
        ({"type": "External", "external": {"metric": {"name": "hits"}, "target": {"type": "Value", "value": "1"}}}, "FailedGetExternalMetric",
         "unable to get external metric default/hits/nil: unable to fetch metrics from external metrics API: "
         "the server could not find the requested resource (get hits.external.metrics.k8s.io)"),
    ],
)  # fmt: skip
def test_metrics_that_nobody_serves(world: fakes.World, metric: Any, reason: str, text: str) -> None:
    deploy(world, 3)
    world.later(20)
    assert scaler(world, metrics=[metric])[1] == ("ScalingActive", "False", reason)
    assert events(world, reason) == [text]


def test_one_metric_of_two_is_enough_to_grow_only(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    hits = {"type": "Pods", "pods": {"metric": {"name": "hits"}, "target": {"type": "AverageValue", "averageValue": "1"}}}
    deploy(world, 3)
    world.later(20)
    assert scaler(world, metrics=[hits, CPU])[1] == ("ScalingActive", "False", "FailedGetPodsMetric")
    use(world, monkeypatch, 100)
    deployment = world.get("deployments.apps", "web")
    world.client.update({**deployment, "spec": {**deployment["spec"], "replicas": 2}})
    world.settle()
    assert size(world) == 4


@pytest.mark.parametrize(("replicas", "wanted", "why"), [(1, 2, "below Spec.MinReplicas"), (6, 4, "above Spec.MaxReplicas")])
def test_sizes_are_held_between_the_bounds(world: fakes.World, replicas: int, wanted: int, why: str) -> None:
    deploy(world, replicas)
    scaler(world)
    assert size(world) == wanted
    assert len(world.names("pods")) == wanted
    assert events(world, "SuccessfulRescale") == [f"New size: {wanted}; reason: Current number of replicas {why}"]
    assert status(world)["desiredReplicas"] == wanted


def test_a_target_of_no_replicas_is_left_alone(world: fakes.World) -> None:
    deploy(world, 0)
    assert scaler(world)[1] == ("ScalingActive", "False", "ScalingDisabled")
    assert size(world) == 0


def test_a_target_that_comes_later(world: fakes.World) -> None:
    assert scaler(world) == [("AbleToScale", "False", "FailedGetScale")]
    deploy(world, 3)
    assert conditions(world)[0] == ("AbleToScale", "True", "SucceededGetScale")


def test_two_autoscalers_of_the_same_pods_are_too_many(world: fakes.World) -> None:
    deploy(world, 3)
    world.later(20)
    scaler(world, 1)
    target = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 9}
    world.add("HorizontalPodAutoscaler", "again", target, api="autoscaling/v2")
    text = "pods by selector app=web are controlled by multiple HPAs: [default/again default/web]"
    for name in ("web", "again"):
        (active,) = [item for item in world.get(SCALERS, name)["status"]["conditions"] if item["type"] == "ScalingActive"]
        assert (active["status"], active["reason"], active["message"]) == ("False", "AmbiguousSelector", text)
    assert set(events(world, "AmbiguousSelector")) == set(events(world, "FailedComputeMetricsReplicas")) == {text}
    world.client.delete(SCALERS, "again", "default")
    world.settle()
    assert conditions(world)[1] == ("ScalingActive", "True", "ValidMetricFound")


def test_each_metric_has_its_place_in_the_status(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    hits = {"type": "Pods", "pods": {"metric": {"name": "hits"}, "target": {"type": "AverageValue", "averageValue": "1"}}}
    deploy(world, 2)
    use(world, monkeypatch, 100)
    world.later(20)
    scaler(world, metrics=[hits, CPU])
    first, second = status(world)["currentMetrics"]
    assert (first, second["resource"]["current"]["averageUtilization"]) == ({"type": ""}, 100)
    assert size(world) == 4


@pytest.mark.parametrize(("known", "target", "expected"), [
    ({"a": 100, "b": 100}, {"type": "Utilization", "averageUtilization": 100}, 3),  # 100 %: who is missing does not count
    ({"a": 100, "b": 100}, {"type": "AverageValue", "averageValue": "100m"}, 2),  # here, who is missing uses nothing
    ({"a": 100, "b": 100, "gone": 5000}, {"type": "Utilization", "averageUtilization": 100}, 3),
])  # fmt: skip
def test_pods_that_nothing_is_known_of(known: dict[str, int], target: dict[str, Any], expected: int) -> None:
    container = {"name": "main", "resources": {"requests": {"cpu": "100m"}}}
    running = {"phase": "Running", "startTime": "2025-10-09T08:00:00Z", "conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": "2025-10-09T08:00:00Z"}]}  # fmt: skip
    pods = [{"metadata": {"name": name}, "spec": {"containers": [container]}, "status": running} for name in "abc"]
    used = [{"metadata": {"name": name}, "containers": [{"name": "main", "usage": {"cpu": f"{amount}m"}}]} for name, amount in known.items()]
    client = Mock()
    client.items.side_effect = lambda resource, *_, **__: pods if resource == "pods" else used
    calculator = Calculator(client, "default", {"spec": {"replicas": 3}, "status": {"selector": "app=web"}}, 1_760_000_400.0)
    found = calculator.propose({"type": "Resource", "resource": {"name": "cpu", "target": target}})
    assert (found.replicas, found.status["resource"]["current"]["averageValue"] == "100m") == (expected, True)
