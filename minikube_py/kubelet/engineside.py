"""The kubelets' side that an engine has: what happens there by itself, pods on paper beside it, volumes that are to go with their claims."""

import threading
from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, LoopContext
from minikube_py.kits.clock import VirtualClock
from minikube_py.kubelet import mounts, servicenames, upkeep
from minikube_py.kubelet.ipam import Addresses
from minikube_py.kubelet.jobs import BROKEN, Jobs
from minikube_py.kubelet.nodestatus import ARCHITECTURES, Machine
from minikube_py.kubelet.runtime import Engine, Found, RuntimeFailure
from minikube_py.kubelet.runtimes.dryrun import DryRunRuntime
from minikube_py.kubelet.upkeep import Place
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

ON_PAPER = "kctl.dev/runtime"  # a pod annotated with "dryrun" is there on paper only, as the control plane's are, which kctl itself is
_OUTSTANDING = "outstanding/"  # in the loop's state: keys whose work had not come to its end at the last checkpoint
_PAUSE = 5.0  # seconds between two tries to reach an engine
_NETWORK_USER = "system:kube-proxy"  # who may see services and where they lead to
_STORAGE_USER = "system:serviceaccount:kube-system:storage-provisioner"
Handler = Callable[[Change], Iterable[str]]


class EngineSide:
    """What the kubelet loop has besides where pods really run."""

    def __init__(self, context: LoopContext, engine: Engine, jobs: Jobs, addresses: Addresses) -> None:
        self._context = context
        self._engine = engine
        self._addresses = addresses
        self._touched: set[str] = set()
        self.place = Place(engine, jobs, context.state, context.client_for(_NETWORK_USER, ()), self._touched, {})
        self.paper = DryRunRuntime(context.state, context.clock)
        self.at_once = Jobs(None)
        self._seen: list[list[Found] | KctlError] = []  # what came of looks that nobody has been told of yet
        self._looking: threading.Thread | None = None
        self._has_looked = False
        self._kept: set[str] = set()
        self.down = ""  # why the engine did not answer when it was looked at last

    def watches(self, awaited: Handler) -> Mapping[str, Handler]:
        """Return what wakes pods that really run; `awaited` wakes those that wait for an object."""

        def changed(resource: str) -> Handler:
            return lambda change: [*awaited(change), *self._mounting(resource, change.object)]

        return {"configmaps": changed("configmaps"), "secrets": changed("secrets"), "persistentvolumes": self._volume_changed,
                "services": self._service_changed, servicenames.SLICES: self._slice_changed}  # fmt: skip

    def _service_changed(self, change: Change) -> Iterable[str]:
        return self._to_be_named(lambda: change.type != "DELETED" and servicenames.leads_to_pods(change.object))

    def _slice_changed(self, change: Change) -> Iterable[str]:
        keys = servicenames.concerned(change)
        return [*self._to_be_named(lambda: any(map(self._is_here, keys))), *(f"pod/{key}" for key in keys)]

    def _is_here(self, key: str) -> bool:
        namespace, _, name = key.partition("/")
        pod = self._context.client.find("pods", name, namespace)
        return pod is not None and self.runs(pod)

    def _to_be_named(self, asked: Callable[[], bool]) -> Iterable[str]:
        """Let all pods be on the network of names once one is to be found there: until then it would only take time to put them there."""
        state = self._context.state
        if state.get(servicenames.NEEDED) is not None or not asked():
            return ()
        state.put(servicenames.NEEDED, 1)
        return [f"pod/{meta.key(pod)}" for pod in self._pods()]

    def _mounting(self, resource: str, obj: Object) -> Iterable[str]:
        """Return the pods that mount a config map or secret."""
        return [f"pod/{meta.key(pod)}" for pod in self._pods() if meta.namespace(pod) == meta.namespace(obj) and mounts.mentions(pod, resource, meta.name(obj))]

    def _pods(self) -> Iterable[Object]:
        for node in self.place.proxy.items("nodes"):
            name = meta.name(node)
            client = self._context.client_for(f"system:node:{name}", ("system:nodes",))
            yield from client.items("pods", index=("node", name))

    def _volume_changed(self, change: Change) -> Iterable[str]:
        volume = change.object
        if change.type != "DELETED" or volume["spec"].get("persistentVolumeReclaimPolicy") != "Delete" or not mounts.is_of_engine(volume):
            return ()
        return (f"volume/{meta.name(volume)}",)

    def remove_volume(self, key: str, name: str) -> float | None:
        """Remove the engine's volume of a PersistentVolume that is gone."""
        if self._context.client_for(_STORAGE_USER, ()).find("persistentvolumes", name) is None:  # else there is another one of that name
            try:
                self.place.jobs.run(key, "remove", lambda: self._engine.remove_volume(name))
            except RuntimeFailure:  # a container still has it, which may be just about to go
                self.place.jobs.follow(key, "remove ")
                return _PAUSE
        return None

    def flush(self) -> None:
        """Keep the keys whose work goes on: the next process would not know of them where the engine had done all, or nothing yet, when this one ends."""
        keys = self.place.jobs.outstanding()
        for key in sorted(keys - self._kept):
            self._context.state.put(_OUTSTANDING + key, 1)
        for key in sorted(self._kept - keys):
            self._context.state.delete(_OUTSTANDING + key)
        self._kept = keys

    def relist(self) -> Iterable[str]:
        """Return the keys of pods to which the engine, or somebody at it, did something, of what is left of pods that are no more, and of what another
        process was about when it ended.

        The first look is waited for, as all else rests on it. Later ones are taken in a thread: their news comes with the call after them.
        """
        if not self._has_looked:
            self._has_looked = True
            self._look()
            self._kept = {key.removeprefix(_OUTSTANDING) for key, _ in self._context.state.items(_OUTSTANDING)}
            yield from sorted(self._kept)
        elif self._looking is None:
            self._looking = threading.Thread(target=self._look, name="relist", daemon=True)
            self._looking.start()
            return
        elif self._looking.is_alive() and not self._seen:
            return
        else:
            self._looking = None
        outcomes, self._seen = self._seen, []
        for outcome in outcomes:
            yield from self._unreached(outcome) if isinstance(outcome, KctlError) else self._reached(outcome)

    def _look(self) -> None:
        try:
            self._seen.append(list(self._engine.relist()))
        except KctlError as error:
            self._seen.append(error)
        except Exception as error:  # for one, no more threads can be started while a process ends
            self._seen.append(RuntimeFailure(BROKEN, str(error) or type(error).__name__))
        self.place.jobs.ring()

    def _unreached(self, error: KctlError) -> Iterable[str]:
        news = not self.down
        self.down = str(error)
        return self._nodes() if news else ()

    def _reached(self, news: Iterable[Found]) -> Iterable[str]:
        if self.down:
            self.down = ""
            yield from self._nodes()
        for found in news:
            status = self._engine.pod_sandbox_status(found.uid)
            if status is not None:
                self._addresses.hold(found.node, found.uid, status.ip)
            pod = self._context.client.find("pods", found.name, found.namespace)
            if pod is None or meta.uid(pod) != found.uid:
                yield f"gone/{found.uid}/{found.node}"
            else:
                self._touched.add(found.uid)
                yield f"pod/{found.namespace}/{found.name}"

    def _nodes(self) -> Iterable[str]:
        return [f"node/{meta.name(node)}" for node in self.place.proxy.items("nodes")]

    def runs(self, pod: Object) -> bool:
        """Tell whether a pod really runs."""
        return meta.annotations(pod).get(ON_PAPER) != "dryrun"

    def pause(self, pod: Object) -> float:
        """Return the seconds for which a pod has to wait: until the engine answers, or until now, as nothing can be caught up with there."""
        clock = self._context.clock
        if not self.runs(pod):
            return 0.0
        if self.down:
            return _PAUSE
        behind = clock.real() - clock.now() if isinstance(clock, VirtualClock) else 0.0
        return behind if behind > 1.0 else 0.0

    def machine(self) -> Machine:
        """Return what the engine is, and what it has of the machine."""
        try:
            info = self._engine.info
        except KctlError as error:
            self.down = self.down or str(error)
            return Machine(f"{self._engine.name}://")
        capacity = {"cpu": str(info.cpus), "memory": f"{info.memory // 1024}Ki"} if info.cpus and info.memory else {}
        system = {"kernelVersion": info.kernel, "osImage": info.os, "architecture": ARCHITECTURES.get(info.architecture, info.architecture)}
        return Machine(f"{info.name}://{info.version}", capacity, {name: text for name, text in system.items() if text})

    def forget(self, key: str, uid: str) -> None:
        """Forget all about a pod that is gone."""
        self._touched.discard(uid)
        self.place.ending.pop(uid, None)
        self.place.jobs.forget(key)
        upkeep.forget(self._context.state, uid)
