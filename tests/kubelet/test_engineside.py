"""The kubelets' side that an engine has."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from minikube_py.client.loops import VOLUME_DRIVER, Change
from minikube_py.cluster.loopstate import LoopState
from minikube_py.kubelet import servicenames
from minikube_py.kubelet.engineside import ON_PAPER, EngineSide
from minikube_py.kubelet.ipam import Addresses
from minikube_py.kubelet.jobs import Busy, Jobs
from minikube_py.kubelet.runtime import Found, PodSandboxStatus, RuntimeFailure
from minikube_py.storage.memory import MemoryBackend
from minikube_py.testing import FakeClock


class Engine:
    """An engine that answers, or fails, as it is told to."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.removed: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def relist(self) -> list[Found]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        found: list[Found] = answer
        return found

    def pod_sandbox_status(self, uid: str) -> PodSandboxStatus:
        return PodSandboxStatus("s", uid, "10.244.0.2", 0.0)

    def remove_volume(self, name: str) -> None:
        self.gate.wait(10)
        self.removed.append(name)


def side(engine: Engine, state: LoopState | None = None, jobs: Jobs | None = None) -> EngineSide:
    client = SimpleNamespace(items=lambda *words, **options: [{"metadata": {"name": "node"}}], find=lambda *words: None)
    state = state or LoopState(MemoryBackend(), "kubelet")
    context: Any = SimpleNamespace(client=client, client_for=lambda *words: client, state=state, clock=FakeClock(0.0))
    return EngineSide(context, engine, jobs or Jobs(None), Addresses(state))  # type: ignore[arg-type]


VOLUME = {"metadata": {"name": "disk"}, "spec": {"persistentVolumeReclaimPolicy": "Delete", "csi": {"driver": VOLUME_DRIVER, "volumeHandle": "disk"}}}


def test_what_was_not_done_when_a_process_ended_comes_to_the_next_one() -> None:
    state, engine, gate = LoopState(MemoryBackend(), "kubelet"), Engine(), threading.Event()
    engine.answers = [[], [], []]
    killed = side(engine, state, Jobs(lambda: ()))
    assert list(killed.relist()) == []
    changed = killed.watches(lambda change: ())["persistentvolumes"]
    assert list(changed(Change("DELETED", VOLUME, VOLUME, 7))) == ["volume/disk"]
    engine.gate = gate
    with pytest.raises(Busy):
        killed.remove_volume("volume/disk", "disk")
    killed.flush()
    after = side(engine, state)
    assert list(after.relist()) == ["volume/disk"]
    gate.set()
    assert after.remove_volume("volume/disk", "disk") is None
    assert "disk" in engine.removed
    after.flush()
    assert list(side(engine, state).relist()) == []


def test_work_that_nobody_waits_for_is_not_kept() -> None:
    state, engine, jobs = LoopState(MemoryBackend(), "kubelet"), Engine(), Jobs(lambda: ())
    engine.answers = [[], []]
    tested = side(engine, state, jobs)
    assert list(tested.relist()) == []
    for _ in range(2):
        with pytest.raises(Busy):
            jobs.run("pod/default/web", "probe", int, awaited=False)
        while not list(jobs.look()):
            jobs.wait(10)
        tested.flush()
        jobs.run("pod/default/web", "probe", int, awaited=False)
    with pytest.raises(Busy):
        jobs.run("pod/default/web", "probe", int, awaited=False)
    tested.flush()
    assert state.items() == []


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (RuntimeFailure("Gone", "no engine answers"), "no engine answers"),
        (RuntimeError("cannot schedule new futures after interpreter shutdown"), "cannot schedule new futures after interpreter shutdown"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_look_that_fails_tells_the_nodes_and_the_next_one_is_taken(failure: Exception, why: str) -> None:
    engine = Engine()
    engine.answers = [failure, [Found("u", "default", "web", "node")]]
    tested = side(engine)
    assert list(tested.relist()) == ["node/node"]
    assert tested.down == why
    found: list[str] = []
    while not found:  # the second look is taken in a thread
        found = list(tested.relist())
    assert (found, tested.down) == (["node/node", "gone/u/node"], "")


def named(change: Change, resource: str = "services") -> tuple[list[str], EngineSide]:
    """Return the keys that a first change brings where the pods here and on paper are."""
    pods = {name: {"metadata": {"name": name, "namespace": "default", "uid": name, "annotations": notes}}
            for name, notes in (("here", {}), ("paper", {ON_PAPER: "dryrun"}))}  # fmt: skip
    tested = side(Engine())
    client: Any = tested.place.proxy
    client.items = lambda what, **options: [{"metadata": {"name": "node"}}] if what == "nodes" else list(pods.values())
    client.find = lambda what, name, namespace: pods.get(name)
    return sorted(set(tested.watches(lambda change: ())[resource](change))), tested


def service(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web", "namespace": "default"}, "spec": spec}


def ends(name: str) -> dict[str, Any]:
    target = {"kind": "Pod", "namespace": "default", "name": name, "uid": name}
    return {"metadata": {"name": "web-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}}, "endpoints": [{"targetRef": target}]}


EVERYONE = ["pod/default/here", "pod/default/paper"]
OF_CLUSTER = {"metadata": {"name": "kube-dns", "labels": {"kubernetes.io/cluster-service": "true"}}, "spec": {"selector": {"k8s-app": "kube-dns"}}}


@pytest.mark.parametrize(
    ("resource", "kind", "item", "keys"),
    [
        ("services", "ADDED", service(selector={"app": "web"}), EVERYONE),
        ("services", "DELETED", service(selector={"app": "web"}), []),
        ("services", "ADDED", service(externalName="elsewhere"), []),
        ("services", "ADDED", OF_CLUSTER, []),
        (servicenames.SLICES, "ADDED", ends("here"), EVERYONE),
        (servicenames.SLICES, "ADDED", ends("paper"), ["pod/default/paper"]),
        (servicenames.SLICES, "ADDED", ends("gone"), ["pod/default/gone"]),
    ],
)
def test_pods_are_to_be_named_once_there_is_somebody_to_be_found(resource: str, kind: str, item: dict[str, Any], keys: list[str]) -> None:
    found, tested = named(Change(kind, item, None, 7), resource)
    assert (found, tested.place.state.get(servicenames.NEEDED) is not None) == (keys, keys == EVERYONE)
    if keys == EVERYONE:
        again = tested.watches(lambda change: ())
        assert list(again["services"](Change("ADDED", service(selector={"app": "db"}), None, 8))) == []
        assert list(again[servicenames.SLICES](Change("ADDED", ends("paper"), None, 9))) == ["pod/default/paper"]
