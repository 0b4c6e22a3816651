"""The warnings that kube-apiserver sends about pods and pod templates (pkg/api/pod warnings.go)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from minikube_py.machinery import names, quantity
from minikube_py.registry import addresses
from minikube_py.registry.pod import annotations, overlaps, rules

_REQUIRED, _PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
_OLD_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
_OLD_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}
# (field, field as shown, text), in kube-apiserver's order.
_OLD_VOLUMES = (
    ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
)
_NO_FIELD = 'non-functional in v1.27+; use the "seccompProfile" field instead'
_BYTES = ("memory", "ephemeral-storage")
_NULL = "a null labelSelector results in matching no pod"


def for_name(name: str, use: str) -> list[str]:
    """Return the warning about a name that is no DNS label; `use` tells where names get into."""
    texts = names.dns_label(name) if name else ()
    if not texts:
        return []
    shown = f"[{' '.join(texts)}]"
    return [f"metadata.name: this is used in {use}, which can result in surprising behavior; a DNS label is recommended: {shown}"]


def for_pod(pod: Mapping[str, Any]) -> list[str]:
    """Return the warnings about a new pod."""
    found = for_name(pod["metadata"].get("name", ""), "the Pod's hostname")
    return found + _all(pod["spec"], pod["metadata"], "")


def for_template(template: Mapping[str, Any] | None, path: str) -> list[str]:
    """Return the warnings about a pod template at `path`."""
    if not template:
        return []
    return _all(template.get("spec") or {}, template.get("metadata") or {}, f"{path}.")


def _all(spec: Mapping[str, Any], metadata: Mapping[str, Any], path: str) -> list[str]:
    notes = metadata.get("annotations") or {}
    found = [f"{path}spec.nodeSelector[{key}]: {_OLD_LABELS[key]}" for key in spec.get("nodeSelector") or () if key in _OLD_LABELS]
    if spec.get("affinity"):
        found += _node_affinity(spec["affinity"], path)
    found += _spread(spec, path)
    found += [f"{path}metadata.annotations[{key}]: {text}" for key, text in _OLD_ANNOTATIONS.items() if key in notes]
    found += _volumes(spec, path)
    found += _twice(spec, "hostAliases", "ip", path) + _twice(spec, "imagePullSecrets", "name", path)
    for index, item in enumerate(spec.get("imagePullSecrets") or ()):
        if not item.get("name"):
            found.append(f'{path}spec.imagePullSecrets[{index}].name: invalid empty name ""')
    found += _fractions((spec.get("overhead") or {},), (f"{path}spec.overhead",))
    whole = spec.get("securityContext") or {}
    if annotations.SECCOMP_POD in notes and whole.get("seccompProfile") is None:
        found.append(f"{path}metadata.annotations[{annotations.SECCOMP_POD}]: {_NO_FIELD}")
    for item, where in _containers(spec, path):
        if notes:
            found += _notes(item, whole, notes, path)
        found += _container(item, where)
    found += _ports(spec, path) + _port_names(spec, path)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        found.append(f"{path}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1")
    for field in ("podAffinity", "podAntiAffinity"):
        found += _pod_affinity((spec.get("affinity") or {}).get(field) or {}, f"{path}spec.affinity.{field}")
    for index, ip in enumerate((spec.get("dnsConfig") or {}).get("nameservers") or ()):
        found += addresses.warnings(f"{path}spec.dnsConfig.nameservers[{index}]", ip)
    for index, item in enumerate(spec.get("hostAliases") or ()):
        found += addresses.warnings(f"{path}spec.hostAliases[{index}].ip", item.get("ip", ""))
    return found


def _containers(spec: Mapping[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    return rules.visit(spec, f"{path}spec")


def _node_affinity(affinity: Mapping[str, Any], path: str) -> list[str]:
    node = affinity.get("nodeAffinity") or {}
    found = []
    for index, term in enumerate((node.get(_REQUIRED) or {}).get("nodeSelectorTerms") or ()):
        found += _node_term(term, f"{path}spec.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms[{index}]")
    for index, term in enumerate(node.get(_PREFERRED) or ()):
        found += _node_term(term.get("preference") or {}, f"{path}spec.affinity.nodeAffinity.{_PREFERRED}[{index}].preference", values=True)
    return found


def _node_term(term: Mapping[str, Any], path: str, values: bool = False) -> list[str]:
    found = []
    for index, item in enumerate(term.get("matchExpressions") or ()):
        key, where = item.get("key", ""), f"{path}.matchExpressions[{index}]"
        if key in _OLD_LABELS:
            found.append(f"{where}.key: {key} is {_OLD_LABELS[key]}")
        for number, value in enumerate(item.get("values") or () if values else ()):
            found += [f"{where}.values[{number}]: {value} is invalid, {text}" for text in names.label_value(value)]
    return found


def _spread(spec: Mapping[str, Any], path: str) -> list[str]:
    found = []
    for index, item in enumerate(spec.get("topologySpreadConstraints") or ()):
        where, key = f"{path}spec.topologySpreadConstraints[{index}]", item.get("topologyKey", "")
        if key in _OLD_LABELS:
            found.append(f"{where}.topologyKey: {key} is {_OLD_LABELS[key]}")
        if item.get("labelSelector") is None:
            found.append(f"{where}.labelSelector: {_NULL}")
    return found


def _volumes(spec: Mapping[str, Any], path: str) -> list[str]:
    found = []
    volumes: Sequence[Mapping[str, Any]] = spec.get("volumes") or ()
    for index, volume in enumerate(volumes):
        for field, shown, text in _OLD_VOLUMES:
            if volume.get(field) is not None:
                found.append(f"{path}spec.volumes[{index}].{shown}: {text}")
        claim = ((volume.get("ephemeral") or {}).get("volumeClaimTemplate") or {}).get("spec")
        if claim:
            found += for_storage(claim, f"{path}spec.volumes[{index}].ephemeral.volumeClaimTemplate.spec")
    return found + overlaps.warnings(volumes)


def for_storage(spec: Mapping[str, Any], path: str) -> list[str]:
    """Return the warnings about the spec of a PersistentVolumeClaim."""
    resources = spec.get("resources") or {}
    asked = [resources.get(field) or {} for field in ("requests", "limits")]
    return _fractions(asked, (f"{path}.resources.requests", f"{path}.resources.limits"), ("storage",))


def _twice(spec: Mapping[str, Any], field: str, key: str, path: str) -> list[str]:
    found, seen = [], set()
    for index, item in enumerate(spec.get(field) or ()):
        value = item.get(key, "")
        if value in seen:
            found.append(f'{path}spec.{field}[{index}].{key}: duplicate {key} "{value}"')
        seen.add(value)
    return found


def _fractions(amounts: Sequence[Mapping[str, str]], paths: Sequence[str], resources: Sequence[str] = _BYTES) -> list[str]:
    found = []
    for name in resources:
        for given, path in zip(amounts, paths, strict=True):
            # Only an amount in thousandths or finer, or of a decimal point, can be no whole number.
            amount = quantity.parse(given[name]) if name in given else None
            if amount is not None and amount.milli_value() % 1000:
                found.append(f'{path}[{name}]: fractional byte value "{amount}" is invalid, must be an integer')
    return found


def _notes(item: Mapping[str, Any], whole: Mapping[str, Any], notes: Mapping[str, str], path: str) -> list[str]:
    """Warn about the annotations that fields of a container's security context have replaced."""
    found = []
    own, name = item.get("securityContext") or {}, item.get("name", "")
    key = annotations.SECCOMP_CONTAINER + name
    if key in notes and own.get("seccompProfile") is None:
        found.append(f"{path}metadata.annotations[{key}]: {_NO_FIELD}")
    key = annotations.APP_ARMOR + name
    # Of a pod the annotation becomes a field; that is told when it does.
    if path and key in notes and whole.get("appArmorProfile") is None and own.get("appArmorProfile") is None:
        found.append(f"{path}metadata.annotations[{key}]: {annotations.OLD_APP_ARMOR}")
    return found


