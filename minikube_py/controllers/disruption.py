"""PodDisruptionBudgets: how many pods may be evicted just now (pkg/controller/disruption)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.controllers import podcontrol
from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.machinery import meta, selectors
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
        expected, desired, unmanaged = self._expectation(budget, pods)
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
            return len(pods), int(least or 0), False
        expected, unmanaged = self._scale(pods)
        if most is not None:
            return expected, max(expected - _share(most, expected), 0), unmanaged
        return expected, _share(least, expected), unmanaged

    def _scale(self, pods: list[Object]) -> tuple[int, bool]:
        """Return the sum of the sizes of the controllers of the pods."""
        sizes: dict[str, int] = {}
        unmanaged = False
        for pod in pods:
            owner = meta.controller_of(pod)
            if owner is None:
                unmanaged = True
            elif owner["uid"] not in sizes:
                sizes[owner["uid"]] = self._size(owner, meta.namespace(pod))
        return sum(sizes.values()), unmanaged

    def _size(self, owner: Object, space: str) -> int:
        """Return what a controller is meant to hold; that of a ReplicaSet is its Deployment's."""
        resource = self.client.resource_for(owner["apiVersion"], owner["kind"])
        if resource is None:
            return 0
        if resource.qualified not in _OWNERS.values():
            return self._asked_size(owner, space)
        found = self.client.find(resource, owner["name"], space)
        if found is None or meta.uid(found) != owner["uid"]:
            return 0
        above = meta.controller_of(found) if owner["kind"] == "ReplicaSet" else None
        deployment = self.client.find("deployments.apps", above["name"], space) if above is not None and above["kind"] == "Deployment" else None
        return int((deployment or found)["spec"].get("replicas", 1))

    def _asked_size(self, owner: Object, space: str) -> int:
        resource = self.client.resource_for(owner["apiVersion"], owner["kind"])
        if resource is None or "scale" not in resource.subresources:
            return 0
        return int(self.client.get(resource, owner["name"], space, subresource="scale")["spec"].get("replicas", 0))

    def _disrupted(self, budget: Object, pods: list[Object]) -> tuple[dict[str, str], float | None]:
        """Return the pods that were evicted and are still going, and when to look at them again."""
        present = {meta.name(pod): pod for pod in pods}
        now, kept, again = self.clock.now(), {}, None
        for name, since in ((budget.get("status") or {}).get("disruptedPods") or {}).items():
            left = parse_rfc3339(since) + _FORGET - now
            if name in present and not meta.is_deleting(present[name]) and left > 0:
                kept[name] = since
                again = left if again is None else min(again, left)
        return kept, again

    def _report(self, budget: Object, status: dict[str, Any]) -> None:
        former = budget.get("status") or {}
        allowed = status["disruptionsAllowed"] > 0
        condition = {"type": "DisruptionAllowed", "status": "True" if allowed else "False", "reason": "SufficientPods" if allowed else "InsufficientPods",
                     "message": "", "observedGeneration": status["observedGeneration"]}  # fmt: skip
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
