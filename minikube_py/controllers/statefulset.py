"""StatefulSets: pods with names that stay, one after the other (pkg/controller/statefulset)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from minikube_py.client.loops import Change, Loop, LoopContext, controller_key, object_key
from minikube_py.controllers import history, podcontrol, statefulsetpods
from minikube_py.controllers.podcontrol import PodControl
from minikube_py.controllers.statefulsetround import Round
from minikube_py.machinery import errors, meta, selectors
from minikube_py.machinery.meta import Object

_SETS = "statefulsets.apps"


class StatefulSetController(Loop):
    """Keys are namespace/name of a StatefulSet."""

    name = "statefulset-controller"
    user = "system:serviceaccount:kube-system:statefulset-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._pods = PodControl(self.client, self.recorder)

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which set."""
        return {_SETS: object_key, "pods": self._pod_changed}

    def _pod_changed(self, change: Change) -> Iterable[str]:
        keys = list(controller_key("StatefulSet")(change))
        if keys or meta.controller_of(change.object) is not None or change.type == "DELETED":
            return keys
        pod = change.object
        sets = self.client.items(_SETS, meta.namespace(pod))
        return [meta.key(item) for item in sets if _selector(item).matches(meta.labels(pod)) and statefulsetpods.is_member(item, pod)]

    def reconcile(self, key: str) -> float | None:
        """Take the set one step further."""
        space, name = meta.split_key(key)
        owner = self.client.find(_SETS, name, space)
        if owner is None:
            return None
        selector = _selector(owner)
        pods = self._pods.claim(owner, selector, only=lambda pod: statefulsetpods.is_member(owner, pod))
        revisions = history.claim(self.client, owner, selector)
        former = owner.get("status") or {}
        update, collisions = history.latest(self.client, owner, revisions, history.HASH, former.get("collisionCount", 0))
        current = next((item for item in revisions if meta.name(item) == former.get("currentRevision")), update)
        failure: errors.StatusError | None = None
        if not meta.is_deleting(owner):
            failure = Round(self.client, self.recorder, owner, pods, current, update, self.clock.now()).run()
            pods = [pod for pod in self.client.items("pods", space, index=("owner", meta.uid(owner))) if statefulsetpods.is_member(owner, pod)]
        again = self._report(owner, pods, current, update, collisions)
        self._truncate(owner, revisions, pods, {meta.name(current), meta.name(update)})
        if failure is not None:
            raise failure
        return again

    def _truncate(self, owner: Object, revisions: Sequence[Object], pods: Sequence[Object], used: set[str]) -> None:
        live = used | {statefulsetpods.revision_of(pod) for pod in pods}
        history.truncate(self.client, revisions, live, owner["spec"].get("revisionHistoryLimit", 10))

    def _report(self, owner: Object, pods: Sequence[Object], current: Object, update: Object, collisions: int) -> float | None:
        """Store the status; return the seconds until the next pod counts as available."""
        wait, now = owner["spec"].get("minReadySeconds", 0), self.clock.now()
        delays = [podcontrol.available_in(pod, wait, now) for pod in pods if meta.phase(pod) == "Running"]
        stays = [statefulsetpods.revision_of(pod) for pod in pods if not meta.is_deleting(pod)]
        counts = {
            "replicas": len(pods),
            "readyReplicas": sum(delay is not None for delay in delays),
            "availableReplicas": sum(delay == 0 for delay in delays),
            "currentReplicas": stays.count(meta.name(current)),
            "updatedReplicas": stays.count(meta.name(update)),
        }
        name = meta.name(current)
        if _is_complete(owner, counts):
            counts["currentReplicas"], name = counts["updatedReplicas"], meta.name(update)
        status: dict[str, Any] = {"observedGeneration": owner["metadata"].get("generation", 0)}
        status |= {field: value for field, value in counts.items() if value or field in ("replicas", "availableReplicas")}
        status |= {"currentRevision": name, "updateRevision": meta.name(update), "collisionCount": collisions}
        if (owner.get("status") or {}).get("conditions"):
            status["conditions"] = owner["status"]["conditions"]
        if status != owner.get("status"):
            self.client.update_status({**owner, "status": status})
        return min((delay for delay in delays if delay), default=None)


def _is_complete(owner: Object, counts: Mapping[str, int]) -> bool:
    """Tell whether a rolling update is done, so that its revision becomes the current one."""
    if (owner["spec"].get("updateStrategy") or {}).get("type") != "RollingUpdate":
        return False
    return counts["updatedReplicas"] == counts["replicas"] == counts["readyReplicas"]


def _selector(owner: Object) -> selectors.Selector:
    return selectors.from_object(owner["spec"].get("selector"))
