"""How many replicas the metrics of an autoscaler ask for (pkg/controller/podautoscaler: replica_calculator, metrics/client).

Resource metrics are read from metrics.k8s.io; nobody serves custom and external ones. Amounts are counted in thousandths.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from minikube_py.client.api import Client
from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery import errors, meta, quantity, selectors
from minikube_py.machinery.meta import Object

_MISSING = "the server could not find the requested resource"
_TOLERANCE = 0.1
_WINDOW = 15.0  # seconds that a measurement covers
_INITIALIZATION, _READINESS = 300.0, 30.0  # --horizontal-pod-autoscaler-cpu-initialization-period, -initial-readiness-delay
Values = dict[str, int]


class Proposal(NamedTuple):
    """What one metric asks for; `is_moving`: what is used may change without any event."""

    replicas: int
    metric: str
    status: Object
    is_moving: bool


class Problem(Exception):
    """Why a metric cannot be had: reason of the event, its text, what goes before that in the summary, and when it may be otherwise."""

    def __init__(self, reason: str, text: str, summary: str, again: float | None = None) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        self.summary = summary
        self.again = again


class _Failed(Exception):
    """A metric has no value; `again` are seconds after which it may have one."""

    def __init__(self, text: str, again: float | None = None) -> None:
        super().__init__(text)
        self.again = again


class _Groups(NamedTuple):
    """The pods of a target: how many count, and the names of those that do not."""

    ready: int
    unready: list[str]
    missing: list[str]
    again: float | None


class Calculator:
    """Works out the replicas of one target at one moment."""

    def __init__(self, client: Client, space: str, scale: Object, now: float) -> None:
        self._client = client
        self._space = space
        self._selector = str((scale.get("status") or {}).get("selector") or "")
        self._current = int((scale.get("spec") or {}).get("replicas", 0))
        self._now = now

    def propose(self, metric: Mapping[str, Any]) -> Proposal:
        """Return what a metric asks for, or raise Problem."""
        kind = metric["type"]
        if kind not in ("Resource", "ContainerResource"):
            raise _unserved(metric, self._space)
        field = kind[0].lower() + kind[1:]
        source = metric[field]
        name, container = source["name"], source.get("container", "")
        wanted, average = source["target"].get("averageUtilization"), source["target"].get("averageValue")
        try:
            values, pods = self._values(name, container), self._pods()
            if average is not None:
                count, current = self._by_value(pods, values, name, quantity.parse(average).milli_value())
            else:
                count, current = self._by_utilization(pods, values, name, container, int(wanted or 0))
        except _Failed as failed:
            what = f"{name} container metric value" if container else f"{name} resource metric value"
            aim = f"{name} usage" if average is not None else f"{name} utilization"
            raise Problem(f"FailedGet{kind}Metric", f"failed to get {aim}: {failed}", f"failed to get {what}", failed.again) from failed
        label = f"{name} resource" if average is not None else f"{name} resource utilization (percentage of request)"
        status = {"type": kind, field: {"name": name, **({"container": container} if container else {}), "current": current}}
        return Proposal(count, label, status, any(values.values()))

    def _values(self, name: str, container: str) -> Values:
        """Return what each pod uses."""
        head = f"unable to get metrics for resource {name}: "
        if self._client.resource_for("metrics.k8s.io/v1beta1", "PodMetrics") is None:
            raise _Failed(f"{head}unable to fetch metrics from resource metrics API: {_MISSING} (get pods.metrics.k8s.io)")
        try:
            items = self._client.items("pods.metrics.k8s.io", self._space, label_selector=self._selector)
        except errors.StatusError as error:
            raise _Failed(f"{head}unable to fetch metrics from resource metrics API: {error}") from error
        if not items:
            raise _Failed(f"{head}no metrics returned from resource metrics API", _WINDOW)
        found: Values = {}
        for item in items:
            used = [one["usage"][name] for one in item["containers"] if name in one["usage"] and container in ("", one["name"])]
            if used and (container or len(used) == len(item["containers"])):
                found[meta.name(item)] = sum(quantity.parse(text).milli_value() for text in used)
        return found

    def _pods(self) -> list[Object]:
        pods = self._client.items("pods", self._space, label_selector=self._selector)
        if not pods:
            raise _Failed("no pods returned by selector while calculating replica count")
        return pods

    def _counting(self, pods: list[Object], values: Values, name: str) -> tuple[_Groups, Values]:
        """Return the pods in groups, and the values of those that count."""
        groups = self._groups(pods, values, name)
        left = set(groups.unready) | {meta.name(pod) for pod in pods if _is_over(pod)}
        counting = {pod: value for pod, value in values.items() if pod not in left}
        if not counting:
            raise _Failed("did not receive metrics for targeted pods (pods might be unready)", groups.again)
        return groups, counting

    def _groups(self, pods: list[Object], values: Values, name: str) -> _Groups:
        ready, waits = 0, []
        unready: list[str] = []
        missing: list[str] = []
        for pod in (pod for pod in pods if not _is_over(pod)):
            wait = self._unready_for(pod) if name == "cpu" else None
            if meta.phase(pod) == "Pending":
                unready.append(meta.name(pod))
            elif meta.name(pod) not in values:
                missing.append(meta.name(pod))
            elif wait is not None:
                unready.append(meta.name(pod))
                waits.append(wait)
            else:
                ready += 1
        return _Groups(ready, unready, missing, min((wait for wait in waits if wait), default=None))

    def _unready_for(self, pod: Object) -> float | None:
        """Return the seconds for which what a pod uses is not typical of it, 0 where only events tell; None where it is typical."""
        status = pod.get("status") or {}
        condition = meta.condition(pod, "Ready")
        if condition is None or not status.get("startTime"):
            return 0.0
        start, change = parse_rfc3339(status["startTime"]), parse_rfc3339(condition["lastTransitionTime"])
        is_ready = condition["status"] != "False"
        if start + _INITIALIZATION > self._now:
            rest = change + _WINDOW - self._now
            return 0.0 if not is_ready else rest if rest > 0 else None
        return 0.0 if not is_ready and start + _READINESS > change else None

    def _by_utilization(self, pods: list[Object], values: Values, name: str, container: str, wanted: int) -> tuple[int, Object]:
        groups, counting = self._counting(pods, values, name)
        requests = {meta.name(pod): _requested(pod, name, container) for pod in pods}

        def percent(amounts: Values) -> int:
            known = {pod: amount for pod, amount in amounts.items() if pod in requests}
            total = sum(requests[pod] for pod in known)
            if not total:
                raise _Failed("no metrics returned matched known pods")
            return sum(known.values()) * 100 // total

        def ratio(amounts: Values) -> float:
            return percent(amounts) / wanted

        used = [amount for pod, amount in counting.items() if pod in requests]
        current = {"averageUtilization": percent(counting), "averageValue": _spelled(sum(used) // len(used))}
        fallback = {pod: requests[pod] * max(100, wanted) // 100 for pod in groups.missing}
        usage = ratio(counting)
        absent = fallback if usage < 1.0 else dict.fromkeys(groups.missing, 0) if usage > 1.0 else {}
        return self._replicas(groups, counting, usage, absent, ratio), current

    def _by_value(self, pods: list[Object], values: Values, name: str, wanted: int) -> tuple[int, Object]:
        groups, counting = self._counting(pods, values, name)

        def ratio(amounts: Values) -> float:
            return sum(amounts.values()) // len(amounts) / wanted

        current = {"averageValue": _spelled(sum(counting.values()) // len(counting))}
        usage = ratio(counting)
        absent = dict.fromkeys(groups.missing, wanted if usage < 1.0 else 0)
        return self._replicas(groups, counting, usage, absent, ratio), current

    def _replicas(self, groups: _Groups, counting: Values, usage: float, absent: Values, ratio: Any) -> int:
        """Return the count that a ratio of usage asks for; pods that nothing is known of count as `absent` ones."""
        grows = usage > 1.0 and bool(groups.unready)
        if not grows and not groups.missing:
            return self._current if abs(1.0 - usage) <= _TOLERANCE else math.ceil(usage * groups.ready)
        amounts = {**counting, **absent}
        if grows:
            amounts |= dict.fromkeys(groups.unready, 0)
        after = ratio(amounts)
        if abs(1.0 - after) <= _TOLERANCE or (usage < 1.0 < after) or (usage > 1.0 > after):
            return self._current
        wanted = math.ceil(after * len(amounts))
        turns = (after < 1.0 and wanted > self._current) or (after > 1.0 and wanted < self._current)
        return self._current if turns else wanted


def _is_over(pod: Object) -> bool:
    return meta.is_deleting(pod) or meta.phase(pod) == "Failed"


def _spelled(thousandths: int) -> str:
    return str(quantity.from_milli(thousandths))


def _requested(pod: Object, name: str, container: str) -> int:
    """Return what a pod's containers ask for, or one of them; each must ask for something."""
    total = 0
    lasting = [item for item in pod["spec"].get("initContainers") or () if item.get("restartPolicy") == "Always"]
    for item in (*pod["spec"]["containers"], *lasting):
        if container in ("", item["name"]):
            requests = (item.get("resources") or {}).get("requests") or {}
            if name not in requests:
                raise _Failed(f"missing request for {name} in container {item['name']} of Pod {meta.name(pod)}")
            total += quantity.parse(requests[name]).milli_value()
    return total


def _unserved(metric: Mapping[str, Any], space: str) -> Problem:
    """Return what is wrong with a metric of a kind that nobody serves."""
    kind = metric["type"]
    source = metric[kind[0].lower() + kind[1:]]
    name = source["metric"]["name"]
    if kind == "External":
        shown = selectors.go_text(source["metric"].get("selector"))
        cause = f"unable to fetch metrics from external metrics API: {_MISSING} (get {name}.external.metrics.k8s.io)"
        text = f"unable to get external metric {space}/{name}/{shown}: {cause}"
        return Problem("FailedGetExternalMetric", text, f"failed to get {name} external metric value")
    cause = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
    if kind == "Pods":
        return Problem("FailedGetPodsMetric", f"unable to get metric {name}: {cause}", "failed to get pods metric value")
    described = source["describedObject"]
    text = f"unable to get metric {name}: {described['kind']} on {space} {described['name']}/{cause}"
    return Problem("FailedGetObjectMetric", text, "failed to get object metric value")
