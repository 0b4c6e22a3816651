"""The sandbox's program: it runs, shares directories, ends at SIGTERM, lets zombies vanish and connects to ports."""

import errno
import io
import ipaddress
import os
import platform
import shutil
import signal
import socket
import subprocess
import tarfile
import threading
from pathlib import Path
from typing import IO

import pytest

from minikube_py.kubelet.runtimes import pause, pauseprogram

EMULATORS = {"aarch64": "qemu-aarch64-static", "x86_64": "qemu-x86_64-static"}


@pytest.fixture(params=["x86_64", "aarch64"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """The command that runs the program of an architecture on this machine."""
    path = tmp_path / "pause"
    path.write_bytes(pauseprogram.program(request.param))
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


def test_it_connects_to_a_port_and_carries_both_directions(program: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        address = [str(int(ipaddress.IPv4Address("127.0.0.1"))), str(port)]
        process = subprocess.Popen([*program, "connect", *address], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with server.accept()[0] as connection:
            assert process.stdin and process.stdout
            assert process.stdout.read(1) == b"+"
            sent = os.urandom(300_000)
            writer = threading.Thread(target=_write, args=(process.stdin, sent))
            writer.start()
            heard = b"".join(iter(lambda: connection.recv(65536), b""))  # the end of input comes through, too
            writer.join()
            connection.sendall(heard[::-1])
        assert process.stdout.read() == sent[::-1]
        assert process.wait(20) == 0
        process.stdout.close()
        assert subprocess.run([*program, "try", *address], timeout=20, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout == b""
    for word in ("connect", "try"):
        assert subprocess.run([*program, word, *address], timeout=20, stdin=subprocess.DEVNULL).returncode == errno.ECONNREFUSED


def _write(to: IO[bytes], data: bytes) -> None:
    to.write(data)
    to.close()


def test_without_arguments_it_waits(program: list[str]) -> None:
    process = subprocess.Popen(program)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    process.kill()
    process.wait(20)


def test_the_archive_holds_the_program_and_is_always_the_same() -> None:
    archive = pause.archive("amd64")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert [(entry.name, entry.mode, entry.size) for entry in tar] == [("pause", 0o755, len(pauseprogram.program("x86_64")))]
    assert archive == pause.archive("x86_64")
    with pytest.raises(ValueError, match="no pods on the architecture 'riscv64'"):
        pause.archive("riscv64")