def _container(item: Mapping[str, Any], path: str) -> list[str]:
    found = []
    resources = item.get("resources")
    if resources:
        asked = [resources.get(field) or {} for field in ("limits", "requests")]
        found += _fractions(asked, (f"{path}.resources.limits", f"{path}.resources.requests"))
    seen = set()
    for index, variable in enumerate(item.get("env") or ()):
        name = variable.get("name", "")
        # A value that refers to the one before it, such as PATH=$(PATH):/more, hides nothing.
        extends = f"$({name})" in variable.get("value", "") and variable["value"] != f"$({name})"
        if name in seen and (variable.get("valueFrom") is not None or not extends):
            text = "which may be dropped when using apply"
            found.append(f'{path}.env[{index}]: hides previous definition of "{name}", {text}')
        seen.add(name)
    return found


def _ports(spec: Mapping[str, Any], path: str) -> list[str]:
    found = []
    taken: dict[str, list[tuple[str, str, int]]] = {}
    for item, where in _containers(spec, path):
        for index, port in enumerate(item.get("ports") or ()):
            here, ip, number = f"{where}.ports[{index}]", port.get("hostIP") or "", port.get("hostPort") or 0
            if ip and not number:
                shown = f"{{Name:{port.get('name', '')} HostPort:0 ContainerPort:{port.get('containerPort', 0)} "
                found.append(f"{here}: hostIP set without hostPort: {shown}Protocol:{port.get('protocol', '')} HostIP:{ip}}}")
            others = taken.setdefault(f"{port.get('containerPort', 0)}/{port.get('protocol', '')}", [])
            found += [f"{here}: {text} port definition with {other[0]}" for other in others if (text := _overlap(ip, number, other))]
            others.append((here, ip, number))
    return found


def _port_names(spec: Mapping[str, Any], path: str) -> list[str]:
    found = []
    taken: dict[str, str] = {}
    for item, where in _containers(spec, path):
        for index, port in enumerate(item.get("ports") or ()):
            name, here = port.get("name"), f"{where}.ports[{index}]"
            if name and name in taken:
                other = taken[name]
                text = f'duplicate port name "{name}" with {other}, services and probes that select ports by name will use {other}'
                found.append(f"{here}: {text}")
            elif name:
                taken[name] = here
    return found


def _overlap(ip: str, number: int, other: tuple[str, str, int]) -> str:
    _, other_ip, other_number = other
    if (ip, number) == (other_ip, other_number):
        return "duplicate"
    if not number or not other_number:
        return "overlapping"
    return "dangerously ambiguous" if number == other_number and bool(ip) != bool(other_ip) else ""


def _pod_affinity(affinity: Mapping[str, Any], path: str) -> list[str]:
    found = []
    for index, term in enumerate(affinity.get(_REQUIRED) or ()):
        if term.get("labelSelector") is None:
            found.append(f"{path}.{_REQUIRED}[{index}].labelSelector: {_NULL}")
    for index, term in enumerate(affinity.get(_PREFERRED) or ()):
        if (term.get("podAffinityTerm") or {}).get("labelSelector") is None:
            found.append(f"{path}.{_PREFERRED}[{index}].podAffinityTerm.labelSelector: {_NULL}")
    return found
