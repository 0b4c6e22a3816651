"""Docker, through its Engine API of version 1.41 (Docker 20.10) or newer."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from minikube_py.kubelet.engines import api, dockeranswers, dockerclient, dockerevents, dockerspec, execution, kernellog, logs, texts, wire
from minikube_py.kubelet.streams import ExecSession

_GONE = 30.0  # seconds for somebody else's removal to come to its end


class Docker:
    """One Docker daemon."""

    name = "docker"

    def __init__(self, address: wire.Address) -> None:
        self.address = address
        self._connection = dockerclient.Connection(address)
        self._kernel = kernellog.KernelLog()
        self._client, self._path = self._connection.client, self._connection.path
        self._events = dockerevents.Changes(self._past_events)

    def info(self) -> api.Info:
        """Ask the daemon about itself."""
        with self._client() as client:
            found = client.info()
        rootless = any("rootless" in option for option in found.get("SecurityOptions") or ())
        return api.Info(
            name=self.name,
            version=found.get("ServerVersion", ""),
            api_version=self._connection.version,
            cpus=found.get("NCPU", 0),
            memory=found.get("MemTotal", 0),
            os=found.get("OperatingSystem", ""),
            kernel=found.get("KernelVersion", ""),
            architecture=found.get("Architecture", ""),
            rootless=rootless,
            cgroup=f"v{found.get('CgroupVersion') or 1}",
            root=found.get("DockerRootDir", ""),
            near=execution.is_near(self.address, found.get("KernelVersion", ""), rootless=rootless),
        )

    # -- containers

    def list(self, labels: Mapping[str, str]) -> "list[api.Listed]":
        """Return all containers with these labels. Marks are comparable within one process."""
        with self._client() as client:
            changes = self._events.look()
            rows = client.containers(all=True, filters={"label": _labels(labels)})
        return [api.Listed(row["Id"], dockeranswers.name(row), row.get("Labels") or {}, f"{row['State']} {changes(row['Id'])}") for row in rows]

    def _past_events(self, since: str, until: str) -> Sequence[dict[str, Any]]:
        with self._client() as client:
            return tuple(client.events(since=since, until=until, decode=True))

    def inspect(self, container: str) -> api.Container:
        """Return one container."""
        found = dockeranswers.container(self._inspect(container))
        if found.exit_code == kernellog.KILLED and not found.oom_killed and self.address.path:
            return found._replace(oom_killed=self._kernel.tells_of(found.id))
        return found

    def _inspect(self, container: str) -> dict[str, Any]:
        with self._client() as client:
            found: dict[str, Any] = client.inspect_container(_checked(container))
        return found

    def create(self, spec: api.ContainerSpec) -> str:
        """Make a container."""
        body = dockerspec.config(spec)
        if any(mount.subpath for mount in spec.mounts):
            self._connection.demand((1, 45), "a subPath of a volume needs Docker 26")
        with self._client() as client:
            made = str(client.create_container_from_config(body, spec.name)["Id"])
        try:
            for network, aliases in spec.also:  # before Docker 25, a container is created with one network at most
                self.connect(network, made, aliases=aliases)
        except BaseException:
            self.remove(made)
            raise
        return made

    def start(self, container: str) -> None:
        """Start a container."""
        with self._client() as client:
            client.start(_checked(container))

    def stop(self, container: str, timeout: int) -> None:
        """Stop a container."""
        with self._client() as client:
            client.stop(_checked(container), timeout=timeout)

    def kill(self, container: str, signal: str) -> None:
        """Send a signal."""
        with self._client() as client:
            client.kill(_checked(container), signal=signal)

    def unpause(self, container: str) -> None:
        """Let a paused container go on."""
        with self._client() as client:
            client.unpause(_checked(container))

    def set_restart(self, container: str, policy: str) -> None:
        """Change the restart policy."""
        with self._client() as client:
            client.update_container(_checked(container), restart_policy={"Name": policy or "no", "MaximumRetryCount": 0})

    def resize(self, container: str, limits: api.Limits) -> None:
        """Change limits of processor and memory."""
        with self._client() as client:
            client.update_container(_checked(container), **dockerspec.resized(limits))

    def remove(self, container: str) -> None:
        """Remove a container with its anonymous volumes."""
        deadline = time.monotonic() + _GONE
        while True:
            try:
                with self._client() as client:
                    client.remove_container(_checked(container), v=True, force=True)
                return
            except api.NotFound:
                return
            except api.Conflict as error:
                if "already in progress" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def logs(self, container: str, *, follow: bool, tail: int | None = None, since: float = 0.0) -> Iterator[api.LogLine]:
        """Yield what a container has written."""
        tty = bool(self._inspect(container)["Config"]["Tty"])
        query = {"stdout": 1, "stderr": 1, "timestamps": 1, "follow": int(follow), "tail": "all" if tail is None else tail}
        # `since` in seconds as a float is not exact to the nanosecond: the engine is asked for a little more
        path = self._path(f"/containers/{wire.segment(container)}/logs", **query, since=f"{since - 1:.9f}" if since > 1 else None)
        return logs.Lines(wire.Stream(self.address, "GET", path), tty=tty, since=since, ended=False)

    # -- processes in containers

    def exec(
        self, container: str, command: Sequence[str], *, tty: bool, stdin: bool, env: Sequence[tuple[str, str]] = (), user: str = ""
    ) -> ExecSession:
        """Prepare a process in a running container."""
        from minikube_py.kubelet.engines import hijack

        number = self._exec(container, command, tty=tty, stdin=stdin, env=env, user=user)
        return hijack.Process(
            self.address,
            self._path(f"/exec/{number}/start"),
            {"Detach": False, "Tty": tty},
            tty=tty,
            exit_code=lambda: self._exit_code(number),
            resize=lambda width, height: self._resize(f"/exec/{number}/resize", width, height),
        )

    def _exec(self, container: str, command: Sequence[str], *, tty: bool, stdin: bool, env: Sequence[tuple[str, str]], user: str) -> str:
        with self._client() as client:
            # detach_keys: a process of a terminal must get every key
            return str(
                client.exec_create(
                    _checked(container),
                    list(command),
                    tty=tty,
                    stdin=stdin,
                    environment=[f"{name}={value}" for name, value in env],
                    user=user,
                    detach_keys=dockerspec.DETACH_KEYS,
                )["Id"]
            )

    def _exit_code(self, number: str) -> int | None:
        with self._client() as client:
            found = client.exec_inspect(number)
        return None if found["Running"] or found["ExitCode"] is None else int(found["ExitCode"])

    def _resize(self, path: str, width: int, height: int) -> None:
        wire.Stream(self.address, "POST", self._path(path, w=width, h=height)).close()

    def run_exec(self, container: str, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        """Run a process to its end. Docker cannot end one that takes too long: it goes on by itself."""
        number = self._exec(container, command, tty=False, stdin=False, env=(), user="")
        path = self._path(f"/exec/{number}/start")
        return execution.run(self.address, path, {"Detach": False, "Tty": False}, lambda: self._exit_code(number), timeout)

    def attach(self, container: str, *, tty: bool, stdin: bool) -> ExecSession:
        """Prepare to join the main process of a running container."""
        from minikube_py.kubelet.engines import hijack

        found = self._inspect(container)
        if not found["State"]["Running"]:
            raise api.Conflict(f"container {container} is not running")
        number = found["Id"]
        query = {"stream": 1, "stdin": int(stdin), "stdout": 1, "stderr": 1, "detachKeys": dockerspec.DETACH_KEYS}
        return hijack.Process(
            self.address,
            self._path(f"/containers/{number}/attach", **query),
            tty=tty,
            exit_code=None,
            resize=lambda width, height: self._resize(f"/containers/{number}/resize", width, height),
            ends=bool(found["Config"].get("StdinOnce")),  # else Docker takes the end of input for that of output, too
        )

    def stats(self, container: str) -> api.Stats:
        """Return what a container uses now."""
        with self._client() as client:
            found = client.stats(_checked(container), stream=False, one_shot=True)
        memory = found.get("memory_stats") or {}
        if "usage" not in memory:
            raise api.Conflict(f"container {container} is not running")
        details = memory.get("stats") or {}
        idle = details.get("total_inactive_file", details.get("inactive_file", 0))
        used = max(memory["usage"] - idle, 0)
        return api.Stats(int(found["cpu_stats"]["cpu_usage"]["total_usage"]), int(used), texts.seconds(found["read"]))

    # -- images

    def image(self, name: str) -> api.Image:
        """Return an image that is present."""
        with self._client() as client:
            found = client.inspect_image(_checked(name))
        config = found.get("Config") or {}
        return api.Image(
            id=found["Id"],
            digests=found.get("RepoDigests") or (),
            entrypoint=config.get("Entrypoint") or (),
            command=config.get("Cmd") or (),
            user=config.get("User") or "",
            working_dir=config.get("WorkingDir") or "",
            size=found.get("Size") or 0,
        )

    def pull(self, name: str, credentials: api.Credentials | None, progress: Callable[[str, int, int], None]) -> api.Image:
        """Pull an image; without credentials, with those that `docker login` has kept."""
        repository, tag = texts.repository_and_tag(name)
        auth = None
        if credentials is not None:
            auth = {"username": credentials.username, "password": credentials.password, "identitytoken": credentials.token}
            auth = {field: value for field, value in auth.items() if value}
        with self._client() as client:
            for event in client.pull(repository, tag=tag, stream=True, decode=True, auth_config=auth):
                dockeranswers.report(event, progress)
        return self.image(name)

    def import_image(self, name: str, archive: bytes, command: Sequence[str]) -> api.Image:
        """Make an image of a root file system."""
        repository, tag = texts.repository_and_tag(name)
        with self._client() as client:
            client.import_image_from_data(archive, repository=repository, tag=tag, changes=[f"CMD {json.dumps(list(command))}"])
        return self.image(name)

    # -- networks and volumes

    def ensure_network(self, name: str, subnet: str, labels: Mapping[str, str]) -> None:
        """Make a bridge network; Conflict where one of this name has another subnet, or its range is taken."""
        with self._client() as client:
            present = [network for network in client.networks(names=[name]) if network["Name"] == name]
            if present:
                subnets = [pool.get("Subnet") for pool in (present[0].get("IPAM") or {}).get("Config") or ()]
                if subnet and subnet not in subnets:
                    raise api.Conflict(f"network {name} is there with the subnet {', '.join(map(str, subnets))}")
                return
            ipam = {"Driver": "default", "Config": [{"Subnet": subnet}]} if subnet else None
            client.create_network(name, driver="bridge", ipam=ipam, check_duplicate=True, labels=dict(labels))

    def networks(self, labels: Mapping[str, str]) -> Sequence[str]:
        """Return the names of the networks with these labels."""
        with self._client() as client:
            return [network["Name"] for network in client.networks(filters={"label": _labels(labels)})]

    def remove_network(self, name: str) -> None:
        """Remove a network; endpoints that Docker has kept of containers that are gone (moby issue 17217) do not hold it."""
        with contextlib.suppress(api.NotFound):
            try:
                self._remove_network(name)
            except api.EngineError:
                if not self._without_gone(name):
                    raise
                self._remove_network(name)

    def _remove_network(self, name: str) -> None:
        with self._client() as client:
            client.remove_network(_checked(name))

    def _without_gone(self, network: str) -> bool:
        """Take from a network what is of no container; tell whether there was such a thing."""
        with self._client() as client:
            ends = client.inspect_network(_checked(network)).get("Containers") or {}
        gone = [end["Name"] for container, end in ends.items() if self._is_gone(container)]
        for name in gone:
            with self._client() as client:
                client.disconnect_container_from_network(_checked(name), _checked(network), force=True)
        return bool(gone)

    def _is_gone(self, container: str) -> bool:
        try:
            self._inspect(container)
        except api.NotFound:
            return True
        return False

    def connect(self, network: str, container: str, *, aliases: Sequence[str], ip: str = "", mac: str = "") -> None:
        """Connect a container to a network. Docker derives the hardware's address from the other one, or announces it (28 and newer)."""
        with self._client() as client:
            client.connect_container_to_network(_checked(container), _checked(network), ipv4_address=ip or None, aliases=list(aliases))

    def disconnect(self, network: str, container: str) -> None:
        """Disconnect a container from a network."""
        with self._client() as client:
            client.disconnect_container_from_network(_checked(container), _checked(network))

    def ensure_volume(self, name: str, labels: Mapping[str, str], options: Mapping[str, str] | None = None) -> str:
        """Make a volume, where it is not there."""
        with self._client() as client:
            return str(client.create_volume(name, driver="local", driver_opts=dict(options or {}), labels=dict(labels))["Mountpoint"])

    def volumes(self, labels: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
        """Return the volumes with these labels."""
        with self._client() as client:
            found = client.volumes(filters={"label": _labels(labels)}).get("Volumes") or ()
        return {volume["Name"]: volume.get("Labels") or {} for volume in found}

    def remove_volume(self, name: str) -> None:
        """Remove a volume."""
        with contextlib.suppress(api.NotFound), self._client() as client:
            client.remove_volume(_checked(name))

    def dial(self, container: str, port: int) -> "Sequence[str | int]":
        """Return where a TCP port of a container can be connected to."""
        found = self._inspect(container)
        mode = found["HostConfig"]["NetworkMode"]
        if mode.startswith("container:"):
            return self.dial(mode.removeprefix("container:"), port)
        return execution.reachable(dockeranswers.container(found), mode == "host", port)


def _checked(name: str) -> str:
    """Return a name that may stand in a path; the client leaves slashes as they are."""
    if not name or ".." in name.split("/") or any(character.isspace() or character in "?#%\\" for character in name):
        raise api.NotFound(f"no such thing: {texts.clean(name)!r}")
    return name


def _labels(labels: Mapping[str, str]) -> "list[str]":
    return [f"{name}={value}" for name, value in labels.items()]
