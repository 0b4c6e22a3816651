"""What a pod needs of its kubelet where it really runs is brought to its sandbox, whatever comes meanwhile."""

import threading
from typing import Any

from minikube_py.kubelet.jobs import Jobs
from minikube_py.kubelet.runtime import File, PodSandboxConfig
from minikube_py.kubelet.upkeep import Place, Upkeep
from tests.kubelet.test_prober import State

POD = {"metadata": {"name": "one", "namespace": "default", "uid": "u"}, "spec": {"containers": []}}
NODE = {"metadata": {"name": "n"}}


class Engine:
    """An engine that does not come to an end with a sandbox until it may."""

    def __init__(self) -> None:
        self.brought: list[bytes] = []
        self.may_end = threading.Event()

    def update_pod_sandbox(self, config: PodSandboxConfig) -> None:
        self.brought.append(config.sources["v"]["k"].data)
        self.may_end.wait(10)


def update(place: Place, data: bytes) -> None:
    """Sync the pod, whose file holds this by now."""
    nobody: Any = None
    upkeep = Upkeep(place, POD, NODE, nobody, nobody, 0.0, dict, lambda *event: None)
    upkeep._config = PodSandboxConfig(POD, "n", "", {"v": {"k": File(data)}})
    upkeep.update()


def test_what_comes_while_files_are_brought_is_brought_too() -> None:
    engine, nobody = Engine(), None
    place = Place(engine, Jobs(list), State(), nobody, set(), {})  # type: ignore[arg-type]
    update(place, b"old")
    update(place, b"new")  # the former one is still being brought
    engine.may_end.set()
    while place.jobs.outstanding():
        place.jobs.wait(10)
        place.jobs.look()
        update(place, b"new")
    assert engine.brought == [b"old", b"new"]
    update(place, b"new")
    assert engine.brought == [b"old", b"new"]
