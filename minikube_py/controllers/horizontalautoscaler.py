"""HorizontalPodAutoscalers (pkg/controller/podautoscaler): sizes follow what pods use, between the bounds.

Conditions and events are kube-controller-manager's. It looks every 15 seconds; here that is so while pods use anything. What a dry run
uses, nothing, does not change by itself: then it looks when something changes, or when a recommendation is forgotten.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.controllers import autoscalerlimits
from minikube_py.controllers.autoscalerlimits import PERIOD, WITHIN, History
from minikube_py.controllers.autoscalermetrics import Calculator, Problem, Proposal
from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.machinery import errors, meta, selectors
from minikube_py.machinery.meta import Object

_SCALERS = "horizontalpodautoscalers.autoscaling"
_TARGETS = ("deployments.apps", "replicasets.apps", "replicationcontrollers", "statefulsets.apps")


class HorizontalPodAutoscalerController(Loop):
    """Keys are namespace/name of an autoscaler."""

    name = "horizontal-pod-autoscaler-controller"
    user = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
    component = "horizontal-pod-autoscaler"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._selectors: dict[str, str] | None = None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which autoscaler."""
        handlers: dict[str, Callable[[Change], Iterable[str]]] = dict.fromkeys(_TARGETS, self._target_changed)
        return {**handlers, _SCALERS: self._changed}

    def _changed(self, change: Change) -> Iterable[str]:
        """Return the autoscaler, and others of the same target: several of them are too many."""
        scaler = change.object
        if change.type == "DELETED":
            self.state.delete(meta.key(scaler))
            self._known().pop(meta.key(scaler), None)
        elif change.type == "MODIFIED" and change.old is not None and change.old["spec"] == scaler["spec"]:
            return ()
        target = scaler["spec"]["scaleTargetRef"]
        others = self.client.items(_SCALERS, meta.namespace(scaler), index=("target", f"{target['kind']}/{target['name']}"))
        return dict.fromkeys([*(object_key(change) if change.type != "DELETED" else ()), *(meta.key(other) for other in others)])

    def _known(self) -> dict[str, str]:
        """Return the selectors of the targets, by autoscaler, as far as they were looked at."""
        if self._selectors is None:
            self._selectors = {key: kept["selector"] for key, kept in self.state.items() if kept.get("selector")}
        return self._selectors

    def rivals(self, key: str, selector: str, pods: Sequence[Object]) -> list[str]:
        """Note an autoscaler's selector; return the autoscalers whose selectors match any of these pods."""
        known = self._known()
        known[key] = selector
        space = f"{meta.split_key(key)[0]}/"
        beside = [(other, text) for other, text in known.items() if other.startswith(space)] if pods else []
        return sorted(other for other, text in beside if text == selector or any(selectors.parse(text).matches(meta.labels(pod)) for pod in pods))

    def _target_changed(self, change: Change) -> Iterable[str]:
        obj, old = change.object, change.old
        if change.type == "MODIFIED" and old is not None and _sizes(old) == _sizes(obj):
            return ()
        scalers = self.client.items(_SCALERS, meta.namespace(obj), index=("target", f"{obj['kind']}/{meta.name(obj)}"))
        return [meta.key(scaler) for scaler in scalers]

    def reconcile(self, key: str) -> float | None:
        """Scale the target by its metrics, between the bounds."""
        space, name = meta.split_key(key)
        scaler = self.client.find(_SCALERS, name, space)
        if scaler is None:
            self.state.delete(key)
            return None
        return _Round(self, scaler).run()


