"""What goes in and out of containers that really run: logs, files, terminals, main processes, figures of use, containers for debugging."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour import homes
from tests.behaviour.sites import LOOP, PATIENCE, Site, container, is_ready, pod, site, status
from tests.engines.daemons import IMAGE, engine_daemon, shared_folder

__all__ = ["engine_daemon", "shared_folder", "site"]


@pytest.fixture(scope="module")
def box(site: Site) -> Iterator[Site]:
    """Yield a cluster with a pod `box` that runs."""
    site.apply(pod("box", container("main", f"echo begun; {LOOP}")))
    site.until("box", is_ready)
    yield site
    site("delete", "pod", "box")


@contextlib.contextmanager
def on_terminal(site: Site, *words: str) -> Iterator["tuple[int, subprocess.Popen[bytes]]"]:
    """Run kctl on a terminal of 24 lines; yield the terminal's other end, and the process."""
    ours, theirs = pty.openpty()
    resize(ours, 24, 80)
    process = subprocess.Popen(homes.command(*words), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                               env=homes.environment(site.home, {"TERM": "xterm", **site.daemon.environment}))  # fmt: skip
    os.close(theirs)
    try:
        yield ours, process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def soon(look: Callable[[], Any], wanted: Any) -> None:
    end = time.monotonic() + PATIENCE
    while (found := look()) != wanted:
        assert time.monotonic() < end, found


