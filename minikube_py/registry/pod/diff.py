"""The difference between two structs, in the shape of go-cmp's Diff, as kube-apiserver shows forbidden changes of pods."""

from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.registry.pod import gotext

_CONTEXT = 2  # go-cmp shows two unchanged fields on either side of a change

# The fields of the internal types, in their order; other structs are shown with their keys sorted.
_POD_SPEC = (
    "volumes", "initContainers", "containers", "ephemeralContainers", "restartPolicy", "terminationGracePeriodSeconds",
    "activeDeadlineSeconds", "dnsPolicy", "nodeSelector", "serviceAccountName", "automountServiceAccountToken", "nodeName",
    "securityContext", "imagePullSecrets", "hostname", "subdomain", "setHostnameAsFQDN", "affinity", "schedulerName", "tolerations",
    "hostAliases", "priorityClassName", "priority", "preemptionPolicy", "dnsConfig", "readinessGates", "runtimeClassName", "overhead",
    "enableServiceLinks", "topologySpreadConstraints", "os", "schedulingGates", "resourceClaims", "resources",
)  # fmt: skip
_CONTAINER = (
    "name", "image", "command", "args", "workingDir", "ports", "envFrom", "env", "resources", "resizePolicy", "restartPolicy",
    "volumeMounts", "volumeDevices", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "terminationMessagePath",
    "terminationMessagePolicy", "imagePullPolicy", "securityContext", "stdin", "stdinOnce", "tty",
)  # fmt: skip
_IN_SECURITY_CONTEXT = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")
_KINDS = {
    "core.PodSpec": _POD_SPEC,
    "core.Container": _CONTAINER,
    "core.EphemeralContainer": (*_CONTAINER, "targetContainerName"),
}
_ITEMS = {"containers": "core.Container", "initContainers": "core.Container", "volumes": "core.Volume", "env": "core.EnvVar",
          "ephemeralContainers": "core.EphemeralContainer", "ports": "core.ContainerPort", "volumeMounts": "core.VolumeMount",
          "tolerations": "core.Toleration", "command": "string", "args": "string"}  # fmt: skip
_STRUCTS = {"securityContext": "core.SecurityContext", "resources": "core.ResourceRequirements", "affinity": "core.Affinity"}


def pod_specs(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return what differs between two PodSpecs."""
    return "\n".join(_struct("core.PodSpec", _internal(old), _internal(new), 1, "  ")) + "\n"


def ephemeral_containers(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return what differs between two ephemeral containers."""
    return "\n".join(_struct("core.EphemeralContainer", old, new, 1, "  ")) + "\n"


def _internal(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a spec in the internal version's shape, which keeps the namespaces of the host in the security context."""
    context = dict(spec.get("securityContext") or {})
    context.update({field: spec[field] for field in _IN_SECURITY_CONTEXT if field in spec})
    return {**{field: value for field, value in spec.items() if field in _POD_SPEC}, "securityContext": context}


def _struct(kind: str, old: Mapping[str, Any], new: Mapping[str, Any], depth: int, mark: str, label: str = "") -> list[str]:
    fields = _KINDS.get(kind) or tuple(sorted(old.keys() | new.keys()))
    changed = [index for index, field in enumerate(fields) if old.get(field) != new.get(field)]
    shown = {near for index in changed for near in range(index - _CONTEXT, index + _CONTEXT + 1)}
    lines = [f"{mark}{_tabs(depth - 1)}{label}{kind}{{"]
    hidden = 0
    for index, field in enumerate(fields):
        if index not in shown:
            hidden += 1
            continue
        lines += _hidden(hidden, depth)
        hidden = 0
        lines += _field(field, old.get(field), new.get(field), depth)
    return [*lines, *_hidden(hidden, depth), f"  {_tabs(depth - 1)}}}" + ("," if depth > 1 else "")]


def _hidden(count: int, depth: int) -> list[str]:
    return [f"  {_tabs(depth)}... // {count} identical field{'s' if count > 1 else ''}"] if count else []


def _field(name: str, old: Any, new: Any, depth: int) -> list[str]:
    label = f"{gotext.exported(name)}: "
    if old == new:
        return [f"  {_tabs(depth)}{label}{_value(name, old)},"]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return _struct(_STRUCTS.get(name, "map[string]string" if _is_map(old) else ""), old, new, depth + 1, "  ", label)
    if isinstance(old, Sequence) and isinstance(new, Sequence) and not isinstance(old, str) and not isinstance(new, str):
        return _list(name, old, new, depth, label)
    return [f"- {_tabs(depth)}{label}{_value(name, old)},", f"+ {_tabs(depth)}{label}{_value(name, new)},"]


def _list(name: str, old: Sequence[Any], new: Sequence[Any], depth: int, label: str) -> list[str]:
    kind = _ITEMS.get(name, "")
    lines = [f"  {_tabs(depth)}{label}[]{kind}{{"]
    for index in range(max(len(old), len(new))):
        if index >= len(new):
            lines.append(f"- {_tabs(depth + 1)}{_value('', old[index])},")
        elif index >= len(old):
            lines.append(f"+ {_tabs(depth + 1)}{_value('', new[index])},")
        elif old[index] == new[index]:
            lines.append(f"  {_tabs(depth + 1)}{_value('', old[index])},")
        elif isinstance(old[index], Mapping) and isinstance(new[index], Mapping):
            # The list names the kind of its items already.
            item = _struct(kind, old[index], new[index], depth + 2, "  ")
            lines += [f"  {_tabs(depth + 1)}{{", *item[1:]]
        else:
            lines += [f"- {_tabs(depth + 1)}{_value('', old[index])},", f"+ {_tabs(depth + 1)}{_value('', new[index])},"]
    return [*lines, f"  {_tabs(depth)}}},"]


def _is_map(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(isinstance(item, str) for item in value.values())


def _value(name: str, value: Any) -> str:
    if value is None:
        return '""' if name.endswith(("Name", "name", "Policy", "Path", "Dir", "hostname", "subdomain")) else "nil"
    if isinstance(value, str):
        return gotext.quote(value)
    if isinstance(value, Mapping):
        return gotext.struct(("&" + _STRUCTS[name]) if name in _STRUCTS else "", value)
    if isinstance(value, list):
        return f"[]{_ITEMS.get(name, '')}{{" + ", ".join(_value("", item) for item in value) + "}"
    return str(value).lower() if isinstance(value, bool) else f"&{value}" if name else str(value)


def _tabs(depth: int) -> str:
    return "\t" * depth
