"""A runtime that takes its time: its work goes on in threads, the loops are told when it has ended, and nothing is done twice."""

import contextlib
import json
import random
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import pytest

from minikube_py import testing
from minikube_py.cluster.cluster import Cluster
from minikube_py.cluster.loopstate import LoopState
from minikube_py.kubelet import podstatus
from minikube_py.kubelet.jobs import Busy, Jobs
from minikube_py.kubelet.runtime import (
    CREATED,
    EXITED,
    RUNNING,
    ContainerConfig,
    ContainerStatus,
    Found,
    PodSandboxConfig,
    PodSandboxStatus,
    RuntimeFailure,
)
from minikube_py.plugin import hookimpl
from minikube_py.plugin.manager import PluginManager


class Told(NamedTuple):
    name: str = "slow"
    version: str = "1"
    cpus: int = 3
    memory: int = 5 << 30
    os: str = "Slow OS"
    kernel: str = "1.2"
    architecture: str = "x86_64"


class SlowEngine:
    """An engine in memory whose work each time waits for a moment; it notes what was asked for in order."""

    name = "slow"
    version = "1"
    info = Told()

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked: list[str] = []
        self.threads: set[str] = set()
        self.pods: dict[str, PodSandboxConfig] = {}
        self.containers: dict[str, dict[str, ContainerStatus]] = {}
        self.touched: set[str] = set()
        self.uprooted: set[str] = set()  # pods whose sandbox does not run
        self.refuses = ""  # why it does not resize
        self.stuck = ""  # what it does not come to an end with

    def _note(self, what: str) -> None:
        threading.Event().wait(0.01)
        with self.lock:
            self.asked.append(what)
            self.threads.add(threading.current_thread().name.partition(" ")[0])
        while what == self.stuck:
            threading.Event().wait(0.1)

    def relist(self) -> list[Found]:
        found = [Found(uid, one.pod["metadata"]["namespace"], one.pod["metadata"]["name"], one.node) for uid, one in self.pods.items() if uid in self.touched]
        self.touched.clear()
        return found

    def run_pod_sandbox(self, config: PodSandboxConfig) -> str:
        if config.uid not in self.pods:
            self._note("sandbox")
            if config.pod["metadata"]["name"] == "refused":
                self.pods[config.uid], self.containers[config.uid] = config, {}
                self.uprooted.add(config.uid)  # it leaves half of it
                self.touched.add(config.uid)
                raise RuntimeFailure("CreatePodSandboxError", "port is already allocated")
            self.pods[config.uid], self.containers[config.uid] = config, {}
        return config.uid

    def stop_pod_sandbox(self, uid: str, timeout: int = 0) -> None:
        self._note("stop")
        for name, status in self.containers.get(uid, {}).items():
            self.containers[uid][name] = ended(status, 0)

    def remove_pod_sandbox(self, uid: str) -> None:
        self._note("remove")
        self.pods.pop(uid, None)
        self.containers.pop(uid, None)

    def pod_sandbox_status(self, uid: str) -> PodSandboxStatus | None:
        if uid not in self.pods:
            return None
        return PodSandboxStatus(uid, uid, self.pods[uid].ip, testing.START, tuple(self.containers[uid].values()), uid not in self.uprooted)

    def list_pod_sandboxes(self) -> list[str]:
        return list(self.pods)

    def pull_image(self, image: str, pod: Any, container: str, pull_secrets: Any = ()) -> str:
        self._note(f"pull {image}")
        if image == "none":
            raise RuntimeFailure("ErrImagePull", "not there")
        return f'Successfully pulled image "{image}"'

    def create_container(self, uid: str, config: ContainerConfig) -> str:
        name = config.spec["name"]
        self._note(f"create {name} {config.attempt}")
        found = ContainerStatus(f"{uid}-{name}-{config.attempt}", name, config.attempt, CREATED, config.spec["image"], "", testing.START)
        self.containers[uid][name] = found
        return found.id

    def start_container(self, uid: str, container_id: str) -> None:
        self._note("start")
        for name, status in self.containers[uid].items():
            if status.id == container_id:
                if status.image == "broken":
                    raise RuntimeFailure("RunContainerError", "it does not start")
                self.containers[uid][name] = changed(status, state=RUNNING, started_at=testing.START)

    def stop_container(self, uid: str, container_id: str, timeout: int) -> None:
        self._note("stop one")
        for name, status in self.containers[uid].items():
            if status.id == container_id:
                self.containers[uid][name] = ended(status, 0)

    def logs(self, pod: Any, container: str, options: Mapping[str, Any]) -> Iterator[str]:
        yield "log\n"

    def changes_at(self, uid: str) -> float | None:
        return None

    def update_pod_sandbox(self, config: PodSandboxConfig) -> None:
        self._note("update")

    def resize_container(self, uid: str, container_id: str, pod: Any, spec: Mapping[str, Any], memory: int) -> None:
        self._note(f"resize to {spec['resources']['limits']['cpu']}")
        if self.refuses:
            raise RuntimeFailure("ResizeError", self.refuses)

    def withdraw_pod_sandbox(self, config: PodSandboxConfig) -> None:
        self._note("withdraw")

    def exec_sync(self, uid: str, container_id: str, command: Any, timeout: float) -> tuple[int, bytes]:
        self._note(f"exec {' '.join(command)}")
        return 0, b""

    def connect(self, uid: str, port: int, timeout: float) -> socket.socket:
        raise ConnectionRefusedError(port)

    def check(self, uid: str, port: int, timeout: float) -> None:
        raise ConnectionRefusedError(port)

    def stats(self, uid: str) -> dict[str, Any]:
        return {}

    def remove_volume(self, name: str) -> None:
        self._note(f"remove volume {name}")

    def remove_all(self) -> None:
        self.pods.clear()
        self.containers.clear()


