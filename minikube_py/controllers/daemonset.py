"""DaemonSets: one pod on each node that wants it (pkg/controller/daemon)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from minikube_py.client.loops import Change, Loop, LoopContext, controller_key, object_key
from minikube_py.controllers import daemonsetnodes, daemonsetplan, history, podcontrol
from minikube_py.controllers.daemonsetplan import Facts, Plan
from minikube_py.controllers.podcontrol import PodControl
from minikube_py.machinery import meta, selectors
from minikube_py.machinery.meta import Object

_SETS = "daemonsets.apps"
_BURST = 250  # pods made or deleted in one go
_BACKOFF = (1.0, 900.0)  # seconds between two deletions of a failed pod on the same node: first and longest
_ENDED = {
    "Failed": ("Warning", "FailedDaemonPod", "Found failed daemon pod {} on node {}, will try to kill it"),
    "Succeeded": ("Normal", "SucceededDaemonPod", "Found succeeded daemon pod {} on node {}, will try to delete it"),
}


class DaemonSetController(Loop):
    """Keys are namespace/name of a DaemonSet."""

    name = "daemon-set-controller"
    user = "system:serviceaccount:kube-system:daemon-set-controller"
    component = "daemonset-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._pods = PodControl(self.client, self.recorder)
        self._nodes: dict[str, Object] | None = None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which set."""
        return {_SETS: object_key, "pods": self._pod_changed, "nodes": self._node_changed}

    def _pod_changed(self, change: Change) -> Iterable[str]:
        keys = list(controller_key("DaemonSet")(change))
        if keys or meta.controller_of(change.object) is not None or change.type == "DELETED":
            return keys
        pod = change.object
        return [meta.key(item) for item in self.client.items(_SETS, meta.namespace(pod)) if _selector(item).matches(meta.labels(pod))]

    def _node_changed(self, change: Change) -> Iterable[str]:
        node, old = change.object, change.old if change.type == "MODIFIED" else None
        if old is not None and daemonsetnodes.same_to_daemons(node, old):
            return ()
        self._nodes = None
        return [meta.key(item) for item in self.client.items(_SETS) if _matters(item, node, old)]

    def flush(self) -> None:
        """Forget the nodes: another process may change them before the next settling."""
        self._nodes = None

    def reconcile(self, key: str) -> float | None:
        """Make, replace and delete the set's pods."""
        space, name = meta.split_key(key)
        owner = self.client.find(_SETS, name, space)
        if owner is None:
            return None
        selector = _selector(owner)
        if selector.empty:
            text = "This daemon set is selecting all pods. A non-empty selector is required."
            self.recorder.event(owner, "Warning", "SelectingAll", text)
            return None
        if meta.is_deleting(owner):
            return None
        revisions = history.claim(self.client, owner, selector)
        former = (owner.get("status") or {}).get("collisionCount", 0)
        update, collisions = history.latest(self.client, owner, revisions, history.POD_HASH, former)
        verdicts = {node: daemonsetnodes.verdict(owner, obj) for node, obj in self._all_nodes().items()}
        hashed = meta.labels(update)[history.POD_HASH]
        wait = self._manage(owner, selector, verdicts, hashed)
        pods = self._owned(owner)
        facts = Facts(owner, hashed, verdicts, daemonsetplan.by_node(pods), self.clock.now())
        live = {meta.labels(pod).get(history.POD_HASH) for pod in pods}
        used = {meta.name(item) for item in revisions if meta.labels(item).get(history.POD_HASH) in live} | {meta.name(update)}
        history.truncate(self.client, revisions, used, owner["spec"].get("revisionHistoryLimit", 10))
        again = self._report(facts, collisions)
        return min((delay for delay in (wait, again) if delay is not None), default=None)

    def _all_nodes(self) -> dict[str, Object]:
        if self._nodes is None:
            self._nodes = {meta.name(node): node for node in self.client.items("nodes")}
        return self._nodes

    def _owned(self, owner: Object) -> list[Object]:
        found = self.client.items("pods", meta.namespace(owner), index=("owner", meta.uid(owner)))
        return [pod for pod in found if meta.is_controlled_by(pod, owner)]

    def _manage(self, owner: Object, selector: selectors.Selector, verdicts: Mapping[str, daemonsetnodes.Verdict], hashed: str) -> float | None:
        """Do what is to do now; return the seconds until a failed pod may be deleted."""
        facts = Facts(owner, hashed, verdicts, daemonsetplan.by_node(self._pods.claim(owner, selector)), self.clock.now())
        plan = daemonsetplan.manage(facts)
        ended, wait = self._ended(owner, plan.ended)
        self._carry_out(owner, Plan([*plan.delete, *ended], plan.create, []), hashed)
        if (owner["spec"].get("updateStrategy") or {}).get("type") == "OnDelete":
            return wait
        fresh = facts._replace(pods=daemonsetplan.by_node(self._owned(owner)))
        self._carry_out(owner, daemonsetplan.roll(fresh), hashed)
        return wait

    def _carry_out(self, owner: Object, plan: Plan, hashed: str) -> None:
        for node in plan.create[:_BURST]:
            self._pods.create(owner, daemonsetnodes.template(owner, node), labels=daemonsetnodes.labels(owner, hashed))
        for pod in plan.delete[:_BURST]:
            self._pods.delete(owner, pod)

    def _ended(self, owner: Object, pods: Sequence[Object]) -> tuple[list[Object], float | None]:
        """Return the pods that have ended and may be deleted now, and the seconds until the next one may."""
        found, wait = [], None
        for pod in pods:
            phase, node = pod["status"]["phase"], daemonsetnodes.node_of(pod)
            left = self._backoff(owner, node) if phase == "Failed" else 0.0
            if left > 0:
                wait = left if wait is None else min(left, wait)
                continue
            kind, reason, text = _ENDED[phase]
            self.recorder.event(owner, kind, reason, text.format(meta.key(pod), node))
            found.append(pod)
        return found, wait

    def _backoff(self, owner: Object, node: str) -> float:
        """Return for how long a failed pod has to stay, so that set and kubelet do not fight; 0 starts a longer pause."""
        key, now = f"failed/{meta.uid(owner)}/{node}", self.clock.now()
        first, longest = _BACKOFF
        since, pause = self.state.get(key) or (0.0, 0.0)
        if now - since < pause:
            return float(since + pause - now)
        self.state.put(key, [now, first if now - since > 2 * longest else min(max(2 * pause, first), longest)])
        return 0.0

    def _report(self, facts: Facts, collisions: int) -> float | None:
        owner = facts.owner
        found = daemonsetplan.counts(facts)
        shown = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
        status: dict[str, Any] = {field: value for field, value in found.items() if value or field in shown}
        status["observedGeneration"] = owner["metadata"].get("generation", 0)
        former = owner.get("status") or {}
        if collisions:
            status["collisionCount"] = collisions
        if former.get("conditions"):
            status["conditions"] = former["conditions"]
        if status != former:
            self.client.update_status({**owner, "status": status})
        wait = owner["spec"].get("minReadySeconds", 0)
        delays = [podcontrol.available_in(pod, wait, facts.now) for pods in facts.pods.values() for pod in pods]
        return min((delay for delay in delays if delay), default=None)


def _matters(owner: Object, node: Object, old: Object | None) -> bool:
    """Tell whether a node's coming, going or change is anything to a set."""
    found = daemonsetnodes.verdict(owner, node)
    return any(found) if old is None else found != daemonsetnodes.verdict(owner, old)


def _selector(owner: Object) -> selectors.Selector:
    return selectors.from_object(owner["spec"].get("selector"))
