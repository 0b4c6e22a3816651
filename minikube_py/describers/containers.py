"""Containers of a pod or of a pod template."""

from collections.abc import Iterable
from typing import Any

from minikube_py.describers import environment, golang, probes
from minikube_py.describers.writer import Writer
from minikube_py.machinery import quantity
from minikube_py.machinery.meta import Object


def section(
    w: Writer,
    title: str,
    entries: list[dict[str, Any]],
    statuses: Iterable[dict[str, Any]] = (),
    pod: Object | None = None,
    indent: str = "",
) -> None:
    """Write `Containers:` and each container; `pod` is None for a template, whose `indent` is two spaces."""
    w.write(0, f"{indent}{title}:{'' if entries else ' <none>'}\n")
    known = {status["name"]: status for status in statuses or ()}
    for container in entries:
        status = known.get(container["name"])
        w.write(1, f"{' ' if indent else ''}{container['name']}:\n")
        _identity(w, container, status)
        for heading, field in (("Command", "command"), ("Args", "args")):
            _words(w, heading, container.get(field))
        if status is not None:
            _states(w, status)
        resources(w, container.get("resources") or {}, 2)
        for label, field in probes.PROBES:
            if container.get(field) is not None:
                w.field(label, probes.text(container[field]), 2)
        environment.sources(w, container)
        environment.variables(w, container, pod)
        _mounts(w, container)


def _identity(w: Writer, container: dict[str, Any], status: dict[str, Any] | None) -> None:
    if status is not None:
        w.field("Container ID", status.get("containerID") or "", 2)
    w.field("Image", container.get("image") or "", 2)
    if status is not None:
        w.field("Image ID", status.get("imageID") or "", 2)
    ports = container.get("ports") or ()
    for label, field in (("Port", "containerPort"), ("Host Port", "hostPort")):
        text = ", ".join(f"{port.get(field) or 0}/{port.get('protocol') or ''}" for port in ports)
        w.field(f"{label}s" if len(ports) > 1 else label, text or "<none>", 2)
    profile = golang.at(container, "securityContext.seccompProfile")
    if profile is not None:
        w.field("SeccompProfile", profile.get("type") or "", 2)
        if profile.get("type") == "Localhost":
            w.field("LocalhostProfile", profile.get("localhostProfile") or "", 3)


def _words(w: Writer, heading: str, words: list[str] | None) -> None:
    if not words:
        return
    w.write(2, f"{heading}:\n")
    for word in words:
        for line in word.split("\n"):
            w.write(3, f"{line}\n")


def resources(w: Writer, wanted: dict[str, Any], level: int) -> None:
    """Write limits and requests."""
    for heading in ("limits", "requests"):
        amounts = wanted.get(heading) or {}
        if amounts:
            w.write(level, f"{heading.capitalize()}:\n")
        for name in sorted(amounts):
            w.field(name, quantity.parse(amounts[name]), level + 1)


def _states(w: Writer, status: dict[str, Any]) -> None:
    _state(w, "State", status.get("state") or {})
    last = status.get("lastState") or {}
    if last.get("terminated") is not None:
        _state(w, "Last State", last)
    w.field("Ready", "True" if status.get("ready") else "False", 2)
    w.field("Restart Count", status.get("restartCount") or 0, 2)


def _state(w: Writer, title: str, state: dict[str, Any]) -> None:
    if state.get("running") is not None:
        w.field(title, "Running", 2)
        w.field("Started", golang.rfc1123z(state["running"].get("startedAt")), 3)
    elif state.get("waiting") is None and state.get("terminated") is not None:
        w.field(title, "Terminated", 2)
        _terminated(w, state["terminated"])
    else:
        w.field(title, "Waiting", 2)
        reason = golang.at(state, "waiting.reason")
        if reason:
            w.field("Reason", reason, 3)


def _terminated(w: Writer, state: dict[str, Any]) -> None:
    for label, field in (("Reason", "reason"), ("Message", "message")):
        if state.get(field):
            w.field(label, state[field], 3)
    w.field("Exit Code", state.get("exitCode") or 0, 3)
    if (state.get("signal") or 0) > 0:
        w.field("Signal", state["signal"], 3)
    w.field("Started", golang.rfc1123z(state.get("startedAt")), 3)
    w.field("Finished", golang.rfc1123z(state.get("finishedAt")), 3)


def _mounts(w: Writer, container: dict[str, Any]) -> None:
    mounts = container.get("volumeMounts") or ()
    none = "" if mounts else "\t<none>"
    w.write(2, f"Mounts:{none}\n")
    for mount in sorted(mounts, key=lambda each: each["mountPath"]):
        flags = "ro" if mount.get("readOnly") else "rw"
        if mount.get("subPath"):
            flags += f",path={golang.quoted(mount['subPath'])}"
        w.write(3, f"{mount['mountPath']} from {mount['name']} ({flags})\n")
    devices = container.get("volumeDevices") or ()
    if devices:
        w.write(2, f"Devices:{none}\n")  # `<none>` speaks of the mounts here too, as in kubectl
    for device in sorted(devices, key=lambda each: each["devicePath"]):
        w.write(3, f"{device['devicePath']} from {device['name']}\n")
