"""PodDisruptionBudgets: how many pods may be evicted just now (pkg/controller/disruption)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.controllers import podcontrol
from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.machinery import errors, meta, selectors
from minikube_py.machinery.meta import Object

_BUDGETS = "poddisruptionbudgets.policy"
_FORGET = 120.0  # seconds after which an evicted pod that is still there counts as healthy again
# The controllers whose size counts as the number of pods to expect; others are asked for their scale.
_OWNERS = {"ReplicaSet": "replicasets.apps", "ReplicationController": "replicationcontrollers", "StatefulSet": "statefulsets.apps"}
_UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated "
    'correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
)


class DisruptionController(Loop):
    """Keys are namespace/name of a budget."""

    name = "disruption-controller"
    user = "system:serviceaccount:kube-system:disruption-controller"
    component = "controllermanager"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._selectors: dict[str, dict[str, selectors.Selector]] = {}

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which budget."""
        handlers: dict[str, Callable[[Change], Iterable[str]]] = dict.fromkeys((*_OWNERS.values(), "deployments.apps"), self._owner_changed)
        return {**handlers, _BUDGETS: self._budget_changed, "pods": self._pod_changed}

    def _known(self, space: str) -> dict[str, selectors.Selector]:
        """Return the selectors of a namespace's budgets by name; read once, then kept by changes."""
        if space not in self._selectors:
            budgets = self.client.items(_BUDGETS, space)
            self._selectors[space] = {meta.name(budget): selectors.from_object(budget["spec"].get("selector")) for budget in budgets}
        return self._selectors[space]

    def _budget_changed(self, change: Change) -> Iterable[str]:
        self._selectors.pop(meta.namespace(change.object), None)
        return object_key(change)

    def _pod_changed(self, change: Change) -> Iterable[str]:
        pod = change.object
        budgets = self._known(meta.namespace(pod))
        if not budgets:
            return ()
        old = change.old if change.type == "MODIFIED" else None
        if old is not None and _face(old) == _face(pod):
            return ()
        labels = [meta.labels(obj) for obj in (pod, old) if obj is not None]
        return [f"{meta.namespace(pod)}/{name}" for name, selector in budgets.items() if any(selector.matches(each) for each in labels)]

    def _owner_changed(self, change: Change) -> Iterable[str]:
        """Return the budgets of a namespace where something else is scaled."""
        owner, old = change.object, change.old
        budgets = self._known(meta.namespace(owner)) if change.type == "MODIFIED" else {}
        if not budgets or old is None or old["spec"].get("replicas") == owner["spec"].get("replicas"):
            return ()
        return [f"{meta.namespace(owner)}/{name}" for name in budgets]

    def reconcile(self, key: str) -> float | None:
        """Write how things stand."""
        space, name = meta.split_key(key)
        budget = self.client.find(_BUDGETS, name, space)
        if budget is None:
            return None
        selector = selectors.from_object(budget["spec"].get("selector"))
        pods = [] if selector.nothing else self.client.items("pods", space, label_selector=str(selector))
        if not pods:
            self._tell_once(budget, "NoPods", "No matching pods found")
        try:
            expected, desired, unmanaged = self._expectation(budget, pods)
        except errors.StatusError as error:
            self.recorder.event(budget, "Warning", "CalculateExpectedPodCountFailed", f"Failed to calculate the number of expected pods: {error}")
            former = {"currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0, **(budget.get("status") or {})}
            self._report(budget, {**former, "disruptionsAllowed": 0}, str(error))
            return None
        if unmanaged:
            self.recorder.event(budget, "Warning", "UnmanagedPods", _UNMANAGED.format(selectors.go_text(budget["spec"].get("selector") or {})))
        disrupted, again = self._disrupted(budget, pods)
        healthy = sum(podcontrol.is_ready(pod) and not meta.is_deleting(pod) and meta.name(pod) not in disrupted for pod in pods)
        allowed = max(healthy - desired, 0) if expected > 0 else 0
        self._report(budget, {
            "currentHealthy": healthy, "desiredHealthy": desired, "disruptionsAllowed": allowed, "expectedPods": expected,
            "observedGeneration": budget["metadata"].get("generation", 0), **({"disruptedPods": disrupted} if disrupted else {}),
        })  # fmt: skip
        return again

    def _tell_once(self, budget: Object, reason: str, message: str) -> None:
        generation = budget["metadata"].get("generation", 0)
        status = budget.get("status") or {}
        if status.get("observedGeneration") != generation or status.get("expectedPods"):
            self.recorder.event(budget, "Normal", reason, message)

    def _expectation(self, budget: Object, pods: list[Object]) -> tuple[int, int, bool]:
        """Return how many pods there should be, how many of them healthy, and whether some pods have no controller."""
        spec = budget["spec"]
        most, least = spec.get("maxUnavailable"), spec.get("minAvailable")
        if most is None and not isinstance(least, str):
            return (0, 0, False) if least is None else (len(pods), int(least), False)
        expected, unmanaged = self._scale(pods)
        if most is not None:
            return expected, max(expected - _share(most, expected), 0), unmanaged
        return expected, _share(least, expected), unmanaged

    def _scale(self, pods: list[Object]) -> tuple[int, bool]:
        """Return the sum of the sizes of the controllers of the pods, each of which counts once; a StatusError where one has none."""
        sizes: dict[str, int] = {}
        unmanaged = False
        seen = set()
        for pod in pods:
            owner = meta.controller_of(pod)
            if owner is None:
                unmanaged = True
            elif owner["uid"] not in seen:
                seen.add(owner["uid"])
                found = self._sized(owner, meta.namespace(pod))
                if found is None:
                    raise errors.StatusError(f'found no controllers for pod "{meta.name(pod)}"', code=500, reason="InternalError")
                sizes[meta.uid(found)] = int(found["spec"].get("replicas", 1))
        return sum(sizes.values()), unmanaged

    def _sized(self, owner: Object, space: str) -> Object | None:
        """Return the controller whose size counts, that of a ReplicaSet being its Deployment, or a scale; None where it is gone."""
        resource = self.client.resource_for(owner["apiVersion"], owner["kind"])
        if resource is None:
            text = f'no matches for kind "{owner["kind"]}" in version "{owner["apiVersion"]}"'
            raise errors.StatusError(text, code=404, reason="NotFound")
        if resource.qualified not in _OWNERS.values() and "scale" not in resource.subresources:
            raise errors.StatusError(f"{resource.qualified} does not implement the scale subresource", code=404, reason="NotFound")
        if resource.qualified in _OWNERS.values():
            found = self.client.find(resource, owner["name"], space)
        else:
            found = self._scale_of(resource, owner["name"], space)
        if found is None or meta.uid(found) != owner["uid"]:
            return None
        above = meta.controller_of(found) if owner["kind"] == "ReplicaSet" else None
        deployment = self.client.find("deployments.apps", above["name"], space) if above is not None and above["kind"] == "Deployment" else None
        return deployment or found

    def _scale_of(self, resource: Any, name: str, space: str) -> Object | None:
        try:
            return self.client.get(resource, name, space, subresource="scale")
        except errors.NotFound:
            return None

    def _disrupted(self, budget: Object, pods: list[Object]) -> tuple[dict[str, str], float | None]:
        """Return the pods that were evicted and are still going, and when to look at them again."""
        present = {meta.name(pod): pod for pod in pods}
        now, kept, again = self.clock.now(), {}, None
        for name, since in ((budget.get("status") or {}).get("disruptedPods") or {}).items():
            left = parse_rfc3339(since) + _FORGET - now
            if name not in present or meta.is_deleting(present[name]):
                continue
            if left > 0:
                kept[name] = since
                again = left if again is None else min(again, left)
            else:
                text = f"Pod was expected by PDB {meta.key(budget)} to be deleted but it wasn't"
                self.recorder.event(present[name], "Warning", "NotDeleted", text)
        return kept, again

    def _report(self, budget: Object, status: dict[str, Any], failure: str = "") -> None:
        """Write a status and its condition; `failure` is why nothing could be counted."""
        former = budget.get("status") or {}
        allowed = status["disruptionsAllowed"] > 0
        reason = "SyncFailed" if failure else "SufficientPods" if allowed else "InsufficientPods"
        condition = {"type": "DisruptionAllowed", "status": "True" if allowed else "False", "reason": reason, "message": failure}
        if status.get("observedGeneration"):
            condition["observedGeneration"] = status["observedGeneration"]
        known = meta.condition(budget, "DisruptionAllowed")
        same = known is not None and known["status"] == condition["status"]
        condition["lastTransitionTime"] = known["lastTransitionTime"] if same and known is not None else rfc3339(self.clock.now())
        others = [item for item in former.get("conditions") or () if item["type"] != condition["type"]]
        wanted = {**status, "conditions": [*others, condition]}
        if wanted != former:
            self.client.update_status({**budget, "status": wanted})


def _face(pod: Object) -> tuple[Any, ...]:
    return podcontrol.is_ready(pod), meta.is_deleting(pod), meta.labels(pod), meta.controller_of(pod)


def _share(amount: Any, whole: int) -> int:
    """Return a number, or a percentage of the whole, rounded up."""
    if isinstance(amount, int):
        return amount
    return -(-whole * int(str(amount).removesuffix("%")) // 100)