def changed(status: ContainerStatus, **fields: Any) -> ContainerStatus:
    return status._replace(**fields)


def ended(status: ContainerStatus, code: int) -> ContainerStatus:
    return changed(status, state=EXITED, finished_at=testing.START, exit_code=code, reason="Error" if code else "Completed")


class Plugin:
    """Brings the engine into a cluster."""

    def __init__(self, engine: SlowEngine) -> None:
        self.engine = engine

    @hookimpl
    def kctl_register_runtimes(self, registry: Any) -> None:
        registry.add("slow", lambda context: self.engine)


@pytest.fixture
def engine() -> SlowEngine:
    return SlowEngine()


@pytest.fixture
def slow(engine: SlowEngine) -> Iterator[testing.Kctl]:
    """A cluster on that engine, without pods of its own; each command looks at the engine anew."""
    cluster = testing.new_cluster(plugins=(Plugin(engine),), runtime="slow")
    kctl = testing.Kctl(cluster)
    kctl("get pods -A")
    engine.asked.clear()
    yield kctl
    cluster.close()


def settled(kctl: testing.Kctl, holds: Callable[[], bool]) -> None:
    """Let the loops go on until something holds: later looks at an engine are taken in a thread."""
    for _ in range(500):
        kctl.cluster.settle()
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it does not come to hold")


POD = """
apiVersion: v1
kind: Pod
metadata: {name: one}
spec:
  initContainers: [{name: first, image: a, restartPolicy: Always}]
  containers: [{name: two, image: b}, {name: three, image: c}]
"""


