"""What all controllers that own pods have in common: make, delete, adopt, count and rank them (pkg/controller)."""

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py.client.api import Client
from minikube_py.client.recorder import EventRecorder
from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery import errors, meta, names, selectors
from minikube_py.machinery.meta import Object

_TELLING = frozenset(("pod-template-hash", "controller-revision-hash", "batch.kubernetes.io/controller-uid", "controller-uid"))  # one owner's pods only


class PodControl:
    """Creates and deletes pods for their owners, and records events about it."""

    def __init__(self, client: Client, recorder: EventRecorder) -> None:
        self._client = client
        self._recorder = recorder

    def create(self, owner: Object, template: Mapping[str, Any], *, name: str = "", generate_name: str = "", **metadata: Any) -> Object:
        """Create a pod from a template; `metadata` adds labels, annotations or finalizers. The failure is recorded and raised."""
        pod = from_template(owner, template, name=name, generate_name=generate_name, **metadata)
        try:
            made = self._client.create(pod)
        except errors.StatusError as error:
            if not is_terminating(error):
                self._recorder.event(owner, "Warning", "FailedCreate", f"Error creating: {error}")
            raise
        self._recorder.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {meta.name(made)}")
        return made

    def delete(self, owner: Object, pod: Object) -> None:
        """Delete a pod, if it is still the same one."""
        try:
            self._client.delete("pods", meta.name(pod), meta.namespace(pod), uid=meta.uid(pod))
        except (errors.NotFound, errors.Conflict):
            return
        except errors.StatusError as error:
            self._recorder.event(owner, "Warning", "FailedDelete", f"Error deleting: {error}")
            raise
        self._recorder.event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {meta.name(pod)}")

    def claim(self, owner: Object, selector: selectors.Selector, *, only: Callable[[Object], bool] = lambda pod: True,
              finalizers: Sequence[str] = ()) -> list[Object]:  # fmt: skip
        """Return the pods that the owner controls, after adopting orphans that match and releasing pods that no longer do.

        `only` leaves pods out of account altogether; adopted ones get the `finalizers`.
        """
        owned = self._client.items("pods", meta.namespace(owner), index=("owner", meta.uid(owner)))
        kept = []
        for pod in owned:
            if not meta.is_controlled_by(pod, owner) or not only(pod):
                continue
            if selector.matches(meta.labels(pod)):
                kept.append(pod)
            elif not meta.is_deleting(owner):
                self._release(owner, pod)
        if not meta.is_deleting(owner):
            kept.extend(self._adopt_orphans(owner, selector, only, finalizers))
        return kept

    def _adopt_orphans(self, owner: Object, selector: selectors.Selector, only: Callable[[Object], bool],
                       finalizers: Sequence[str]) -> Iterable[Object]:  # fmt: skip
        pairs = selector.exact_pairs()
        pair = next((pair for pair in pairs if pair[0] in _TELLING), pairs[0] if pairs else None)
        index = None if pair is None else ("label", f"{pair[0]}={pair[1]}")
        for pod in self._client.items("pods", meta.namespace(owner), label_selector=str(selector), index=index):
            if meta.controller_of(pod) is None and not meta.is_deleting(pod) and only(pod):
                owners = [*(pod["metadata"].get("ownerReferences") or []), meta.controller_reference(owner)]
                metadata: dict[str, Any] = {"uid": meta.uid(pod), "ownerReferences": owners}
                if finalizers:
                    metadata["finalizers"] = list(finalizers)
                yield self.patch(pod, {"metadata": metadata})

    def _release(self, owner: Object, pod: Object) -> None:
        removal = {"$patch": "delete", "uid": meta.uid(owner)}
        patch = {"metadata": {"uid": meta.uid(pod), "ownerReferences": [removal]}}
        try:
            self.patch(pod, patch)
        except (errors.NotFound, errors.Invalid):
            return

    def patch(self, pod: Object, patch: Object) -> Object:
        """Patch a pod (strategic merge)."""
        return self._client.patch("pods", meta.name(pod), meta.namespace(pod), patch)


def is_terminating(error: errors.StatusError) -> bool:
    """Tell whether something could not be made because its namespace is being deleted: nothing to make a noise about."""
    return any(cause.get("reason") == "NamespaceTerminating" for cause in error.details.get("causes", ()))


