"""HorizontalPodAutoscalers (pkg/controller/podautoscaler). There is no source of metrics: sizes are only held between the bounds.

Conditions and events are those of a cluster without metrics server. They are written when something changes, not every 15 seconds.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_SCALERS = "horizontalpodautoscalers.autoscaling"
_TARGETS = ("deployments.apps", "replicasets.apps", "replicationcontrollers", "statefulsets.apps")
_MISSING = "the server could not find the requested resource"


class HorizontalPodAutoscalerController(Loop):
    """Keys are namespace/name of an autoscaler."""

    name = "horizontal-pod-autoscaler-controller"
    user = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
    component = "horizontal-pod-autoscaler"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which autoscaler."""
        handlers: dict[str, Callable[[Change], Iterable[str]]] = dict.fromkeys(_TARGETS, self._target_changed)
        return {**handlers, _SCALERS: self._changed}

    @staticmethod
    def _changed(change: Change) -> Iterable[str]:
        same = change.type == "MODIFIED" and change.old is not None and change.old["spec"] == change.object["spec"]
        return () if same or change.type == "DELETED" else object_key(change)

    def _target_changed(self, change: Change) -> Iterable[str]:
        obj, old = change.object, change.old
        if change.type == "MODIFIED" and old is not None and _sizes(old) == _sizes(obj):
            return ()
        scalers = self.client.items(_SCALERS, meta.namespace(obj), index=("target", f"{obj['kind']}/{meta.name(obj)}"))
        return [meta.key(scaler) for scaler in scalers]

    def reconcile(self, key: str) -> float | None:
        """Hold the target between the bounds, and say that no metric can be had."""
        space, name = meta.split_key(key)
        scaler = self.client.find(_SCALERS, name, space)
        if scaler is not None:
            _Round(self, scaler).run()
        return None


