"""Which services select a pod, without looking at all services for each pod; and what of a pod's change concerns them."""

from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.client.api import Client
from minikube_py.client.loops import Change, object_key
from minikube_py.controllers import podcontrol
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

HEADLESS = "service.kubernetes.io/headless"
TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time"
_REMEMBERED = 50_000  # pairs of labels
Selector = Mapping[str, str]


class ServiceIndex:
    """The selectors of services, found through the store's index of their first pairs; each pair is looked up once, then kept by changes."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._pairs: dict[tuple[str, str], dict[str, Selector]] = {}  # by namespace and key=value: selectors by name

    def changed(self, change: Change) -> Iterable[str]:
        """Take note of a changed service and return its key."""
        for service in (change.object, change.old):
            selector = service["spec"].get("selector") if service is not None else None
            if service is not None and selector:
                self._pairs.pop((meta.namespace(service), _pair(*min(selector.items()))), None)
        return object_key(change)

    def pod_changed(self, change: Change) -> Iterable[str]:
        """Return the keys of the services whose endpoints a pod's change can touch."""
        pod, old = change.object, change.old if change.type == "MODIFIED" else None
        if not (pod.get("status") or {}).get("podIP"):
            return ()
        if old is None:
            return self._selecting(meta.namespace(pod), meta.labels(pod))
        if _face(pod) == _face(old):
            return ()
        found = self._selecting(meta.namespace(pod), meta.labels(pod))
        if meta.labels(pod) != meta.labels(old):
            found |= self._selecting(meta.namespace(pod), meta.labels(old))
        return sorted(found)

    def _selecting(self, space: str, labels: Mapping[str, str]) -> set[str]:
        return {
            f"{space}/{name}"
            for key, value in labels.items()
            for name, selector in self._services(space, _pair(key, value)).items()
            if all(labels.get(other) == wanted for other, wanted in selector.items())
        }

    def _services(self, space: str, pair: str) -> dict[str, Selector]:
        known = self._pairs.get((space, pair))
        if known is None:
            if len(self._pairs) >= _REMEMBERED:
                self._pairs.clear()
            found = self._client.items("services", space, index=("selector", pair))
            known = self._pairs[space, pair] = {meta.name(service): service["spec"]["selector"] for service in found}
        return known


def _pair(key: str, value: str) -> str:
    return f"{key}={value}"


def _face(pod: Object) -> tuple[Any, ...]:
    """Return what endpoints show of a pod."""
    status, spec = pod.get("status") or {}, pod["spec"]
    return (status.get("podIP"), status.get("podIPs"), podcontrol.is_ready(pod), meta.is_deleting(pod), meta.is_over(pod),
            meta.labels(pod), spec.get("hostname"), spec.get("subdomain"), spec.get("nodeName"))  # fmt: skip


def selects(service: Object) -> bool:
    """Tell whether a service's endpoints are a controller's affair."""
    return bool(service["spec"].get("selector")) and service["spec"].get("type") != "ExternalName"


def pods_of(client: Client, service: Object, *, terminating: bool) -> list[Object]:
    """Return the selected pods that have an address and have not ended, in the order of their names."""
    selector = ",".join(f"{key}={value}" for key, value in sorted(service["spec"]["selector"].items()))
    pods = client.items("pods", meta.namespace(service), label_selector=selector)
    return [
        pod for pod in pods if (pod.get("status") or {}).get("podIP") and not meta.is_over(pod) and (terminating or not meta.is_deleting(pod))
    ]


def is_headless(service: Object) -> bool:
    """Tell whether a service has no address of its own."""
    return service["spec"].get("clusterIP", "") in ("", "None")


def hostname(service: Object, pod: Object) -> str:
    """Return the name under which DNS knows a pod of a headless service; empty for most."""
    spec = pod["spec"]
    return str(spec["hostname"]) if spec.get("hostname") and spec.get("subdomain") == meta.name(service) else ""


def port_of(service_port: Mapping[str, Any], pod: Object) -> int | None:
    """Return the number of the pod's port that a service's port leads to; None where the pod has no port of that name."""
    target = service_port.get("targetPort") or service_port["port"]
    if isinstance(target, int):
        return target
    sidecars = [item for item in pod["spec"].get("initContainers") or () if item.get("restartPolicy") == "Always"]
    for container in (*pod["spec"]["containers"], *sidecars):
        for port in container.get("ports") or ():
            if port.get("name") == target and port.get("protocol", "TCP") == service_port.get("protocol", "TCP"):
                return int(port["containerPort"])
    return None


def pod_reference(pod: Object) -> dict[str, str]:
    """Return the targetRef of an endpoint."""
    return {"kind": "Pod", "name": meta.name(pod), "namespace": meta.namespace(pod), "uid": meta.uid(pod)}


def trigger_time(service: Object, pods: Iterable[Object]) -> str:
    """Return when the last thing happened that the endpoints show: a pod became ready or unready, or the service was made."""
    times = [service["metadata"]["creationTimestamp"]]
    for pod in pods:
        condition = meta.condition(pod, "Ready")
        if condition is not None and condition.get("lastTransitionTime"):
            times.append(condition["lastTransitionTime"])
    return str(max(times))


def create(client: Client, wanted: Object) -> None:
    """Create what a service leads to, unless its namespace is ending."""
    try:
        client.create(wanted)
    except errors.Forbidden as error:
        if not podcontrol.is_terminating(error):
            raise
