"""What Docker's answers say, in the words of the protocol."""

from collections.abc import Callable, Mapping
from typing import Any

from minikube_py.kubelet.engines import api, texts, wire

_STATES = {
    "created": api.CREATED,
    "running": api.RUNNING,
    "paused": api.PAUSED,
    "restarting": api.RESTARTING,
    "removing": api.EXITED,
    "exited": api.EXITED,
    "dead": api.EXITED,
}


def container(found: Mapping[str, Any]) -> api.Container:
    """Return a container as it was inspected."""
    state, config = found["State"], found["Config"]
    status = _STATES.get(state.get("Status", ""), api.EXITED)
    started = texts.seconds(state.get("StartedAt"))
    return api.Container(
        id=found["Id"],
        name=found["Name"].lstrip("/"),
        labels=config.get("Labels") or {},
        image=config.get("Image", ""),
        image_id=found.get("Image", ""),
        state=status,
        created_at=texts.seconds(found.get("Created")),
        started_at=started,
        finished_at=max(texts.seconds(state.get("FinishedAt")), started if status == api.EXITED else 0.0),  # its clock is read in any order
        exit_code=state.get("ExitCode") or 0,
        oom_killed=bool(state.get("OOMKilled")),
        restarts=found.get("RestartCount") or 0,
        error=texts.clean(state.get("Error") or ""),
        ips={name: network["IPAddress"] for name, network in (found["NetworkSettings"].get("Networks") or {}).items() if network.get("IPAddress")},
        pid=state.get("Pid") or 0,
    )


def name(row: Mapping[str, Any]) -> str:
    """Return the name of a container in a list: the shortest, as links to it count as names too."""
    return min((name.lstrip("/") for name in row.get("Names") or ()), key=len, default="")


def report(event: Mapping[str, Any], progress: Callable[[str, int, int], None]) -> None:
    """Tell of one line of a pull's answer; EngineError where it is an error."""
    if "error" in event:
        text = str(event["error"])
        missing = ("not found", "manifest unknown", "does not exist", "name unknown")
        raise wire.failure(404 if any(word in text for word in missing) else 500, text)
    detail = event.get("progressDetail") or {}
    if event.get("id") and event.get("status") in ("Downloading", "Download complete", "Pull complete", "Already exists", "Pulling fs layer"):
        progress(str(event["id"]), int(detail.get("current") or 0), int(detail.get("total") or 0))
