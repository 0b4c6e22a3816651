"""Pods on an engine in memory: what is made, what is found again after a kill at any point, what is mended, and that nothing is left."""

import os
import socket

import pytest

from minikube_py.kits.clock import rfc3339
from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtime import CREATED, EXITED, RUNNING, Found, RuntimeFailure
from minikube_py.kubelet.runtimes import labels
from minikube_py.machinery.errors import BadRequest
from tests.kubelet.runtimes.conftest import OWNER, UID, Rig, config, container, mounting, pod, started, text
from tests.kubelet.runtimes.fakeengine import Killed

VOLUMES = [{"name": "e", "emptyDir": {}}, {"name": "c", "configMap": {"name": "x"}}, {"name": "p", "persistentVolumeClaim": {"claimName": "c"}}]
CLAIM = {"metadata": {"name": "pv-1"}, "spec": {"csi": {"driver": "engine.kctl.dev"}}}
MOUNTS = [{"name": "e", "mountPath": "/e"}, {"name": "c", "mountPath": "/c"}, {"name": "p", "mountPath": "/p"}]
FULL = pod(volumes=VOLUMES, containers=[{"name": "a", "image": "busybox", "volumeMounts": MOUNTS}])


def full(**fields: object) -> object:
    return config(FULL, sources={"c": {"k": text("v")}}, claims={"p": CLAIM}, names=("web.default",), **fields)


def state(rig: Rig) -> list[tuple[str, int, str]]:
    status = rig.runtime.pod_sandbox_status(UID)
    assert status is not None
    return [(one.name, one.attempt, one.state) for one in status.containers]


def test_a_pod_is_a_sandbox_and_containers_that_join_it(rig: Rig) -> None:
    number = started(rig, full())
    status = rig.runtime.pod_sandbox_status(UID)
    sandbox, spec = rig.engine.specs[status.id], rig.engine.specs[number]
    assert (status.ready, status.ip, state(rig)) == (True, "10.244.0.5", [("a", 0, RUNNING)])
    assert (sandbox.image, sandbox.network, sandbox.ipc, sandbox.restart) == ("kctl.dev/pause:2", "kctl-dev-ab12", "shareable", "always")
    assert (spec.network, spec.ipc, spec.restart, spec.image) == (f"container:{status.id}", f"container:{status.id}", "always", "sha256:b")
    assert rig.engine.connected[status.id] == {"kctl-dev-ab12-svc": ("web.default",)}
    assert [(mount.target, bool(mount.source), bool(mount.volume), mount.read_only) for mount in spec.mounts] == [
        ("/e", False, True, False), ("/c", True, False, True), ("/p", False, True, False), ("/etc/hosts", True, False, False),
        ("/dev/termination-log", True, False, False)]  # fmt: skip


@pytest.mark.parametrize("cut", range(12))
def test_after_a_kill_at_any_step_of_coming_up_the_next_process_goes_on(rig: Rig, cut: int) -> None:
    rig.engine.dies_at = cut
    with pytest.raises(Killed):
        started(rig, full())
        raise Killed  # all of it was done before
    rig.engine.dies_at = None
    runtime = rig.new()
    runtime.relist()
    found = runtime.pod_sandbox_status(UID)
    created = next((one for one in found.containers if one.state == CREATED), None) if found is not None else None
    runtime.run_pod_sandbox(full())
    if created is not None and runtime.pod_sandbox_status(UID).containers:
        runtime.start_container(UID, created.id)
    elif not runtime.pod_sandbox_status(UID).containers:
        runtime.start_container(UID, runtime.create_container(UID, container(full())))
    assert state(rig) == [("a", 0, RUNNING)]
    assert sorted(one.state for one in rig.engine.containers.values()) == [api.RUNNING, api.RUNNING]