class _Round:
    """One look at one autoscaler."""

    def __init__(self, loop: HorizontalPodAutoscalerController, scaler: Object) -> None:
        self._loop = loop
        self._selector = ""
        self._scaler = scaler
        self._conditions: list[dict[str, Any]] = [dict(item) for item in (scaler.get("status") or {}).get("conditions") or ()]
        self._status: dict[str, Any] = dict(scaler.get("status") or {})
        self._now = loop.clock.now()
        kept = loop.state.get(meta.key(scaler)) or {}
        self._history = History(kept if kept.get("uid") == meta.uid(scaler) else None)

    def run(self) -> float | None:
        """Scale and report; return when to look again."""
        try:
            resource, scale = self._scale()
        except errors.StatusError as error:
            self._warn("FailedGetScale", str(error))
            self._set("AbleToScale", "False", "FailedGetScale", f"the HPA controller was unable to get the target's current scale: {error}")
            self._report()
            return None
        current = int((scale.get("spec") or {}).get("replicas", 0))
        self._status["currentReplicas"] = int((scale.get("status") or {}).get("replicas", 0))
        again = self._decide(resource, scale, current)
        self._report()
        self._loop.state.put(meta.key(self._scaler), {"uid": meta.uid(self._scaler), "selector": self._selector, **self._history.raw()})
        return again

    def _scale(self) -> tuple[Any, Object]:
        reference, space = self._scaler["spec"]["scaleTargetRef"], meta.namespace(self._scaler)
        resource = self._loop.client.resource_for(reference.get("apiVersion", ""), reference["kind"])
        if resource is None:
            group = meta.split_api_version(reference.get("apiVersion", ""))[0]
            raise errors.StatusError(f'no matches for kind "{reference["kind"]}" in group "{group}"', code=404, reason="NotFound")
        return resource, self._loop.client.get(resource, reference["name"], space, subresource="scale")

    def _decide(self, resource: Any, scale: Object, current: int) -> float | None:
        spec = self._scaler["spec"]
        least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
        fetched = ("SucceededGetScale", "the HPA controller was able to get the target's current scale")
        if current == 0 and least != 0:
            self._set("AbleToScale", "True", *fetched)
            self._set("ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
            self._status["desiredReplicas"] = 0
            return None
        if current > most or current < least:
            why = "above Spec.MaxReplicas" if current > most else "below Spec.MinReplicas"
            self._rescale(resource, scale, min(max(current, least), most), f"Current number of replicas {why}")
            return None
        rest = self._rest()
        if rest is None:
            self._set("AbleToScale", "True", *fetched)
            return self._follow(resource, scale, current)
        return rest

    def _rest(self) -> float | None:
        """Return the seconds until the next look at metrics, after a change of size; None where it is time."""
        last = self._status.get("lastScaleTime")
        rest = parse_rfc3339(last) + PERIOD - self._now if last else 0.0
        return rest if rest > 0 else None

    def _follow(self, resource: Any, scale: Object, current: int) -> float | None:
        """Scale as the metrics ask for, as far and as soon as that may be."""
        if self._has_rivals(scale):
            return None
        found, problems = self._proposals(scale)
        best = max(found, key=lambda one: one.replicas, default=None)
        if best is None or (problems and best.replicas < current):
            return self._complain(problems, found)
        text = f"the HPA was able to successfully calculate a replica count from {best.metric}"
        self._set("ScalingActive", "True", "ValidMetricFound", text)
        self._history.recommend(best.replicas, current, self._now)
        decision = autoscalerlimits.decide(self._scaler["spec"], current, best.replicas, self._history, self._now)
        self._set("AbleToScale", "True", *decision.able)
        self._set("ScalingLimited", "False" if decision.limited == WITHIN else "True", *decision.limited)
        if decision.size == current:
            self._status["desiredReplicas"] = current
        else:
            self._rescale(resource, scale, decision.size, f"{best.metric} above target" if decision.size > current else "All metrics below target")
        return PERIOD if any(one.is_moving for one in found) else decision.again

    def _has_rivals(self, scale: Object) -> bool:
        """Tell, and say, whether other autoscalers look after the same pods: then none of them does."""
        space, self._selector = meta.namespace(self._scaler), str((scale.get("status") or {}).get("selector") or "")
        pods = self._loop.client.items("pods", space, label_selector=self._selector)
        rivals = self._loop.rivals(meta.key(self._scaler), self._selector, pods)
        if len(rivals) <= 1:
            return False
        text = f"pods by selector {self._selector} are controlled by multiple HPAs: [{' '.join(rivals)}]"
        self._warn("AmbiguousSelector", text)
        self._set("ScalingActive", "False", "AmbiguousSelector", text)
        self._warn("FailedComputeMetricsReplicas", text)
        self._status["currentMetrics"] = None
        self._history.is_open = False
        return True

    def _proposals(self, scale: Object) -> tuple[list[Proposal], list[Problem]]:
        calculator = Calculator(self._loop.client, meta.namespace(self._scaler), scale, self._now)
        found: list[Proposal] = []
        problems: list[Problem] = []
        statuses: list[Object] = []
        for metric in self._scaler["spec"].get("metrics") or ():
            try:
                found.append(calculator.propose(metric))
                statuses.append(found[-1].status)
            except Problem as problem:
                self._warn(problem.reason, problem.text)
                problems.append(problem)
                statuses.append({"type": ""})  # each has its place
        self._status["currentMetrics"] = statuses
        return found, problems

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
        self._history.scale(size - int((scale.get("spec") or {}).get("replicas", 0)), self._now)
        self._status |= {"desiredReplicas": size, "lastScaleTime": rfc3339(self._now)}

    def _complain(self, problems: list[Problem], found: list[Proposal]) -> float | None:
        """Say of the first metric why it cannot be had, and that nothing can be computed."""
        self._history.is_open = False
        if not problems:
            return None
        first = problems[0]
        self._set("ScalingActive", "False", first.reason, f"the HPA was unable to compute the replica count: {first.text}")
        whole = f"invalid metrics ({len(problems)} invalid out of {len(problems) + len(found)}), first error is: {first.summary}: {first.text}"
        self._warn("FailedComputeMetricsReplicas", whole)
        return min((problem.again for problem in problems if problem.again), default=None)

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


def _sizes(obj: Object) -> tuple[Any, ...]:
    status = obj.get("status") or {}
    return obj["spec"].get("replicas"), status.get("replicas"), status.get("readyReplicas")
