"""The sandbox's program: it runs, shares directories, ends at SIGTERM and lets zombies vanish."""

import io
import os
import platform
import shutil
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

from minikube_py.kubelet.runtimes import pause

EMULATORS = {"aarch64": "qemu-aarch64-static", "x86_64": "qemu-x86_64-static"}


@pytest.fixture(params=["x86_64", "aarch64"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """The command that runs the program of an architecture on this machine."""
    path = tmp_path / "pause"
    path.write_bytes(pause.program(request.param))
    path.chmod(0o755)
    if platform.machine() == request.param:
        return [str(path)]
    emulator = shutil.which(EMULATORS[request.param])
    if emulator is None:
        pytest.skip(f"neither a {request.param} machine nor {EMULATORS[request.param]}")
    return [emulator, str(path)]


def test_it_shares_directories_and_ends_when_it_is_told(program: list[str], tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir(mode=0o700)
    group = os.getgid() or (2000 if os.geteuid() == 0 else 0)
    process = subprocess.Popen([*program, str(group), *map(str, folders)])
    wanted = 0o42777 if group else 0o40777
    while process.poll() is None and folders[1].stat().st_mode != wanted:
        pass
    assert [(folder.stat().st_mode, folder.stat().st_gid) for folder in folders] == [(wanted, group or os.getgid())] * 2
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_without_arguments_it_waits(program: list[str]) -> None:
    process = subprocess.Popen(program)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    process.kill()
    process.wait(20)


def test_the_archive_holds_the_program_and_is_always_the_same() -> None:
    archive = pause.archive("amd64")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert [(entry.name, entry.mode, entry.size) for entry in tar] == [("pause", 0o755, len(pause.program("x86_64")))]
    assert archive == pause.archive("x86_64")
    with pytest.raises(ValueError, match="no pods on the architecture 'riscv64'"):
        pause.archive("riscv64")
