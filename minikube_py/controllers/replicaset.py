"""ReplicaSets and ReplicationControllers: keep as many pods as are asked for (pkg/controller/replicaset)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from minikube_py.client.loops import Change, Loop, LoopContext, controller_key, object_key
from minikube_py.controllers import podcontrol
from minikube_py.controllers.podcontrol import PodControl
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta, selectors
from minikube_py.machinery.meta import Object

BURST = 500  # pods made or deleted in one go


class Failure(NamedTuple):
    """Why pods could not be made or deleted."""

    reason: str
    error: errors.StatusError


class ReplicaSetController(Loop):
    """Keys are namespace/name of a ReplicaSet."""

    name = "replicaset-controller"
    user = "system:serviceaccount:kube-system:replicaset-controller"
    resource = "replicasets.apps"
    kind = "ReplicaSet"
    failure_condition = "ReplicaFailure"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._pods = PodControl(self.client, self.recorder)

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which set."""
        return {self.resource: object_key, "pods": self._pod_changed}

    def _pod_changed(self, change: Change) -> Iterable[str]:
        keys = list(controller_key(self.kind)(change))
        if keys or meta.controller_of(change.object) is not None or change.type == "DELETED":
            return keys
        pod = change.object
        return [meta.key(item) for item in self.client.items(self.resource, meta.namespace(pod)) if self._selector(item).matches(meta.labels(pod))]

    @staticmethod
    def _selector(owner: Object) -> selectors.Selector:
        return selectors.from_object(owner["spec"].get("selector"))

    def reconcile(self, key: str) -> float | None:
        """Make or delete pods, and report."""
        space, name = meta.split_key(key)
        owner = self.client.find(self.resource, name, space)
        if owner is None:
            return None
        pods = self._pods.claim(owner, self._selector(owner), only=podcontrol.is_active)
        failure: Failure | None = None
        if not meta.is_deleting(owner):
            failure = self._manage(owner, pods)
        again = self._report(owner, pods, failure)
        if failure is not None:
            raise failure.error
        return again

    def _manage(self, owner: Object, pods: list[Object]) -> Failure | None:
        """Bring the number of pods to what is asked for; `pods` is changed accordingly. Return what went wrong."""
        missing = owner["spec"].get("replicas", 1) - len(pods)
        try:
            for _ in range(min(missing, BURST)):
                pods.append(self._pods.create(owner, owner["spec"]["template"]))
            if missing < 0:
                order = podcontrol.deletion_order(pods, now=self.clock.now(), crowded=self._crowded(owner, pods))
                for pod in order[: min(-missing, BURST)]:
                    self._pods.delete(owner, pod)
                    pods.remove(pod)
        except errors.StatusError as error:
            if podcontrol.is_terminating(error):
                return None
            return Failure("FailedCreate" if missing > 0 else "FailedDelete", error)
        return None

    def _crowded(self, owner: Object, pods: list[Object]) -> Mapping[str, int]:
        """Return how many pods of the set's whole family run on each node: a scale-down thins out crowded nodes first."""
        counts: dict[str, int] = {}
        for pod in self._family(owner, pods):
            node = pod["spec"].get("nodeName", "")
            counts[node] = counts.get(node, 0) + 1
        return counts

    def _family(self, owner: Object, pods: list[Object]) -> Iterable[Object]:
        """Yield the active pods of the set and of all sets that have the same controller."""
        yield from pods
        parent = meta.controller_of(owner)
        if parent is None:
            return
        for relative in self.client.items(self.resource, meta.namespace(owner), index=("owner", parent["uid"])):
            if meta.uid(relative) != meta.uid(owner) and (relative.get("status") or {}).get("replicas"):
                found = self.client.items("pods", meta.namespace(owner), index=("owner", meta.uid(relative)))
                yield from (pod for pod in found if podcontrol.is_active(pod))

    def _report(self, owner: Object, pods: list[Object], failure: Failure | None) -> float | None:
        now, wait = self.clock.now(), owner["spec"].get("minReadySeconds", 0)
        delays = [podcontrol.available_in(pod, wait, now) for pod in pods]
        labels = (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}
        matching = selectors.from_labels(labels)
        counts = {
            "replicas": len(pods),
            "fullyLabeledReplicas": sum(matching.matches(meta.labels(pod)) for pod in pods),
            "readyReplicas": sum(delay is not None for delay in delays),
            "availableReplicas": sum(delay == 0 for delay in delays),
            "observedGeneration": owner["metadata"].get("generation", 0),
        }
        status: dict[str, Any] = {field: value for field, value in counts.items() if value or field == "replicas"}
        conditions = self._conditions(owner, failure, now)
        if conditions:
            status["conditions"] = conditions
        if status != owner.get("status"):
            self.client.update_status({**owner, "status": status})
        return min((delay for delay in delays if delay), default=None)

    def _conditions(self, owner: Object, failure: Failure | None, now: float) -> list[dict[str, Any]]:
        known, former = meta.condition(owner, self.failure_condition), (owner.get("status") or {}).get("conditions") or []
        if failure is None:
            return [item for item in former if item is not known]
        if known is not None:
            return list(former)  # the first failure is kept until all is well again
        new = {"type": self.failure_condition, "status": "True", "reason": failure.reason, "message": str(failure.error)}
        return [*former, {**new, "lastTransitionTime": rfc3339(now)}]


class ReplicationControllerController(ReplicaSetController):
    """The same for ReplicationControllers, whose selector is plain labels."""

    name = "replication-controller"
    user = "system:serviceaccount:kube-system:replication-controller"
    resource = "replicationcontrollers"
    kind = "ReplicationController"

    @staticmethod
    def _selector(owner: Object) -> selectors.Selector:
        return selectors.from_labels(owner["spec"].get("selector"))
