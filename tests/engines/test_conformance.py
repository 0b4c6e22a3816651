"""Both engines answer every question of the protocol in the same way."""

import json
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from minikube_py.kubelet.engines import api
from tests.engines.daemons import IMAGE, KINDS, Daemon
from tests.engines.support import Box, unique, wait


def test_an_engine_tells_about_itself(engine: api.Engine) -> None:
    info = engine.info()
    assert (info.name, info.rootless, info.cgroup in ("v1", "v2")) == (engine.name, False, True)
    assert info.cpus >= 1 and info.memory > 1 << 28
    assert all((info.version, info.api_version, info.os, info.kernel, info.architecture, info.root))


def test_the_life_of_a_container(box: Box) -> None:
    engine, before = box.engine, time.time()
    container = box.create("sh", "-c", "exit 3", labels={"odd": 'ü "quoted", a=b\\c', "empty": ""})
    made = engine.inspect(container)
    assert (made.state, made.image, made.exit_code, made.started_at, made.finished_at, made.pid) == (api.CREATED, made.image, 0, 0, 0, 0)
    assert made.labels.items() >= {**box.labels, "odd": 'ü "quoted", a=b\\c', "empty": ""}.items()
    assert made.image.endswith(IMAGE) and made.image_id == engine.image(IMAGE).id
    engine.start(container)
    wait(lambda: engine.inspect(container).state == api.EXITED)
    ended = engine.inspect(container)
    assert (ended.exit_code, ended.restarts, ended.oom_killed, ended.error, ended.pid) == (3, 0, False, "", 0)
    assert before - 1 < ended.created_at < ended.started_at <= ended.finished_at < time.time() + 1
    assert engine.inspect(made.name).id == container
    engine.remove(container)
    engine.remove(container)
    with pytest.raises(api.NotFound):
        engine.inspect(container)


def test_a_list_holds_what_has_all_labels_and_marks_change_with_the_state(box: Box) -> None:
    engine = box.engine
    container = box.run("sleep", "1000", labels={"part": "a"})
    box.create(labels={"part": "b"})

    def listed() -> api.Listed:
        (found,) = engine.list({**box.labels, "part": "a"})
        return found

    first = listed()
    assert (first.id, first.name, first.labels["part"]) == (container, engine.inspect(container).name, "a")
    def settled() -> str:
        """Return the mark when nothing more happens."""
        return wait(lambda: (mark := listed().mark) == (time.sleep(0.3) or listed().mark) and mark)

    marks = [settled()]
    engine.run_exec(container, ["true"], 20)
    assert listed().mark == marks[0]
    for change in (lambda: engine.kill(container, "SIGKILL"), lambda: engine.start(container), lambda: engine.stop(container, 0)):
        change()
        wait(lambda: listed().mark not in marks)
        marks.append(settled())
    assert len(engine.list(box.labels)) == 2
    assert engine.list({**box.labels, "part": "c"}) == []


def test_a_restart_between_two_looks_shows(box: Box) -> None:
    container = box.run()
    box.engine.list(box.labels)
    time.sleep(3)
    (before,) = box.engine.list(box.labels)
    box.engine.stop(container, 0)
    box.engine.start(container)
    (after,) = box.engine.list(box.labels)
    assert before.mark != after.mark


def test_starting_and_stopping_twice_is_once(box: Box) -> None:
    container = box.run()
    box.engine.start(container)
    box.engine.stop(container, 0)
    box.engine.stop(container, 0)
    assert box.engine.inspect(container).exit_code == 137


def test_a_stop_gives_time(box: Box) -> None:
    container = box.run("sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done", stop_signal="SIGTERM")
    wait(lambda: list(box.engine.logs(container, follow=False)))
    box.engine.stop(container, 20)
    assert box.engine.inspect(container).exit_code == 7


def test_signals(box: Box) -> None:
    container = box.run("sh", "-c", "trap 'exit 9' USR1; echo ready; while :; do sleep 0.1; done")
    wait(lambda: list(box.engine.logs(container, follow=False)))
    box.engine.kill(container, "SIGUSR1")
    wait(lambda: box.engine.inspect(container).state == api.EXITED)
    assert box.engine.inspect(container).exit_code == 9
    with pytest.raises(api.Conflict):
        box.engine.kill(container, "SIGKILL")


def test_a_program_that_is_not_there(box: Box) -> None:
    container = box.create("/no/such/program")
    with pytest.raises(api.EngineError, match="no such file"):
        box.engine.start(container)