def resize(terminal: int, rows: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def seen(terminal: int, wanted: bytes) -> bytes:
    """Read from a terminal until something is shown; return all of it."""
    os.set_blocking(terminal, False)
    shown, end = b"", time.monotonic() + PATIENCE
    while wanted not in shown:
        assert time.monotonic() < end, shown
        with contextlib.suppress(BlockingIOError):
            shown += os.read(terminal, 4096)
            continue
        time.sleep(0.02)
    return shown


def test_logs_by_time_by_lines_and_of_the_run_before(site: Site) -> None:
    site.apply(pod("talker", container("main", "for i in 1 2 3 4 5; do echo line $i; done; echo odd >&2; sleep 0.5; exit 3")))
    site.until("talker", lambda it: status(it)["restartCount"] >= 2)
    lines = [f"line {number}" for number in range(1, 6)]
    soon(lambda: sorted(site("logs", "talker").splitlines()), [*lines, "odd"])  # it may have just begun
    assert set(site("logs", "talker", "--previous").splitlines()) == {*lines, "odd"}  # of all earlier runs, where the engine started it again itself
    soon(lambda: len(site("logs", "talker", "--tail=2").splitlines()), 2)
    stamped = site("logs", "talker", "--timestamps").splitlines()
    assert all(line[:4].isdecimal() and line.split(" ")[0].endswith("Z") for line in stamped)
    assert site("logs", "talker", "--since-time=2099-01-01T00:00:00Z") == ""
    soon(lambda: sorted(site("logs", "talker", "--since=1h").splitlines()), [*lines, "odd"])
    soon(lambda: len(site("logs", "talker", "--limit-bytes=6").encode()), 6)
    site("delete", "pod", "talker")

    site.apply(pod("counter", container("main", "i=0; while test $i -lt 8; do i=$((i+1)); echo $i; sleep 0.2; done"), restartPolicy="Never"))
    assert site("logs", "counter", "--follow", "--pod-running-timeout=30s").split() == [str(number) for number in range(1, 9)]
    site("delete", "pod", "counter")


def test_files_are_copied_both_ways_where_there_is_tar(box: Site, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "data").write_bytes(bytes(range(256)) * 4096)
    (source / "odd name").write_text("odd\n")
    (source / "run").write_text("#!/bin/sh\necho ran\n")
    (source / "run").chmod(0o755)
    box("cp", str(source), "box:/tmp/copy")
    assert box("exec", "box", "--", "/tmp/copy/run") == "ran\n"
    box.result("cp", "box:/tmp/copy", str(tmp_path / "back"))
    assert (tmp_path / "back" / "deep" / "data").read_bytes() == bytes(range(256)) * 4096
    assert (tmp_path / "back" / "odd name").read_text() == "odd\n"
    box("exec", "box", "--", "mv", "/bin/tar", "/bin/no-tar")
    for words in (("box:/tmp/copy", str(tmp_path / "never")), (str(source), "box:/tmp/never")):
        found = box.result("cp", *words)
        assert found.code != 0 and not (tmp_path / "never").exists(), found
    assert box.result("exec", "box", "--", "ls", "/tmp/never").code == 1
    box("exec", "box", "--", "mv", "/bin/no-tar", "/bin/tar")


def has_size(terminal: int, wanted: bytes) -> None:
    end, shown = time.monotonic() + PATIENCE, b""
    while wanted not in shown:
        assert time.monotonic() < end, shown
        os.write(terminal, b"more\n")
        shown = seen(terminal, b"ok\r\n")


def test_a_terminal_is_one_and_follows_its_size(box: Site) -> None:
    script = "tty; echo begun; while read word; do stty size; echo ok; test $word = end && exit 5; done"
    with on_terminal(box, "exec", "-it", "box", "--", "sh", "-c", script) as (terminal, process):
        assert b"/dev/pts/" in seen(terminal, b"begun\r\n")
        has_size(terminal, b"24 80")
        resize(terminal, 50, 132)
        process.send_signal(signal.SIGWINCH)  # which only the foreground of a controlling terminal gets by itself
        has_size(terminal, b"50 132")
        os.write(terminal, b"end\n")
        assert process.wait(PATIENCE) == 5


def test_stdin_reaches_commands_and_main_processes(box: Site) -> None:
    assert box("exec", "-i", "box", "--", "wc", "-c", stdin="x" * 100_000) == "100000\n"
    assert box.result("exec", "box", "--", "sh", "-c", "echo out; echo err >&2; exit 9").code == 9
    missing = box.result("exec", "box", "--", "no-such")
    assert (missing.code, missing.out) == (1, "")
    told = r'error: Internal error occurred: error executing command in container: .*exec failed: .*exec: "no-such": executable file not found in \$PATH.*\n'
    assert re.fullmatch(told, missing.err) and "time=" not in missing.err, missing
    assert box.result("exec", "box", "--", "sh", "-c", "echo OCI runtime exec failed: no; exit 7").out == "OCI runtime exec failed: no\n"
    main = {"name": "main", "image": IMAGE, "command": ["sh", "-c", "while read line; do echo got $line; test $line = end && exit 0; done"], "stdin": True}
    box.apply(pod("reader", main, restartPolicy="Never"))
    box.until("reader", is_ready)
    found = box.result("attach", "-i", "reader", stdin="one\ntwo\nend\n")
    assert found.code == 0 and found.out.splitlines()[-3:] == ["got one", "got two", "got end"], found
    box.until("reader", lambda it: it["status"]["phase"] == "Succeeded")
    box("delete", "pod", "reader")
    ran = box.result("run", "once", f"--image={IMAGE}", "--restart=Never", "--rm", "-i", "--", "cat", stdin="through and through\n")
    assert ran.code == 0 and "through and through\n" in ran.out, ran
    assert box.result("get", "pod", "once").code == 1


def test_what_pods_use(box: Site) -> None:
    end = time.monotonic() + PATIENCE
    while box.result("top", "pod", "box").code:  # two looks are needed for a rate
        assert time.monotonic() < end, box.result("top", "pod", "box")
        time.sleep(0.5)
    head, line = box("top", "pod", "box", "--containers").splitlines()
    assert head.split() == ["POD", "NAME", "CPU(cores)", "MEMORY(bytes)"]
    name, part, cpu, memory = line.split()
    assert (name, part, cpu[-1], memory[-2:]) == ("box", "main", "m", "Mi")
    assert "CPU(cores)" in box("top", "node")


def test_a_container_for_debugging_sees_the_processes_of_another(box: Site) -> None:
    found = box.result("debug", "box", f"--image={IMAGE}", "--target=main", "-c", "look", "--", "sh", "-c", f"ps -o args; {LOOP}")
    assert found.code == 0, found
    shown = box.until("box", lambda it: it["status"].get("ephemeralContainerStatuses", [{"state": {}}])[0]["state"].get("running"))
    assert status(shown, "look", "ephemeralContainerStatuses")["state"]["running"]
    end = time.monotonic() + PATIENCE
    while "while true" not in box("logs", "box", "-c", "look"):
        assert time.monotonic() < end, box("logs", "box", "-c", "look")
    assert box("exec", "box", "-c", "look", "--", "hostname") == "box\n"
