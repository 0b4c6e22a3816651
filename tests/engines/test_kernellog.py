"""The kernel's log is read on from where the last look ended."""

from pathlib import Path

import pytest

from minikube_py.kubelet.engines import wire
from minikube_py.kubelet.engines.docker import Docker
from minikube_py.kubelet.engines.kernellog import KernelLog

LINE = "6,2178,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/{},task_memcg=/{},task=tail,pid=7,uid=0\n"


def test_it_tells_of_cgroups_that_were_full(tmp_path: Path) -> None:
    one, two, three = "1" * 64, "2" * 64, "3" * 64
    path = tmp_path / "kmsg"
    log = KernelLog(str(path))
    assert not log.tells_of(one)  # it may not be read yet
    path.write_text(LINE.format(f"libpod_parent/libpod-{one}", f"libpod_parent/libpod-{one}") + LINE.format("other", f"libpod-{three}"))
    assert [log.tells_of(each) for each in (one, two, three)] == [True, False, False]
    with path.open("a") as file:
        file.write(LINE.format(f"machine.slice/libpod-{two}.scope", "x"))
    assert [log.tells_of(each) for each in (one, two, three)] == [True, True, False]


@pytest.mark.parametrize("cgroup", ["docker/{}", "docker/" + "9" * 64 + "/docker/{}", "system.slice/docker-{}.scope", "mine/{}"])
def test_docker_is_believed_less_than_the_kernel(cgroup: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kmsg"
    path.write_text(LINE.format(cgroup.format("1" * 64), "x"))
    engine = Docker(wire.Address("unix:///nowhere"))
    monkeypatch.setattr(engine, "_kernel", KernelLog(str(path)))
    found = {"Name": "n", "Config": {}, "NetworkSettings": {}, "State": {"Status": "exited", "OOMKilled": False, "ExitCode": 137}}
    monkeypatch.setattr(engine, "_inspect", lambda container: {**found, "Id": container})
    assert [engine.inspect(each * 64).oom_killed for each in ("1", "2", "9")] == [True, False, False]