def test_restarts_are_counted(box: Box) -> None:
    container = box.run("sh", "-c", "exit 4", restart="always")
    found = wait(lambda: (each := box.engine.inspect(container)).restarts >= 2 and each)
    assert found.state in (api.RUNNING, api.RESTARTING, api.EXITED, api.CREATED)
    box.engine.stop(container, 0)
    wait(lambda: box.engine.inspect(container).state == api.EXITED)
    counted = box.engine.inspect(container).restarts
    time.sleep(1)
    assert box.engine.inspect(container).restarts == counted


def test_on_failure_means_on_failure(box: Box) -> None:
    container = box.run("sh", "-c", "[ -e /tmp/ran ] && exit 0; touch /tmp/ran; exit 1", restart="on-failure")
    found = wait(lambda: (each := box.engine.inspect(container)).restarts == 1 and each.state == api.EXITED and each)
    assert found.exit_code == 0


def test_a_policy_can_be_changed_where_the_engine_can(box: Box) -> None:
    container = box.run("sh", "-c", "sleep 0.3; exit 1", restart="always")
    if box.engine.name == "podman" and int(box.engine.info().version.split(".")[0]) < 5:
        with pytest.raises(api.EngineError, match="changing a restart policy needs Podman 5.1 or newer"):
            box.engine.set_restart(container, "")
        return
    box.engine.set_restart(container, "")
    wait(lambda: box.engine.inspect(container).state == api.EXITED)


def test_a_running_container_gets_other_limits(box: Box) -> None:
    container = box.run("sleep", "1000", limits=api.Limits(memory=32 << 20, cpu_quota=20_000, cpu_shares=20))
    box.engine.resize(container, api.Limits(memory=48 << 20, cpu_quota=30_000, cpu_shares=30))
    told = "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes"
    assert box.engine.run_exec(container, ["sh", "-c", told], 60) == (0, f"{48 << 20}\n".encode())


def test_a_container_that_takes_too_much_memory(box: Box) -> None:
    ended = box.ended("sh", "-c", "tail /dev/zero", limits=api.Limits(memory=16 << 20))
    assert (ended.exit_code, ended.oom_killed) == (137, True)
    killed = box.run("sleep", "1000")
    box.engine.kill(killed, "KILL")
    wait(lambda: box.engine.inspect(killed).state == api.EXITED)
    assert (box.engine.inspect(killed).exit_code, box.engine.inspect(killed).oom_killed) == (137, False)


def test_paused_containers_go_on_or_stop(box: Box, engine_daemon: Daemon) -> None:
    container = box.run()
    pause(engine_daemon, container)
    assert box.engine.inspect(container).state == api.PAUSED
    box.engine.unpause(container)
    assert box.engine.inspect(container).state == api.RUNNING
    with pytest.raises(api.EngineError):
        box.engine.unpause(container)
    pause(engine_daemon, container)
    box.engine.stop(container, 0)
    assert box.engine.inspect(container).state == api.EXITED


def test_what_a_container_is_given(box: Box, engine_daemon: Daemon) -> None:
    shown = Path(engine_daemon.state["folder"]) / unique()
    shown.mkdir()
    shown.parent.chmod(0o755)
    (shown / "file").write_text("from the host\n")
    told = 'echo "$ODD|$EMPTY|$(pwd)|$(hostname)|$(id -u):$(id -g)|$(cat /h/file)"'
    script = f'{told}; id -G; touch /h/x 2>&1; touch /etc/x 2>&1; echo "$1"; mount | grep " /t "'
    output = box.output(
        script,
        "zero",
        "one 'two' \"three\" $HOME",
        entrypoint=["sh", "-c"],
        env=[("ODD", "a=b 'c' \"d\" $e\nf"), ("EMPTY", "")],
        working_dir="/data",
        hostname="a-host",
        mounts=[api.Mount("/h", source=str(shown), read_only=True), api.Mount("/t", tmpfs=True, size=1 << 20)],
        security=api.Security(user="1000:1001", groups=(2002,), read_only_root=True, no_new_privileges=True, dropped=("ALL",)),
    )
    lines = output.splitlines()
    assert lines[:2] == ["a=b 'c' \"d\" $e", "f||/data|a-host|1000:1001|from the host"]
    assert set(lines[2].split()) == {"1001", "2002"}
    assert "Read-only file system" in lines[3]
    assert "Permission denied" in lines[4] or "Read-only file system" in lines[4]
    assert lines[5] == "one 'two' \"three\" $HOME"
    assert "size=1024k" in lines[6] and "noexec" not in lines[6]


def test_a_working_directory_need_not_be_there(box: Box) -> None:
    assert box.output("pwd", entrypoint=["sh", "-c"], working_dir="/not/there/yet") == "/not/there/yet\n"