def from_template(owner: Object, template: Mapping[str, Any], *, name: str = "", generate_name: str = "", labels: Mapping[str, str] | None = None,
                  annotations: Mapping[str, str] | None = None, finalizers: Sequence[str] = ()) -> Object:  # fmt: skip
    """Return the pod that a template describes, owned by `owner`."""
    source = template.get("metadata") or {}
    metadata: dict[str, Any] = {"namespace": meta.namespace(owner), "ownerReferences": [meta.controller_reference(owner)]}
    metadata["generateName"] = generate_name or f"{meta.name(owner)}-"  # pods of StatefulSets have it beside their name
    if name:
        metadata["name"] = name
    merged = {"labels": {**(source.get("labels") or {}), **(labels or {})}, "annotations": {**(source.get("annotations") or {}), **(annotations or {})}}
    metadata |= {field: value for field, value in merged.items() if value}
    wanted = [*(source.get("finalizers") or ()), *finalizers]
    if wanted:
        metadata["finalizers"] = wanted
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": meta.clone(dict(template["spec"]))}


def is_active(pod: Object) -> bool:
    """Tell whether a pod counts: neither ended nor being deleted."""
    return not meta.is_over(pod) and not meta.is_deleting(pod)


def is_ready(pod: Object) -> bool:
    """Tell whether a pod's Ready condition is true."""
    found = meta.condition(pod, "Ready")
    return found is not None and found["status"] == "True"


def available_in(pod: Object, min_ready_seconds: int, now: float) -> float | None:
    """Return the seconds until a ready pod counts as available (0: it does); None where it is not ready."""
    found = meta.condition(pod, "Ready")
    if found is None or found["status"] != "True":
        return None
    if not min_ready_seconds:
        return 0.0
    return max(parse_rfc3339(found["lastTransitionTime"]) + min_ready_seconds - now, 0.0)


def deletion_order(pods: Sequence[Object], *, now: float, crowded: Mapping[str, int] | None = None) -> list[Object]:
    """Return pods in the order in which a scale-down deletes them (controller.ActivePodsWithRanks)."""

    def compare(one: Object, other: Object) -> int:
        return _compare(_rank(one, crowded or {}), _rank(other, crowded or {}), now)

    return sorted(pods, key=functools.cmp_to_key(compare))


class _Rank(NamedTuple):
    """What decides, most important first: `first` as a whole, then how long ready, restarts, and age."""

    first: tuple[Any, ...]
    ready_since: float
    restarts: tuple[int, ...]
    created: float
    uid: str


def _rank(pod: Object, crowd: Mapping[str, int]) -> _Rank:
    status, node = pod.get("status") or {}, pod["spec"].get("nodeName", "")
    cost = meta.annotations(pod).get("controller.kubernetes.io/pod-deletion-cost", "0")
    phase = {"Pending": 0, "Running": 2}.get(status.get("phase", "Unknown"), 1)
    ready = meta.condition(pod, "Ready")
    since = parse_rfc3339(ready["lastTransitionTime"]) if ready is not None and is_ready(pod) and ready.get("lastTransitionTime") else 0.0
    first = (bool(node), phase, is_ready(pod), int(cost) if cost.lstrip("-").isdecimal() else 0, -crowd.get(node, 0))
    sidecars = {item["name"] for item in pod["spec"].get("initContainers") or () if item.get("restartPolicy") == "Always"}
    beside = [item for item in status.get("initContainerStatuses") or () if item["name"] in sidecars]
    restarts = tuple(max((item.get("restartCount", 0) for item in items), default=0) for items in (status.get("containerStatuses") or (), beside))
    return _Rank(first, since, restarts, parse_rfc3339(pod["metadata"]["creationTimestamp"]), meta.uid(pod))


def _compare(one: _Rank, other: _Rank, now: float) -> int:
    """Return less than 0 where `one` goes first. Ages count by their order of magnitude, so that no pod is hit for a second's difference."""
    if one.first != other.first:
        return -1 if one.first < other.first else 1
    if one.ready_since != other.ready_since:
        return _by_age(one.ready_since, other.ready_since, one, other, now)
    if one.restarts != other.restarts:
        return -1 if one.restarts > other.restarts else 1
    return _by_age(one.created, other.created, one, other, now) if one.created != other.created else 0


def _by_age(mine: float, theirs: float, one: _Rank, other: _Rank, now: float) -> int:
    if not mine or not theirs:
        return -1 if not mine else 1
    difference = _magnitude(now - mine) - _magnitude(now - theirs)
    return difference or (-1 if one.uid < other.uid else 1)


def _magnitude(seconds: float) -> int:
    return int(math.log2(seconds * 1e9)) if seconds > 0 else -1


def template_hash(template: Mapping[str, Any], collisions: int | None = None) -> str:
    """Return a short name for a pod template: a 32-bit hash in the letters of generated names."""
    import hashlib
    import json

    text = json.dumps(template, sort_keys=True, separators=(",", ":")) + (f"/{collisions}" if collisions else "")
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
    return names.safe(str(number).encode())