def test_a_pod_comes_up_within_the_command_that_asks_for_it(slow: testing.Kctl, engine: SlowEngine) -> None:
    slow("apply -f -", stdin=POD)
    assert slow("get pod one --no-headers").split()[1:3] == ["3/3", "Running"]
    assert sorted(engine.asked[:2]) == ["pull a", "sandbox"]  # side by side
    assert engine.asked[2:4] == ["create first 0", "start"]
    assert sorted(engine.asked[4:]) == ["create three 0", "create two 0", "pull b", "pull c", "start", "start"]
    assert engine.threads == {"runtime"}
    reasons = slow("get events --field-selector involvedObject.name=one -o jsonpath={.items[*].reason}").split()
    assert sorted(reasons) == sorted(["Scheduled", *["Pulling", "Pulled", "Created", "Started"] * 3])


def test_a_pod_goes_within_the_command_that_deletes_it(slow: testing.Kctl, engine: SlowEngine) -> None:
    slow("apply -f -", stdin=POD)
    engine.asked.clear()
    slow("delete pod one")
    assert engine.asked == ["withdraw"] + ["stop one"] * 3 + ["stop", "stop", "remove"]  # the second stop belongs to the removal, which also comes without one
    assert slow.result("get pod one").code == 1
    assert [one.pod["metadata"]["name"] for one in engine.pods.values() if one.pod["metadata"]["name"] == "one"] == []


def test_what_cannot_be_pulled_or_started_is_told(slow: testing.Kctl) -> None:
    for image in ("none", "broken"):
        slow(f"run {image} --image={image}")
    shown = slow("get pods --no-headers").split("\n")
    assert [line.split()[:3] for line in shown[:2]] == [["broken", "0/1", "RunContainerError"], ["none", "0/1", "ImagePullBackOff"]]


def test_what_cannot_be_started_has_ended_as_its_policy_says(engine: SlowEngine) -> None:
    clock = testing.FakeClock()
    cluster = testing.new_cluster(plugins=(Plugin(engine),), runtime="slow", clock=clock)
    kctl = testing.Kctl(cluster)
    kctl("run once --image=broken --restart=Never")
    kctl("run again --image=broken")

    def both_shown() -> bool:
        clock.advance(0.1)  # the starts fail in threads: whenever they do, there has to be time after it
        return [line.split()[2] for line in kctl("get pods --no-headers").splitlines()] == ["CrashLoopBackOff", "StartError"]

    settled(kctl, both_shown)
    ended = kctl("get pod once -o jsonpath={.status.phase},{.status.containerStatuses[0].state.terminated.exitCode}")
    assert ended == "Failed,128"
    assert kctl("get pod again -o jsonpath={.status.containerStatuses[0].lastState.terminated.message}") == "it does not start"
    cluster.close()