class _Round:
    """One look at one autoscaler."""

    def __init__(self, loop: Loop, scaler: Object) -> None:
        self._loop = loop
        self._scaler = scaler
        self._conditions: list[dict[str, Any]] = [dict(item) for item in (scaler.get("status") or {}).get("conditions") or ()]
        self._status: dict[str, Any] = dict(scaler.get("status") or {})

    def run(self) -> None:
        """Scale and report."""
        try:
            resource, scale = self._scale()
        except errors.StatusError as error:
            self._warn("FailedGetScale", str(error))
            self._set("AbleToScale", "False", "FailedGetScale", f"the HPA controller was unable to get the target's current scale: {error}")
            self._report()
            return
        self._set("AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale")
        current = int((scale.get("spec") or {}).get("replicas", 0))
        self._status["currentReplicas"] = int((scale.get("status") or {}).get("replicas", 0))
        self._decide(resource, scale, current)
        self._report()

    def _scale(self) -> tuple[Any, Object]:
        reference, space = self._scaler["spec"]["scaleTargetRef"], meta.namespace(self._scaler)
        resource = self._loop.client.resource_for(reference.get("apiVersion", ""), reference["kind"])
        if resource is None:
            group = meta.split_api_version(reference.get("apiVersion", ""))[0]
            raise errors.StatusError(f'no matches for kind "{reference["kind"]}" in group "{group}"', code=404, reason="NotFound")
        return resource, self._loop.client.get(resource, reference["name"], space, subresource="scale")

    def _decide(self, resource: Any, scale: Object, current: int) -> None:
        spec = self._scaler["spec"]
        least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
        if current == 0 and least != 0:
            self._set("ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
            self._status["desiredReplicas"] = 0
        elif current > most:
            self._rescale(resource, scale, most, "Current number of replicas above Spec.MaxReplicas")
        elif current < least:
            self._rescale(resource, scale, least, "Current number of replicas below Spec.MinReplicas")
        else:
            self._complain()

    def _rescale(self, resource: Any, scale: Object, size: int, reason: str) -> None:
        name, space = scale["metadata"]["name"], meta.namespace(self._scaler)
        try:
            self._loop.client.update_subresource(resource, name, space, "scale", {**scale, "spec": {"replicas": size}})
        except errors.StatusError as error:
            self._warn("FailedRescale", f"New size: {size}; reason: {reason}; error: {error}")
            self._set("AbleToScale", "False", "FailedUpdateScale", f"the HPA controller was unable to update the target scale: {error}")
            return
        self._loop.recorder.event(self._scaler, "Normal", "SuccessfulRescale", f"New size: {size}; reason: {reason}")
        self._set("AbleToScale", "True", "SucceededRescale", f"the HPA controller was able to update the target scale to {size}")
        self._status |= {"desiredReplicas": size, "lastScaleTime": rfc3339(self._loop.clock.now())}

    def _complain(self) -> None:
        """Say of the first metric that it cannot be had, and of all that nothing can be computed."""
        metrics = self._scaler["spec"].get("metrics") or []
        problems = [_problem(metric, meta.namespace(self._scaler)) for metric in metrics]
        if not problems:
            return
        for reason, text, _ in problems:
            self._warn(reason, text)
        reason, text, summary = problems[0]
        self._set("ScalingActive", "False", reason, f"the HPA was unable to compute the replica count: {text}")
        whole = f"invalid metrics ({len(problems)} invalid out of {len(metrics)}), first error is: {summary}: {text}"
        self._warn("FailedComputeMetricsReplicas", whole)

    def _warn(self, reason: str, message: str) -> None:
        self._loop.recorder.event(self._scaler, "Warning", reason, message)

    def _set(self, kind: str, status: str, reason: str, message: str) -> None:
        known = next((item for item in self._conditions if item["type"] == kind), None)
        if known is None:
            known = {"type": kind}
            self._conditions.append(known)
        if known.get("status") != status:
            known["lastTransitionTime"] = rfc3339(self._loop.clock.now())
        known |= {"status": status, "reason": reason, "message": message}

    def _report(self) -> None:
        status = {"currentMetrics": None, "desiredReplicas": 0, **self._status, "conditions": self._conditions}
        if status != self._scaler.get("status"):
            self._loop.client.update_status({**self._scaler, "status": status})


def _problem(metric: Mapping[str, Any], space: str) -> tuple[str, str, str]:
    """Return reason, text and summary for a metric, in the words of a cluster in which nobody serves metrics."""
    kind = metric["type"]
    source = metric[kind[0].lower() + kind[1:]]
    if kind in ("Resource", "ContainerResource"):
        name = source["name"]
        cause = f"unable to get metrics for resource {name}: unable to fetch metrics from resource metrics API: {_MISSING} (get pods.metrics.k8s.io)"
        what = f"{name} container metric value" if kind == "ContainerResource" else f"{name} resource metric value"
        aim = f"{name} utilization" if source["target"].get("averageUtilization") is not None else f"{name} usage"
        return f"FailedGet{kind}Metric", f"failed to get {aim}: {cause}", f"failed to get {what}"
    name = source["metric"]["name"]
    if kind == "External":
        selector = source["metric"].get("selector")
        shown = f"&LabelSelector{{MatchLabels:map[string]string{{{_pairs(selector)}}},MatchExpressions:[]LabelSelectorRequirement{{}},}}" if selector else "nil"
        cause = f"unable to fetch metrics from external metrics API: {_MISSING} (get {name}.external.metrics.k8s.io)"
        return "FailedGetExternalMetric", f"unable to get external metric {space}/{name}/{shown}: {cause}", f"failed to get {name} external metric value"
    cause = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
    if kind == "Pods":
        return "FailedGetPodsMetric", f"unable to get metric {name}: {cause}", "failed to get pods metric value"
    described = source["describedObject"]
    text = f"unable to get metric {name}: {described['kind']} on {space} {described['name']}/{cause}"
    return "FailedGetObjectMetric", text, "failed to get object metric value"


def _pairs(selector: Mapping[str, Any]) -> str:
    return "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))


def _sizes(obj: Object) -> tuple[Any, Any]:
    return obj["spec"].get("replicas"), (obj.get("status") or {}).get("replicas")
