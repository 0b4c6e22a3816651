"""Deletes Jobs some time after they have finished (pkg/controller/ttlafterfinished)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_JOBS = "jobs.batch"


class TTLAfterFinishedController(Loop):
    """Keys are namespace/name of a Job."""

    name = "ttl-after-finished-controller"
    user = "system:serviceaccount:kube-system:ttl-after-finished-controller"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which Job."""
        return {_JOBS: self._changed}

    @staticmethod
    def _changed(change: Change) -> Iterable[str]:
        job = change.object
        return object_key(change) if change.type != "DELETED" and _finished(job) is not None and _has_ttl(job) else ()

    def reconcile(self, key: str) -> float | None:
        """Delete the Job, or wait until it is time."""
        space, name = meta.split_key(key)
        job = self.client.find(_JOBS, name, space)
        if job is None or meta.is_deleting(job) or not _has_ttl(job):
            return None
        finished = _finished(job)
        if finished is None:
            return None
        left = finished + job["spec"]["ttlSecondsAfterFinished"] - self.clock.now()
        if left > 0:
            return float(left)
        try:
            self.client.delete(_JOBS, name, space, propagation_policy="Foreground", uid=meta.uid(job), resource_version=job["metadata"]["resourceVersion"])
        except errors.NotFound:
            return None
        return None


def _has_ttl(job: Object) -> bool:
    return job["spec"].get("ttlSecondsAfterFinished") is not None


def _finished(job: Object) -> float | None:
    """Return when a Job finished; None while it has not."""
    for kind in ("Complete", "Failed"):
        condition = meta.condition(job, kind)
        if condition is not None and condition["status"] == "True":
            return parse_rfc3339(condition["lastTransitionTime"])
    return None
