"""The difference between two structs, in the shape of go-cmp's Diff, as kube-apiserver shows forbidden changes of pods."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import quantity
from minikube_py.registry.core import godiff, resourcenames
from minikube_py.registry.pod import gotext

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
_POD_CONTEXT = (
    "hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers", "seLinuxOptions", "windowsOptions", "runAsUser", "runAsGroup",
    "runAsNonRoot", "supplementalGroups", "supplementalGroupsPolicy", "fsGroup", "fsGroupChangePolicy", "sysctls", "seccompProfile",
    "appArmorProfile", "seLinuxChangePolicy",
)  # fmt: skip
_CONTEXT_OF_CONTAINER = (
    "capabilities", "privileged", "seLinuxOptions", "windowsOptions", "runAsUser", "runAsGroup", "runAsNonRoot", "readOnlyRootFilesystem",
    "allowPrivilegeEscalation", "procMount", "seccompProfile", "appArmorProfile",
)  # fmt: skip
_KINDS = {
    "core.PodSecurityContext": _POD_CONTEXT,
    "core.SecurityContext": _CONTEXT_OF_CONTAINER,
    "core.ResourceRequirements": ("limits", "requests", "claims"),
    "core.PodSpec": _POD_SPEC,
    "core.Container": _CONTAINER,
    "core.EphemeralContainer": (*_CONTAINER, "targetContainerName"),
}
_ITEMS = {"containers": "core.Container", "initContainers": "core.Container", "volumes": "core.Volume", "env": "core.EnvVar",
          "ephemeralContainers": "core.EphemeralContainer", "ports": "core.ContainerPort", "volumeMounts": "core.VolumeMount",
          "tolerations": "core.Toleration", "command": "string", "args": "string"}  # fmt: skip
_MAPS = frozenset({"nodeSelector", "matchLabels"})
_AMOUNTS = frozenset({"limits", "requests", "overhead"})
_INNER = re.compile(r"i: resource.int64Amount\{.*?\}")
_ZEROS: tuple[Any, ...] = (None, {}, [], "")
_PLAIN = frozenset({"", "resources"})  # structs that are behind no pointer
_POINTERS = frozenset({
    "terminationGracePeriodSeconds", "activeDeadlineSeconds", "automountServiceAccountToken", "shareProcessNamespace", "hostUsers",
    "setHostnameAsFQDN", "priority", "enableServiceLinks", "runAsUser", "runAsGroup", "fsGroup", "runAsNonRoot", "privileged",
    "readOnlyRootFilesystem", "allowPrivilegeEscalation", "tolerationSeconds", "optional", "defaultMode", "preemptionPolicy", "runtimeClassName",
})  # fmt: skip
_FLAGS = frozenset({"stdin", "stdinOnce", "tty", "hostNetwork", "hostPID", "hostIPC"})
_TEXTS = frozenset({
    "name", "image", "workingDir", "dnsPolicy", "serviceAccountName", "nodeName", "hostname", "subdomain", "schedulerName", "value",
    "priorityClassName", "terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "targetContainerName",
})  # fmt: skip
_STRUCTS = {"securityContext": "core.SecurityContext", "resources": "core.ResourceRequirements", "affinity": "core.Affinity"}


def pod_specs(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return what differs between two PodSpecs."""
    return _struct("core.PodSpec", _internal(old), _internal(new), 1)