@pytest.mark.parametrize("cut", range(7))
def test_after_a_kill_at_any_step_of_going_the_next_process_cleans_up(rig: Rig, cut: int) -> None:
    started(rig, full())
    rig.engine.dies_at = len(rig.engine.calls) + cut
    with pytest.raises(Killed):
        rig.runtime.stop_pod_sandbox(UID, 3)
        rig.runtime.remove_pod_sandbox(UID)
        raise Killed
    rig.engine.dies_at = None
    runtime = rig.new()
    if runtime.relist():
        assert runtime.relist() == []
        assert runtime.pod_sandbox_status(UID) is not None
        runtime.stop_pod_sandbox(UID)
        runtime.remove_pod_sandbox(UID)
    assert (rig.engine.containers, os.listdir(os.path.join(rig.folder, "pods")), runtime.pod_sandbox_status(UID)) == ({}, [], None)
    assert list(rig.engine.vols) == [labels.claim_name(OWNER, "pv-1")]  # the claim outlives the pod


def test_the_engine_is_not_asked_for_what_a_new_pod_cannot_have(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.runtime.relist()
    asked, listed = [], rig.engine.list
    monkeypatch.setattr(rig.engine, "list", lambda labels: asked.append(labels) or listed(labels))
    first = rig.runtime.run_pod_sandbox(full())
    assert asked == []
    assert (rig.runtime.run_pod_sandbox(full()), len(asked)) == (first, 1)
    rig.new().remove_all()  # but not the pod's directory: somebody has made it again
    os.makedirs(os.path.join(rig.folder, "pods", UID))
    asked.clear()
    rig.runtime.run_pod_sandbox(full())
    assert len(asked) == 1


def test_a_new_process_finds_all_pods_and_says_the_same_of_them(rig: Rig) -> None:
    started(rig, full())
    before = rig.runtime.pod_sandbox_status(UID)
    assert rig.new().relist() == [Found(UID, "default", "web", "node")]
    assert (rig.runtime.pod_sandbox_status(UID), rig.runtime.relist()) == (before, [])


def test_what_is_done_behind_our_back_is_noticed(rig: Rig) -> None:
    number = started(rig, full())
    rig.runtime.relist()
    rig.engine._change(number, state=api.PAUSED)
    assert rig.runtime.relist() == [Found(UID, "default", "web", "node")]
    assert rig.engine.inspect(number).state == api.RUNNING
    rig.engine.end(number, 1)
    assert [found.uid for found in rig.runtime.relist()] == [UID]
    assert state(rig) == [("a", 0, EXITED)]
    rig.engine.containers.pop(number)
    assert ([found.uid for found in rig.runtime.relist()], state(rig)) == ([UID], [])


def test_a_sandbox_that_starts_at_the_second_try_is_the_pods(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    start, tries = rig.engine.start, list[str]()

    def refuse_once(container: str) -> None:
        tries.append(container)
        if len(tries) == 1:
            rig.runtime.relist()  # by another thread, which sees it before it goes
            raise api.EngineError("Address already in use")
        start(container)

    monkeypatch.setattr(rig.engine, "start", refuse_once)
    started(rig, full())
    assert (len(tries), state(rig)) == (3, [("a", 0, RUNNING)])


def test_what_was_left_half_made_under_a_name_is_known_no_more(rig: Rig) -> None:
    rig.runtime.run_pod_sandbox(full())
    rig.runtime.create_container(UID, container(full()))
    rig.runtime.relist()
    number = rig.runtime.create_container(UID, container(full()))
    rig.runtime.start_container(UID, number)
    assert [one.id for one in rig.runtime.pod_sandbox_status(UID).containers] == [number]
    assert rig.runtime.relist() == []


def test_what_comes_while_all_is_removed_goes_too(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    number = started(rig, full())
    remove, late = rig.engine.remove, list[str]()

    def removed(container: str) -> None:
        remove(container)
        if not late:  # begun by a process that was killed
            late.append(rig.engine.create(api.ContainerSpec("late", "busybox", labels=rig.engine.specs[number].labels)))

    monkeypatch.setattr(rig.engine, "remove", removed)
    rig.runtime.remove_all()
    assert (len(late), rig.engine.containers) == (1, {})


def test_what_cannot_be_mended_keeps_nobody_from_being_looked_at(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    number = started(rig, full())
    rig.runtime.relist()

    def refuse(*words: object) -> None:
        raise api.EngineError("cannot resume a stopped container: unknown")

    monkeypatch.setattr(rig.engine, "unpause", refuse)
    monkeypatch.setattr(rig.runtime._volumes, "remove", refuse)
    os.mkdir(os.path.join(rig.folder, "pods", "22222222-2222-3333-4444-555555555555"))  # of a process that was killed at once
    rig.engine._change(number, state=api.PAUSED)
    assert [found.uid for found in rig.runtime.relist()] == [UID]
    monkeypatch.undo()
    rig.runtime.relist()
    assert (rig.engine.inspect(number).state, os.listdir(os.path.join(rig.folder, "pods"))) == (api.RUNNING, [UID])


def test_copies_of_our_containers_go_and_those_of_others_stay(rig: Rig) -> None:
    number = started(rig, full())
    copied = rig.engine.create(api.ContainerSpec("copy", "busybox", labels=rig.engine.inspect(number).labels))
    strange = rig.engine.create(api.ContainerSpec("strange", "busybox", labels={"dev.kctl.cluster": "dev-other"}))
    rig.runtime.relist()
    rig.runtime.remove_all()
    assert copied not in rig.engine.containers
    assert list(rig.engine.containers) == [strange]
    assert (rig.engine.nets, rig.engine.vols, os.path.exists(os.path.join(rig.folder, "pods"))) == ({}, {}, False)


def test_a_sandbox_that_died_or_was_started_again_takes_its_containers_with_it(rig: Rig) -> None:
    started(rig, full())
    first = rig.runtime.pod_sandbox_status(UID).id
    rig.engine._change(first, started_at=rig.engine.now + 5)  # the engine has started it again
    rig.runtime.relist()
    assert not rig.runtime.pod_sandbox_status(UID).ready
    rig.runtime.run_pod_sandbox(full())
    status = rig.runtime.pod_sandbox_status(UID)
    assert (status.ready, status.id != first, state(rig)) == (True, True, [("a", 0, EXITED)])
    assert rig.engine.inspect(status.id).labels["dev.kctl.attempt"] == "1"


def test_an_init_container_of_a_former_sandbox_runs_again(rig: Rig) -> None:
    sandbox = config(pod(initContainers=[{"name": "i", "image": "busybox"}]))
    rig.runtime.run_pod_sandbox(sandbox)
    first = rig.runtime.create_container(UID, _init(sandbox))
    rig.runtime.start_container(UID, first)
    rig.engine.end(first, 0)
    rig.engine.end(rig.runtime.pod_sandbox_status(UID).id, 137)
    rig.runtime.relist()
    rig.runtime.run_pod_sandbox(sandbox)
    assert state(rig) == []
    assert rig.runtime.create_container(UID, _init(sandbox)) != first


def _init(sandbox: object) -> object:
    return type(container(sandbox))(sandbox.pod["spec"]["initContainers"][0], 0, is_init=True, sandbox=sandbox)


def test_one_earlier_container_is_kept_for_its_log(rig: Rig) -> None:
    sandbox = config(pod())
    for attempt in range(3):
        number = started(rig, sandbox, attempt)
        rig.engine.outputs[number] = [api.LogLine(rig.engine.now, "stdout", f"run {attempt}\n".encode(), stamp=f"T{attempt}")]
        if attempt < 2:
            rig.engine.end(number, 1)
            rig.runtime.relist()
    names = sorted(one.labels.get("dev.kctl.attempt", "") for one in rig.engine.containers.values() if "io.kubernetes.container.name" in one.labels)
    assert names == ["1", "2"]
    assert list(rig.runtime.logs(sandbox.pod, "a", {"previous": True})) == ["run 1\n"]
    assert list(rig.runtime.logs(sandbox.pod, "a", {"timestamps": True})) == ["T2 run 2\n"]
    with pytest.raises(BadRequest, match='container "b" in pod "web" is not available'):
        rig.runtime.logs(sandbox.pod, "b", {})


def test_runs_in_one_log_are_told_apart(rig: Rig) -> None:
    sandbox = config(pod())
    number = started(rig, sandbox)
    rig.engine.end(number, 3, state=api.RESTARTING)
    rig.runtime.relist()
    status = rig.runtime.pod_sandbox_status(UID).containers[0]
    assert (status.state, status.restarting, status.exit_code, status.reason) == (EXITED, True, 3, "Error")
    ended = rig.engine.now
    rig.engine._change(number, state=api.RUNNING, started_at=ended + 2, restarts=1, exit_code=0)
    rig.engine.outputs[number] = [api.LogLine(ended + after, "stdout", said) for after, said in ((-1, b"old\n"), (2, b"new\n"), (3, b"x\n"))]
    rig.runtime.relist()
    status = rig.runtime.pod_sandbox_status(UID).containers[0]
    assert (status.state, status.restarts, status.last.exit_code, status.last.reason) == (RUNNING, 1, 3, "Error")
    assert list(rig.runtime.logs(sandbox.pod, "a", {"previous": True})) == ["old\n"]
    assert list(rig.runtime.logs(sandbox.pod, "a", {"tailLines": 5})) == ["new\n", "x\n"]
    rig.engine.outputs[number].insert(0, api.LogLine(ended - 60, "stdout", b"older\n"))
    assert list(rig.runtime.logs(sandbox.pod, "a", {"previous": True})) == ["older\n", "old\n"]
    seen = {"startedAt": rfc3339(ended - 5), "finishedAt": rfc3339(ended), "exitCode": 3, "reason": "Error"}
    for reason, lines in (("Error", ["old\n"]), ("ContainerStatusUnknown", ["older\n", "old\n"])):
        known = {"containerStatuses": [{"name": "a", "state": {"running": {}}, "lastState": {"terminated": {**seen, "reason": reason}}}]}
        assert list(rig.runtime.logs({**sandbox.pod, "status": known}, "a", {"previous": True})) == lines


@pytest.mark.parametrize(("policy", "code", "said", "told"), [
    ("File", 1, "", ""), ("File", 0, "done", "done"), ("FallbackToLogsOnError", 1, "", "last words\n"), ("FallbackToLogsOnError", 0, "", ""),
    ("File", 1, "x" * 4096 + "end", "x" * 4093 + "end"), ("File", 127, "said", "no such file: said"), ("File", 127, "", "no such file"),
])  # fmt: skip
def test_the_termination_message(rig: Rig, policy: str, code: int, said: str, told: str) -> None:
    number = started(rig, config(pod(containers=[{"name": "a", "image": "busybox", "terminationMessagePolicy": policy}])))
    file = next(mount.source for mount in rig.engine.specs[number].mounts if mount.target == "/dev/termination-log")
    with open(file, "w", encoding="utf-8") as stream:
        stream.write(said)
    rig.engine.outputs[number] = [api.LogLine(1.0, "stdout", b"last words\n")]
    rig.engine.end(number, code)
    if code == 127:
        rig.engine._change(number, error="no such file")
    rig.runtime.relist()
    assert rig.runtime.pod_sandbox_status(UID).containers[0].message == told


def test_names_change_on_their_own_network_only_and_once(rig: Rig) -> None:
    started(rig, full())
    before = len(rig.engine.calls)
    rig.runtime.update_pod_sandbox(full())
    assert rig.engine.calls[before:] == []
    rig.new().relist()
    rig.runtime.update_pod_sandbox(config(FULL, sources={"c": {"k": text("new")}}, claims={"p": CLAIM}, names=("x.default",)))
    assert rig.engine.calls[before:] == ["disconnect", "connect x.default at 10.200.0.2 02:00:0a:c8:00:02"]
    with open(os.path.join(rig.folder, "pods", UID, "volumes", "c", "k"), encoding="utf-8") as file:
        assert file.read() == "new"


def test_a_pod_comes_under_its_names_where_those_before_could_not_be_taken_away(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    started(rig, full())

    def fail(network: str, container: str) -> None:
        raise api.EngineError("tearing down network namespace configuration: netavark: no such address")

    monkeypatch.setattr(rig.engine, "disconnect", fail)
    renamed = config(FULL, sources={"c": {"k": text("v")}}, claims={"p": CLAIM}, names=("x.default",))
    rig.runtime.update_pod_sandbox(renamed)
    assert rig.engine.calls[-1] == "connect x.default at 10.200.0.2 02:00:0a:c8:00:02"
    before = len(rig.engine.calls)
    rig.runtime.update_pod_sandbox(renamed)
    assert len(rig.engine.calls) == before


def test_addresses_that_an_engine_chose_by_itself_are_not_asked_for_in_vain(rig: Rig) -> None:
    rig.names_range = ""  # as in clusters of former versions
    rig.new()
    started(rig, full())
    for number, name in enumerate(("x.default", "y.default"), 3):
        rig.runtime.update_pod_sandbox(config(FULL, sources={"c": {"k": text("v")}}, claims={"p": CLAIM}, names=(name,)))
        sandbox = rig.engine.inspect(rig.runtime.pod_sandbox_status(UID).id)
        assert (rig.engine.connected[sandbox.id], sandbox.ips["kctl-dev-ab12-svc"]) == ({"kctl-dev-ab12-svc": (name,)}, f"10.200.0.{number}")


@pytest.mark.parametrize(("known", "left", "calls"), [
    (("web.default",), (), ["disconnect", "connect  at 10.200.0.2 02:00:0a:c8:00:02"]),
    (("db.default", "web.default"), ("db.default",), ["disconnect", "connect db.default at 10.200.0.2 02:00:0a:c8:00:02"]),
    (("web.default",), ("web.default",), []),
    ((), (), []),
    (None, (), []),
])  # fmt: skip
def test_a_pod_that_ends_loses_its_names_and_keeps_its_address(rig: Rig, known: tuple[str, ...] | None, left: tuple[str, ...], calls: list[str]) -> None:
    started(rig, config(pod(), names=known))
    before = len(rig.engine.calls)
    rig.runtime.withdraw_pod_sandbox(config(pod(), names=left))
    assert rig.engine.calls[before:] == calls
    rig.runtime.withdraw_pod_sandbox(config(pod(), names=left))
    assert rig.engine.calls[before:] == calls
    rig.runtime.stop_pod_sandbox(UID)
    before = len(rig.engine.calls)
    rig.runtime.withdraw_pod_sandbox(config(pod(), names=("late.default",)))
    assert rig.engine.calls[before:] == []


def test_names_are_taken_away_where_a_kill_came_in_between(rig: Rig) -> None:
    started(rig, config(pod(), names=("web.default",)))
    rig.engine.dies_at = len(rig.engine.calls)
    with pytest.raises(Killed):
        rig.runtime.withdraw_pod_sandbox(config(pod(), names=()))
    rig.engine.dies_at = None
    rig.new().relist()
    rig.runtime.withdraw_pod_sandbox(config(pod(), names=()))
    assert rig.engine.connected[rig.runtime.pod_sandbox_status(UID).id] == {"kctl-dev-ab12-svc": ()}


def test_what_cannot_be_mounted_or_started_is_told_in_the_right_words(rig: Rig) -> None:
    with pytest.raises(RuntimeFailure, match='MountVolume.SetUp failed for volume "h" : hostPath /etc is not below') as refused:
        rig.runtime.run_pod_sandbox(config(mounting({"name": "h", "hostPath": {"path": "/etc"}})))
    assert refused.value.reason == "FailedMount"
    with pytest.raises(RuntimeFailure, match="nfs are not supported"):
        rig.runtime.run_pod_sandbox(config(mounting({"name": "n", "nfs": {"server": "s", "path": "/"}})))
    rig.engine.images["bad"] = api.Image("broken", [])
    sandbox = config(pod(containers=[{"name": "a", "image": "bad"}]))
    with pytest.raises(RuntimeFailure, match="exec: no such file") as refused:
        started(rig, sandbox)
    assert (refused.value.reason, state(rig)) == ("RunContainerError", [("a", 0, CREATED)])


def test_a_running_container_gets_what_its_spec_asks_for_by_now(rig: Rig) -> None:
    number = started(rig, config(pod()))
    wanted = {"name": "a", "resources": {"limits": {"cpu": "500m", "memory": "1Mi"}, "requests": {"cpu": "250m"}}}
    rig.runtime.resize_container(UID, number, pod(containers=[wanted]), wanted, 1 << 30)
    given = rig.engine.specs[number].limits
    assert (given.cpu_quota, given.cpu_shares, given.memory) == (50_000, 256, 1 << 20)
    with pytest.raises(RuntimeFailure, match="that is too much"):
        rig.runtime.resize_container(UID, number, pod(), {"name": "a", "resources": {"limits": {"memory": "2Gi"}}}, 1 << 30)


def test_logs_and_figures_are_there_for_a_process_that_has_not_looked_at_the_engine(rig: Rig) -> None:
    sandbox = config(pod())
    started(rig, sandbox)
    assert rig.new().stats(UID).keys() == {"a"}
    assert list(rig.new().logs(sandbox.pod, "a", {})) == list(rig.runtime.logs(sandbox.pod, "a", {}))
    assert rig.new().exec(sandbox.pod, "a", ["true"], tty=False) is not None


def test_exec_attach_and_ports_need_what_runs(rig: Rig) -> None:
    sandbox = config(pod(containers=[{"name": "a", "image": "busybox", "stdin": True}]))
    with pytest.raises(BadRequest, match=r'unable to upgrade connection: container not found \("a"\)'):
        rig.runtime.exec(sandbox.pod, "a", ["ls"], tty=False)
    number = started(rig, sandbox)
    assert rig.runtime.exec(sandbox.pod, "a", ["ls", "-l"], tty=True) == ("exec", number, ("ls", "-l"), True)
    assert rig.runtime.attach(sandbox.pod, "a", tty=False) == ("attach", number, False, True)
    assert rig.runtime.exec_sync(UID, number, ["true"], 1.0) == (0, b"true")
    with socket.create_server(("127.0.0.1", 0)) as server:  # where the engine says that all ports are
        port = server.getsockname()[1]
        rig.runtime.check(UID, port, 5.0)
        with rig.runtime.connect(UID, port, 5.0) as connection:
            assert connection.getpeername() == ("127.0.0.1", port)
    with pytest.raises(ConnectionRefusedError):
        rig.runtime.check(UID, port, 5.0)
    assert rig.runtime.stats(UID)["a"].memory == 2


def test_containers_that_the_pod_does_not_have_go(rig: Rig) -> None:
    started(rig, config(pod(containers=[{"name": "b", "image": "busybox"}])))
    rig.runtime.update_pod_sandbox(config(pod()))
    assert state(rig) == []


def test_a_pod_is_on_the_network_of_names_once_there_are_names(rig: Rig) -> None:
    started(rig, config(pod(), names=None))
    sandbox = rig.runtime.pod_sandbox_status(UID).id
    rig.runtime.update_pod_sandbox(config(pod(), names=None))
    assert rig.engine.connected[sandbox] == {}
    calls = len(rig.engine.calls)
    rig.runtime.update_pod_sandbox(config(pod(), names=()))
    assert rig.engine.connected[sandbox] == {"kctl-dev-ab12-svc": ()}
    assert [call.partition(" ")[0] for call in rig.engine.calls[calls:]] == ["connect"]
    rig.runtime.update_pod_sandbox(config(pod(), names=("web.default",)))
    assert rig.engine.connected[sandbox] == {"kctl-dev-ab12-svc": ("web.default",)}
    rig.new().relist()
    assert rig.runtime.run_pod_sandbox(config(pod(), names=("web.default",))) == sandbox
