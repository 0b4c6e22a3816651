"""The kernel's log is read on from where the last look ended."""

from pathlib import Path

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
