"""The second half of a cycle: reserve, permit, prepare, bind."""

from typing import NamedTuple

from minikube_py.scheduler.framework import CycleState, Handle, Status
from minikube_py.scheduler.nodeinfo import PodInfo
from minikube_py.scheduler.runtime import Framework


class Held(NamedTuple):
    """The pod has its node but must wait: until when at most, and for which plugins."""

    point: str  # permit or pre_bind
    timeout: float
    plugins: list[str]


class Refused(Exception):  # noqa: N818
    """Reserve, Permit or PreBind refused the pod."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.message())
        self.status = status


class Binder:
    """Takes pods to nodes; what was counted is counted back where anything fails."""

    def __init__(self, framework: Framework, handle: Handle) -> None:
        self._framework = framework
        self._handle = handle

    def assume(self, state: CycleState, pod: PodInfo, node: str) -> None:
        """Count the pod on the node and let plugins reserve what it needs."""
        self._handle.snapshot.add_pod(pod, node)
        self._handle.pods.assume(pod.pod, node)
        try:
            refusal, _ = self._framework.run("reserve", state, pod.pod, node)
        except Exception:
            self.give_back(state, pod, node)
            raise
        if refusal is not None:
            self.give_back(state, pod, node)
            raise Refused(refusal)

    def give_back(self, state: CycleState, pod: PodInfo, node: str) -> None:
        """Undo assume."""
        self._framework.unreserve(state, pod.pod, node)
        self.uncount(pod, node)

    def uncount(self, pod: PodInfo, node: str) -> None:
        """Take the pod off the node's sums."""
        self._handle.snapshot.remove_pod(pod.uid, node)
        self._handle.pods.forget(pod.pod)

    def bind(self, state: CycleState, pod: PodInfo, node: str) -> Held | None:
        """Bind an assumed pod; return what it must wait for, or None once it is bound."""
        try:
            for point in ("permit", "pre_bind"):
                refusal, waits = self._framework.run(point, state, pod.pod, node)
                if refusal is not None:
                    raise Refused(refusal)
                if waits:
                    return Held(point, min(status.timeout for status in waits), [status.plugin for status in waits])
            self._framework.bind(state, pod.pod, node)
        except Exception:
            self.give_back(state, pod, node)
            raise
        self._handle.pods.bound(pod.uid)
        for failure in self._framework.post_bind(state, pod.pod, node):
            self._handle.recorder.event(pod.pod, "Warning", "PostBindFailed", failure)
        return None