def test_command_and_entrypoint(box: Box) -> None:
    assert box.output("echo", "a  b", "") == "a  b \n"
    assert box.output("x", "y", entrypoint=["echo", "e"]) == "e x y\n"
    image = box.engine.image(IMAGE)
    assert (list(image.command), list(image.entrypoint)) == (["/bin/sh"], [])


def test_names_on_a_network_follow_connections(box: Box) -> None:
    prefix = f"10.231.{KINDS.index(box.engine.name)}"
    first, second = box.network(f"{prefix}.0/24"), box.network()
    server = box.run(network=first, ip=f"{prefix}.77", aliases=["given"])
    assert box.engine.inspect(server).ips == {first: f"{prefix}.77"}
    client = box.run(network=second, dns_options=["timeout:1", "attempts:1"])
    box.engine.connect(second, server, aliases=["web", "web.ns.svc.cluster.local"])
    address = box.engine.inspect(server).ips[second]

    def found(name: str) -> bool:
        code, output = box.engine.run_exec(client, ["nslookup", "-type=a", name], 30)
        return code == 0 and address in output.decode()

    wait(lambda: found("web.ns.svc.cluster.local"))
    assert found("web")
    box.engine.disconnect(second, server)
    assert set(box.engine.inspect(server).ips) == {first}
    wait(lambda: not found("web.ns.svc.cluster.local"))
    for number in range(5):  # each time, a bridge may take another hardware address
        box.engine.connect(second, server, aliases=[f"other{number}.ns"])
        address = box.engine.inspect(server).ips[second]
        wait(lambda: found(f"other{number}.ns"), 9)  # noqa: B023 - called at once; a client that was not told asks in vain for longer
        box.engine.disconnect(second, server)
    with pytest.raises(api.NotFound):
        box.engine.connect("no-such-network", server, aliases=[])


def test_connections_outlive_that_a_container_leaves_a_network_and_comes_back(box: Box) -> None:
    network = box.network(f"10.234.{KINDS.index(box.engine.name)}.0/24")
    server = box.run("nc", "-ll", "-p", "7000", "-e", "cat", network=network, aliases=["echo"])
    client = box.run("sh", "-c", "(for n in $(seq 500); do echo $n; sleep 0.1; done) | nc echo 7000", network=network)

    def said() -> int:
        return sum(1 for _ in box.engine.logs(client, follow=False))

    def goes_on() -> None:
        before = said()
        wait(lambda: said() > before + 2, 20)

    goes_on()
    there = box.engine.inspect(server)
    box.engine.disconnect(network, server)
    box.engine.connect(network, server, aliases=["other"], ip=there.ips[network], mac=there.macs.get(network, ""))
    assert box.engine.inspect(server).ips == there.ips
    goes_on()


def test_networks_are_made_once_and_kept_apart(box: Box) -> None:
    engine, name, prefix = box.engine, unique(), f"10.232.{KINDS.index(box.engine.name)}"
    for _ in range(2):
        engine.ensure_network(name, f"{prefix}.0/24", box.labels)
    assert list(engine.networks(box.labels)) == [name]
    with pytest.raises(api.Conflict, match=rf"is there with the subnet {prefix}\.0/24"):
        engine.ensure_network(name, "10.233.0.0/24", box.labels)
    with pytest.raises(api.Conflict):
        engine.ensure_network(unique(), f"{prefix}.0/25", box.labels)
    engine.remove_network(name)
    engine.remove_network(name)
    assert list(engine.networks(box.labels)) == []


def test_volumes_keep_their_data(box: Box) -> None:
    engine, name = box.engine, unique()
    place = engine.ensure_volume(name, box.labels)
    assert engine.ensure_volume(name, box.labels) == place
    assert {key: dict(value) for key, value in engine.volumes(box.labels).items()} == {name: box.labels}
    ended = box.ended("sh", "-c", "ls -A /bin-of | wc -l; echo kept > /bin-of/file", mounts=[api.Mount("/bin-of", volume=name)])
    with open(f"{place}/file") as file:
        assert file.read() == "kept\n"
    assert [line.text for line in engine.logs(ended.id, follow=False)] == [b"0\n"]
    with pytest.raises(api.Conflict):
        engine.remove_volume(name)
    engine.remove(ended.id)
    assert box.output("cat", "/v/file", mounts=[api.Mount("/v", volume=name, read_only=True)]) == "kept\n"
    for each in engine.list(box.labels):
        engine.remove(each.id)
    engine.remove_volume(name)
    engine.remove_volume(name)


