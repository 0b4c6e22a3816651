"""Podman, through libpod's API of version 4 or newer, and through the part that is made like Docker's where libpod's tells less."""

import base64
import contextlib
import errno
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from minikube_py.kubelet.engines import (
    api,
    dockeranswers,
    execution,
    kernellog,
    logs,
    podmananswers,
    podmanbridges,
    podmanclient,
    podmanlogs,
    podmanspec,
    texts,
    wire,
)
from minikube_py.kubelet.engines.wire import segment
from minikube_py.kubelet.streams import ExecSession

_LOOKS = 5
_TAR = "application/x-tar"
_IN_USE = "dependent containers"  # others were made to join it
_HALF = "network inspection mismatch"
_ENDS = "/cgroup: no such "  # process, or file: Podman looked at /proc/PID/cgroup just when the process ended
_BETWEEN = 30.0  # seconds at most that a container may be neither running nor ended


class Podman:
    """One Podman service."""

    name = "podman"

    def __init__(self, address: wire.Address) -> None:
        self.address = address
        self._api = podmanclient.Connection(address)
        self._bridges = podmanbridges.Bridges()
        self._kernel = kernellog.KernelLog()
        self._version = ""  # known once it was asked for: that takes Podman a while

    def info(self) -> api.Info:
        """Ask the service about itself."""
        return podmananswers.info(self._api.get("/info"), self.address)

    # -- containers

    def list(self, labels: Mapping[str, str]) -> "list[api.Listed]":
        """Return all containers with these labels."""
        self._bridges.tend()
        rows, now = self._api.get("/containers/json", all="true", filters=_filters(labels)) or (), time.time()
        return [podmananswers.listed(row, now) for row in rows if _has(row.get("Labels"), labels)]

    def inspect(self, container: str) -> api.Container:
        """Return one container."""
        found = podmananswers.container(self._inspect(container))
        if found.exit_code == kernellog.KILLED and not found.oom_killed and self.address.path:
            return found._replace(oom_killed=self._kernel.tells_of(found.id))
        return found

    def _inspect(self, container: str) -> dict[str, Any]:
        path = f"/containers/{segment(container)}"
        for _ in range(_LOOKS):
            try:
                found: dict[str, Any] = self._api.get(f"{path}/json")
                return found
            except api.EngineError as error:
                if _HALF in str(error):
                    # It failed to take it from a network, and does not tell anything of it until it has been stopped. Nobody could remove it, either.
                    self._api.post(f"{path}/stop", timeout=0)
                elif _ENDS not in str(error):
                    raise
        raise api.EngineError(f"Podman cannot tell of the container {texts.clean(container)}, which ends and starts again and again")

    def create(self, spec: api.ContainerSpec) -> str:
        """Make a container."""
        if any(mount.subpath for mount in spec.mounts):
            self._demand((5, 4), "a subPath of a volume needs Podman 5.4")
        with _profile(spec.security.seccomp) as seccomp:
            return str(self._api.post("/containers/create", podmanspec.config(spec, seccomp))["Id"])

    def _demand(self, version: tuple[int, int], message: str) -> None:
        self._version = found = self._version or self.info().version
        if tuple(int(part) for part in found.split(".")[:2] if part.isdecimal()) < version:
            raise api.EngineError(f"{message} or newer (this one is {texts.clean(found)})")

    def start(self, container: str) -> None:
        """Start a container."""
        self._api.post(f"/containers/{segment(container)}/start")
        self._bridges.tend()

    def stop(self, container: str, timeout: int) -> None:
        """Stop a container. One that is just between two runs by its restart policy is waited for: Podman would start it again."""
        deadline = time.monotonic() + _BETWEEN
        while True:
            self._stop(container, timeout)
            state = self.inspect(container).state
            if state not in (api.RUNNING, api.RESTARTING) or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        self._bridges.tend()

    def _stop(self, container: str, timeout: int) -> None:
        path = f"/containers/{segment(container)}/stop"
        try:
            self._api.post(path, timeout=timeout)
        except api.Conflict:
            state = self.inspect(container).state
            if state == api.PAUSED:  # goes on for it, as with Docker
                self.unpause(container)
                self._api.post(path, timeout=timeout)
            elif state in (api.RUNNING, api.PAUSED):
                raise

    def kill(self, container: str, signal: str) -> None:
        """Send a signal."""
        self._api.post(f"/containers/{segment(container)}/kill", signal=signal)

    def unpause(self, container: str) -> None:
        """Let a paused container go on."""
        self._api.post(f"/containers/{segment(container)}/unpause")

    def set_restart(self, container: str, policy: str) -> None:
        """Change the restart policy: Podman 5.1 and newer."""
        self._demand((5, 1), "changing a restart policy needs Podman 5.1")
        self._api.post(f"/containers/{segment(container)}/update", {}, restartPolicy=policy or "no")

    def resize(self, container: str, limits: api.Limits) -> None:
        """Change limits of processor and memory: Podman 4.3 and newer."""
        self._demand((4, 3), "changing the limits of a running container needs Podman 4.3")
        self._api.post(f"/containers/{segment(container)}/update", podmanspec.resized(limits))

    def remove(self, container: str) -> None:
        """Remove a container with its anonymous volumes."""
        deadline = time.monotonic() + _BETWEEN
        while True:
            try:
                self._api.delete(f"/containers/{segment(container)}", force="true", v="true", timeout=0)
                return self._bridges.tend()
            except api.NotFound:
                return None
            except api.Conflict as error:  # it was just ending, or being started again by its policy
                if _IN_USE in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def logs(self, container: str, *, follow: bool, tail: int | None = None, since: float = 0.0) -> Iterator[api.LogLine]:
        """Yield what a container has written."""
        found = self._inspect(container)
        try:
            return podmanlogs.FileLines(
                found["HostConfig"]["LogConfig"].get("Path") or "",
                tail=tail,
                since=since,
                goes_on=(lambda: self._goes_on(found["Id"])) if follow else None,
            )
        except FileNotFoundError:
            if found["State"]["Status"] in ("created", "configured"):
                return iter(())  # nothing was written yet
        except OSError as error:
            if error.errno != errno.EACCES:
                raise api.EngineError(f"the log cannot be read: {error.strerror}") from error
        query = {"stdout": "true", "stderr": "true", "timestamps": "true", "follow": str(follow).lower(), "tail": "all" if tail is None else tail}
        path = self._api.path(f"/containers/{found['Id']}/logs", **query, since=int(since) or None)
        return logs.Lines(wire.Stream(self.address, "GET", path), tty=False, since=int(since), ended=True)

    def _goes_on(self, container: str) -> bool:
        try:
            return self.inspect(container).state in (api.RUNNING, api.PAUSED)
        except api.NotFound:
            return False

    # -- processes in containers

    def exec(
        self, container: str, command: Sequence[str], *, tty: bool, stdin: bool, env: Sequence[tuple[str, str]] = (), user: str = ""
    ) -> ExecSession:
        """Prepare a process in a running container."""
        from minikube_py.kubelet.engines import hijack

        number = self._exec(container, command, tty=tty, stdin=stdin, env=env, user=user)
        return hijack.Process(
            self.address,
            self._api.path(f"/exec/{number}/start"),
            {"Detach": False, "Tty": tty},
            tty=tty,
            exit_code=lambda: self._exit_code(number),
            resize=lambda width, height: self._api.post(f"/exec/{number}/resize", w=width, h=height),
            started=lambda: self._has_started(number),
        )

    def _exec(self, container: str, command: Sequence[str], *, tty: bool, stdin: bool, env: Sequence[tuple[str, str]], user: str) -> str:
        body = {
            "Cmd": list(command),
            "Env": [f"{name}={value}" for name, value in env],
            "User": user,
            "Tty": tty,
            "AttachStdin": stdin,
            "AttachStdout": True,
            "AttachStderr": True,
            "DetachKeys": "",  # a process of a terminal must get every key
        }
        return str(self._api.post(f"/containers/{segment(container)}/exec", body)["Id"])

    def _has_started(self, number: str) -> bool:
        try:
            found = self._api.get(f"/exec/{number}/json")
        except api.EngineError:  # its container is no more
            return True
        return bool(found["Running"] or found["CanRemove"])  # it runs, or is over

    def _exit_code(self, number: str) -> int | None:
        found = self._api.get(f"/exec/{number}/json")
        return None if found["Running"] else int(found["ExitCode"])

    def run_exec(self, container: str, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        """Run a process to its end. Podman cannot end one that takes too long: it goes on by itself."""
        number = self._exec(container, command, tty=False, stdin=False, env=(), user="")
        path = self._api.path(f"/exec/{number}/start")
        return execution.run(self.address, path, {"Detach": False, "Tty": False}, lambda: self._exit_code(number), timeout)

    def attach(self, container: str, *, tty: bool, stdin: bool) -> ExecSession:
        """Prepare to join the main process of a running container."""
        from minikube_py.kubelet.engines import hijack

        found = self.inspect(container)
        if found.state != api.RUNNING:
            raise api.Conflict(f"container {container} is not running")
        query = {"stream": "true", "logs": "false", "stdin": str(stdin).lower(), "stdout": "true", "stderr": "true", "detachKeys": ""}
        return hijack.Process(
            self.address,
            self._api.path(f"/containers/{found.id}/attach", **query),
            tty=tty,
            exit_code=None,
            resize=lambda width, height: self._api.post(f"/containers/{found.id}/resize", w=width, h=height),
        )

    def stats(self, container: str) -> api.Stats:
        """Return what a container uses now."""
        if self.inspect(container).state != api.RUNNING:
            raise api.Conflict(f"container {container} is not running")
        found = self._api.get("/containers/stats", containers=container, stream="false")
        if found.get("Error") or not found.get("Stats"):
            raise api.Conflict(f"container {container} has no figures: {texts.clean(json.dumps(found.get('Error')))}")
        return api.Stats(int(found["Stats"][0]["CPUNano"]), int(found["Stats"][0]["MemUsage"]), time.time())

    # -- images

    def image(self, name: str) -> api.Image:
        """Return an image that is present."""
        return podmananswers.image(self._api.get(f"/images/{segment(name)}/json"))

    def pull(self, name: str, credentials: api.Credentials | None, progress: Callable[[str, int, int], None]) -> api.Image:
        """Pull an image; without credentials, with those that the service's user has logged in with. Short names are Docker Hub's, as in Kubernetes."""
        name = texts.qualified(name)
        headers = {"X-Registry-Auth": _auth(credentials)} if credentials is not None else {}
        query = {"fromImage": name}
        # libpod's own endpoint tells of no bytes
        with self._api.answer("POST", "/images/create", query, None, headers, None, compatible=True) as answer:
            for line in answer.iter_lines():
                if line.strip():
                    dockeranswers.report(json.loads(line), progress)
        return self.image(name)

    def import_image(self, name: str, archive: bytes, command: Sequence[str]) -> api.Image:
        """Make an image of a root file system."""
        query = {"reference": texts.qualified(name), "changes": f"CMD {json.dumps(list(command))}"}
        self._api.send("POST", "/images/import", query, archive, _TAR)
        return self.image(texts.qualified(name))

    # -- networks and volumes

    def ensure_network(self, name: str, subnet: str, labels: Mapping[str, str]) -> None:
        """Make a bridge network; Conflict where one of this name has another subnet, or its range is taken."""
        body: dict[str, Any] = {"name": name, "driver": "bridge", "dns_enabled": True, "labels": dict(labels)}
        if subnet:
            body["subnets"] = [{"subnet": subnet}]
        try:
            found = self._api.get(f"/networks/{segment(name)}/json")
        except api.NotFound:
            found = self._make_network(body)
        subnets = [each.get("subnet") for each in found.get("subnets") or ()]
        if subnet and subnet not in subnets:
            raise api.Conflict(f"network {name} is there with the subnet {', '.join(map(str, subnets))}")
        self._watch(found)

    def _make_network(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a network. Podman looks at all interfaces of the host, and trips over one that goes meanwhile."""
        for _ in range(_LOOKS):
            with execution.passing("no such network interface"):
                made: Mapping[str, Any] = self._api.post("/networks/create", body)
                return made
        raise api.EngineError("the interfaces of this host do not come to rest")

    def networks(self, labels: Mapping[str, str]) -> Sequence[str]:
        """Return the names of the networks with these labels."""
        found = self._api.get("/networks/json", filters=_filters(labels)) or ()
        ours = [network for network in found if _has(network.get("labels"), labels)]
        for network in ours:
            self._watch(network)
        return [network["name"] for network in ours]

    def _watch(self, network: Mapping[str, Any]) -> None:
        self._bridges.watch(network["name"], network.get("network_interface") or "")

    def remove_network(self, name: str) -> None:
        """Remove a network."""
        with contextlib.suppress(api.NotFound):
            self._api.delete(f"/networks/{segment(name)}")
        self._bridges.forget(name)

    def connect(self, network: str, container: str, *, aliases: Sequence[str], ip: str = "", mac: str = "") -> None:
        """Connect a container to a network. Podman gives each new interface another hardware's address, unless it is told, and announces none."""
        self._api.post(f"/networks/{segment(network)}/connect", {"container": container, **podmanspec.endpoint(aliases, ip, mac)})
        self._bridges.tend()

    def disconnect(self, network: str, container: str) -> None:
        """Disconnect a container from a network."""
        self._api.post(f"/networks/{segment(network)}/disconnect", {"Container": container})
        self._bridges.tend()

    def ensure_volume(self, name: str, labels: Mapping[str, str], options: Mapping[str, str] | None = None) -> str:
        """Make a volume, where it is not there."""
        body = {"Name": name, "Driver": "local", "Label": dict(labels), "Labels": dict(labels), "Options": dict(options or {})}
        with contextlib.suppress(api.Conflict):
            return str(self._api.post("/volumes/create", body)["Mountpoint"])
        return str(self._api.get(f"/volumes/{segment(name)}/json")["Mountpoint"])

    def volumes(self, labels: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
        """Return the volumes with these labels."""
        found = self._api.get("/volumes/json", filters=_filters(labels)) or ()
        return {volume["Name"]: volume.get("Labels") or {} for volume in found if _has(volume.get("Labels"), labels)}

    def remove_volume(self, name: str) -> None:
        """Remove a volume."""
        with contextlib.suppress(api.NotFound):
            self._api.delete(f"/volumes/{segment(name)}")

    def dial(self, container: str, port: int) -> "Sequence[str | int]":
        """Return where a TCP port of a container can be connected to."""
        found = self._inspect(container)
        mode = found["HostConfig"]["NetworkMode"]
        if mode.startswith("container:"):
            return self.dial(mode.removeprefix("container:"), port)
        return execution.reachable(podmananswers.container(found), mode == "host", port)


def _has(found: Mapping[str, str] | None, wanted: Mapping[str, str]) -> bool:
    """Tell whether something has all these labels: of some things Podman lists those that have one of them."""
    return wanted.items() <= (found or {}).items()


def _filters(labels: Mapping[str, str]) -> str:
    return json.dumps({"label": [f"{name}={value}" for name, value in labels.items()]})


def _auth(credentials: api.Credentials) -> str:
    """Return who pulls, as a header carries it: in no list of arguments and in no log."""
    fields = {"username": credentials.username, "password": credentials.password, "identitytoken": credentials.token}
    return base64.urlsafe_b64encode(json.dumps({name: value for name, value in fields.items() if value}).encode()).decode()


@contextlib.contextmanager
def _profile(seccomp: str) -> Iterator[str]:
    """Yield the path of a seccomp profile, which Podman reads from a file while a container is made."""
    if not seccomp.startswith("{"):
        yield seccomp
        return
    import tempfile

    descriptor, path = tempfile.mkstemp(prefix="kctl-seccomp-", suffix=".json")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(seccomp)
        yield path
    finally:
        os.unlink(path)
