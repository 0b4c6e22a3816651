"""Takes pods off a node, and waits until they are gone (kubectl pkg/drain/drain.go): evictions, tried again where a budget forbids them, or deletions."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from minikube_py.cli import draining, dryrun, failures
from minikube_py.kits import gofmt
from minikube_py.machinery import durations, errors, meta
from minikube_py.machinery.errors import KctlError, StatusError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient

_RETRY = 5.0  # seconds


class _Pod:
    """One pod on its way off: `at` is when it is tried next, None once it is evicted."""

    def __init__(self, obj: Object) -> None:
        self.obj = obj
        self.name, self.namespace = meta.name(obj), meta.namespace(obj)
        self.at: float | None = 0.0
        self.where = f"pods/{gofmt.quote(self.name)} -n {gofmt.quote(self.namespace)}"


class Evictions:
    """Evicts pods. `tell(pod, done)` says what became of one."""

    def __init__(self, factory: "Factory", client: "RestClient", tell: Callable[[Object, str], None]) -> None:
        self._factory, self._client, self._tell = factory, client, tell
        values = factory.values
        self._grace: int = values["grace-period"]
        self._timeout: float = values["timeout"]
        self._skip_after: int = values["skip-wait-for-delete-timeout"]
        self._dry_run = dryrun.NONE
        self._left: list[_Pod] = []
        self._problems: list[KctlError] = []

    def evict(self, pods: Sequence[Object], dry_run: str) -> None:
        """Evict all pods and wait for their end; KctlError for those that could not be."""
        self._dry_run = dry_run
        self._left = [_Pod(pod) for pod in pods]
        self._problems = []
        if not self._factory.wait(self._step, self._timeout or None):
            self._problems += [self._out_of_time(pod) for pod in self._left]
        problem = failures.combined(self._problems)
        if problem is not None:
            raise failures.Several(self._problems)

    def delete(self, pods: Sequence[Object], dry_run: str) -> None:
        """Delete all pods, whatever budgets say, and wait for their end."""
        self._dry_run = dry_run
        for pod in pods:
            try:
                options: dict[str, Any] = {"grace_period_seconds": self._grace if self._grace >= 0 else None}
                self._client.delete("pods", meta.name(pod), meta.namespace(pod), dry_run=dry_run == dryrun.SERVER or None, **options)
            except errors.NotFound:
                continue
        if dry_run == dryrun.SERVER:
            return
        self._left = [_Pod(pod) for pod in pods]
        if not self._factory.wait(lambda: self._all_gone("deleted"), self._timeout or None):
            raise KctlError("context deadline exceeded")

    def _step(self) -> bool:
        """Try what is due, look what is gone; tell whether nothing is left to do."""
        for pod in list(self._left):
            if pod.at is not None and pod.at <= time.monotonic():
                self._try(pod)
        return self._all_gone("evicted")

    def _all_gone(self, done: str) -> bool:
        waiting = [pod for pod in self._left if done == "deleted" or pod.at is None]
        for pod in waiting:
            try:
                is_gone = self._is_gone(pod, done)
            except KctlError as error:
                self._tell(pod.obj, "deletion failed" if done == "deleted" else "eviction failed")
                if done == "deleted":
                    raise
                self._problems.append(self._unfinished(pod, str(error)))
                is_gone = True
            if is_gone:
                self._left.remove(pod)
        return not self._left

    def _is_gone(self, pod: _Pod, done: str) -> bool:
        found = self._client.find("pods", pod.name, pod.namespace)
        if found is None or meta.uid(found) != meta.uid(pod.obj):
            self._tell(pod.obj, done)
            return True
        if draining.is_old(found, self._skip_after, self._factory.clock.now()):
            text = f"pod {gofmt.quote(pod.name)} has DeletionTimestamp older than {self._skip_after} seconds, skipping"
            print(text, file=self._factory.streams.out)
            return True
        return False

    def _announce(self, pod: _Pod) -> None:
        dry = " (server dry run)" if self._dry_run == dryrun.SERVER else ""
        print(f"evicting pod {pod.namespace}/{pod.name}{dry}", file=self._factory.streams.out)
        self._factory.streams.out.flush()

    def _try(self, pod: _Pod) -> None:
        self._announce(pod)
        try:
            self._post(pod)
        except errors.NotFound:
            self._left.remove(pod)
        except errors.TooManyRequests as error:
            self._again(pod, f"error when evicting {pod.where} (will retry after 5s): {error}")
        except KctlError as error:
            self._refused(pod, error)
        else:
            self._evicted(pod)

    def _evicted(self, pod: _Pod) -> None:
        pod.at = None
        if self._dry_run == dryrun.SERVER:
            self._left.remove(pod)

    def _refused(self, pod: _Pod, error: KctlError) -> None:
        if not _is_of_terminating_namespace(error):
            self._problems.append(KctlError(f"error when evicting {pod.where}: {error}"))
            self._left.remove(pod)
        elif meta.is_deleting(pod.obj):
            self._evicted(pod)
        else:
            where = f"pod {gofmt.quote(pod.name)} from terminating namespace {gofmt.quote(pod.namespace)}"
            self._again(pod, f"error when evicting {where} (will retry after 5s): {error}")

    def _again(self, pod: _Pod, text: str) -> None:
        print(text, file=self._factory.streams.err)
        self._factory.streams.err.flush()
        pod.at = time.monotonic() + _RETRY
        pod.obj = self._client.find("pods", pod.name, pod.namespace) or pod.obj

    def _post(self, pod: _Pod) -> None:
        options: Object = {}
        if self._grace >= 0:
            options["gracePeriodSeconds"] = self._grace
        if self._dry_run == dryrun.SERVER:
            options["dryRun"] = ["All"]
        metadata = {"name": pod.name, "namespace": pod.namespace}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata, "deleteOptions": options}
        self._client.create_subresource("pods", pod.name, pod.namespace, "eviction", body)

    def _out_of_time(self, pod: _Pod) -> KctlError:
        if pod.at is None:
            return self._unfinished(pod, "context deadline exceeded")
        self._announce(pod)
        return KctlError(f"error when evicting {pod.where}: global timeout reached: {durations.spelled(self._timeout)}")

    @staticmethod
    def _unfinished(pod: _Pod, text: str) -> KctlError:
        return KctlError(f"error when waiting for pod {gofmt.quote(pod.name)} in namespace {gofmt.quote(pod.namespace)} to terminate: {text}")


def _is_of_terminating_namespace(error: KctlError) -> bool:
    causes = error.details.get("causes") or () if isinstance(error, StatusError) else ()
    return isinstance(error, errors.Forbidden) and any(cause.get("reason") == "NamespaceTerminating" for cause in causes)
