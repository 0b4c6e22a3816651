"""Keeps one container engine running for tests, in a folder of its own, for as long as somebody holds the lease; then nothing is left of it.

    python keeper.py docker|podman SHARED_FOLDER

Run by daemons.py. A test process holds a shared lock on SHARED_FOLDER/KIND.lease; the system drops it however that process ends. SIGHUP restarts the engine
properly, SIGUSR1 kills it first; SIGTERM ends everything. The engine's rules for the firewall stay off (a second dockerd would flush those of the first).
"""

import contextlib
import fcntl
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType

_START = 90.0  # seconds until an engine must answer
_STOP = 20.0
_WRAPPER = """#!/bin/sh
for word in "$@"; do case "$before" in --bundle) bundle="$word";; esac; before="$word"; done
[ -n "$bundle" ] && [ -f "$bundle/config.json" ] && {python} -S -E -c \
'import json,sys;p=sys.argv[1];d=json.load(open(p));d["process"].pop("rlimits",None);json.dump(d,open(p,"w"))' "$bundle/config.json"
exec {runc} "$@"
"""
# What crosses a bridge may pass, whatever another engine on this machine has told the firewall.
_RULE = ("FORWARD", "-m", "physdev", "--physdev-is-bridged", "-m", "comment", "--comment", "kctl tests {}", "-j", "ACCEPT")


class Keeper:
    """One engine and its folder."""

    def __init__(self, kind: str, shared: Path) -> None:
        self.kind, self.shared = kind, shared
        self.folder = Path(tempfile.mkdtemp(prefix=f"kctl-{kind}-", dir="/tmp"))  # short, as the paths of sockets must be
        self.socket = self.folder / "engine.sock"
        self.wanted = ""
        self.starts = 0
        self.daemon: subprocess.Popen[bytes] | None = None
        self.holder: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Keep it until nobody holds the lease."""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, self._signal)
        with open(self.shared / f"{self.kind}.lease", "a") as lease:
            try:
                self._rule("-I")
                self._start()
                while self.wanted != "SIGTERM" and not _taken(lease.fileno()):
                    if self.wanted in ("SIGHUP", "SIGUSR1"):
                        self._restart(hard=self.wanted == "SIGUSR1")
                    time.sleep(0.1)
            finally:
                self._state().unlink(missing_ok=True)
                self._clean()

    def _signal(self, number: int, frame: FrameType | None) -> None:
        self.wanted = signal.Signals(number).name

    def _state(self) -> Path:
        return self.shared / f"{self.kind}.json"

    def _start(self) -> None:
        command, environment = _COMMANDS[self.kind](self.folder, self.socket)
        if (more := self.shared / "options.json").exists():  # a test's own
            command += json.loads(more.read_text())
        if self.kind == "podman":
            self.holder = self.holder or _holder(self.folder)
            command = ["nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt", *command]
        with open(self.folder / "log", "ab") as log:
            # conmon leaves a file `oom` in the working directory: not in whatever the tests were started in
            self.daemon = subprocess.Popen(
                command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + _START
        while not _answers(self.socket):
            if self.daemon.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.kind} does not start:\n{(self.folder / 'log').read_text(errors='replace')[-4000:]}")
            time.sleep(0.05)
        self.starts += 1
        state = {"socket": str(self.socket), "folder": str(self.folder), "keeper": os.getpid(), "starts": self.starts, "pid": self.daemon.pid}
        written = self._state().with_suffix(".new")
        written.write_text(json.dumps(state))
        written.rename(self._state())

    def _restart(self, *, hard: bool) -> None:
        self.wanted = ""
        self._stop(hard=hard)
        self.socket.unlink(missing_ok=True)
        self._start()

    def _stop(self, *, hard: bool) -> None:
        if self.daemon is None or self.daemon.poll() is not None:
            return
        self.daemon.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
        if hard:  # its containerd ends with it, but may stay as a zombie, and the next dockerd would take that for one that lives
            (self.folder / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)
        try:
            self.daemon.wait(_STOP)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()

    def _rule(self, change: str) -> None:
        if self.kind == "docker" and shutil.which("iptables"):
            rule = [word.format(self.folder.name) for word in _RULE]
            subprocess.run(["iptables", "-w", change, *rule], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def _clean(self) -> None:
        """Leave no container, no process, no network, no mount and no file."""
        for path in _REMOVALS[self.kind] if _answers(self.socket) else ():
            self._remove_all(*path)
        self._stop(hard=False)
        if self.holder is not None:
            self.holder.kill()
            self.holder.wait()
        self._rule("-D")
        for _ in range(50):
            left = _processes(str(self.folder))
            for pid in left:
                _kill(pid)
            if not left:
                break
            time.sleep(0.1)
        for mount in reversed(_mounts(str(self.folder))):
            subprocess.run(["umount", "-l", mount], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove_all(self, listing: str, key: str, removal: str) -> None:
        try:
            for each in json.loads(_ask(self.socket, "GET", listing) or b"[]") or ():
                _ask(self.socket, "DELETE", removal.format(each[key]))
        except (OSError, http.client.HTTPException, ValueError) as error:
            print(f"{listing}: {error}", file=sys.stderr)


_REMOVALS = {
    "docker": [("/containers/json?all=1", "Id", "/containers/{}?force=1&v=1"), ("/networks?filters=%7B%22type%22:%5B%22custom%22%5D%7D", "Id", "/networks/{}")],
    "podman": [
        ("/v4.0.0/libpod/containers/json?all=true", "Id", "/v4.0.0/libpod/containers/{}?force=true&v=true&timeout=0"),
        ("/v4.0.0/libpod/networks/json", "name", "/v4.0.0/libpod/networks/{}?force=true"),
    ],
}


def _docker(folder: Path, listening: Path) -> tuple[list[str], dict[str, str]]:
    (folder / "daemon.json").write_text("{}")
    options = {
        "--config-file": folder / "daemon.json",
        "--data-root": folder / "data",
        "--exec-root": folder / "exec",
        "--pidfile": folder / "pid",
        "--host": f"unix://{listening}",
        "--group": "root",
        "--bridge": "none",
        "--dns": "127.0.0.1",  # nobody else is asked for names
        "--iptables": "false",
        "--ip6tables": "false",
    }
    return ["dockerd", *(f"{name}={value}" for name, value in options.items())], dict(os.environ)


def _podman(folder: Path, listening: Path) -> tuple[list[str], dict[str, str]]:
    runtime = folder / "runtime"
    runc = shutil.which("runc")
    if _may_raise_limits():
        runtime.write_text(f'#!/bin/sh\nexec {runc} "$@"\n')
        limits = ""
    else:  # Podman asks for more than this process may give
        runtime.write_text(_WRAPPER.replace("{python}", sys.executable).replace("{runc}", str(runc)))
        limits = 'default_ulimits=["nofile=1000:1000","nproc=1000:1000"]\n'
    runtime.chmod(0o755)
    (folder / "networks").mkdir(exist_ok=True)
    configuration = (
        f'[engine]\nruntime="tested"\ncgroup_manager="cgroupfs"\nevents_logger="file"\nlock_type="file"\n'
        f'[engine.runtimes]\ntested=["{runtime}"]\n[containers]\n{limits}[network]\nnetwork_backend="netavark"\n'
    )
    (folder / "containers.conf").write_text(configuration)
    registries = 'unqualified-search-registries=["docker.io"]\n[[registry]]\nprefix="127.0.0.1"\nlocation="127.0.0.1"\ninsecure=true\n'
    (folder / "registries.conf").write_text(registries)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONTAINER")}
    environment |= {"CONTAINERS_CONF": str(folder / "containers.conf"), "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf")}
    places = [f"--{name}={folder / place}" for name, place in (("root", "data"), ("runroot", "run"), ("tmpdir", "tmp"), ("network-config-dir", "networks"))]
    return ["podman", *places, "system", "service", "--time=0", f"unix://{listening}"], environment


def _holder(folder: Path) -> "subprocess.Popen[bytes]":
    """Return a process that holds the mounts which a Podman has for itself: they must outlive it, as the networks of its containers are among them.

    The name server of all Podmans of a machine has its files in one place, and they do not wait for each other. It asks the servers of a file.
    """
    (folder / "resolv.conf").write_text(f"nameserver {_nameless()}\n")
    alone = 'mkdir -p /run/containers "$1/shared" && mount --bind "$1/shared" /run/containers && mount --bind "$1/resolv.conf" /etc/resolv.conf'
    held = ["unshare", "--mount", "--propagation", "slave", "sh", "-c", f"{alone} && echo held && exec sleep 2147483647", "sh", str(folder)]
    holder = subprocess.Popen(held, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
    assert holder.stdout is not None
    if holder.stdout.readline() != b"held\n":
        raise SystemExit("podman cannot have mounts of its own")
    return holder


def _nameless() -> str:
    """Return the address of a server that knows no name, and says so at once; it ends with this process."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    address = f"127.{os.getpid() >> 16 & 127 | 128}.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
    with contextlib.suppress(OSError):  # after a restart of the engine, it is there
        server.bind((address, 53))
        threading.Thread(target=_deny, args=(server,), daemon=True).start()
    return address


