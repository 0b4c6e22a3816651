"""Autoscalers where nobody serves metrics."""

from typing import Any

import pytest

from tests.controllers import fakes

CAUSE = ("failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: "
         "the server could not find the requested resource (get pods.metrics.k8s.io)")  # fmt: skip


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def deploy(world: fakes.World, replicas: int) -> None:
    labels = {"app": "web"}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": fakes.pod_spec()}}
    world.add("Deployment", "web", spec, api="apps/v1")


def scaler(world: fakes.World, low: int = 2, high: int = 4) -> Any:
    spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": low, "maxReplicas": high}
    world.add("HorizontalPodAutoscaler", "web", spec, api="autoscaling/v2")
    return conditions(world)


def conditions(world: fakes.World) -> Any:
    found = world.get("horizontalpodautoscalers.autoscaling", "web")["status"]
    return [(item["type"], item["status"], item["reason"]) for item in found["conditions"]]


def test_no_metric_can_be_had(world: fakes.World) -> None:
    deploy(world, 3)
    assert scaler(world) == [("AbleToScale", "True", "SucceededGetScale"), ("ScalingActive", "False", "FailedGetResourceMetric")]
    status = world.get("horizontalpodautoscalers.autoscaling", "web")["status"]
    assert status["conditions"][1]["message"] == f"the HPA was unable to compute the replica count: {CAUSE}"
    assert (status["currentReplicas"], status["desiredReplicas"]) == (3, 0)
    events = {item["reason"]: item["message"] for item in world.client.items("events", "default") if item["involvedObject"]["kind"].startswith("Horiz")}
    assert events["FailedGetResourceMetric"] == CAUSE
    assert events["FailedComputeMetricsReplicas"] == f"invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: {CAUSE}"
    assert world.get("deployments.apps", "web")["spec"]["replicas"] == 3


@pytest.mark.parametrize(("replicas", "size", "why"), [(1, 2, "below Spec.MinReplicas"), (6, 4, "above Spec.MaxReplicas")])
def test_sizes_are_held_between_the_bounds(world: fakes.World, replicas: int, size: int, why: str) -> None:
    deploy(world, replicas)
    scaler(world)
    assert world.get("deployments.apps", "web")["spec"]["replicas"] == size
    assert len(world.names("pods")) == size
    events = [item["message"] for item in world.client.items("events", "default") if item["reason"] == "SuccessfulRescale"]
    assert events == [f"New size: {size}; reason: Current number of replicas {why}"]
    assert world.get("horizontalpodautoscalers.autoscaling", "web")["status"]["desiredReplicas"] == size


def test_a_target_of_no_replicas_is_left_alone(world: fakes.World) -> None:
    deploy(world, 0)
    assert scaler(world)[1] == ("ScalingActive", "False", "ScalingDisabled")
    assert world.get("deployments.apps", "web")["spec"]["replicas"] == 0


def test_a_target_that_comes_later(world: fakes.World) -> None:
    assert scaler(world) == [("AbleToScale", "False", "FailedGetScale")]
    deploy(world, 3)
    assert conditions(world)[0] == ("AbleToScale", "True", "SucceededGetScale")
