"""A pod's sandbox and containers in the terms of an engine. Pure: what must be looked up or made has been, and is given.

Nothing of a spec becomes an option of something: each value goes into the one field of the engine's API that is for it, and what an engine would
take apart again (a colon in a path, an equals sign in a variable's name, a line end in a name) is refused.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from minikube_py.kubelet import environment
from minikube_py.kubelet.engines import texts
from minikube_py.kubelet.engines.api import ContainerSpec, Image, Limits, Mount, Port, Security
from minikube_py.kubelet.runtime import ContainerConfig, PodSandboxConfig, RuntimeFailure
from minikube_py.kubelet.runtimes import labels, limits, naming, pause, security
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.kubelet.runtimes.security import CONFIG_ERROR
from minikube_py.machinery.meta import Object

HOSTS = "/etc/hosts"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_VOLUMES = "/volumes/"  # where a sandbox has its pod's emptyDirs
_PROPAGATION = {"HostToContainer": "rslave", "Bidirectional": "rshared"}
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_STEP = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_TAG, _DIGEST = r"\w[\w.-]{0,127}", r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_IMAGE = re.compile(rf"(?:(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?{_STEP}(?:/{_STEP})*(?::{_TAG})?(?:@{_DIGEST})?\Z", re.ASCII)

_NUMBER, _LONGEST_PATH = re.compile("[0-9a-f]{64}"), 255


class Source(NamedTuple):
    """What is to be seen at a volume mount: a path of the host, or an engine's volume. `held`: it is there only until the machine starts again."""

    path: str = ""
    volume: str = ""
    subpath: str = ""  # below the volume, where the engine is to find it
    read_only: bool = False
    held: bool = False


class Surroundings(NamedTuple):
    """What a container is made in: its sandbox, its image, and what has been prepared for it. `sources` are those of its volume mounts, in their order."""

    owner: Owner
    sandbox: str
    sandbox_attempt: int
    image: Image
    sources: Sequence[Source] = ()
    hosts: str = ""  # the file that is to be /etc/hosts
    message: str = ""  # the file for the termination message
    profiles: Mapping[str, str] = _NOTHING
    holder: str = ""  # this run of the machine, where something is held
    target: str = ""  # the container whose processes an ephemeral one is to see


def sandbox(config: PodSandboxConfig, owner: Owner, attempt: int, empty_dirs: Sequence[str] = ()) -> ContainerSpec:
    """Return a pod's sandbox. `empty_dirs` are the engine's volumes that it holds and opens to all users."""
    pod = config.pod
    spec = pod["spec"]
    _check_pod(spec)
    own = labels.sandbox(owner, pod, config.node, attempt)
    mounts = [Mount(target=f"{_VOLUMES}{number}", volume=volume) for number, volume in enumerate(empty_dirs)]
    group = (spec.get("securityContext") or {}).get("fsGroup") or 0
    words = [str(int(group)), *(mount.target for mount in mounts)] if mounts else []
    resolve = naming.dns(pod)
    on_host = bool(spec.get("hostNetwork"))
    return ContainerSpec(
        name=labels.container_name(own),
        image=pause.IMAGE,
        labels=own,
        entrypoint=[pause.PROGRAM],
        command=words,
        mounts=mounts,
        security=Security(read_only_root=True, no_new_privileges=True, sysctls=security.sysctls(pod)),
        limits=Limits(cpu_shares=limits.shares(0)),
        network="host" if on_host else labels.networks(owner)[0],
        ip="" if on_host else config.ip,
        also=() if on_host or config.names is None else ((labels.networks(owner)[1], tuple(config.names)),),
        ipc="host" if spec.get("hostIPC") else "shareable",
        pid="host" if spec.get("hostPID") else "",
        hostname="" if on_host else naming.kernel_hostname(pod),
        dns=resolve.servers,
        dns_search=resolve.searches,
        dns_options=resolve.options,
        ports=[Port(*port) for port in naming.ports(spec)],
        restart="always",
    )


def _check_pod(spec: Mapping[str, Any]) -> None:
    if spec.get("hostUsers") is False:
        raise RuntimeFailure("CreatePodSandboxError", "hostUsers: false is not supported: no engine gives a pod users of its own")
    if (spec.get("os") or {}).get("name", "linux") != "linux":
        raise RuntimeFailure("CreatePodSandboxError", f"os {spec['os']['name']} is not supported: containers are Linux containers")


def container(config: ContainerConfig, sandbox_config: PodSandboxConfig, around: Surroundings) -> ContainerSpec:
    """Return a container in a sandbox; RuntimeFailure where it cannot be as its spec says."""
    pod, spec = sandbox_config.pod, config.spec
    known = dict(config.env)
    mounts = [*_mounts(spec, around.sources), *_files(pod, spec, around)]
    held = any(source.held for source in around.sources)
    own = labels.container(around.owner, pod, sandbox_config.node, spec["name"], config.attempt, role=role(config, pod), sandbox_attempt=around.sandbox_attempt,
                           message=spec.get("terminationMessagePolicy", "File"))  # fmt: skip
    return ContainerSpec(
        name=labels.container_name(own),
        image=around.image.id,
        labels=own | {labels.IMAGE: spec.get("image", "")} | ({labels.HELD: around.holder} if held else {}),
        entrypoint=_words(spec.get("command"), known),
        command=_words(spec.get("args"), known),
        env=_variables(config.env),
        working_dir=spec.get("workingDir", ""),
        mounts=mounts,
        security=security.security(pod, spec, around.image, around.profiles),
        limits=limits.limits(pod, spec, config.memory),
        network=f"container:{around.sandbox}",
        ipc="host" if pod["spec"].get("hostIPC") else f"container:{around.sandbox}",
        pid=_pid(pod["spec"], around),
        restart="" if held else restart(config, pod),
        tty=bool(spec.get("tty")),
        stdin=bool(spec.get("stdin")),
        stdin_once=bool(spec.get("stdinOnce")),
        stop_signal=(spec.get("lifecycle") or {}).get("stopSignal", ""),
    )


