"""kctl run -i and --attach: waits for the pod, joins its container, returns its exit code, and removes with --rm what was made."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from minikube_py.cli import deleting, podtargets
from minikube_py.cli.failures import ExitCode
from minikube_py.cli.flags import Values
from minikube_py.cli.infos import Info
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient

_COMPLETED = ("Succeeded", "Failed")


class Attached:
    """A pod that `kctl run` has made, and stays with. `restart` is the pod's restart policy."""

    def __init__(self, factory: "Factory", client: "RestClient", values: Values, restart: str, policy: str) -> None:
        self._factory, self._client, self._values = factory, client, values
        self._restart, self._policy = restart, policy
        self._pod: Object = {}

    def run(self, made: Sequence[Object]) -> int:
        """Join the first of the objects, which is the pod; return its exit code."""
        self._pod = made[0]
        try:
            self._join()
            return self._exit_code()
        finally:
            if self._values["rm"]:
                self._remove(made)

    def _join(self) -> None:
        from minikube_py.cli import attaching

        self._wait(lambda: self._phase() in _COMPLETED or _is_ready(self._pod))
        if self._phase() in _COMPLETED:
            self._print_logs()
            return
        values = self._values
        try:
            attaching.attach(self._factory, self._client, self._pod, stdin=values["stdin"], tty=values["tty"], quiet=values["quiet"])
        except ExitCode:
            return  # told below by the pod's status
        except KctlError as error:
            name = meta.name(self._pod)
            print(f"warning: couldn't attach to pod/{name}, falling back to streaming logs: {error}", file=self._factory.streams.err)
            self._print_logs()

    def _wait(self, done: Callable[[], bool]) -> None:
        """Look at the pod until it is as it should be; KctlError where that takes longer than --pod-running-timeout."""

        def looked() -> bool:
            self._pod = self._client.get("pods", meta.name(self._pod), meta.namespace(self._pod))
            return done()

        if not self._factory.wait(looked, self._values["pod-running-timeout"]):
            raise KctlError("timed out waiting for the condition")

    def _phase(self) -> str:
        return meta.phase(self._pod)

    def _print_logs(self) -> None:
        container = podtargets.container_of(self._pod, "", self._factory.streams.err, quiet=self._values["quiet"])
        for line in self._client.logs(meta.name(self._pod), meta.namespace(self._pod), container=container["name"]):
            self._factory.streams.out.write(line)

    def _exit_code(self) -> int:
        """Return what the container ended with, where the pod is one that ends."""
        if self._values["leave-stdin-open"] or self._restart not in ("Never", "OnFailure"):
            return 0
        ended = _COMPLETED if self._restart == "Never" else ("Succeeded",)
        self._wait(lambda: self._phase() in ended)
        if self._phase() == "Succeeded":
            return 0
        where = f"{meta.namespace(self._pod)}/{meta.name(self._pod)}"
        statuses = self._pod["status"].get("containerStatuses") or [{}]
        terminated = (statuses[0].get("state") or {}).get("terminated") or {}
        code = int(terminated.get("exitCode", 0))
        if not code:
            raise KctlError(f"pod {where} failed with unknown exit code")
        print(f"pod {where} terminated ({terminated.get('reason', '')})\n{terminated.get('message', '')}", file=self._factory.streams.err)
        return code

    def _remove(self, made: Sequence[Object]) -> None:
        deleter = deleting.Deleter(self._factory, self._client, policy=self._policy, grace_period=-1, quiet=self._values["quiet"])
        for obj in made:
            resource = self._client.resource("pods" if obj["kind"] == "Pod" else "services")
            try:
                deleter.delete(Info(resource, meta.name(obj), meta.namespace(obj), obj))
            except errors.NotFound:
                continue


def _is_ready(pod: Object) -> bool:
    status = pod.get("status") or {}
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions") or ())
    return status.get("phase") == "Running" and ready
