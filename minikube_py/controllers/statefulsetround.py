"""One round of one StatefulSet: which pod is to be made, deleted or replaced next (stateful_set_control.go)."""

from collections.abc import Callable, Sequence

from minikube_py.client.api import Client
from minikube_py.client.recorder import EventRecorder
from minikube_py.controllers import podcontrol, statefulsetpods
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_CLAIMS = "persistentvolumeclaims"


class Round:
    """Goes once over the pods of a set, and does what may be done now."""

    def __init__(self, client: Client, recorder: EventRecorder, owner: Object, pods: Sequence[Object], current: Object, update: Object,
                 now: float) -> None:  # fmt: skip
        self._client = client
        self._recorder = recorder
        self._owner = owner
        self._current = current
        self._update = update
        self._now = now
        self._by_ordinal = {statefulsetpods.ordinal(pod): pod for pod in pods}
        self._in_order = owner["spec"].get("podManagementPolicy", "OrderedReady") != "Parallel"
        strategy = owner["spec"].get("updateStrategy") or {}
        self._rolls = strategy.get("type", "RollingUpdate") == "RollingUpdate"
        self._rolling = strategy.get("rollingUpdate")

    def run(self) -> errors.StatusError | None:
        """Scale and update the set; return what went wrong."""
        first = statefulsetpods.start(self._owner)
        wanted = range(first, first + statefulsetpods.replicas(self._owner))
        condemned = sorted((number for number in self._by_ordinal if number not in wanted), reverse=True)
        try:
            self._let_go_of_claims(condemned)
            for number in wanted:
                if self._replica(number) and self._in_order:
                    return None
            for number in condemned:
                self._condemned(number, [*wanted, *condemned])
                if self._in_order:
                    return None
            if self._rolls:
                self._roll(wanted)
        except errors.StatusError as error:
            return error
        return None

    def _replica(self, number: int) -> bool:
        """Bring the pod of one ordinal to what it should be; True where the ones after it have to wait."""
        pod = self._by_ordinal.get(number)
        if pod is None:
            self._create(number)
            return True
        phase = meta.phase(pod)
        if phase in ("Failed", "Succeeded"):
            self._recreate(pod, phase)
            return True
        if phase == "Pending":
            self._create_claims(pod)
        if self._in_order and (meta.is_deleting(pod) or not self._is_available(pod)):
            return True
        self._put_right(pod)
        return False

    def _recreate(self, pod: Object, phase: str) -> None:
        """Delete a pod that has ended; the next round makes it again once it is gone."""
        space, word = meta.namespace(self._owner), "failed" if phase == "Failed" else "terminated"
        kind, reason = ("Warning", "RecreatingFailedPod") if phase == "Failed" else ("Normal", "RecreatingTerminatedPod")
        self._event(kind, reason, f"StatefulSet {space}/{meta.name(self._owner)} is recreating {word} Pod {meta.name(pod)}")
        if not meta.is_deleting(pod):
            self._delete(pod)

    def _create(self, number: int) -> None:
        revision = self._current if self._wants_current(number) else self._update
        pod = statefulsetpods.new_pod(self._owner, revision, number)
        self._create_claims(pod)
        made = self._try("create", pod, lambda: self._client.create(pod))
        if made is not None:
            self._by_ordinal[number] = made
            self._keep_claims(made)

    def _wants_current(self, number: int) -> bool:
        """Tell whether an ordinal stays at the old revision during an update."""
        if not self._rolls:
            return False
        first = statefulsetpods.start(self._owner)
        stay: int = (self._owner.get("status") or {}).get("currentReplicas", 0) if self._rolling is None else self._rolling.get("partition", 0)
        return number < first + stay

    def _create_claims(self, pod: Object) -> None:
        for claim in statefulsetpods.claims(self._owner, statefulsetpods.ordinal(pod)):
            if self._client.find(_CLAIMS, meta.name(claim), meta.namespace(claim)) is not None:
                continue
            subject = f"Pod {meta.name(pod)} in StatefulSet {meta.name(self._owner)}"
            try:
                self._client.create(claim)
            except errors.AlreadyExists:
                continue
            except errors.StatusError as error:
                self._event("Warning", "FailedCreate", f"create Claim {meta.name(claim)} for {subject} failed error: {error}")
                raise
            self._event("Normal", "SuccessfulCreate", f"create Claim {meta.name(claim)} {subject} success")

    def _let_go_of_claims(self, condemned: Sequence[int]) -> None:
        for number in condemned:
            self._keep_claims(self._by_ordinal[number])

    def _keep_claims(self, pod: Object) -> None:
        """Let the claims of a pod be owned by whom the retention policy says."""
        for claim in statefulsetpods.claims(self._owner, statefulsetpods.ordinal(pod)):
            found = self._client.find(_CLAIMS, meta.name(claim), meta.namespace(claim))
            if found is None:
                continue
            wanted = statefulsetpods.owner_references(self._owner, pod, found)
            if wanted != (found["metadata"].get("ownerReferences") or []):
                found["metadata"]["ownerReferences"] = wanted
                self._client.update(found)

    def _put_right(self, pod: Object) -> None:
        self._keep_claims(pod)
        if statefulsetpods.matches_identity(pod):
            return
        changed = statefulsetpods.with_identity(pod)
        self._try("update", pod, lambda: self._client.update(changed))

    def _condemned(self, number: int, ordinals: Sequence[int]) -> None:
        """Delete a pod beyond the wanted ones, unless another one has to get well first."""
        pod = self._by_ordinal[number]
        if meta.is_deleting(pod):
            return
        if not self._in_order or self._is_available(pod) or number == self._first_unhealthy(ordinals):
            self._delete(pod)

    def _first_unhealthy(self, ordinals: Sequence[int]) -> int | None:
        return next((number for number in sorted(ordinals) if not _is_healthy(self._by_ordinal.get(number))), None)

    def _roll(self, wanted: range) -> None:
        """Replace the last pod that is not of the update revision, once those after it are well."""
        partition = (self._rolling or {}).get("partition", 0)
        for number in reversed(wanted[min(partition, len(wanted)) :]):
            pod = self._by_ordinal[number]
            if statefulsetpods.revision_of(pod) != meta.name(self._update) and not meta.is_deleting(pod):
                self._delete(pod)
                return
            if not _is_healthy(pod):
                return

    def _is_available(self, pod: Object) -> bool:
        wait = self._owner["spec"].get("minReadySeconds", 0)
        return meta.phase(pod) == "Running" and podcontrol.available_in(pod, wait, self._now) == 0

    def _delete(self, pod: Object) -> None:
        self._try("delete", pod, lambda: self._client.delete("pods", meta.name(pod), meta.namespace(pod), uid=meta.uid(pod)))

    def _try(self, verb: str, pod: Object, call: Callable[[], Object]) -> Object | None:
        subject = f"{verb} Pod {meta.name(pod)} in StatefulSet {meta.name(self._owner)}"
        try:
            found: Object = call()
        except errors.NotFound:
            if verb == "delete":
                return None
            raise
        except errors.StatusError as error:
            if not podcontrol.is_terminating(error):
                self._event("Warning", f"Failed{verb.capitalize()}", f"{subject} failed error: {error}")
            raise
        self._event("Normal", f"Successful{verb.capitalize()}", f"{subject} successful")
        return found

    def _event(self, kind: str, reason: str, message: str) -> None:
        self._recorder.event(self._owner, kind, reason, message)


def _is_healthy(pod: Object | None) -> bool:
    return pod is not None and meta.phase(pod) == "Running" and podcontrol.is_ready(pod) and not meta.is_deleting(pod)
