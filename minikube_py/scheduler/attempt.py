"""One try to schedule one pod, from the search for a node to what is reported."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from minikube_py.kits import clock as clocks
from minikube_py.machinery import errors, meta
from minikube_py.scheduler import cycle, nodeinfo
from minikube_py.scheduler.binding import Binder, Held, Refused
from minikube_py.scheduler.framework import CycleState, Status, unschedulable
from minikube_py.scheduler.nodeinfo import PodInfo
from minikube_py.scheduler.queue import WAITING, QueuedPod
from minikube_py.scheduler.runtime import Framework, PluginFailure

if TYPE_CHECKING:
    from minikube_py.scheduler.loop import SchedulerLoop


class Attempt:
    """One try to schedule one pod."""

    def __init__(self, loop: "SchedulerLoop", framework: Framework, binder: Binder, queued: QueuedPod) -> None:
        self._loop = loop
        self._framework = framework
        self._binder = binder
        self._queued = queued
        self._info = PodInfo(queued.pod or {})
        self._state = CycleState(self._info)
        self._now = loop.clock.now()

    def run(self) -> float | None:
        """Find a node and bind."""
        loop, info = self._loop, self._info
        try:
            refusal = self._framework.pre_enqueue(info.pod)
            if refusal is not None:
                return self._gate(refusal)
            self._queued.attempts += 1
            if not loop.snapshot.nodes():
                return self._unschedulable(cycle.NO_NODES, [])
            node = cycle.Search(self._framework, self._state, info).choose(loop.rng).node
            self._binder.assume(self._state, info, node)
            return self._finish(node)
        except cycle.Unfit as unfit:
            return self._unfit(unfit.diagnosis)
        except Refused as refused:
            return self._refused(refused.status)
        except PluginFailure as failure:
            return self._failed(failure)

    def resume(self) -> float | None:
        """Go on with a pod that waits on its node; the state of the cycle is made anew, as it may be another process's."""
        queued, info, node = self._queued, self._info, self._queued.node
        held = self._loop.snapshot.get(node)
        if held is None:
            return self._withdraw(unschedulable(f'node "{node}" not found'))
        if self._now >= queued.deadline:
            return self._timed_out(Held(*queued.held))
        self._binder.uncount(info, node)
        try:
            _, refusal, _ = self._framework.pre_filter(self._state, info.pod, self._loop.snapshot.nodes())
            refusal = refusal or self._framework.handle.filter_one(self._state, info.pod, held)
            if refusal is not None:
                return self._withdraw(refusal)
            self._binder.assume(self._state, info, node)
            return self._finish(node)
        except Refused as refused:
            return self._withdraw(refused.status)
        except PluginFailure as failure:
            self._binder.give_back(self._state, info, node)
            return self._failed(failure)

    def _timed_out(self, held: Held) -> float | None:
        if held.point == "pre_bind":
            self._binder.give_back(self._state, self._info, self._queued.node)
            return self._failed(PluginFailure(f'running PreBind plugin "{held.plugins[0]}": context deadline exceeded'))
        reason = f"rejected due to timeout after waiting {go_duration(held.timeout)} at plugin {held.plugins[0]}"
        return self._withdraw(unschedulable(reason).named(held.plugins[0]))

    def _withdraw(self, refusal: Status) -> float | None:
        self._binder.give_back(self._state, self._info, self._queued.node)
        return self._refused(refusal)

    def _refused(self, refusal: Status) -> float | None:
        """Report a refusal of the node chosen, which kube-scheduler words as if that were the only one."""
        diagnosis = cycle.Diagnosis(1)
        diagnosis.absent = refusal
        return self._unschedulable(diagnosis.message(), [refusal.plugin])

    def _finish(self, node: str) -> float | None:
        loop, info = self._loop, self._info
        try:
            held = self._binder.bind(self._state, info, node)
        except PluginFailure as failure:
            if isinstance(failure.__cause__, (errors.NotFound, errors.Conflict)) and self._is_stale():
                loop.queue.forget(info.key)
                return None
            raise
        if held is not None:
            return self._hold(node, held)
        loop.queue.forget(info.key)
        loop.nominated.drop(info.uid)
        loop.recorder.event(info.pod, "Normal", "Scheduled", f"Successfully assigned {info.key} to {node}")
        return None

    def _is_stale(self) -> bool:
        """Tell whether the pod was deleted or bound by somebody else in the meantime."""
        current = self._loop.client.find("pods", self._info.name, self._info.namespace)
        return current is None or meta.uid(current) != self._info.uid or bool(nodeinfo.node_name(current))

    def _hold(self, node: str, held: Held) -> float:
        queued = self._queued
        deadline = queued.deadline if queued.place == WAITING and queued.node == node else self._now + held.timeout
        self._loop.queue.wait(queued, node, deadline, list(held))
        return max(deadline - self._now, 0.0)

    def _gate(self, refusal: Status) -> float | None:
        self._loop.queue.gate(self._queued, refusal.plugin)
        if refusal.plugin == "SchedulingGates":
            text = "Scheduling is blocked due to non-empty scheduling gates"
            set_condition(self._loop, self._queued, self._now, "SchedulingGated", text)
        return None

    def _unfit(self, diagnosis: cycle.Diagnosis) -> float | None:
        nominated: str | None = None
        if self._framework.points["post_filter"]:
            self._state.statuses = {
                node.name: status
                for node in self._loop.snapshot.nodes()
                if (status := diagnosis.statuses.get(node.name, diagnosis.absent)) is not None
            }
            try:
                nominated, status = self._framework.post_filter(self._state, self._info.pod)
            except PluginFailure as failure:
                return self._failed(failure)
            diagnosis.post_filter = status.message()
            if nominated is not None:
                self._loop.nominated.set(self._info, nominated)
        return self._unschedulable(diagnosis.message(), diagnosis.plugins, nominated)

    def _unschedulable(self, message: str, plugins: Iterable[str], nominated: str | None = None) -> float | None:
        self._loop.queue.refused(self._queued, plugins, self._now, nominated)
        report(self._loop, self._queued, self._now, "Unschedulable", message, nominated)
        return None  # No timer: only an event can help.

    def _failed(self, failure: PluginFailure) -> float:
        delay = self._loop.queue.failed(self._queued, self._now)
        report(self._loop, self._queued, self._now, "SchedulerError", str(failure))
        return delay


