"""exec, attach and cp carry bytes, exit codes and terminals: in process, over WebSocket and over SPDY."""

import fcntl
import hashlib
import os
import pty
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from minikube_py.testing import Result
from tests.cli import streaming
from tests.cli.streaming import Way


@pytest.fixture(params=streaming.WAYS)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    with streaming.opened(request.param, tmp_path) as found:
        yield found


@pytest.fixture(params=["websocket", "spdy"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    with streaming.opened(request.param, tmp_path) as found:
        yield found


def test_exec_gives_output_errors_and_the_exit_code(way: Way) -> None:
    ran = way.run("exec", "web-1", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert ran == Result(7, "out\n", "err\ncommand terminated with exit code 7\n")
    assert way.run("exec", "pod/web-1", "-c", "web", "--", "true") == Result(0, "", "")


def test_exec_i_reads_to_the_end(way: Way) -> None:
    assert way.run("exec", "-i", "web-1", "--", "wc", "-c", stdin="x" * 1_000_000) == Result(0, "1000000\n", "")


def test_without_i_there_is_nothing_to_read(way: Way) -> None:
    assert way.run("exec", "web-1", "--", "wc", "-c", stdin="x") == Result(0, "0\n", "")


def test_a_process_that_reads_nothing_ends_all_the_same(way: Way) -> None:
    ran = way.run("exec", "-i", "web-1", "--", "sh", "-c", "exit 5", stdin="x" * 4_000_000)
    assert ran == Result(5, "", "command terminated with exit code 5\n")


def test_attach_joins_the_main_process(way: Way) -> None:
    assert way.run("attach", "-i", "web-1", "-q", stdin="hello\n").out == "hello\n"
    assert way.run("attach", "-i", "web-1", stdin="hello\n") == Result(0, "hello\n", "Unable to use a TTY - input is not a terminal or the right kind of "
                                                                       "file\nIf you don't see a command prompt, try pressing enter.\n")  # fmt: skip


def test_what_fails_to_start_is_told(way: Way) -> None:
    assert way.run("exec", "web-1", "--", "no-such-command") == Result(
        1, "", "error: Internal error occurred: error executing command in container: [Errno 2] No such file or directory: 'no-such-command'\n"
    )
    assert way.run("exec", "web-1", "-c", "other", "--", "true").code == 1


def test_cp_there_and_back(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = os.urandom(3_000_000)
    (tmp_path / "here").write_bytes(content)
    (way.runtime.folder / "sub").mkdir()
    assert way.run("cp", "here", "web-1:sub/there") == Result(0, "", "")
    assert (way.runtime.folder / "sub" / "there").read_bytes() == content
    assert way.run("cp", "here", "web-1:sub", "--no-preserve") == Result(0, "", "")
    assert (way.runtime.folder / "sub" / "here").read_bytes() == content
    assert way.run("cp", "web-1:sub/there", "back") == Result(0, "", "")
    assert (tmp_path / "back").read_bytes() == content
    (way.runtime.folder / "sub" / "link").symlink_to("/etc/passwd")
    assert way.run("cp", "default/web-1:sub", "tree") == Result(
        0, "", 'warning: skipping symlink: "tree/link" -> "/etc/passwd" (consider using "kctl exec -n "default" "web-1" -- tar cf - "sub" | tar xf -")\n'
    )
    assert sorted(path.name for path in (tmp_path / "tree").iterdir()) == ["here", "there"]
    assert way.run("cp", "tree", "web-1:copied/") == Result(0, "", "")
    assert (way.runtime.folder / "copied" / "there").read_bytes() == content


def test_cp_tells_what_tar_says(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = way.run("cp", "web-1:nothing", "back")
    assert (code, err) == (2, "command terminated with exit code 2\n")
    assert "nothing: Cannot stat" in out
    (tmp_path / "folder").mkdir()
    (way.runtime.folder / "file").write_bytes(b"x")
    assert way.run("cp", "web-1:file", "folder") == Result(1, "", "error: open folder: is a directory\n")


def test_cp_goes_on_where_it_broke_off(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = os.urandom(200_000)
    (way.runtime.folder / "file").write_bytes(content)
    tar = tmp_path / "bin" / "tar"
    tar.parent.mkdir()
    tar.write_text("#!/bin/sh\n[ -e once ] || { touch once; /bin/tar \"$@\" | head -c 70000; exit; }\nexec /bin/tar \"$@\"\n")
    tar.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tar.parent}:{os.environ['PATH']}")
    assert way.run("cp", "web-1:file", "back", "--retries=2") == Result(0, "Resuming copy at 70000 bytes, retry 1/2\n", "")
    assert (tmp_path / "back").read_bytes() == content
    (way.runtime.folder / "once").unlink()
    assert way.run("cp", "web-1:file", "back") == Result(1, "", "error: unexpected EOF\n")


def test_megabytes_go_both_ways_at_once(remote: Way) -> None:
    content = os.urandom(8_000_000)
    with remote.start("exec", "-i", "web-1", "--", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as kctl:
        out, err = kctl.communicate(content, timeout=60)
    assert (kctl.returncode, err) == (0, b"")
    assert hashlib.sha256(out).digest() == hashlib.sha256(content).digest()


def test_exec_it_has_a_terminal_of_the_right_size(remote: Way) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
    before = termios.tcgetattr(theirs)
    script = 'while [ "$(stty size)" = "0 0" ]; do :; done; stty size; read line; while [ "$(stty size)" = "33 77" ]; do :; done; stty size; exit 3'
    with remote.start("exec", "-it", "web-1", "--", "sh", "-c", script, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as kctl:
        seen = b""
        while b"33 77\r\n" not in seen:
            seen += os.read(ours, 4096)
        os.write(ours, b"a line\n")
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 90, 0, 0))
        kctl.send_signal(signal.SIGWINCH)
        while b"40 90\r\n" not in seen:
            seen += os.read(ours, 4096)
        _, err = kctl.communicate(timeout=60)
    assert (kctl.returncode, err) == (3, b"command terminated with exit code 3\n")
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


def test_a_signal_gives_the_terminal_back(remote: Way) -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with remote.start("exec", "-it", "web-1", "--", "sh", "-c", "echo up; sleep 1000", stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as kctl:
        seen = b""
        while b"up" not in seen:
            seen += os.read(ours, 4096)
        assert termios.tcgetattr(theirs) != before
        kctl.terminate()
        kctl.communicate(timeout=60)
    assert kctl.returncode == 130
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)
