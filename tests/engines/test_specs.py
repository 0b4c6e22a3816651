"""What Docker and Podman are told of a container: each field in its own place, whatever it holds."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minikube_py.kubelet.engines import api, dockerspec, podmananswers, podmanspec, texts, wire

TEXT = st.text(max_size=12)
NAMES = st.text(st.characters(blacklist_characters="=\0"), min_size=1, max_size=8)


@given(st.dictionaries(NAMES, TEXT), st.lists(TEXT), TEXT, TEXT)
@settings(max_examples=200, deadline=None)
def test_nothing_becomes_another_option(env: dict[str, str], command: list[str], target: str, source: str) -> None:
    mounts = (api.Mount(f"/{target}", source=f"/{source}", read_only=True), api.Mount("/v", volume="v"))
    spec = api.ContainerSpec("n", "i", env=tuple(env.items()), command=command, entrypoint=command, mounts=mounts)
    plain = api.ContainerSpec("n", "i", env=(), command=[], entrypoint=[], mounts=(api.Mount("/t", source="/s", read_only=True), mounts[1]))
    told, before = dockerspec.config(spec), dockerspec.config(plain)
    assert (told.pop("Cmd"), told.pop("Entrypoint"), told.pop("Env")) == (command, command, [f"{name}={value}" for name, value in env.items()])
    bind = told["HostConfig"].pop("Mounts")[0]
    assert (bind["Source"], bind["Target"], bind["ReadOnly"], bind["Type"]) == (f"/{source}", f"/{target}", True, "bind")
    before["HostConfig"].pop("Mounts")
    assert told == {key: value for key, value in before.items() if key not in ("Cmd", "Entrypoint", "Env")}
    told, before = podmanspec.config(spec), podmanspec.config(plain)
    assert (told.pop("command"), told.pop("entrypoint"), told.pop("env")) == (command, command, env)
    bound = told.pop("mounts")
    assert bound == [{"destination": f"/{target}", "type": "bind", "source": f"/{source}", "options": ["rbind", "ro", "rprivate"]}]
    assert told == {key: value for key, value in before.items() if key not in ("command", "entrypoint", "env", "mounts")}


def test_signals_have_numbers() -> None:
    assert [podmanspec.signal_number(name) for name in ("SIGTERM", "kill", "15", "SIGRTMIN+3")] == [15, 9, 15, 37]
    for name in ("SIGNONE", "", "RTMIN+x"):
        with pytest.raises(api.EngineError, match="invalid signal"):
            podmanspec.signal_number(name)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("busybox", "docker.io/library/busybox:latest"),
        ("busybox:1", "docker.io/library/busybox:1"),
        ("ann/app", "docker.io/ann/app:latest"),
        ("docker.io/busybox", "docker.io/library/busybox:latest"),
        ("localhost/app:x", "localhost/app:x"),
        ("reg:5000/a/b", "reg:5000/a/b:latest"),
        ("r.example/a@sha256:00", "r.example/a@sha256:00"),
    ],
)
def test_names_of_images_are_completed(name: str, full: str) -> None:
    assert texts.qualified(name) == full


def test_names_of_images_fall_apart() -> None:
    found = [texts.repository_and_tag(name) for name in ("a", "a:1", "r:5/a", "r:5/a:1", "r:5/a@sha256:0")]
    assert found == [("a", "latest"), ("a", "1"), ("r:5/a", "latest"), ("r:5/a", "1"), ("r:5/a", "sha256:0")]


def test_what_an_engine_says_commands_no_terminal() -> None:
    error = wire.refusal(500, json.dumps({"message": "bad\x1b[31m\u202e\nnext"}).encode())
    assert str(error) == "bad\\x1b[31m\\x202e\nnext"
    assert [type(wire.refusal(status, b"x")) for status in (404, 409, 500)] == [api.NotFound, api.Conflict, api.EngineError]
    assert str(wire.refusal(500, b"")) == "the engine answered with status 500"


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=30)), max_size=8), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_frames_come_in_any_pieces(frames: list[tuple[int, bytes]], step: int) -> None:
    data = b"".join(bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text for stream, text in frames)
    taken = wire.Frames()
    found = [frame for at in range(0, len(data), step) for frame in taken.feed(data[at : at + step])]
    assert found == [({1: "stdout", 2: "stderr"}[stream], text) for stream, text in frames]


@pytest.mark.parametrize(("status", "policy", "code", "restarts", "state"), [
    ("configured", "always", 0, 0, api.CREATED), ("initialized", "always", 0, 0, api.CREATED), ("initialized", "always", 0, 2, api.RESTARTING),
    ("stopped", "always", 0, 0, api.RESTARTING), ("stopped", "on-failure", 0, 0, api.EXITED), ("stopped", "on-failure", 3, 0, api.RESTARTING),
    ("exited", "always", 3, 2, api.EXITED), ("running", "always", 0, 2, api.RUNNING),
])  # fmt: skip
def test_podman_starts_containers_again(status: str, policy: str, code: int, restarts: int, state: str) -> None:
    found = {"Id": "1", "Name": "n", "Config": {}, "NetworkSettings": {}, "RestartCount": restarts, "HostConfig": {"RestartPolicy": {"Name": policy}}}
    assert podmananswers.container({**found, "State": {"Status": status, "ExitCode": code}}).state == state


def test_errors_are_told_without_the_time_at_which_podmans_runtime_logged_them() -> None:
    logged = r'runc: time="2026-11-21T13:40:46Z" level=error msg="exec failed: exec: \"a\\b\": not found": OCI runtime attempted'
    assert texts.said(logged) == r'exec failed: exec: "a\b": not found: OCI runtime attempted'
    assert texts.said(f"on endpoint web ({'a' * 64}): taken") == "on endpoint web: taken"
    assert texts.said('time="x" is no log') == 'time="x" is no log'


def test_of_limits_a_running_container_gets_those_that_are_set() -> None:
    limits = api.Limits(memory=48, cpu_quota=30_000, cpu_shares=30, oom_score_adj=5, pids=7)
    assert dockerspec.resized(limits) == {"cpu_shares": 30, "cpu_quota": 30_000, "cpu_period": 100_000, "mem_limit": 48, "memswap_limit": 48}
    assert podmanspec.resized(limits) == {"cpu": {"quota": 30_000, "period": 100_000, "shares": 30}, "memory": {"limit": 48, "swap": 48}}
    assert (dockerspec.resized(api.Limits(cpu_shares=2)), podmanspec.resized(api.Limits())) == ({"cpu_shares": 2}, {})
