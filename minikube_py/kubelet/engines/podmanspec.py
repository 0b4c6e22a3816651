"""A container's specification in the words of Podman's API (libpod's SpecGenerator). Pure: what an option may hold cannot become another option."""

import signal
from typing import Any

from minikube_py.kubelet.engines import api

_TMPFS = ("rw", "nosuid", "nodev", "exec", "mode=1777", "notmpcopyup")
# One file that starts anew when it is full: all that conmon can. So it may hold what a kubelet keeps in five.
LOGS = {"driver": "k8s-file", "size": 50 * 1024 * 1024}


def config(spec: api.ContainerSpec, seccomp: str = "") -> dict[str, Any]:
    """Return the body of POST /libpod/containers/create. `seccomp`: the file where the profile of the specification was put."""
    body: dict[str, Any] = {
        "name": spec.name,
        "image": spec.image,
        "labels": dict(spec.labels),
        "env": dict(spec.env),
        "work_dir": spec.working_dir,
        "create_working_dir": True,  # as Docker and the CRI's runtimes do
        "terminal": spec.tty,
        "stdin": spec.stdin,
        "httpproxy": False,  # the environment is the pod's alone
        "hostname": spec.hostname,
        "hostadd": [f"{name}:{address}" for name, address in spec.hosts],
        "dns_server": list(spec.dns),
        "dns_search": list(spec.dns_search),
        "dns_option": list(spec.dns_options),
        "portmappings": [_port(port) for port in spec.ports],
        "restart_policy": spec.restart or "no",
        "log_configuration": LOGS,
        "mounts": [_mount(mount) for mount in spec.mounts if not mount.volume],
        "volumes": [_volume(mount) for mount in spec.mounts if mount.volume],
        **_network(spec),
        **_security(spec.security, seccomp),
        **_limits(spec.limits),
    }
    if spec.entrypoint is not None:
        body["entrypoint"] = list(spec.entrypoint)
    if spec.command is not None:
        body["command"] = list(spec.command)
    for name, mode in (("ipcns", spec.ipc), ("pidns", spec.pid)):
        if mode:
            body[name] = _namespace(mode)
    if spec.stop_signal:
        body["stop_signal"] = signal_number(spec.stop_signal)
    return body


def signal_number(name: str) -> int:
    """Return the number of SIGTERM, TERM, SIGRTMIN+3 or 15; an EngineError where there is no such signal."""
    if name.isdecimal():
        return int(name)
    word, plus, more = name.upper().removeprefix("SIG").partition("+")
    found = getattr(signal.Signals, f"SIG{word}", None)
    if found is None or (plus and not more.isdecimal()):
        raise api.EngineError(f"invalid signal {name!r}")
    return int(found) + int(more or 0)


def endpoint(aliases: Any, ip: str, mac: str = "") -> dict[str, Any]:
    """Return how a container takes part in a network."""
    return {"aliases": list(aliases)} | ({"static_ips": [ip]} if ip else {}) | ({"static_mac": mac} if mac else {})


def _namespace(mode: str) -> dict[str, str]:
    kind, _, value = mode.partition(":")
    return {"nsmode": kind, "value": value} if value else {"nsmode": kind}


def _network(spec: api.ContainerSpec) -> dict[str, Any]:
    if spec.network in ("none", "host"):
        return {"netns": {"nsmode": spec.network}}
    if spec.network.startswith("container:"):
        # The host's name comes along, as with Docker and in a pod.
        return {"netns": _namespace(spec.network), "utsns": _namespace(spec.network)}
    networks = {name: endpoint(aliases, "") for name, aliases in spec.also}
    return {"netns": {"nsmode": "bridge"}, "networks": {spec.network: endpoint(spec.aliases, spec.ip), **networks}}


def _security(security: api.Security, seccomp: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "groups": [str(group) for group in security.groups],
        "privileged": security.privileged,
        "read_only_filesystem": security.read_only_root,
        "no_new_privileges": security.no_new_privileges,
        "cap_add": list(security.added),
        "cap_drop": list(security.dropped),
        "selinux_opts": list(security.selinux),
        "sysctl": dict(security.sysctls),
    }
    for name, value in (("user", security.user), ("seccomp_profile_path", seccomp), ("apparmor_profile", security.apparmor)):
        if value:
            body[name] = value
    return body


def resized(limits: api.Limits) -> dict[str, Any]:
    """Return what a running container is to have from now on."""
    asked: dict[str, Any] = _limits(limits).get("resource_limits", {})
    return {name: asked[name] for name in ("cpu", "memory") if name in asked}


def _limits(limits: api.Limits) -> dict[str, Any]:
    resources: dict[str, Any] = {}
    if limits.memory:
        resources["memory"] = {"limit": limits.memory, "swap": limits.memory}  # a pod gets no swap on top
    cpu = {"quota": limits.cpu_quota, "period": 100_000} if limits.cpu_quota else {}
    if limits.cpu_shares:
        cpu["shares"] = limits.cpu_shares
    if cpu:
        resources["cpu"] = cpu
    if limits.pids:
        resources["pids"] = {"limit": limits.pids}
    body: dict[str, Any] = {"resource_limits": resources} if resources else {}
    return body | ({"oom_score_adj": limits.oom_score_adj} if limits.oom_score_adj else {})


def _port(port: api.Port) -> dict[str, Any]:
    return {"container_port": port.container_port, "host_port": port.host_port, "host_ip": port.host_ip, "protocol": port.protocol}


def _mount(mount: api.Mount) -> dict[str, Any]:
    access = "ro" if mount.read_only else "rw"
    if mount.tmpfs:
        options = [access, *_TMPFS[1:], *([f"size={mount.size}"] if mount.size else [])]
        return {"destination": mount.target, "type": "tmpfs", "source": "tmpfs", "options": options}
    return {"destination": mount.target, "type": "bind", "source": mount.source, "options": ["rbind", access, mount.propagation]}


def _volume(mount: api.Mount) -> dict[str, Any]:
    options = ["ro" if mount.read_only else "rw", "nocopy"]  # a volume of Kubernetes begins empty
    return {"Name": mount.volume, "Dest": mount.target, "Options": options} | ({"SubPath": mount.subpath} if mount.subpath else {})
