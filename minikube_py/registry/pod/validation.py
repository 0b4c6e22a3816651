"""Validation of pods and pod templates (pkg/apis/core/validation ValidatePodSpec), in kube-apiserver's order."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import annotations, containers, dns, placement, rules, security, systems, volumes

_MAX_INT = 2**31 - 1
_RESTARTS = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")


def create(obj: Object) -> list[FieldError]:
    """Return what is wrong with a new pod."""
    pod_spec = obj["spec"]
    found = metadata_and_spec(obj)
    if pod_spec.get("ephemeralContainers"):
        found.append(fielderrors.forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if pod_spec.get("nodeName") and pod_spec.get("schedulingGates"):
        text = "cannot be set until all schedulingGates have been cleared"
        found.append(fielderrors.forbidden("spec.nodeName", text))
    values = obj["metadata"].get("annotations")
    if values:
        found += annotations.seccomp_match(values, pod_spec, "spec")
        found += annotations.app_armor_match(values, pod_spec, "spec")
    return found


def metadata_and_spec(obj: Object) -> list[FieldError]:
    """Return what is wrong with a pod, new or not."""
    metadata, pod_spec = obj["metadata"], obj["spec"]
    found = objectmeta.validate(metadata)
    if metadata.get("annotations"):
        found += annotations.validate(metadata["annotations"], pod_spec, "metadata.annotations")
    found += spec(pod_spec, "spec", pod_name=metadata.get("name", ""), is_pod=True)
    if not pod_spec.get("serviceAccountName"):
        found += _tokens(pod_spec)
    for field in ("containers", "initContainers"):
        for index, item in enumerate(pod_spec.get(field) or ()):
            found += containers.padding(item, f"spec.{field}[{index}]")
    return found


def _tokens(pod_spec: Mapping[str, Any]) -> list[FieldError]:
    found = []
    for number, volume in enumerate(pod_spec.get("volumes") or ()):
        for index, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
            if source.get("serviceAccountToken") is not None:
                path = f"spec.volumes[{number}].projected.sources[{index}].serviceAccountToken"
                found.append(fielderrors.forbidden(path, "must not be specified when serviceAccountName is not set"))
    return found


def template(value: Mapping[str, Any], path: str) -> list[FieldError]:
    """Return what is wrong with a pod template (ValidatePodTemplateSpec)."""
    metadata, pod_spec = value.get("metadata") or {}, value.get("spec") or {}
    found = objectmeta.labels(metadata.get("labels") or {}, f"{path}.labels")
    found += template_annotations(metadata, pod_spec, path)
    found += spec(pod_spec, f"{path}.spec")
    if metadata.get("annotations"):
        found += annotations.seccomp_match(metadata["annotations"], pod_spec, f"{path}.spec")
        found += annotations.app_armor_match(metadata["annotations"], pod_spec, f"{path}.spec")
    if pod_spec.get("ephemeralContainers"):
        text = "ephemeral containers not allowed in pod template"
        found.append(fielderrors.forbidden(f"{path}.spec.ephemeralContainers", text))
    return found


def template_annotations(metadata: Mapping[str, Any], pod_spec: Mapping[str, Any], path: str) -> list[FieldError]:
    """Return what is wrong with the annotations of a pod template."""
    values = metadata.get("annotations")
    if not values:
        return []
    found = objectmeta.annotations(values, f"{path}.annotations")
    return found + annotations.validate(values, pod_spec, f"{path}.annotations")


def spec(value: Mapping[str, Any], path: str, *, pod_name: str = "", is_pod: bool = False) -> list[FieldError]:
    """Return what is wrong with a PodSpec."""
    get = value.get
    found: list[FieldError] = []
    if get("terminationGracePeriodSeconds") is None:
        found.append(fielderrors.required(f"{path}.terminationGracePeriodSeconds"))
    good, wrong = volumes.validate(get("volumes") or (), pod_name, f"{path}.volumes") if get("volumes") else ({}, [])
    found += wrong
    host_users = get("hostUsers") is not False
    site = containers.Site(good, get("terminationGracePeriodSeconds"), get("restartPolicy", ""), host_users)
    first, regular = get("initContainers") or (), get("containers") or ()
    found += containers.regular(regular, site, f"{path}.containers")
    if first:
        found += containers.init(first, regular, site, f"{path}.initContainers")
    if get("ephemeralContainers"):
        found += containers.ephemeral(value["ephemeralContainers"], (*regular, *first), site, f"{path}.ephemeralContainers")
    if get("hostNetwork"):
        found += _host_network(regular, is_pod, f"{path}.containers")
    return found + _policies(value, path) + _placement(value, path) + _rest(value, path)


def _host_network(items: Any, is_pod: bool, path: str) -> list[FieldError]:
    found = []
    for index, item in enumerate(items):
        for number, port in enumerate(item.get("ports") or ()):
            on_host = port.get("hostPort") or 0
            if (is_pod or on_host) and on_host != port.get("containerPort", 0):
                text = "must match `containerPort` when `hostNetwork` is true"
                found.append(fielderrors.invalid(f"{path}[{index}].ports[{number}].hostPort", on_host, text))
    return found


def _policies(value: Mapping[str, Any], path: str) -> list[FieldError]:
    get = value.get
    found: list[FieldError] = []
    if get("restartPolicy") not in _RESTARTS:
        found += rules.one_of(f"{path}.restartPolicy", get("restartPolicy"), _RESTARTS)
    if get("dnsPolicy") not in _DNS:
        found += rules.one_of(f"{path}.dnsPolicy", get("dnsPolicy"), _DNS)
    if get("nodeSelector"):
        found += objectmeta.labels(value["nodeSelector"], f"{path}.nodeSelector")
    if get("securityContext") or get("shareProcessNamespace"):
        found += security.pod(value, path)
    return found


def _placement(value: Mapping[str, Any], path: str) -> list[FieldError]:
    get = value.get
    found: list[FieldError] = []
    if get("affinity"):
        found += placement.affinity(value["affinity"], f"{path}.affinity")
    if get("dnsConfig") is not None or get("dnsPolicy") == "None":
        found += dns.config(get("dnsConfig"), get("dnsPolicy", ""), f"{path}.dnsConfig")
    for index, gate in enumerate(get("readinessGates") or ()):
        found += objectmeta.label_name(gate.get("conditionType", ""), f"{path}.readinessGates[{index}].conditionType")
    if get("schedulingGates"):
        found += _gates(value["schedulingGates"], f"{path}.schedulingGates")
    if get("topologySpreadConstraints"):
        found += placement.spread(value["topologySpreadConstraints"], f"{path}.topologySpreadConstraints")
    found += security.host_process(value, path) if _windows(value) else []
    return found + security.host_users(value, path)


def _windows(value: Mapping[str, Any]) -> bool:
    whole = (value.get("securityContext") or {}).get("windowsOptions")
    return bool(whole) or any((item.get("securityContext") or {}).get("windowsOptions") for item in value.get("containers") or ())


def _gates(items: Any, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, gate in enumerate(items):
        name = gate.get("name", "")
        found += objectmeta.label_name(name, f"{path}[{index}]")
        if name in seen:
            found.append(fielderrors.duplicate(f"{path}[{index}]", name))
        seen.add(name)
    return found


_NAMES = (("serviceAccountName", names.dns_subdomain), ("nodeName", names.dns_subdomain))
_HOST_NAMES = (("hostname", names.dns_label), ("subdomain", names.dns_label))
_CLASSES = (("priorityClassName", names.dns_subdomain), ("runtimeClassName", names.dns_subdomain))


def _rest(value: Mapping[str, Any], path: str) -> list[FieldError]:
    get = value.get
    found = _named(value, _NAMES, path)
    seconds = get("activeDeadlineSeconds")
    if seconds is not None and not 1 <= seconds <= _MAX_INT:
        found.append(fielderrors.invalid(f"{path}.activeDeadlineSeconds", seconds, names.in_range(1, _MAX_INT)))
    found += _named(value, _HOST_NAMES, path)
    if get("tolerations"):
        found += placement.tolerations(value["tolerations"], f"{path}.tolerations")
    if get("hostAliases"):
        found += dns.host_aliases(value["hostAliases"], f"{path}.hostAliases")
    found += _named(value, _CLASSES, path)
    policy = get("preemptionPolicy")
    if policy is not None and policy not in ("PreemptLowerPriority", "Never"):
        found += rules.one_of(f"{path}.preemptionPolicy", policy, ("PreemptLowerPriority", "Never"))
    if get("overhead"):
        from minikube_py.registry.pod import resources

        found += resources.requirements({"limits": value["overhead"]}, f"{path}.overhead")
    return found + systems.validate(value, path) if get("os") is not None else found


def _named(value: Mapping[str, Any], checks: Any, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for field, check in checks:
        name = value.get(field)
        if (name or (name is not None and field == "runtimeClassName")) and check(name):  # the one that is a pointer
            found += rules.each(f"{path}.{field}", name, check(name))
    return found
