"""The volumes of pods: files below the cluster's folder, volumes of the engine, directories of the host that are allowed.

FOLDER/pods/UID/                     0700: what is below is seen by the pod's containers only
    volumes/NAME/                    configMap, secret, projected, downwardAPI (filevolume.py)
    subpaths/CONTAINER/N/            copies of their files that are mounted by subPath: those never change
    binds/CONTAINER/N                other subPaths, mounted by us (binds.py)
    containers/CONTAINER/ATTEMPT     the termination message
    etc-hosts

emptyDir and claims are volumes of the engine: it can remove what containers have written as whatever user.
"""

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from minikube_py.client.loops import VOLUME_DRIVER
from minikube_py.kubelet import environment
from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtime import MOUNT_FAILED, ContainerConfig, PodSandboxConfig, RuntimeFailure
from minikube_py.kubelet.runtimes import binds, filevolume, hostpaths, labels, limits, naming, paths, payload
from minikube_py.kubelet.runtimes.hostpaths import Refused
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.kubelet.runtimes.security import CONFIG_ERROR
from minikube_py.kubelet.runtimes.translate import Source
from minikube_py.machinery import quantity
from minikube_py.machinery.meta import Object

_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_STEP = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_.]{0,252}\Z")
_OPEN = 0o777


class Place(NamedTuple):
    """Where the volumes of a cluster are. `rootless`: the engine runs as a user, and does not see what we mount."""

    folder: str
    host_paths: tuple[str, ...] = ()
    rootless: bool = False