def test_networks_and_volumes_are_found_by_all_their_labels(box: Box) -> None:
    engine, network, volume = box.engine, unique(), unique()
    engine.ensure_network(network, "", {**box.labels, "part": "a"})
    engine.ensure_volume(volume, {**box.labels, "part": "a"})
    for find, name in ((engine.networks, network), (engine.volumes, volume)):
        assert [list(find({**box.labels, "part": part})) for part in ("a", "b")] == [[name], []]
        assert list(find({"part": "a", "kctl.test": "another"})) == []


def test_a_port_of_the_host(box: Box) -> None:
    network, number = box.network(), 18731 + KINDS.index(box.engine.name)
    box.run("sh", "-c", "echo yes > /tmp/x; httpd -f -p 80 -h /tmp", network=network, ports=[api.Port(80, number, host_ip="127.0.0.1")])

    def answer() -> bytes:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{number}/x", timeout=30) as found:
                return found.read()
        except OSError:
            return b""

    assert wait(answer) == b"yes\n"


def test_statistics(box: Box) -> None:
    container = box.run("sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 1000")
    wait(lambda: box.engine.stats(container).cpu_ns > 20_000_000)
    stats = box.engine.stats(container)
    assert 50_000 < stats.memory < 100 << 20 and abs(stats.at - time.time()) < 60
    box.engine.stop(container, 0)
    with pytest.raises(api.Conflict):
        box.engine.stats(container)


def test_short_commands(box: Box) -> None:
    container = box.run(env=[("GIVEN", "x")])
    assert box.engine.run_exec(container, ["sh", "-c", "echo $GIVEN; sleep 0.2; echo err >&2; exit 42"], 20) == (42, b"x\nerr\n")
    for command, problem in ((["/no/such"], "no such file or directory"), (["no-such"], "executable file not found"), (["/etc/passwd"], "ermission denied")):
        with pytest.raises(api.EngineError, match=rf"\A(?!.*\\x).*{problem}"):
            box.engine.run_exec(container, command, 20)
    assert box.engine.run_exec(container, ["sh", "-c", "no-such"], 20) == (127, b"sh: no-such: not found\n")
    with pytest.raises(TimeoutError):
        box.engine.run_exec(container, ["sleep", "20"], 0.5)
    box.engine.stop(container, 0)
    with pytest.raises(api.Conflict):
        box.engine.run_exec(container, ["true"], 20)
    with pytest.raises(api.NotFound):
        box.engine.run_exec("no-such-container", ["true"], 20)


def test_two_of_one_name(box: Box) -> None:
    name = unique()
    box.create(name=name)
    with pytest.raises(api.Conflict):
        box.create(name=name)
    with pytest.raises(api.NotFound):
        box.create(image="kctl.test/not-here:1")


@pytest.mark.parametrize("name", ["no-such", "../info", "a/../b", "a?x=y", "a#b", "ü", "a b", "a%2fb", "", "\x1b[31m"])
def test_odd_names_reach_nothing_else(engine: api.Engine, name: str) -> None:
    for ask in (engine.inspect, engine.start, engine.image):
        with pytest.raises(api.EngineError) as caught:
            ask(name)
        assert "\x1b" not in str(caught.value)


def test_many_threads_ask_at_once(box: Box) -> None:
    container = box.run()
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(5):
                assert box.engine.inspect(container).state == api.RUNNING
                assert len(box.engine.list(box.labels)) == 1
                assert box.engine.run_exec(container, ["echo", "x"], 60) == (0, b"x\n")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def pause(daemon: Daemon, container: str) -> None:
    """Pause a container behind the adapter's back."""
    from minikube_py.kubelet.engines import wire

    path = {"docker": f"/v1.41/containers/{container}/pause", "podman": f"/v4.0.0/libpod/containers/{container}/pause"}[daemon.kind]
    wire.Stream(wire.Address(daemon.url), "POST", path).close()


def test_a_profile_for_system_calls(box: Box) -> None:
    profile = json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]})
    assert "Operation not permitted" in box.output("sh", "-c", "mkdir /tmp/x 2>&1", security=api.Security(seccomp=profile))
    assert box.output("sh", "-c", "mkdir /tmp/x 2>&1", security=api.Security(seccomp="unconfined")) == ""


def test_privileges(box: Box) -> None:
    script = "grep CapEff /proc/self/status"
    assert box.output("sh", "-c", script, security=api.Security(dropped=("ALL",))).split() == ["CapEff:", "0000000000000000"]
    assert box.output("sh", "-c", script, security=api.Security(dropped=("ALL",), added=("NET_BIND_SERVICE",))).split() == ["CapEff:", "0000000000000400"]
    assert box.output("cat", "/proc/sys/kernel/shm_rmid_forced", security=api.Security(sysctls={"kernel.shm_rmid_forced": "1"})) == "1\n"