def _deny(server: socket.socket) -> None:
    while True:
        query, client = server.recvfrom(4096)
        server.sendto(query[:2] + b"\x81\x83" + query[4:6] + bytes(6) + query[12:], client)  # NXDOMAIN


_COMMANDS = {"docker": _docker, "podman": _podman}


def _may_raise_limits() -> bool:
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (1048576, 1048576))
            resource.setrlimit(resource.RLIMIT_NPROC, (resource.RLIM_INFINITY if hard < 0 else hard + 1,) * 2)
        except (OSError, ValueError):
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _ask(listening: Path, method: str, path: str) -> bytes:
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.settimeout(30)
        connection.sock.connect(str(listening))
        connection.request(method, path)
        return connection.getresponse().read()
    finally:
        connection.close()


def _answers(listening: Path) -> bool:
    try:
        return _ask(listening, "GET", "/_ping").strip() == b"OK"
    except (OSError, http.client.HTTPException):
        return False


def _taken(lease: int) -> bool:
    """Take the lease, if nobody has it any more; kept until this process ends, so that no new user comes to an engine that goes."""
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _processes(folder: str) -> list[int]:
    """Return the processes that were started with a path of the folder: shims, monitors, proxies, name servers, and what runs in containers."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdecimal() or int(entry) == os.getpid():
            continue
        try:
            words = Path(f"/proc/{entry}/cmdline").read_bytes().decode(errors="replace")
            root = os.readlink(f"/proc/{entry}/root")
            mounts = Path(f"/proc/{entry}/mountinfo").read_text(errors="replace").partition("\n")[0] if root == "/" else ""
        except OSError:
            continue
        if f"{folder}/" in words or f"{folder}/" in mounts:
            found.append(int(entry))
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _mounts(folder: str) -> list[str]:
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        points = [line.split()[4] for line in lines]
    return [point for point in points if point.startswith(f"{folder}/")]


if __name__ == "__main__":
    Keeper(sys.argv[1], Path(sys.argv[2])).run()
