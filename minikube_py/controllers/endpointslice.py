"""EndpointSlices: where the pods of a service are, a hundred to a slice (pkg/controller/endpointslice)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from minikube_py.client.loops import Change, Loop, LoopContext
from minikube_py.controllers import podcontrol, serviceindex
from minikube_py.controllers.serviceindex import HEADLESS, TRIGGERED
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_OURS = "endpointslice-controller.k8s.io"
_SLICES = "endpointslices.discovery.k8s.io"
_ZONE = "topology.kubernetes.io/zone"
_MOST = 100  # endpoints in one slice
_RESERVED = frozenset({SERVICE_NAME, MANAGED_BY, HEADLESS, _ZONE, "topology.kubernetes.io/region"})
Ports = tuple[tuple[tuple[str, Any], ...], ...]
Endpoint = dict[str, Any]


class Plan(NamedTuple):
    """What is to become of the slices of one service; a slice to create has no name yet."""

    create: list[Object]
    update: list[Object]
    delete: list[Object]


class EndpointSliceController(Loop):
    """Keys are namespace/name of a service."""

    name = "endpointslice-controller"
    user = "system:serviceaccount:kube-system:endpointslice-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._services = serviceindex.ServiceIndex(self.client)
        self._zones: dict[str, str | None] = {}

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which service."""
        return {"services": self._services.changed, "pods": self._services.pod_changed, _SLICES: self._slice_changed, "nodes": self._node_changed}

    @staticmethod
    def _slice_changed(change: Change) -> Iterable[str]:
        """Return the service of a slice that somebody else deleted or changed."""
        found = change.object
        if change.type == "ADDED" or meta.labels(found).get(MANAGED_BY) != _OURS:
            return ()
        if change.type == "MODIFIED" and _written_by_us(found):
            return ()
        name = meta.labels(found).get(SERVICE_NAME)
        return (f"{meta.namespace(found)}/{name}",) if name else ()

    def _node_changed(self, change: Change) -> Iterable[str]:
        """Return all services when a node that is named in slices gets another zone, comes or goes."""
        node, zone = change.object, None if change.type == "DELETED" else meta.labels(change.object).get(_ZONE, "")
        known = self._zones.get(meta.name(node), zone if change.type == "MODIFIED" else None)
        self._zones[meta.name(node)] = zone
        return () if known == zone else [meta.key(service) for service in self.client.items("services")]

    def _zone(self, node: str) -> str | None:
        """Return a node's zone ("" where it is in none); None where there is no such node."""
        if self._zones.get(node) is None:
            found = self.client.find("nodes", node)
            self._zones[node] = None if found is None else meta.labels(found).get(_ZONE, "")
        return self._zones[node]

    def reconcile(self, key: str) -> float | None:
        """Bring the slices of a service to what its pods are."""
        space, name = meta.split_key(key)
        service = self.client.find("services", name, space)
        if service is None or not serviceindex.selects(service) or meta.is_deleting(service):
            return None  # slices have their service as owner, and go with it
        pods = serviceindex.pods_of(self.client, service, terminating=True)
        plan = planned(service, self._slices(service), self._wanted(service, pods))
        notes = {TRIGGERED: serviceindex.trigger_time(service, pods)}
        for item in plan.delete:
            self._delete(item)
        for item in plan.update:
            item["metadata"]["annotations"] = {**meta.annotations(item), **notes}
            self.client.update(item)
        for item in plan.create:
            item["metadata"]["annotations"] = notes
            serviceindex.create(self.client, item)
        return None

    def _slices(self, service: Object) -> list[Object]:
        owned = self.client.items(_SLICES, meta.namespace(service), index=("owner", meta.uid(service)))
        return [item for item in owned if meta.labels(item).get(MANAGED_BY) == _OURS and not meta.is_deleting(item)]

    def _delete(self, item: Object) -> None:
        try:
            self.client.delete(_SLICES, meta.name(item), meta.namespace(item))
        except errors.NotFound:
            return

    def _wanted(self, service: Object, pods: Iterable[Object]) -> dict[Ports, list[Endpoint]]:
        """Return the endpoints for each set of ports that pods have."""
        wanted: dict[Ports, list[Endpoint]] = {}
        unready_too = bool(service["spec"].get("publishNotReadyAddresses"))
        for pod in pods:
            zone = self._zone(pod["spec"]["nodeName"]) if pod["spec"].get("nodeName") else ""
            if zone is None and not unready_too:
                continue  # the node is gone: nobody knows how to reach the pod
            wanted.setdefault(_ports(service, pod), []).append(endpoint(service, pod, zone or ""))
        return wanted