def test_a_sandbox_that_is_refused_is_tried_again_after_a_pause(slow: testing.Kctl, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minikube_py.kubelet.jobs._RELIST", 0.0)
    slow("run refused --image=a")
    for _ in range(5):
        engine.pods.clear()
        engine.touched.add(slow("get pod refused -o jsonpath={.metadata.uid}"))
        slow("get pods")
    assert engine.asked.count("sandbox") == 1
    assert slow("get events --field-selector reason=FailedCreatePodSandBox -o jsonpath={.items[*].count}") == "1"


def test_how_an_engine_ended_a_container_is_not_forgotten() -> None:
    seen = {"containerID": "slow://1", "finishedAt": "2026-01-01T00:00:00Z", "exitCode": 3, "reason": "Error"}
    lost = {**seen, "exitCode": 137, "reason": "ContainerStatusUnknown"}
    assert podstatus.told({"terminated": seen}, dict(lost)) == {"terminated": seen}
    assert podstatus.told({"terminated": seen}, {**lost, "finishedAt": "2026-01-01T00:00:09Z"})["terminated"]["exitCode"] == 137
    assert podstatus.told({}, dict(lost)) == {"terminated": lost}


def test_a_key_comes_again_when_what_may_be_in_its_way_has_ended() -> None:
    work, going = Jobs(lambda: ()), threading.Event()
    work.follow("volume/a", "remove ")  # nothing goes on
    with contextlib.suppress(Busy):
        work.run("gone/1", "remove 1", going.wait)
    work.follow("volume/b", "remove ")
    work.follow("volume/c", "stop")
    going.set()
    while work.is_busy() and not work._returned:
        work.wait(1.0)
    assert list(work.look()) == ["gone/1", "volume/b"]


def test_a_pod_is_over_when_its_sidecars_are(slow: testing.Kctl, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minikube_py.kubelet.jobs._RELIST", 0.0)
    slow("apply -f -", stdin=POD.replace("spec:", "spec:\n  restartPolicy: Never", 1))
    uid = slow("get pod one -o jsonpath={.metadata.uid}")
    for name in ("two", "three"):
        engine.containers[uid][name] = ended(engine.containers[uid][name], 0)
    engine.touched.add(uid)
    settled(slow, lambda: slow("get pod one -o jsonpath={.status.phase}") == "Succeeded")
    assert "running" not in slow("get pod one -o jsonpath={.status.initContainerStatuses[0].state}")


def test_no_sandbox_is_made_for_a_pod_that_is_over(slow: testing.Kctl, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minikube_py.kubelet.jobs._RELIST", 0.0)
    slow("run one --image=a --restart=Never")
    uid = slow("get pod one -o jsonpath={.metadata.uid}")
    made: list[str] = []

    def make(config: PodSandboxConfig) -> str:
        made.append(config.uid)
        engine.uprooted.discard(config.uid)
        return config.uid

    monkeypatch.setattr(engine, "run_pod_sandbox", make)
    engine.containers[uid]["one"] = ended(engine.containers[uid]["one"], 0)
    engine.uprooted.add(uid)
    engine.touched.add(uid)
    settled(slow, lambda: slow("get pod one -o jsonpath={.status.phase}") == "Succeeded")
    assert made == []


def test_a_sandbox_that_is_made_again_is_told_of(slow: testing.Kctl, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minikube_py.kubelet.jobs._RELIST", 0.0)
    slow("run one --image=a")
    uid = slow("get pod one -o jsonpath={.metadata.uid}")

    def make(config: PodSandboxConfig) -> str:
        engine.uprooted.discard(config.uid)
        engine.touched.add(config.uid)
        return config.uid

    monkeypatch.setattr(engine, "run_pod_sandbox", make)
    engine.uprooted.add(uid)
    engine.touched.add(uid)
    settled(slow, lambda: not engine.uprooted)
    said = "get events --field-selector reason=SandboxChanged -o jsonpath={.items[*].type}{.items[*].message}{.items[*].count}"
    assert slow(said) == "NormalPod sandbox changed, it will be killed and re-created.1"


def test_a_container_that_was_killed_behind_our_back_is_started_again(slow: testing.Kctl, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minikube_py.kubelet.jobs._RELIST", 0.0)
    slow("run one --image=a")
    uid = slow("get pod one -o jsonpath={.metadata.uid}")
    engine.containers[uid]["one"] = ended(engine.containers[uid]["one"], 137)
    engine.touched.add(uid)
    settled(slow, lambda: slow("get pod one --no-headers").split()[:4] == ["one", "1/1", "Running", "1"])
    assert slow("get pod one -o jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}") == "137"


def test_a_sandbox_is_not_made_again_without_what_its_pod_mounts(
    slow: testing.Kctl, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("minikube_py.kubelet.jobs._RELIST", 0.0)
    monkeypatch.setenv("KCTL_DEBUG", "1")  # so that a loop's mistake is told
    slow("create configmap conf --from-literal=a=b")
    mounting = {"metadata": {"name": "one"}, "apiVersion": "v1", "kind": "Pod", "spec": {
        "containers": [{"name": "one", "image": "a", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
        "volumes": [{"name": "v", "configMap": {"name": "conf"}}]}}  # fmt: skip
    slow("apply -f -", stdin=json.dumps(mounting))
    uid = slow("get pod one -o jsonpath={.metadata.uid}")
    slow("delete configmap conf")
    engine.asked.clear()
    engine.uprooted.add(uid)
    engine.touched.add(uid)
    said = "get events --field-selector reason=FailedMount -o jsonpath={.items[*].message}"
    settled(slow, lambda: slow(said) == 'MountVolume.SetUp failed for volume "v" : configmap "conf" not found')
    assert "sandbox" not in engine.asked
    assert capfd.readouterr().err == ""


def test_a_command_comes_to_its_own_work_while_a_pod_takes_its_time_to_end(
    slow: testing.Kctl, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow("run one --image=a")
    engine.stuck = "stop one"
    slow.cluster.client().delete("pods", "one", "default", grace_period_seconds=3600)
    monkeypatch.setattr("minikube_py.cluster.cluster._PATIENCE", 0.0)
    assert slow.cluster.has_written
    assert slow.cluster.catch_up() == ""
    assert not slow.cluster.has_written  # nor does it wait once more when it has done that
    assert slow.cluster.client().get("pods", "one", "default")["metadata"]["deletionGracePeriodSeconds"] == 3600
    engine.stuck = ""
    slow.cluster.settle()
    assert slow.cluster.client().find("pods", "one", "default") is None


def test_a_container_is_resized_while_it_runs(slow: testing.Kctl, engine: SlowEngine) -> None:
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": {"containers": [
        {"name": "one", "image": "a", "resources": {"limits": {"cpu": "1", "memory": "1Mi"}}}]}}  # fmt: skip
    slow("apply -f -", stdin=json.dumps(made))
    patch = '{"spec": {"containers": [{"name": "one", "resources": {"limits": {"cpu": "%s"}, "requests": {"cpu": "%s"}}}]}}'
    shown = "get pod one -o jsonpath={.status.containerStatuses[0].resources.limits.cpu}:{.status.containerStatuses[0].restartCount}"
    told = ["get", "pod", "one", "-o", "jsonpath={.status.conditions[?(@.type=='PodResizeInProgress')].message}"]
    engine.refuses = "too little"
    slow(["patch", "pod", "one", "--subresource=resize", "-p", patch % ("1500m", "1500m")])
    assert (slow(shown), slow(told)) == ("1:0", "too little")
    engine.refuses = ""
    slow(["patch", "pod", "one", "--subresource=resize", "-p", patch % ("2", "2")])
    assert (slow(shown), slow(told)) == ("2:0", "")
    assert [what for what in engine.asked if what.startswith("resize")]== ["resize to 1500m", "resize to 2"]
    assert "PodResize" not in slow("get pod one -o yaml")


def test_a_pod_that_is_being_stopped_is_asked_whether_it_is_ready(engine: SlowEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = testing.FakeClock()
    cluster = testing.new_cluster(plugins=(Plugin(engine),), runtime="slow", clock=clock)
    probe = {"exec": {"command": ["ask"]}, "periodSeconds": 1, "failureThreshold": 1}
    containers = [{"name": "one", "image": "a", "readinessProbe": probe, "livenessProbe": probe}, {"name": "two", "image": "a"}]
    client = cluster.client()
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": "default"}, "spec": {"containers": containers}})
    cluster.settle()
    monkeypatch.setattr("minikube_py.cluster.cluster._PATIENCE", 0.0)

    def until_ready_is(wanted: str) -> dict[str, Any]:
        for _ in range(500):
            clock.advance(1.0)
            cluster.catch_up()
            found = client.get("pods", "one", "default")
            conditions = {item["type"]: (item["status"], item.get("message", "")) for item in found["status"]["conditions"]}
            if conditions["Ready"][0] == wanted:
                return {**found["status"], "ready": conditions["Ready"]}
            threading.Event().wait(0.01)
        raise AssertionError(f"Ready does not become {wanted}")

    until_ready_is("True")
    engine.stuck = "stop one"
    client.delete("pods", "one", "default", grace_period_seconds=3600)
    cluster.catch_up()
    monkeypatch.setattr(engine, "exec_sync", lambda *asked: (1, b"no"))
    unready = until_ready_is("False")
    assert (unready["phase"], unready["ready"]) == ("Running", ("False", "containers with unready status: [one]"))
    shown = [(each["ready"], each["restartCount"], list(each["state"])) for each in unready["containerStatuses"]]
    assert shown == [(False, 0, ["running"]), (True, 0, ["running"])]
    engine.stuck = ""
    cluster.settle()
    assert client.find("pods", "one", "default") is None
    cluster.close()


def test_a_pod_that_cannot_be_removed_now_is_told_of_and_tried_again(engine: SlowEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = testing.FakeClock()
    cluster = testing.new_cluster(plugins=(Plugin(engine),), runtime="slow", clock=clock)
    kctl = testing.Kctl(cluster)
    kctl("run one --image=a")
    remove, refusals = engine.remove_pod_sandbox, [RuntimeFailure("RuntimeBroken", "no space left on device")]

    def refused(uid: str) -> None:
        if refusals:
            raise refusals.pop()
        remove(uid)

    monkeypatch.setattr(engine, "remove_pod_sandbox", refused)
    kctl("delete pod one --now --wait=false")
    said = "get events --field-selector reason=FailedKillPod -o jsonpath={.items[*].message}"
    assert kctl(said) == "error killing pod: no space left on device" and len(engine.pods) == 1
    clock.advance(10.0)
    assert kctl("get pods -o name") == "" and engine.pods == {}
    cluster.close()


def test_what_is_left_of_a_pod_that_is_no_more_is_removed(slow: testing.Kctl, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minikube_py.kubelet.jobs._RELIST", 0.0)
    pod = {"metadata": {"name": "old", "namespace": "default", "uid": "u-1"}, "spec": {}}
    engine.run_pod_sandbox(PodSandboxConfig(pod, "minikube", "10.244.0.99"))
    engine.touched.add("u-1")
    settled(slow, lambda: "u-1" not in engine.pods)


def next_process(killed: testing.Kctl, engine: SlowEngine) -> testing.Kctl:
    """Return the cluster as a new process finds it; of what the one before was about, it knows what was stored."""
    before = killed.cluster
    return testing.Kctl(Cluster(before.settings, before.backend, PluginManager(given=(Plugin(engine),)), clock=testing.FakeClock(), rng=random.Random(1)))


def until_asked(kctl: testing.Kctl, engine: SlowEngine, what: str) -> None:
    """Let the loops go on until the engine has been asked for something; of what came of it nobody is told."""
    while what not in engine.asked:
        kctl.cluster.settle_some(1.0)
        threading.Event().wait(0.001)


@pytest.mark.parametrize("grace", [1, 0])
def test_a_pod_that_a_killed_process_has_removed_is_no_more(slow: testing.Kctl, engine: SlowEngine, grace: int) -> None:
    slow("run one --image=a")
    uid = slow("get pod one -o jsonpath={.metadata.uid}")
    slow.cluster.client().delete("pods", "one", "default", grace_period_seconds=grace)
    until_asked(slow, engine, "remove")
    while uid in engine.pods:
        threading.Event().wait(0.001)
    after = next_process(slow, engine)
    assert after.result("get pod one").err == 'Error from server (NotFound): pods "one" not found\n'
    kept = [key for key, value in LoopState(after.cluster.backend, "kubelet").items() if uid in key or uid in json.dumps(value)]
    assert kept == []


HOOKED = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": "default"}, "spec": {
    "containers": [{"name": "one", "image": "a", "lifecycle": {"postStart": {"exec": {"command": ["touch", "/begun"]}}}}]}}  # fmt: skip


def test_a_container_that_a_killed_process_had_made_is_started_with_its_hook(slow: testing.Kctl, engine: SlowEngine) -> None:
    slow.cluster.client().create(HOOKED)
    engine.stuck = "start"
    until_asked(slow, engine, "start")
    after_kill = SlowEngine()
    after_kill.pods, after_kill.containers = engine.pods, engine.containers
    after_kill.touched.update(engine.pods)
    after = next_process(slow, after_kill)
    assert after("get pod one --no-headers").split()[1:4] == ["1/1", "Running", "0"]
    assert [what for what in after_kill.asked if what != "update"] == ["start", "exec touch /begun"]
    reasons = after("get events --field-selector involvedObject.name=one -o jsonpath={.items[*].reason}").split()
    assert sorted(reasons) == ["Created", "Pulled", "Pulling", "Scheduled", "Started"]
    engine.stuck = ""


def test_an_address_that_is_still_in_use_at_the_engine_is_not_given_to_another_pod(slow: testing.Kctl, engine: SlowEngine) -> None:
    left = PodSandboxConfig({"metadata": {"name": "left", "namespace": "default", "uid": "u-1"}, "spec": {}}, "minikube", "10.244.0.3")
    engine.run_pod_sandbox(left)  # by a process that was killed before this was stored
    engine.touched.add("u-1")
    engine.stuck = "remove"
    slow.cluster.client().create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": "default"},
                                  "spec": {"containers": [{"name": "one", "image": "a"}]}})  # fmt: skip
    after = next_process(slow, engine)
    until_asked(after, engine, "remove")
    until_asked(after, engine, "start")
    assert [one.ip for one in engine.pods.values()] == ["10.244.0.3", "10.244.0.4"]
    engine.stuck = ""
    assert after("get pod one --no-headers").split()[1:3] == ["1/1", "Running"]
    assert list(LoopState(after.cluster.backend, "kubelet").get("addresses/minikube")) == ["10.244.0.2", "10.244.0.4"]  # the first is CoreDNS


@pytest.mark.parametrize("stuck", ["sandbox", "create one 0"])
def test_what_is_made_for_a_pod_after_its_end_goes_and_is_none_of_the_next_pod_of_that_name(slow: testing.Kctl, engine: SlowEngine, stuck: str) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": "default"}, "spec": {"containers": [{"name": "one", "image": "a"}]}}
    client = slow.cluster.client()
    client.create(pod)
    engine.stuck = stuck
    until_asked(slow, engine, stuck)
    for _ in range(2):
        client.delete("pods", "one", "default", grace_period_seconds=0)
        client.create(pod)
        slow.cluster.settle_some(1.0)
    engine.stuck = ""
    assert slow("get pod one --no-headers").split()[1:3] == ["1/1", "Running"]
    assert list(engine.pods) == [slow("get pod one -o jsonpath={.metadata.uid}")]


@pytest.mark.parametrize("cut_off", ["sandbox", "pull a"])
def test_a_pod_that_a_killed_process_had_not_begun_to_make_comes_up(slow: testing.Kctl, engine: SlowEngine, cut_off: str) -> None:
    engine.stuck = cut_off
    slow.cluster.client().create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": "default"},
                                  "spec": {"containers": [{"name": "one", "image": "a"}]}})  # fmt: skip
    until_asked(slow, engine, cut_off)
    for _ in range(3):  # whatever else there is to be done
        slow.cluster.settle_some(1.0)
    after = next_process(slow, SlowEngine())
    assert after("get pod one --no-headers").split()[1:3] == ["1/1", "Running"]
    engine.stuck = ""


def test_jobs_raise_what_their_work_raises_and_run_each_once() -> None:
    jobs, told = Jobs(lambda: ()), list[int]()

    def work() -> None:
        told.append(1)
        raise RuntimeFailure("Why", "text")

    with pytest.raises(Busy):
        jobs.run("key", "name", work)
    jobs.wait(10)
    assert (jobs.is_busy(), list(jobs.look()), jobs.goes_on("key", "name"), jobs.is_busy()) == (True, ["key"], True, False)
    with pytest.raises(RuntimeFailure, match="text"):
        jobs.run("key", "name", work)
    assert (told, jobs.goes_on("key", "name")) == ([1], False)


def test_what_a_runtime_has_no_word_for_is_a_failure_like_others() -> None:
    jobs = Jobs(lambda: ())

    def work() -> None:
        raise ZeroDivisionError("no engine divides by zero")

    with pytest.raises(Busy):
        jobs.run("key", "name", work)
    jobs.wait(10)
    with pytest.raises(RuntimeFailure, match="no engine divides by zero") as found:
        jobs.run("key", "name", work)
    assert found.value.reason == "RuntimeBroken"


def test_work_that_comes_again_and_again_is_waited_for_once() -> None:
    jobs, gate = Jobs(lambda: ()), threading.Event()
    for awaited in (True, False):
        gate.clear()
        with pytest.raises(Busy):
            jobs.run("key", "probe", gate.wait, awaited=False)
        assert jobs.is_busy() is awaited
        gate.set()
        while not list(jobs.look()):
            jobs.wait(10)
        assert jobs.run("key", "probe", gate.wait, awaited=False) is True
    jobs.forget("key")
    with pytest.raises(Busy):
        jobs.run("key", "probe", gate.wait, awaited=False)


def test_work_that_is_to_find_all_stored_begins_after_the_checkpoint() -> None:
    jobs, told = Jobs(lambda: ()), list[str]()
    for name, stored in (("volume", True), ("other", False)):
        with pytest.raises(Busy):
            jobs.run(name, "make", partial(told.append, name), stored=stored)
    jobs.wait(10)
    assert (told, list(jobs.look()), jobs.is_busy()) == (["other"], ["other"], True)
    jobs.stored()
    jobs.wait(10)
    assert (told, list(jobs.look())) == (["other", "volume"], ["volume"])


def test_work_of_a_key_that_is_no_more_is_handed_over() -> None:
    jobs, gates = Jobs(lambda: ()), {name: threading.Event() for name in ("done", "begun", "again", "probe")}
    for name in ("done", "begun", "again"):
        with pytest.raises(Busy):
            jobs.run("key", name, gates[name].wait)
    for _ in range(2):
        gates["probe"].clear()
        with pytest.raises(Busy):
            jobs.run("key", "probe", gates["probe"].wait, awaited=False)
        gates["probe"].set()
        while not list(jobs.look()):
            jobs.wait(10)
        jobs.run("key", "probe", bool, awaited=False)
    gates["probe"].clear()
    with pytest.raises(Busy):
        jobs.run("key", "probe", gates["probe"].wait, awaited=False)
    gates["done"].set()
    while not list(jobs.look()):
        jobs.wait(10)
    jobs.hand_over("key", "heir")
    assert [jobs.goes_on("key", name) for name in gates] == [False] * 4
    assert (jobs.outstanding(), jobs.is_busy()) == ({"heir"}, True)
    with pytest.raises(Busy):  # another one's
        jobs.run("key", "begun", int)
    while not list(jobs.look()):
        jobs.wait(10)
    assert jobs.run("key", "begun", bool) == 0
    for name in ("begun", "again"):
        gates[name].set()
        while not (found := list(jobs.look())):
            jobs.wait(10)
        assert found == ["heir"]
    jobs.forget("heir")
    assert (jobs.outstanding(), jobs.is_busy()) == (set(), False)
    gates["probe"].set()


def test_where_nothing_blocks_work_is_done_at_once() -> None:
    jobs = Jobs(None)
    assert (jobs.run("key", "name", lambda: 7), jobs.has_news(), jobs.is_busy(), list(jobs.look())) == (7, False, False, [])
