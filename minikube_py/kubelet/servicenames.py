"""What a pod is called by others: the services that lead to it, by its endpoint slices, and the variables that tell it of services.

Nothing forwards packets to a service's address on an engine: a service is reached by its names, which lead straight to its ready pods.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.client.api import Client
from minikube_py.client.loops import Change
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

SLICES = "endpointslices.discovery.k8s.io"
_SERVICE = "kubernetes.io/service-name"
DOMAIN = "cluster.local"
NEEDED = "named"  # in the loop's state: there are names, so that all pods are to be on the network of names
_OF_CLUSTER = "kubernetes.io/cluster-service"  # a label of services of the control plane, whose pods are there on paper


def names(pod: Object, client: Client) -> tuple[str, ...]:
    """Return the names under which a pod is found, in order. One that ends is found by those services only that lead to all pods, ready or not."""
    found: set[str] = set()
    space, uid = meta.namespace(pod), meta.uid(pod)
    lasting = _lasting(space, client) if "deletionTimestamp" in pod["metadata"] else None
    for item in client.items(SLICES, space):
        service = meta.labels(item).get(_SERVICE, "")
        leads = service and (lasting is None or service in lasting)
        for endpoint in item.get("endpoints") or () if leads else ():
            if (endpoint.get("targetRef") or {}).get("uid") == uid and _is_ready(endpoint):
                found.update((f"{service}.{space}", f"{service}.{space}.svc", f"{service}.{space}.svc.{DOMAIN}"))
                if endpoint.get("hostname"):
                    found.add(f"{endpoint['hostname']}.{service}.{space}.svc.{DOMAIN}")
    return tuple(sorted(found))


def _lasting(space: str, client: Client) -> set[str]:
    return {meta.name(service) for service in client.items("services", space) if service["spec"].get("publishNotReadyAddresses")}


def _is_ready(endpoint: Mapping[str, Any]) -> bool:
    return (endpoint.get("conditions") or {}).get("ready") is not False


def leads_to_pods(service: Object) -> bool:
    """Tell whether a service may soon give names to pods that really run."""
    return bool(service["spec"].get("selector")) and meta.labels(service).get(_OF_CLUSTER) != "true"


def concerned(change: Change) -> Iterable[str]:
    """Return the pods (namespace/name) whose names an endpoint slice's change may touch."""
    now = {} if change.type == "DELETED" else _pods(change.object)
    before = _pods(change.old) if change.old is not None else {}
    return sorted({key for key, _ in set(now.items()) ^ set(before.items())})


def _pods(item: Object) -> dict[str, tuple[Any, ...]]:
    service = meta.labels(item).get(_SERVICE, "")
    found: dict[str, tuple[Any, ...]] = {}
    for endpoint in item.get("endpoints") or ():
        target = endpoint.get("targetRef") or {}
        if target.get("kind") == "Pod":
            found[f"{target.get('namespace')}/{target.get('name')}"] = (target.get("uid"), service, _is_ready(endpoint), endpoint.get("hostname"))
    return found


def variables(pod: Object, client: Client) -> dict[str, str]:
    """Return NAME_SERVICE_HOST and its like for the services of the pod's namespace, and for that of the API.

    The host is the service's name, as its address leads nowhere.
    """
    wanted = [service for service in client.items("services", "default") if meta.name(service) == "kubernetes"]
    if pod["spec"].get("enableServiceLinks", True):
        wanted += client.items("services", meta.namespace(pod))
    told = {meta.name(service): service for service in wanted if service["spec"].get("clusterIP") not in (None, "", "None") and service["spec"].get("ports")}
    return {name: value for service in told.values() for name, value in _of(service)}


def _of(service: Object) -> Iterable[tuple[str, str]]:
    """Return a service's variables, those of Docker's links among them (pkg/kubelet/envvars)."""
    prefix = meta.name(service).upper().replace("-", "_")
    host = f"{meta.name(service)}.{meta.namespace(service)}.svc.{DOMAIN}"
    ports = service["spec"]["ports"]
    yield f"{prefix}_SERVICE_HOST", host
    yield f"{prefix}_SERVICE_PORT", str(ports[0]["port"])
    for port in ports:
        if port.get("name"):
            yield f"{prefix}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}", str(port["port"])
    for number, port in enumerate(ports):
        protocol = str(port.get("protocol") or "TCP")
        url = f"{protocol.lower()}://{host}:{port['port']}"
        if number == 0:
            yield f"{prefix}_PORT", url
        link = f"{prefix}_PORT_{port['port']}_{protocol}"
        yield from ((link, url), (f"{link}_PROTO", protocol.lower()), (f"{link}_PORT", str(port["port"])), (f"{link}_ADDR", host))
