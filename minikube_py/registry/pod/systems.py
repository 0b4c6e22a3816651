"""Validation of what pods of one operating system may not ask for (spec.os)."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import rules

_WINDOWS = "cannot be set for a windows pod"
_LINUX = "windows options cannot be set for a linux pod"
# (field of the spec or of its security context, path below the spec), in kube-apiserver's order.
_POD = (
    "securityContext.appArmorProfile", "securityContext.seLinuxOptions", "hostUsers", "hostPID", "hostIPC",
    "securityContext.seccompProfile", "securityContext.fsGroup", "securityContext.fsGroupChangePolicy", "securityContext.sysctls",
    "shareProcessNamespace", "securityContext.runAsUser", "securityContext.runAsGroup", "securityContext.supplementalGroups",
    "securityContext.supplementalGroupsPolicy", "securityContext.seLinuxChangePolicy",
)  # fmt: skip
_CONTAINER = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
    "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
)  # fmt: skip


def validate(spec: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check spec.os and what goes with it."""
    system = spec.get("os")
    if system is None:
        return []
    name = system.get("name", "")
    if not name:
        return [fielderrors.required(f"{path}.os.name", "cannot be empty")]
    if name not in ("linux", "windows"):
        return [fielderrors.not_supported(f"{path}.os", name, ("linux", "windows"))]
    return _linux(spec, path) if name == "linux" else _windows(spec, path)


def _linux(spec: Mapping[str, Any], path: str) -> list[FieldError]:
    found = []
    if (spec.get("securityContext") or {}).get("windowsOptions") is not None:
        found.append(fielderrors.forbidden(f"{path}.securityContext.windowsOptions", _LINUX))
    for item, where in rules.visit(spec, path):
        if (item.get("securityContext") or {}).get("windowsOptions") is not None:
            found.append(fielderrors.forbidden(f"{where}.securityContext.windowsOptions", _LINUX))
    return found


def _windows(spec: Mapping[str, Any], path: str) -> list[FieldError]:
    found = []
    context = spec.get("securityContext") or {}
    for field in _POD:
        holder, _, name = field.rpartition(".")
        value = (context if holder else spec).get(name)
        # Two of the host's namespaces and the list of sysctls are no pointers: false and empty are as good as absent.
        if value is not None and (value or name not in ("hostPID", "hostIPC", "sysctls")):
            found.append(fielderrors.forbidden(f"{path}.{field}", _WINDOWS))
    for item, where in rules.visit(spec, path):
        own = item.get("securityContext") or {}
        found += [fielderrors.forbidden(f"{where}.securityContext.{name}", _WINDOWS) for name in _CONTAINER if own.get(name) is not None]
    return found
