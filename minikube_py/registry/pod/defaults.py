"""Defaults of pods and pod templates (pkg/apis/core/v1 SetDefaults_*). In place, idempotent."""

from functools import lru_cache
from typing import Any

from minikube_py.machinery import errors, quantity
from minikube_py.machinery.meta import Object
from minikube_py.registry.pod import amounts, disabled

_MODE = 0o644
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def pod(obj: Object) -> None:
    """Fill in a Pod. BadRequest where an amount of a resource is no quantity."""
    pod_spec = obj.setdefault("spec", {})
    try:
        spec(pod_spec)
        for field in ("containers", "initContainers"):
            for container in pod_spec.get(field) or ():
                _requests_from_limits(container)
                if pod_spec.get("hostNetwork"):
                    _host_ports(container)
    except ValueError as error:
        raise unreadable(obj, error) from None
    pod_spec.setdefault("enableServiceLinks", True)


def unreadable(obj: Object, error: ValueError) -> errors.BadRequest:
    """Return kube-apiserver's answer to an object that does not decode."""
    kind, version = obj.get("kind", ""), obj.get("apiVersion", "").rpartition("/")[2]
    return errors.BadRequest(f'{kind} in version "{version}" cannot be handled as a {kind}: {error}')


def template_of(obj: Object, template: dict[str, Any] | None) -> None:
    """Fill in a pod template inside `obj`. BadRequest where an amount of a resource is no quantity."""
    if template is None:
        return
    # Go's encoder writes the null, as the field has no omitempty.
    template.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    try:
        spec(template.setdefault("spec", {}))
    except ValueError as error:
        raise unreadable(obj, error) from None


def rolling_update(strategy: dict[str, Any], *, unavailable: int | str, surge: int | str) -> None:
    """Fill in how a Deployment or DaemonSet replaces its pods: by a rolling update with these amounts, unless it says otherwise."""
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] != "RollingUpdate":
        return
    if strategy.get("rollingUpdate") is None:
        strategy["rollingUpdate"] = {}
    strategy["rollingUpdate"].setdefault("maxUnavailable", unavailable)
    strategy["rollingUpdate"].setdefault("maxSurge", surge)


def spec(pod_spec: dict[str, Any]) -> None:
    """Fill in a PodSpec. ValueError where an amount of a resource is no quantity."""
    default = pod_spec.setdefault
    default("restartPolicy", "Always")
    default("terminationGracePeriodSeconds", 30)
    default("dnsPolicy", "ClusterFirst")
    default("securityContext", {})
    default("schedulerName", "default-scheduler")
    service_account(pod_spec)
    amounts.settle(pod_spec.get("overhead"))
    disabled.drop(pod_spec)
    for field in ("containers", "initContainers", "ephemeralContainers"):
        for item in pod_spec.get(field) or ():
            container(item)
    for volume in pod_spec.get("volumes") or ():
        _volume(volume)


def service_account(pod_spec: dict[str, Any]) -> None:
    """Keep serviceAccountName and its old name, serviceAccount, the same."""
    name = pod_spec.get("serviceAccountName") or pod_spec.get("serviceAccount")
    if name:
        pod_spec["serviceAccountName"] = pod_spec["serviceAccount"] = name


def container(item: dict[str, Any]) -> None:
    """Fill in a container of any sort."""
    default = item.setdefault
    if not item.get("imagePullPolicy"):
        item["imagePullPolicy"] = pull_policy(item.get("image", ""))
    default("terminationMessagePath", "/dev/termination-log")
    default("terminationMessagePolicy", "File")
    amounts.settle_requirements(default("resources", {}))
    disabled.drop_of_container(item)
    for port in item.get("ports") or ():
        port.setdefault("protocol", "TCP")
    for variable in item.get("env") or ():
        if "valueFrom" in variable:
            _reference(variable["valueFrom"])
    for field in _PROBES:
        if item.get(field) is not None:
            _probe(item[field])
    if item.get("lifecycle"):
        for handler in item["lifecycle"].values():
            _handler(handler)


@lru_cache(maxsize=4096)
def pull_policy(image: str) -> str:
    """Return Always for images of tag latest or of none, unless they name a digest."""
    rest, at, _ = image.partition("@")
    _, colon, tag = rest.rpartition("/")[2].partition(":")
    return "Always" if tag == "latest" or not (colon or at) else "IfNotPresent"