def role(config: ContainerConfig, pod: Object) -> str:
    """Return which part a container plays in its pod."""
    if config.is_init:
        return labels.SIDECAR if config.spec.get("restartPolicy") == "Always" else labels.INIT
    names = {one["name"] for one in pod["spec"].get("ephemeralContainers") or ()}
    return labels.EPHEMERAL if config.spec["name"] in names else labels.MAIN


def restart(config: ContainerConfig, pod: Object) -> str:
    """Return how the engine carries a container on while nothing of ours runs."""
    policy = pod["spec"].get("restartPolicy", "Always")
    part = role(config, pod)
    if part == labels.EPHEMERAL:
        return ""
    if part == labels.INIT:
        return "" if policy == "Never" else "on-failure"
    if part == labels.SIDECAR:
        return "always"
    return {"Always": "always", "OnFailure": "on-failure"}.get(policy, "")


def target(path: str) -> str:
    """Return where in a container a mount is seen; RuntimeFailure for what an engine would read as something else."""
    full = path if path.startswith("/") else f"/{path}"
    if ":" in full or not full.isprintable() or ".." in full.split("/") or not full.strip("/"):
        raise RuntimeFailure(CONFIG_ERROR, f"{path!r} is no path to mount something at")
    return full


def _mounts(spec: Mapping[str, Any], sources: Sequence[Source]) -> list[Mount]:
    found = []
    if spec.get("volumeDevices"):
        raise RuntimeFailure(CONFIG_ERROR, "volumeDevices are not supported: the volumes of an engine are file systems")
    for mount, source in zip(spec.get("volumeMounts") or (), sources, strict=True):
        if mount.get("recursiveReadOnly") == "Enabled":
            raise RuntimeFailure(CONFIG_ERROR, f'volume "{mount["name"]}": recursiveReadOnly "Enabled" is not supported by the engine')
        propagation = _PROPAGATION.get(mount.get("mountPropagation", "None"), "rprivate")
        if propagation == "rshared" and not (spec.get("securityContext") or {}).get("privileged"):
            raise RuntimeFailure(CONFIG_ERROR, f'volume "{mount["name"]}": Bidirectional mount propagation is available only to privileged containers')
        read_only = source.read_only or bool(mount.get("readOnly"))
        where = target(mount["mountPath"])
        if source.path:
            found.append(Mount(target=where, source=source.path, read_only=read_only, propagation=propagation))
        else:
            found.append(Mount(target=where, volume=source.volume, subpath=source.subpath, read_only=read_only))
    return found


def _files(pod: Object, spec: Mapping[str, Any], around: Surroundings) -> list[Mount]:
    """Return /etc/hosts and the file for the termination message, where nothing of the pod's own is mounted there."""
    taken = {mount["mountPath"].rstrip("/") for mount in spec.get("volumeMounts") or ()}
    message = spec.get("terminationMessagePath") or "/dev/termination-log"
    found = []
    if around.hosts and HOSTS not in taken:
        read_only = bool(security.effective(pod, spec).get("readOnlyRootFilesystem"))
        found.append(Mount(target=HOSTS, source=around.hosts, read_only=read_only))
    if around.message and message.rstrip("/") not in taken:
        found.append(Mount(target=target(message), source=around.message))
    return found


def _words(words: Sequence[str] | None, known: Mapping[str, str]) -> list[str] | None:
    """Return a command or its arguments with variables filled in; None where the image's own apply."""
    if not words:
        return None
    return [environment.expand(word, known) for word in words]


def _variables(env: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    for name, value in env:
        if not name or "=" in name or "\0" in name or "\0" in value:
            raise RuntimeFailure(CONFIG_ERROR, f"{name!r} cannot be an environment variable")
    return list(env)


def _pid(pod_spec: Mapping[str, Any], around: Surroundings) -> str:
    if pod_spec.get("hostPID"):
        return "host"
    if around.target:
        return f"container:{around.target}"
    return f"container:{around.sandbox}" if pod_spec.get("shareProcessNamespace") else ""


def check_image(name: str) -> None:
    """Refuse what is no reference of an image, before an engine reads it as something else."""
    why = ""
    path = texts.repository_and_tag(texts.qualified(name).partition("@")[0])[0].partition("/")[2]
    if _NUMBER.fullmatch(name):
        why = f"invalid repository name ({name}), cannot specify 64-byte hexadecimal strings"
    elif not _IMAGE.match(name):
        why = "invalid reference format"
        if _IMAGE.match(name.lower()):
            why += f": repository name ({path}) must be lowercase"
    elif len(path) > _LONGEST_PATH:
        why = f"repository name must not be more than {_LONGEST_PATH} characters"
    if why:
        raise RuntimeFailure("InvalidImageName", f'Failed to apply default image tag "{name}": couldn\'t parse image name "{name}": {why}')
