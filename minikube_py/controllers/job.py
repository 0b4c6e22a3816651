"""Jobs: pods that run to completion (pkg/controller/job)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, LoopContext, controller_key, object_key
from minikube_py.controllers import jobpods, jobtracking
from minikube_py.controllers.jobsync import JobSync
from minikube_py.controllers.podcontrol import PodControl
from minikube_py.machinery import meta, selectors
from minikube_py.machinery.meta import Object

_JOBS = "jobs.batch"
_OURS = "kubernetes.io/job-controller"
_ORPHAN = "orphan:"


class JobController(Loop):
    """Keys are namespace/name of a Job, and `orphan:` with namespace/name of a pod that may have lost its Job."""

    name = "job-controller"
    user = "system:serviceaccount:kube-system:job-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._pods = PodControl(self.client, self.recorder)

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which Job."""
        return {_JOBS: self._job_changed, "pods": self._pod_changed}

    def _job_changed(self, change: Change) -> Iterable[str]:
        if change.type == "DELETED":
            self._forget(change.object)
        return object_key(change)

    def _forget(self, job: Object) -> None:
        self.state.delete(f"backoff/{meta.uid(job)}")

    def _pod_changed(self, change: Change) -> Iterable[str]:
        pod = change.object
        keys = list(controller_key("Job")(change))
        lonely = meta.controller_of(pod) is None
        if change.type != "DELETED" and jobpods.is_tracked(pod) and (lonely or meta.is_deleting(pod)):
            keys.append(_ORPHAN + meta.key(pod))
        if keys or not lonely or change.type == "DELETED":
            return keys
        return [meta.key(item) for item in self.client.items(_JOBS, meta.namespace(pod)) if _selector(item).matches(meta.labels(pod))]

    def reconcile(self, key: str) -> float | None:
        """Take a Job one step further."""
        if key.startswith(_ORPHAN):
            self._release(*meta.split_key(key.removeprefix(_ORPHAN)))
            return None
        space, name = meta.split_key(key)
        job = self.client.find(_JOBS, name, space)
        if job is None or job["spec"].get("managedBy", _OURS) != _OURS:
            return None
        if is_finished(job):
            self._forget(job)
            return None
        pods = self._pods.claim(job, _selector(job), finalizers=(jobpods.FINALIZER,))
        return JobSync(self.client, self.recorder, self._pods, self.state, job, pods, self.clock.now()).run()

    def _release(self, space: str, name: str) -> None:
        """Let go of a pod whose Job is no more: nobody is going to count it."""
        pod = self.client.find("pods", name, space)
        if pod is None or not jobpods.is_tracked(pod):
            return
        owner = meta.controller_of(pod)
        if owner is not None:
            job = self.client.find(_JOBS, owner["name"], space) if owner["kind"] == "Job" else None
            if job is not None and meta.uid(job) == owner["uid"] and not is_finished(job):
                return
        jobtracking.release(self._pods, pod)


def is_finished(job: Object) -> bool:
    """Tell whether a Job is Complete or Failed."""
    return any((meta.condition(job, kind) or {}).get("status") == "True" for kind in ("Complete", "Failed"))


def _selector(job: Object) -> selectors.Selector:
    return selectors.from_object(job["spec"].get("selector"))
