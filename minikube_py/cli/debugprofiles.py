"""What kctl debug's profiles change in a pod (kubectl debug's profiles.go): how much a debugging container may do."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

LEGACY = "legacy"
EPHEMERAL, COPY, NODE = "ephemeral", "copy", "node"
_ROOT = "host-root"
_PROBES = (("livenessProbe", "liveness"), ("readinessProbe", "readiness"), ("startupProbe", "startup"))


class Keep(NamedTuple):
    """What a copy keeps of the pod."""

    labels: bool
    annotations: bool
    liveness: bool
    readiness: bool
    startup: bool
    init_containers: bool


Profile = Callable[[Object, str, str, Keep], None]


def profile(name: str) -> Profile:
    """Return the function for a profile's name: (pod, container's name, EPHEMERAL, COPY or NODE, what to keep)."""
    found = _PROFILES.get(name)
    if found is None:
        raise KctlError(f"unknown profile: {name}")
    return found


def containers(pod: Object) -> Iterator[Object]:
    """Yield all containers of a pod."""
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from pod["spec"].get(field) or ()


def _named(pod: Object, name: str) -> Object:
    return next(each for each in containers(pod) if each["name"] == name)


def _security(pod: Object, name: str) -> Object:
    container = _named(pod, name)
    context: Object = container.setdefault("securityContext", {})
    return context


def _add_capabilities(pod: Object, name: str, *capabilities: str) -> None:
    found = _security(pod, name).setdefault("capabilities", {})
    found["add"] = [*(found.get("add") or ()), *capabilities]


def _mount_root(pod: Object, name: str) -> None:
    spec = pod["spec"]
    spec["volumes"] = [*(spec.get("volumes") or ()), {"name": _ROOT, "hostPath": {"path": "/"}}]
    container = _named(pod, name)
    container["volumeMounts"] = [*(container.get("volumeMounts") or ()), {"name": _ROOT, "mountPath": "/host"}]


def _use_host(pod: Object) -> None:
    pod["spec"].update(hostNetwork=True, hostPID=True, hostIPC=True)


def _strip(pod: Object, keep: Keep) -> None:
    """Take from a copy what it is not to keep, and let its containers see each other's processes."""
    for field in ("labels", "annotations"):
        if not getattr(keep, field):
            pod["metadata"].pop(field, None)
    for container in pod["spec"]["containers"]:
        for field, flag in _PROBES:
            if not getattr(keep, flag):
                container.pop(field, None)
    if not keep.init_containers:
        pod["spec"].pop("initContainers", None)
    if pod["spec"].get("shareProcessNamespace") is None:
        pod["spec"]["shareProcessNamespace"] = True


def _legacy(pod: Object, name: str, style: str, keep: Keep) -> None:
    if style == NODE:
        _mount_root(pod, name)
        _use_host(pod)
    elif style == COPY:
        pod["metadata"].pop("labels", None)


def _general(pod: Object, name: str, style: str, keep: Keep) -> None:
    if style == NODE:
        _mount_root(pod, name)
        _named(pod, name).pop("securityContext", None)
        _use_host(pod)
        return
    if style == COPY:
        _strip(pod, keep)
    _add_capabilities(pod, name, "SYS_PTRACE")


def _baseline(pod: Object, name: str, style: str, keep: Keep) -> None:
    _named(pod, name).pop("securityContext", None)
    if style == COPY:
        _strip(pod, keep)


def _restricted(pod: Object, name: str, style: str, keep: Keep) -> None:
    _named(pod, name)["securityContext"] = {"runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": False,
                                            "seccompProfile": {"type": "RuntimeDefault"}}  # fmt: skip
    if style == COPY:
        _strip(pod, keep)


def _netadmin(pod: Object, name: str, style: str, keep: Keep) -> None:
    _add_capabilities(pod, name, "NET_ADMIN", "NET_RAW")
    if style == NODE:
        _use_host(pod)
    elif style == COPY:
        _strip(pod, keep)


def _sysadmin(pod: Object, name: str, style: str, keep: Keep) -> None:
    _security(pod, name)["privileged"] = True
    if style == NODE:
        _use_host(pod)
        _mount_root(pod, name)
    elif style == COPY:
        _strip(pod, keep)


_PROFILES: dict[str, Profile] = {
    LEGACY: _legacy,
    "general": _general,
    "baseline": _baseline,
    "restricted": _restricted,
    "netadmin": _netadmin,
    "sysadmin": _sysadmin,
}
