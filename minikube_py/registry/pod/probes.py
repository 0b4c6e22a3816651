"""Validation of probes, lifecycle hooks and their handlers."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import rules

_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")


def container(item: Mapping[str, Any], grace: int | None, path: str) -> list[FieldError]:
    """Check lifecycle and the three probes of a container."""
    found: list[FieldError] = []
    if item.get("lifecycle"):
        for field in ("postStart", "preStop"):
            if item["lifecycle"].get(field) is not None:
                found += _handler(item["lifecycle"][field], grace, f"{path}.lifecycle.{field}")
    for field in ("livenessProbe", "readinessProbe", "startupProbe"):
        if item.get(field) is not None:
            found += _probe(item[field], field, grace, f"{path}.{field}")
    return found


def _probe(probe: Mapping[str, Any], kind: str, grace: int | None, path: str) -> list[FieldError]:
    found = _handler(probe, grace, path) + rules.nonnegative(probe, _NUMBERS, path)
    seconds = probe.get("terminationGracePeriodSeconds")
    if seconds is not None and seconds <= 0:
        found.append(fielderrors.invalid(f"{path}.terminationGracePeriodSeconds", seconds, "must be greater than 0"))
    if kind == "readinessProbe":
        if seconds is not None:
            text = "must not be set for readinessProbes"
            found.append(fielderrors.invalid(f"{path}.terminationGracePeriodSeconds", seconds, text))
    elif probe.get("successThreshold") != 1:
        found.append(fielderrors.invalid(f"{path}.successThreshold", probe.get("successThreshold", 0), "must be 1"))
    return found


def _handler(handler: Mapping[str, Any], grace: int | None, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    count = 0
    for field in _HANDLERS:
        action = handler.get(field)
        if action is None:
            continue
        if count:
            found.append(fielderrors.forbidden(f"{path}.{field}", "may not specify more than 1 handler type"))
        else:
            found += _action(field, action, grace, f"{path}.{field}")
        count += 1
    return found if count else [fielderrors.required(path, "must specify a handler type")]


def _action(kind: str, action: Mapping[str, Any], grace: int | None, path: str) -> list[FieldError]:
    if kind == "exec":
        return [] if action.get("command") else [fielderrors.required(f"{path}.command")]
    if kind == "httpGet":
        return _http(action, path)
    if kind == "sleep":
        seconds = action.get("seconds", 0)
        if grace is None or 0 <= seconds <= grace:
            return []
        return [fielderrors.invalid(path, seconds, f"must be non-negative and less than terminationGracePeriodSeconds ({grace})")]
    return rules.port(f"{path}.port", action.get("port"))


def _http(action: Mapping[str, Any], path: str) -> list[FieldError]:
    found = [] if action.get("path") else [fielderrors.required(f"{path}.path")]
    found += rules.port(f"{path}.port", action.get("port"))
    if action.get("scheme") not in ("HTTP", "HTTPS"):
        found.append(fielderrors.not_supported(f"{path}.scheme", action.get("scheme", ""), ("HTTP", "HTTPS")))
    for header in action.get("httpHeaders") or ():
        name = header.get("name", "")
        found += rules.each(f"{path}.httpHeaders", name, names.http_header(name))
    return found