def ephemeral_containers(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return what differs between two ephemeral containers."""
    return _struct("core.EphemeralContainer", old, new, 1)


def _internal(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a spec in the internal version's shape, which keeps the namespaces of the host in the security context."""
    context = dict(spec.get("securityContext") or {})
    context.update({field: spec[field] for field in _IN_SECURITY_CONTEXT if field in spec})
    return {**{field: value for field, value in spec.items() if field in _POD_SPEC}, "securityContext": context}


def _struct(kind: str, old: Mapping[str, Any], new: Mapping[str, Any], depth: int, label: str = "", shown_kind: str | None = None) -> str:
    """Return a struct of which fields differ; `shown_kind`: its name where that is not `kind`."""
    fields = _KINDS.get(kind) or tuple(sorted(old.keys() | new.keys()))
    lines: list[godiff.Row] = []
    for place in godiff.shown([old.get(field) != new.get(field) for field in fields]):
        if isinstance(place, int):
            lines += _field(kind, fields[place], old.get(fields[place]), new.get(fields[place]), depth)
        else:
            lines.append(place)
    name = kind if shown_kind is None else shown_kind
    return f"  {_tabs(depth - 1)}{label}{name}{{\n{''.join(godiff.aligned(lines, depth))}  {_tabs(depth - 1)}}}" + (",\n" if depth > 1 else "\n")


def _field(parent: str, name: str, old: Any, new: Any, depth: int) -> list[godiff.Row]:
    go, kind = gotext.exported(name), _STRUCTS.get(name, "")
    if (parent, name) == ("core.PodSpec", "securityContext"):
        kind = "core.PodSecurityContext"
    if old == new:
        return [("  ", go, _items(name, old) if isinstance(old, list) else _value(name, old))]
    if name not in _MAPS and name not in _AMOUNTS and isinstance(old, Mapping) and isinstance(new, Mapping):
        return [("", go, _struct(kind, old, new, depth + 1, f"{go}: {'' if name in _PLAIN else '&'}"))]
    if isinstance(old, list) and isinstance(new, list):
        return [("", go, _list(name, old, new, depth, f"{go}: "))]
    return [("- ", go, _typed(name, old)), ("+ ", go, _typed(name, new))]


def _list(name: str, old: Sequence[Any], new: Sequence[Any], depth: int, label: str) -> str:
    kind, tabs = _ITEMS.get(name, ""), _tabs(depth + 1)
    lines = [f"  {_tabs(depth)}{label}[]{kind}{{\n"]
    for index in range(max(len(old), len(new))):
        if index >= len(new):
            lines.append(f"- {tabs}{_value('', old[index])},\n")
        elif index >= len(old):
            lines.append(f"+ {tabs}{_value('', new[index])},\n")
        elif old[index] == new[index]:
            lines.append(f"  {tabs}{_value('', old[index])},\n")
        elif isinstance(old[index], Mapping) and isinstance(new[index], Mapping):
            # The list names the kind of its items already.
            lines.append(_struct(kind, old[index], new[index], depth + 2, shown_kind=""))
        else:
            lines += [f"- {tabs}{_value('', old[index])},\n", f"+ {tabs}{_value('', new[index])},\n"]
    return "".join([*lines, f"  {_tabs(depth)}}},\n"])


def _typed(name: str, value: Any) -> str:
    """Return a value that changed, with its type."""
    text = _value(name, value)
    if isinstance(value, list):
        return f"[]{_ITEMS.get(name, '')}{text}"
    if name in _MAPS and value is not None:
        return f"map[string]string{text}"
    if name in _AMOUNTS and value is not None:
        return "core.ResourceList{" + ", ".join(f's"{key}": {_amount(value[key])}' for key in sorted(value)) + "}"
    return f"&{_STRUCTS.get(name, '')}{text.removeprefix('&')}" if isinstance(value, Mapping) else text


def _items(name: str, items: Sequence[Any]) -> str:
    """Return a list that is the same: go-cmp shows no more than four fields of each item."""
    order = _KINDS.get(_ITEMS.get(name, ""), ())
    texts = []
    for item in items:
        if isinstance(item, Mapping):
            given = [field for field in (*order, *(field for field in item if field not in order)) if item.get(field) not in _ZEROS]
            shown = [f"{gotext.exported(field)}: {_value(field, item[field])}" for field in given[:4]]
            texts.append("{" + ", ".join([*shown, "..."] if len(given) > len(shown) else shown) + "}")
        else:
            texts.append(_value("", item))
    return "{" + ", ".join(texts) + "}"


def _value(name: str, value: Any) -> str:
    """Return a value on one line, without its type."""
    if value is None:
        return '""' if name in _TEXTS else "false" if name in _FLAGS else "nil"
    if isinstance(value, str):
        return f"{'&' if name in _POINTERS else ''}{gotext.quote(value)}"
    if isinstance(value, Mapping):
        if name in _MAPS:
            return "{" + ", ".join(f"{gotext.quote(key)}: {gotext.quote(value[key])}" for key in sorted(value)) + "}"
        if name in _AMOUNTS:
            return "{" + ", ".join(f's"{key}": {_INNER.sub("i: {...}", _amount(value[key]))}' for key in sorted(value)) + "}"
        fields = [f"{gotext.exported(key)}: {_value(key, item)}" for key, item in value.items() if item not in _ZEROS]
        return ("" if name in _PLAIN else "&") + "{" + ", ".join(fields) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(_value("", item) for item in value) + "}"
    if isinstance(value, bool):
        return f"{'&' if name in _POINTERS else ''}{str(value).lower()}"
    return f"&{value}" if name in _POINTERS else str(value)


def _amount(text: str) -> str:
    """Return a quantity without the fields that are zero."""
    whole = resourcenames.go_quantity(quantity.parse(text)).removeprefix("resource.Quantity")
    return whole.replace(", d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}", "").replace(", scale:0", "").replace(":", ": ")


def _tabs(depth: int) -> str:
    return "\t" * depth