class Volumes:
    """The volumes of a cluster's pods on one engine. All methods block, and may be called in several threads, one pod in one at a time."""

    def __init__(self, engine: api.Engine, owner: Owner, place: Place, sees: Callable[[str], bool]) -> None:
        self._engine = engine
        self.sees = sees  # whether what we mount is seen where the containers of a pod (its uid) are made
        self._owner = owner
        self._place = place

    def prepare(self, config: PodSandboxConfig) -> dict[str, str]:
        """Make a pod's volumes, save those of files (update); RuntimeFailure(FailedMount) where one cannot be had.

        Return the engine's volumes that its sandbox is to hold, and where those are that are for everybody (empty for others).
        """
        held: dict[str, str] = {}
        for volume in environment.used_volumes(config.pod):
            try:
                held |= self._prepare(config, volume)
            except (Refused, payload.Absent, paths.Escape, OSError, api.EngineError) as error:
                raise RuntimeFailure(MOUNT_FAILED, f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error}') from error
        return held

    def share(self, config: PodSandboxConfig, held: Mapping[str, str]) -> None:
        """Give volumes to everybody when the sandbox has started: Podman gives a new one to whoever mounts it first."""
        for place in held.values():
            if place:
                _share(place, _group(config.pod), _OPEN)

    def update(self, config: PodSandboxConfig) -> None:
        """Write what a pod's volumes of files hold now."""
        folder = self.folder(config.uid)
        for name in [volume["name"] for volume in environment.used_volumes(config.pod) if payload.is_made_of_files(volume)]:
            try:
                files = config.sources.get(name)
                if files is None:
                    raise payload.Absent("its content is not known")
                filevolume.write(os.path.join(folder, "volumes", _step(name)), files, _group(config.pod))
            except (payload.Absent, paths.Escape, OSError) as error:
                raise RuntimeFailure(MOUNT_FAILED, f'MountVolume.SetUp failed for volume "{name}" : {error}') from error
        self._write(os.path.join(folder, "etc-hosts"), naming.hosts(config.pod, config.ip, _hosts_of_host(config.pod)).encode(), 0o644)

    def is_new(self, uid: str) -> bool:
        """Tell whether nothing was made for a pod yet: its directory comes before all else, and goes after it."""
        return not os.path.exists(os.path.join(self._place.folder, "pods", _step(uid)))

    def folder(self, uid: str) -> str:
        """Return a pod's directory, made where it is not there."""
        path = os.path.join(self._place.folder, "pods", _step(uid))
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)
        return path

    def hosts(self, uid: str) -> str:
        """Return the file that is a pod's /etc/hosts."""
        return os.path.join(self.folder(uid), "etc-hosts")

    def message_file(self, uid: str, container: str, attempt: int) -> str:
        """Return the path of the file for a container's termination message."""
        return os.path.join(self._place.folder, "pods", _step(uid), "containers", _step(container), str(int(attempt)))

    def new_message_file(self, uid: str, container: str, attempt: int) -> str:
        """Make an empty file for a container's termination message that whoever it runs as may write."""
        self.folder(uid)
        path = self.message_file(uid, container, attempt)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        self._write(path, b"", 0o666)
        return path

    def _write(self, path: str, content: bytes, mode: int) -> None:
        """Write a small file in place: it may be mounted, and then must stay the same file."""
        with contextlib.suppress(OSError), open(path, "rb") as known:
            if known.read() == content and os.stat(path).st_mode & 0o7777 == mode:
                return
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)

    def _prepare(self, config: PodSandboxConfig, volume: Mapping[str, Any]) -> dict[str, str]:
        name = volume["name"]
        if "emptyDir" in volume:
            full, place = self._empty_dir(config, name, volume["emptyDir"] or {})
            return {full: "" if (volume["emptyDir"] or {}).get("medium") == "Memory" else place}
        if "hostPath" in volume:
            os.close(hostpaths.opened(volume["hostPath"], self._place.host_paths)[2])
            return {}
        if payload.is_made_of_files(volume):
            return {}
        if "persistentVolumeClaim" in volume or "ephemeral" in volume:
            full, place, fresh = self._claim(config, name)
            return {full: place} if fresh else {}
        kinds = ", ".join(sorted(set(volume) - {"name"})) or "emptyDir"
        raise Refused(f"volumes of the type {kinds} are not supported on a container engine")

    def _empty_dir(self, config: PodSandboxConfig, name: str, wish: Mapping[str, Any]) -> tuple[str, str]:
        """Return the engine's volume of an emptyDir and where it is."""
        own = labels.pod(self._owner, config.pod, config.node) | {labels.KIND: labels.EMPTY, labels.VOLUME: name}
        full = labels.volume_name(self._owner, config.uid, name)
        if wish.get("medium") != "Memory":
            return full, self._engine.ensure_volume(full, own)
        group = _group(config.pod)
        options = ["mode=1777"] if group is None else ["mode=2777", f"gid={group}"]
        wanted = quantity.parse(wish["sizeLimit"]).value() if wish.get("sizeLimit") is not None else 0
        sizes = [size for size in (wanted, limits.memory_of_pod(config.pod)) if size > 0]
        if sizes:  # what the pod may use is the most that can be in it
            pages = -(-min(sizes) // os.sysconf("SC_PAGE_SIZE"))
            options.append(f"nr_blocks={pages}")  # not size: Podman 4 takes that for a quota of its disk
        return full, self._engine.ensure_volume(full, own, {"type": "tmpfs", "device": "tmpfs", "o": ",".join(options)})

    def _claim(self, config: PodSandboxConfig, name: str) -> tuple[str, str, bool]:
        """Return the engine's volume of a claim, where it is, and whether it is new; empty where it is a directory of the host."""
        found = config.claims.get(name)
        if found is None:
            raise payload.Absent("its claim is not bound")
        directory = _directory(found)
        if directory:
            os.close(hostpaths.opened(directory, self._place.host_paths)[2])
            return "", "", False
        number = found["metadata"]["name"]
        if not _is_of_engine(found):
            raise Refused(f'persistentvolume "{number}" is of a type that is not supported on a container engine')
        full = labels.claim_name(self._owner, number)
        own = labels.cluster(self._owner) | {labels.KIND: labels.CLAIM, labels.VOLUME: number}
        place = self._engine.ensure_volume(full, own)
        fresh = False
        with contextlib.suppress(OSError):  # where we cannot look, nothing can be given away either
            fresh = not os.listdir(place)  # it is everybody's then, as with minikube's provisioner; later it is what the pods made of it
            if fresh or _group(config.pod) is not None:
                _share(place, _group(config.pod), _OPEN if fresh else os.stat(place).st_mode & 0o7777)
        return full, place, fresh

    def source(self, config: ContainerConfig, sandbox: PodSandboxConfig, number: int) -> Source:
        """Return what is to be seen at a container's volume mount."""
        mount = config.spec["volumeMounts"][number]
        volume = next((one for one in sandbox.pod["spec"].get("volumes") or () if one["name"] == mount["name"]), None)
        if volume is None:
            raise RuntimeFailure(CONFIG_ERROR, f'cannot find volume "{mount["name"]}" to mount into container "{config.spec["name"]}"')
        below = _below(mount, config)
        try:
            return self._source(config, sandbox, volume, number, below)
        except (Refused, payload.Absent, paths.Escape, OSError) as error:
            what = f'failed to prepare subPath for volumeMount "{mount["name"]}" of container "{config.spec["name"]}"' if below else \
                f'cannot mount volume "{mount["name"]}" into container "{config.spec["name"]}"'  # fmt: skip
            raise RuntimeFailure(CONFIG_ERROR, f"{what}: {error}") from error

    def _source(self, config: ContainerConfig, sandbox: PodSandboxConfig, volume: Mapping[str, Any], number: int, below: str) -> Source:
        name = volume["name"]
        if payload.is_made_of_files(volume):
            if below:
                return Source(path=self._copy(config, sandbox, name, number, below), read_only=True)
            return Source(path=os.path.join(self.folder(sandbox.uid), "volumes", _step(name)), read_only=True)
        where = (sandbox.uid, config.spec["name"], number)
        if "hostPath" in volume:
            return self._of_host(volume["hostPath"], below, where)
        read_only = bool((volume.get("persistentVolumeClaim") or {}).get("readOnly"))
        directory = _directory(sandbox.claims.get(name) or {})
        if directory:
            return self._of_host(directory, below, where)._replace(read_only=read_only)
        full, place = self._empty_dir(sandbox, name, volume["emptyDir"] or {}) if "emptyDir" in volume else self._claim(sandbox, name)[:2]
        if not below:
            return Source(volume=full, read_only=read_only)
        if not os.access(place, os.R_OK | os.X_OK):
            return Source(volume=full, subpath=below, read_only=read_only)  # the engine's own way, where it has one
        return self._safe(place, below, *where)._replace(read_only=read_only)

    def _of_host(self, wish: Mapping[str, Any], below: str, where: tuple[str, str, int]) -> Source:
        root, path, found = hostpaths.opened(wish, self._place.host_paths)
        os.close(found)
        if path or below:
            return self._safe(root, f"{path}/{below}".strip("/"), *where)
        return Source(path=root)  # a root itself cannot be exchanged from inside a container

    def _safe(self, root: str, below: str, uid: str, container: str, number: int) -> Source:
        """Return what is at a path, so that nobody can put something else in its place before it is mounted."""
        try:
            found = paths.reach(root, below)
        except FileNotFoundError:
            found = paths.reach(root, below, make=True, mode=os.stat(root).st_mode & 0o7777)
        try:
            if os.geteuid() == 0 and not self._place.rootless and self.sees(uid):
                place = os.path.join(self.folder(uid), "binds", _step(container), str(number))
                binds.mount(found, place)
                return Source(path=place, held=True)
        finally:
            os.close(found)
        return Source(path=os.path.join(root, *paths.parts(below)))  # without the right to mount: what has been checked

    def _copy(self, config: ContainerConfig, sandbox: PodSandboxConfig, volume: str, number: int, below: str) -> str:
        """Return a copy of the files, or the one file, at a path of a volume of files; a directory where there is nothing."""
        path = "/".join(paths.parts(below))
        files = sandbox.sources.get(volume) or {}
        place = os.path.join(self.folder(sandbox.uid), "subpaths", _step(config.spec["name"]), str(number))
        filevolume.write(place, {key.removeprefix(f"{path}/"): file for key, file in files.items() if key.startswith(f"{path}/")} or
                         ({"file": files[path]} if path in files else {}), _group(sandbox.pod))  # fmt: skip
        return os.path.realpath(os.path.join(place, "file")) if path in files else place

    def remove(self, uid: str) -> None:
        """Leave nothing of a pod's volumes; its claims' volumes stay."""
        for name in self._engine.volumes(labels.cluster(self._owner) | {labels.KIND: labels.EMPTY, labels.UID: uid}):
            self._engine.remove_volume(name)
        self._remove(os.path.join(self._place.folder, "pods", _step(uid)))

    def _remove(self, path: str) -> None:
        """Remove a directory of ours: first what is mounted in it, that only the mount goes and not what is mounted."""
        import shutil

        try:
            binds.unmount_below(path)
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(path)
        except OSError as error:
            raise RuntimeFailure(MOUNT_FAILED, f"cannot remove {path}: {error}") from error

    def known(self) -> list[str]:
        """Return the uids of the pods that have a directory."""
        with contextlib.suppress(FileNotFoundError):
            return os.listdir(os.path.join(self._place.folder, "pods"))
        return []

    def remove_all(self) -> None:
        """Leave nothing of any volume."""
        for name in self._engine.volumes(labels.cluster(self._owner)):
            self._engine.remove_volume(name)
        self._remove(os.path.join(self._place.folder, "pods"))


def _step(name: str) -> str:
    """Return a name that is one step of a path, and no way out of it."""
    if not _STEP.match(name):
        raise RuntimeFailure(MOUNT_FAILED, f"{name!r} cannot be the name of a file")
    return name


def _group(pod: Object) -> int | None:
    group = (pod["spec"].get("securityContext") or {}).get("fsGroup")
    return None if group is None else int(group)


def _share(place: str, group: int | None, mode: int) -> None:
    """Give a volume's directory to everybody or to a group, where we may; for emptyDirs the sandbox does it, too, from inside."""
    with contextlib.suppress(PermissionError, FileNotFoundError):
        filevolume.give(place, mode if group is None else mode | 0o2070, None, group)


def _below(mount: Mapping[str, Any], config: ContainerConfig) -> str:
    """Return the subPath of a volume mount, with its variables filled in; RuntimeFailure where that leads out of the volume at first sight."""
    path, missing = str(mount.get("subPath", "")), set[str]()
    if mount.get("subPathExpr"):
        path = environment.expand(mount["subPathExpr"], {name: value for name, value in config.env if value}, missing)
    if missing:
        raise RuntimeFailure(CONFIG_ERROR, f"missing value for {', '.join(sorted(missing))}")
    if path.startswith("/"):
        raise RuntimeFailure(CONFIG_ERROR, f"error SubPath `{path}` must not be an absolute path")
    if ".." in path.split("/"):
        raise RuntimeFailure(CONFIG_ERROR, f"unable to provision SubPath `{path}`: must not contain '..'")
    return path


def _directory(persistent_volume: Object) -> Mapping[str, Any] | None:
    """Return the hostPath of a PersistentVolume that somebody made for a directory of the host."""
    spec, notes = persistent_volume.get("spec") or {}, (persistent_volume.get("metadata") or {}).get("annotations") or {}
    if "local" in spec:
        return {"path": spec["local"].get("path", ""), "type": "Directory"}
    if "hostPath" in spec and _PROVISIONED_BY not in notes:
        return spec["hostPath"]  # type: ignore[no-any-return]
    return None


def _is_of_engine(persistent_volume: Object) -> bool:
    """Tell whether a PersistentVolume is a volume of the engine: provisioned for it, or for the dry run as a hostPath."""
    spec = persistent_volume.get("spec") or {}
    return (spec.get("csi") or {}).get("driver") == VOLUME_DRIVER or "hostPath" in spec


def _hosts_of_host(pod: Object) -> str:
    if not pod["spec"].get("hostNetwork"):
        return ""
    with contextlib.suppress(OSError), open("/etc/hosts", encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""
