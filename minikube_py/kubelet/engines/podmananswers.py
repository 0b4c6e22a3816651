"""What Podman's answers say, in the words of the protocol."""

from collections.abc import Mapping
from typing import Any

from minikube_py.kubelet.engines import api, execution, texts, wire

_STATES = {
    "created": api.CREATED,
    "configured": api.CREATED,
    "initialized": api.CREATED,
    "running": api.RUNNING,
    "stopping": api.RUNNING,
    "paused": api.PAUSED,
    "restarting": api.RESTARTING,
}
_MARKED = ("State", "StartedAt", "Pid", "ExitedAt", "ExitCode", "Restarts")
_SETTLED = 2.0  # seconds


def container(found: Mapping[str, Any]) -> api.Container:
    """Return a container as it was inspected."""
    status, config = found["State"], found["Config"]
    state = _state(found)
    begun = state != api.CREATED
    started = texts.seconds(status.get("StartedAt")) if begun else 0.0
    finished = texts.seconds(status.get("FinishedAt")) if begun else 0.0
    networks = found["NetworkSettings"].get("Networks") or {}
    return api.Container(
        id=found["Id"],
        name=found["Name"],
        labels=config.get("Labels") or {},
        image=found.get("ImageName", ""),
        image_id=digest(found.get("Image", "")),
        state=state,
        created_at=texts.seconds(found.get("Created")),
        started_at=started,
        finished_at=max(finished, started) if state == api.EXITED else finished,  # its clock is read in any order
        exit_code=status.get("ExitCode") or 0,
        oom_killed=bool(status.get("OOMKilled")),
        restarts=found.get("RestartCount") or 0,
        error=texts.clean(status.get("Error") or ""),
        ips={name: each["IPAddress"] for name, each in networks.items() if each.get("IPAddress")},
        macs={name: each["MacAddress"] for name, each in networks.items() if each.get("MacAddress")},
        pid=status.get("Pid") or 0,
    )


def _state(found: Mapping[str, Any]) -> str:
    """Return the state: one that has ended but was not cleaned up yet (stopped) is on its way to be started again by its policy, or even made anew."""
    status = found["State"].get("Status", "")
    policy = ((found.get("HostConfig") or {}).get("RestartPolicy") or {}).get("Name", "")
    if status == "stopped" and (policy in ("always", "unless-stopped") or (policy == "on-failure" and found["State"].get("ExitCode"))):
        return api.RESTARTING
    state = _STATES.get(status, api.EXITED)
    return api.RESTARTING if state == api.CREATED and found.get("RestartCount") else state


def listed(row: Mapping[str, Any], now: float) -> api.Listed:
    """Return a line of the list. It tells times in whole seconds: while the last is recent, another change may hide in it, and the mark differs each time."""
    recent = now - max(row.get("StartedAt") or 0, row.get("ExitedAt") or 0) < _SETTLED
    mark = [str(row.get(name)) for name in _MARKED] + ([str(now)] if recent else [])
    return api.Listed(row["Id"], (row.get("Names") or [""])[0], row.get("Labels") or {}, " ".join(mark))


def image(found: Mapping[str, Any]) -> api.Image:
    """Return an image as it was inspected."""
    config = found.get("Config") or {}
    return api.Image(
        id=digest(found["Id"]),
        digests=found.get("RepoDigests") or (),
        entrypoint=config.get("Entrypoint") or (),
        command=config.get("Cmd") or (),
        user=config.get("User") or found.get("User") or "",
        working_dir=config.get("WorkingDir") or "",
        size=found.get("Size") or 0,
    )


def info(found: Mapping[str, Any], address: wire.Address) -> api.Info:
    """Return what the Podman at an address says of itself."""
    host, version = found["host"], found.get("version") or {}
    rootless = bool((host.get("security") or {}).get("rootless"))
    distribution = host.get("distribution") or {}
    return api.Info(
        name="podman",
        version=version.get("Version", ""),
        api_version=version.get("APIVersion", ""),
        cpus=host.get("cpus", 0),
        memory=host.get("memTotal", 0),
        os=" ".join(filter(None, (distribution.get("distribution"), distribution.get("version")))),
        kernel=host.get("kernel", ""),
        architecture=host.get("arch", ""),
        rootless=rootless,
        cgroup=host.get("cgroupVersion", ""),
        root=(found.get("store") or {}).get("graphRoot", ""),
        near=execution.is_near(address, host.get("kernel", ""), rootless=rootless),
    )


def digest(number: str) -> str:
    """Return an image's id as Docker writes it."""
    return number if not number or ":" in number else f"sha256:{number}"