def _reference(source: dict[str, Any] | None) -> None:
    if not source:
        return
    if source.get("fieldRef") is not None:
        source["fieldRef"].setdefault("apiVersion", "v1")
    if source.get("resourceFieldRef") is not None:
        field = source["resourceFieldRef"]
        field["divisor"] = quantity.canonical(field.get("divisor") or "0")


def _probe(probe: dict[str, Any]) -> None:
    for field, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        if not probe.get(field):
            probe[field] = value
    _handler(probe)


def _handler(handler: dict[str, Any] | None) -> None:
    if not isinstance(handler, dict):
        return
    if handler.get("httpGet") is not None:
        get = handler["httpGet"]
        if not get.get("path"):
            get["path"] = "/"
        if not get.get("scheme"):
            get["scheme"] = "HTTP"
        for header in get.get("httpHeaders") or ():
            header.setdefault("value", "")
    if handler.get("grpc") is not None:
        handler["grpc"].setdefault("service", "")
    if handler.get("sleep") is not None:
        handler["sleep"].setdefault("seconds", 0)


def _requests_from_limits(item: dict[str, Any]) -> None:
    resources = item["resources"]
    limits = resources.get("limits")
    if limits:
        if not resources.get("requests"):
            resources["requests"] = {}
        for name, amount in limits.items():
            resources["requests"].setdefault(name, amount)


def _host_ports(item: dict[str, Any]) -> None:
    for port in item.get("ports") or ():
        if not port.get("hostPort"):
            port["hostPort"] = port.get("containerPort", 0)


def _volume(volume: dict[str, Any]) -> None:
    if not any(value is not None for field, value in volume.items() if field != "name"):
        volume["emptyDir"] = {}
    sources(volume)


def sources(volume: dict[str, Any]) -> None:
    """Fill in the sources of a volume, be it a pod's or a PersistentVolume's spec."""
    for field, source in volume.items():
        fill = _SOURCES.get(field)
        if fill is not None and isinstance(source, dict):
            fill(source)


def _mode(source: dict[str, Any]) -> None:
    source.setdefault("defaultMode", _MODE)


def _downward(source: dict[str, Any]) -> None:
    _mode(source)
    for item in source.get("items") or ():
        _reference(item)


def _projected(source: dict[str, Any]) -> None:
    _mode(source)
    for item in source.setdefault("sources", None) or ():
        if item.get("serviceAccountToken") is not None:
            item["serviceAccountToken"].setdefault("expirationSeconds", 3600)
        for file in (item.get("downwardAPI") or {}).get("items") or ():
            _reference(file)


def _empty_dir(source: dict[str, Any]) -> None:
    if source.get("sizeLimit") is not None:
        source["sizeLimit"] = quantity.canonical(source["sizeLimit"])


def _ephemeral(source: dict[str, Any]) -> None:
    template = source.get("volumeClaimTemplate")
    if template:
        template.setdefault("metadata", {}).setdefault("creationTimestamp", None)
        claim = template.setdefault("spec", {})
        claim.setdefault("volumeMode", "Filesystem")
        for field in ("dataSource", "dataSourceRef"):
            if claim.get(field) is not None:
                claim[field].setdefault("apiGroup", None)
        amounts.settle_requirements(claim.setdefault("resources", {}))


def _fixed(**values: Any) -> Any:
    def fill(source: dict[str, Any]) -> None:
        for field, value in values.items():
            if source.get(field) in (None, ""):
                source[field] = value

    return fill


_SOURCES = {
    "secret": _mode,
    "configMap": _mode,
    "downwardAPI": _downward,
    "projected": _projected,
    "emptyDir": _empty_dir,
    "hostPath": lambda source: source.setdefault("type", ""),
    "ephemeral": _ephemeral,
    "iscsi": _fixed(iscsiInterface="default", lun=0),
    "rbd": _fixed(pool="rbd", user="admin", keyring="/etc/ceph/keyring"),
    "azureDisk": _fixed(cachingMode="ReadWrite", kind="Shared", fsType="ext4", readOnly=False),
    "scaleIO": _fixed(storageMode="ThinProvisioned", fsType="xfs"),
}
