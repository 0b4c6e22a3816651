"""A container's specification in the words of Docker's API. Pure: what an option may hold cannot become another option."""

from typing import Any

from minikube_py.kubelet.engines import api

TMPFS = "rw,nosuid,nodev,exec,mode=1777"
# As much as a kubelet keeps. JSON has no bytes that are no text; but the driver `local` of Docker 20.10 drops the ends of lines of 16 kB and more.
LOGS = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "5"}}
# Docker's own ctrl-p ctrl-q would swallow keys of the user's; attach cannot do without any.
DETACH_KEYS = "ctrl-@,ctrl-^,ctrl-_,ctrl-@,ctrl-^,ctrl-_"


def config(spec: api.ContainerSpec) -> dict[str, Any]:
    """Return the body of POST /containers/create."""
    body: dict[str, Any] = {
        "Image": spec.image,
        "Labels": dict(spec.labels),
        "Env": [f"{name}={value}" for name, value in spec.env],
        "WorkingDir": spec.working_dir,
        "User": spec.security.user,
        "Tty": spec.tty,
        "OpenStdin": spec.stdin,
        "StdinOnce": spec.stdin_once,
        "AttachStdin": False,
        "AttachStdout": False,
        "AttachStderr": False,
        "Hostname": spec.hostname,
        "Domainname": spec.domainname,
        "HostConfig": _host(spec),
    }
    if spec.entrypoint is not None:
        body["Entrypoint"] = list(spec.entrypoint)
    if spec.command is not None:
        body["Cmd"] = list(spec.command)
    if spec.stop_signal:
        body["StopSignal"] = spec.stop_signal
    if spec.ports:
        body["ExposedPorts"] = {f"{port.container_port}/{port.protocol}": {} for port in spec.ports}
    if is_named(spec.network):
        body["NetworkingConfig"] = {"EndpointsConfig": {spec.network: endpoint(spec.ip, spec.aliases)}}
    return body


def is_named(network: str) -> bool:
    """Tell whether this is the name of a network, not a mode."""
    return network not in ("none", "host") and not network.startswith("container:")


def endpoint(ip: str, aliases: Any) -> dict[str, Any]:
    """Return how a container takes part in a network."""
    return {"Aliases": list(aliases)} | ({"IPAMConfig": {"IPv4Address": ip}} if ip else {})


def _host(spec: api.ContainerSpec) -> dict[str, Any]:
    limits, security = spec.limits, spec.security
    return {
        "NetworkMode": spec.network,
        "IpcMode": spec.ipc or "private",
        "PidMode": spec.pid,
        "ExtraHosts": [f"{name}:{address}" for name, address in spec.hosts],
        "Dns": list(spec.dns),
        "DnsSearch": list(spec.dns_search),
        "DnsOptions": list(spec.dns_options),
        "PortBindings": _bindings(spec),
        "RestartPolicy": {"Name": spec.restart or "no"},
        "LogConfig": LOGS,
        "Mounts": [_mount(mount) for mount in spec.mounts if not mount.tmpfs],
        "Tmpfs": {mount.target: _tmpfs(mount) for mount in spec.mounts if mount.tmpfs},
        "Memory": limits.memory,
        "MemorySwap": limits.memory,  # a pod gets no swap on top
        "CpuPeriod": 100_000 if limits.cpu_quota else 0,
        "CpuQuota": limits.cpu_quota,
        "CpuShares": limits.cpu_shares,
        "PidsLimit": limits.pids or None,
        "OomScoreAdj": limits.oom_score_adj,
        "Privileged": security.privileged,
        "ReadonlyRootfs": security.read_only_root,
        "CapAdd": list(security.added),
        "CapDrop": list(security.dropped),
        "GroupAdd": [str(group) for group in security.groups],
        "SecurityOpt": _security(security),
        "Sysctls": dict(security.sysctls),
    }


def resized(limits: api.Limits) -> dict[str, Any]:
    """Return what a running container is to have from now on, in the client's words."""
    asked: dict[str, Any] = {"cpu_shares": limits.cpu_shares} if limits.cpu_shares else {}
    if limits.cpu_quota:
        asked |= {"cpu_quota": limits.cpu_quota, "cpu_period": 100_000}
    if limits.memory:
        asked |= {"mem_limit": limits.memory, "memswap_limit": limits.memory}
    return asked


def _bindings(spec: api.ContainerSpec) -> dict[str, list[dict[str, str]]]:
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in spec.ports:
        bindings.setdefault(f"{port.container_port}/{port.protocol}", []).append({"HostIp": port.host_ip, "HostPort": str(port.host_port)})
    return bindings


def _security(security: api.Security) -> list[str]:
    options = [f"seccomp={security.seccomp}"] if security.seccomp else []
    if security.no_new_privileges:
        options.append("no-new-privileges:true")
    if security.apparmor:
        options.append(f"apparmor={security.apparmor}")
    return options + [f"label={option}" for option in security.selinux]


def _tmpfs(mount: api.Mount) -> str:
    size = f",size={mount.size}" if mount.size else ""
    return f"{TMPFS}{size}{',ro' if mount.read_only else ''}"


def _mount(mount: api.Mount) -> dict[str, Any]:
    if mount.source:
        kind: dict[str, Any] = {"Type": "bind", "Source": mount.source, "BindOptions": {"Propagation": mount.propagation}}
    else:
        options: dict[str, Any] = {"NoCopy": True}  # a volume of Kubernetes begins empty
        if mount.subpath:
            options["Subpath"] = mount.subpath
        kind = {"Type": "volume", "Source": mount.volume, "VolumeOptions": options}
    return kind | {"Target": mount.target, "ReadOnly": mount.read_only}