def report(loop: "SchedulerLoop", queued: QueuedPod, now: float, reason: str, message: str, nominated: str | None = None) -> None:
    """Say on the pod, and in an event, why it is not scheduled."""
    if set_condition(loop, queued, now, reason, message, nominated) and queued.pod is not None:
        loop.recorder.event(queued.pod, "Warning", "FailedScheduling", message)


def set_condition(loop: "SchedulerLoop", queued: QueuedPod, now: float, reason: str, message: str, nominated: str | None = None) -> bool:
    """Write PodScheduled=False where it says something else now; return whether the pod is still there."""
    pod = queued.pod or {}
    before = meta.condition(pod, "PodScheduled") or {}
    patch: dict[str, Any] = {}
    if (before.get("status"), before.get("reason"), before.get("message")) != ("False", reason, message):
        since = (before.get("status") == "False" and before.get("lastTransitionTime")) or clocks.rfc3339(now)
        patch["conditions"] = [{"type": "PodScheduled", "status": "False", "lastProbeTime": None, "lastTransitionTime": since,
                                "reason": reason, "message": message}]  # fmt: skip
    if nominated is not None and nominated != ((pod.get("status") or {}).get("nominatedNodeName") or ""):
        patch["nominatedNodeName"] = nominated or None
    if not patch:
        return True
    namespace, name = meta.split_key(queued.key)
    try:
        queued.pod = loop.client.patch("pods", name, namespace, {"status": patch}, subresource="status")
    except errors.NotFound:
        loop.queue.forget(queued.key)
        return False
    return True


def go_duration(seconds: float) -> str:
    """Return seconds as Go's time.Duration prints them: 30s, 1m30s, 1h0m0s, 1.5s."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{rest:g}s"
    if hours:
        return f"{hours:.0f}h{minutes:.0f}m{text}"
    return f"{minutes:.0f}m{text}" if minutes else text