def _written_by_us(item: Object) -> bool:
    """Tell whether the last writer of a slice was this controller, by managedFields."""
    entries: list[Object] = item["metadata"].get("managedFields") or []
    return len(entries) == 1 and entries[0].get("manager") == "kube-controller-manager"


def endpoint(service: Object, pod: Object, zone: str) -> Endpoint:
    """Return one endpoint."""
    serving, terminating = podcontrol.is_ready(pod), meta.is_deleting(pod)
    ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
    found: Endpoint = {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
    }
    host = serviceindex.hostname(service, pod)
    if host:
        found["hostname"] = host
    if pod["spec"].get("nodeName"):
        found["nodeName"] = pod["spec"]["nodeName"]
    found["targetRef"] = serviceindex.pod_reference(pod)
    if zone:
        found["zone"] = zone
        if ready and _stays_close(service):
            found["hints"] = {"forZones": [{"name": zone}]}
    return found


def _stays_close(service: Object) -> bool:
    """Tell whether traffic is to stay in the zone that it comes from. Where topology-aware hints are asked for, those go first; nobody here makes them."""
    notes = meta.annotations(service)
    aware = any(notes.get(f"service.kubernetes.io/{name}") in ("Auto", "auto") for name in ("topology-mode", "topology-aware-hints"))
    return service["spec"].get("trafficDistribution") == "PreferClose" and not aware


def _ports(service: Object, pod: Object) -> Ports:
    found = []
    for port in service["spec"].get("ports") or ():
        number = serviceindex.port_of(port, pod)
        if number is not None:
            fields = {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
            if port.get("appProtocol"):
                fields["appProtocol"] = port["appProtocol"]
            found.append(tuple(sorted(fields.items())))
    return tuple(found)


def _ports_of(item: Object) -> Ports:
    ports: list[dict[str, Any]] = item.get("ports") or []
    return tuple(tuple(sorted(port.items())) for port in ports)


def planned(service: Object, slices: list[Object], wanted: Mapping[Ports, list[Endpoint]]) -> Plan:
    """Return what to do: endpoints stay in the slice that they are in, new ones fill slices up before others are made."""
    plan = Plan([], [], [])
    labels = _labels(service)
    for ports, endpoints in wanted.items():
        _place(service, labels, ports, endpoints, [item for item in slices if _ports_of(item) == ports], plan)
    stale = [item for item in slices if _ports_of(item) not in wanted]
    if not wanted and not stale:
        plan.create.append(_new_slice(service, labels, (), []))  # a service always has a slice
    elif not wanted:
        kept = stale.pop(0)
        if kept.get("endpoints") or meta.labels(kept) != labels:
            plan.update.append({**kept, "metadata": {**kept["metadata"], "labels": labels}, "endpoints": []})
    plan.delete.extend(stale)
    return plan


def _place(service: Object, labels: dict[str, str], ports: Ports, endpoints: list[Endpoint], slices: list[Object], plan: Plan) -> None:
    left = {item["targetRef"]["uid"]: item for item in endpoints}
    contents = []
    for item in slices:
        present = [found["targetRef"]["uid"] for found in item.get("endpoints") or ()]
        kept = [left.pop(uid) for uid in present if uid in left]
        contents.append((item, kept))
    fresh = list(left.values())
    for item, kept in sorted(contents, key=lambda pair: len(pair[1]), reverse=True):
        room = _MOST - len(kept)
        kept.extend(fresh[:room])
        del fresh[:room]
        if not kept:
            plan.delete.append(item)
        elif kept != item.get("endpoints") or meta.labels(item) != labels:
            plan.update.append({**item, "metadata": {**item["metadata"], "labels": labels}, "endpoints": kept})
    for start in range(0, len(fresh), _MOST):
        plan.create.append(_new_slice(service, labels, ports, fresh[start : start + _MOST]))


def _labels(service: Object) -> dict[str, str]:
    labels = {key: value for key, value in meta.labels(service).items() if key not in _RESERVED}
    if serviceindex.is_headless(service):
        labels[HEADLESS] = ""
    return {**labels, SERVICE_NAME: meta.name(service), MANAGED_BY: _OURS}


def _new_slice(service: Object, labels: dict[str, str], ports: Ports, endpoints: list[Endpoint]) -> Object:
    owner = meta.controller_reference(service)
    metadata = {"generateName": f"{meta.name(service)}-", "namespace": meta.namespace(service), "labels": labels, "ownerReferences": [owner]}
    family = (service["spec"].get("ipFamilies") or ["IPv4"])[0]
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, "addressType": family,
        "endpoints": endpoints, "ports": [dict(port) for port in ports],
    }  # fmt: skip
