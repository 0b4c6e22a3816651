"""What is known, noted and told of one pod in one sync: the ground that its worker stands on."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from minikube_py.client.api import Client
from minikube_py.client.recorder import EventRecorder
from minikube_py.kits.clock import Clock
from minikube_py.kubelet import nodestatus, podresize, podstatus
from minikube_py.kubelet.backoff import Backoff
from minikube_py.kubelet.environment import Sources
from minikube_py.kubelet.jobs import Busy, Jobs
from minikube_py.kubelet.podstatus import Facts, Waiting
from minikube_py.kubelet.runtime import ContainerStatus, Runtime, RuntimeFailure
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.kubelet.prober import Verdict
    from minikube_py.kubelet.upkeep import Place, Upkeep


class PodWork:
    """One sync of one pod: what it found out by now."""

    def __init__(self, pod: Object, node: Object, runtime: Runtime, jobs: Jobs, client: Client, recorder: EventRecorder, clock: Clock,
                 backoff: Backoff, address: Callable[[], str], place: "Place | None" = None) -> None:  # fmt: skip
        self._resize = podresize.resized(pod, node, lambda: client.items("pods", index=("node", meta.name(node))))
        self._pod = pod = self._resize.pod
        self._node = node
        self._runtime = runtime
        self._jobs = jobs
        self._key = f"pod/{meta.key(pod)}"
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._backoff = backoff
        self._address = address
        self._sources = Sources(client, meta.namespace(pod))
        self._waiting: dict[str, Waiting] = {}
        self._former = podstatus.by_name(pod.get("status") or {})
        self._restarts = {name: int(status.get("restartCount", 0)) for name, status in self._former.items()}
        self._last: dict[str, dict[str, Any]] = {name: status.get("lastState") or {} for name, status in self._former.items()}
        self._ip = ""
        self.again: float | None = None
        self.missing_sources = False
        self._mountable = True
        self._verdicts: dict[str, Verdict] = {}
        self._held: dict[str, dict[str, Any]] = {}  # what containers show that do not have yet what they were granted
        self._upkeep: Upkeep | None = None  # of pods that really run
        if place is not None:
            from minikube_py.kubelet import upkeep

            self._upkeep = upkeep.Upkeep(place, pod, node, client, self._sources, clock.now(), self._addresses, self._event)

    @property
    def _uid(self) -> str:
        return meta.uid(self._pod)

    def _ip_of_pod(self) -> str:
        if self._pod["spec"].get("hostNetwork"):
            return nodestatus.internal_ip(self._node)
        return self._address()

    def _known(self) -> dict[str, ContainerStatus]:
        """Return the pod's containers; where they really run, also those that somebody has removed, as what they were last."""
        status = self._runtime.pod_sandbox_status(self._uid)
        found = {container.name: container for container in status.containers} if status is not None else {}
        if self._upkeep is not None:
            found = {name: podstatus.unstarted(container, self._former.get(name) or {}) for name, container in found.items()}
            for name, former in self._former.items():
                was = podstatus.removed(former, self._clock.now()) if name not in found else None
                if was is not None:
                    found[name] = was
        return found

    def _waited_for(self, name: str) -> str:
        """Return why a container was waiting when the pod was last looked at."""
        waiting = (self._former.get(name, {}).get("state") or {}).get("waiting") or {}
        return str(waiting.get("reason", ""))

    def _addresses(self) -> dict[str, Any]:
        host = nodestatus.internal_ip(self._node)
        return {"podIP": self._ip, "podIPs": [{"ip": self._ip}], "hostIP": host, "hostIPs": [{"ip": host}]}

    def _status(self, found: Mapping[str, ContainerStatus], *, over: bool = False, failed_because: Mapping[str, str] | None = None) -> dict[str, Any]:
        unready = {name for name, verdict in self._verdicts.items() if not verdict.ready}
        unstarted = {name for name, verdict in self._verdicts.items() if not verdict.started}
        facts = Facts(found, self._waiting, self._restarts, self._last, self._ip, nodestatus.internal_ip(self._node), self._runtime.name, self._clock.now(),
                      bool(self._pod["spec"].get("initContainers")), over, unready, unstarted, self._held)  # fmt: skip
        return podresize.noted(podstatus.build(self._pod, facts, failed_because), self._resize, bool(self._held), self._clock.now())

    def _bring_resources(self, spec: Mapping[str, Any], found: ContainerStatus) -> None:
        """Give a running container the resources that it was granted; what it has meanwhile is shown."""
        former = self._former.get(found.name) or {}
        wanted, upkeep, what = spec.get("resources") or {}, self._upkeep, f"resize/{found.id}"
        if upkeep is None or former.get("resources", wanted) == wanted or former.get("containerID") != f"{self._runtime.name}://{found.id}":
            return
        self._held[found.name] = {"resources": former["resources"]}
        pause = f"{what}/{wanted}"
        if (left := self._backoff.left(pause)) and not self._jobs.goes_on(self._key, what):
            self._soon(left)
            return

        def work() -> Mapping[str, Any]:
            upkeep.resize(spec, found)
            return wanted

        try:
            while self._jobs.run(self._key, what, work) != wanted:
                continue  # what came to its end was wanted before
        except Busy:
            return
        except RuntimeFailure as error:
            self._resize = self._resize._replace(failure=str(error))
            self._soon(self._backoff.note(pause))
            return
        self._backoff.clear(pause)
        del self._held[found.name]

    def _event(self, kind: str, reason: str, message: str, container: str = "") -> None:
        field = f"spec.containers{{{container}}}" if container else ""
        for other in ("initContainers", "ephemeralContainers") if container else ():
            if any(item["name"] == container for item in self._pod["spec"].get(other) or ()):
                field = f"spec.{other}{{{container}}}"
        self._recorder.event(self._pod, kind, reason, message, field_path=field, host=meta.name(self._node))

    def _soon(self, seconds: float | None) -> None:
        """Come again after so many seconds, or earlier if asked for."""
        if seconds is not None:
            self.again = seconds if self.again is None else min(self.again, seconds)
