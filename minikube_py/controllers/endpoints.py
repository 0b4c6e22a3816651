"""Endpoints: where the pods of a service are, in the older form (pkg/controller/endpoint)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.controllers import podcontrol, serviceindex
from minikube_py.controllers.serviceindex import HEADLESS, TRIGGERED
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
_MOST = 1000  # addresses in one object
Address = dict[str, Any]


class EndpointController(Loop):
    """Keys are namespace/name of a service."""

    name = "endpoint-controller"
    user = "system:serviceaccount:kube-system:endpoint-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._services = serviceindex.ServiceIndex(self.client)

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which service."""
        return {"services": self._services.changed, "pods": self._services.pod_changed, "endpoints": self._endpoints_changed}

    @staticmethod
    def _endpoints_changed(change: Change) -> Iterable[str]:
        return object_key(change) if change.type == "DELETED" else ()

    def reconcile(self, key: str) -> float | None:
        """Write where the service's pods are."""
        space, name = meta.split_key(key)
        service = self.client.find("services", name, space)
        if service is None:
            self._delete(space, name)
        elif serviceindex.selects(service) and not meta.is_deleting(service):
            self._write(service)
        return None

    def _delete(self, space: str, name: str) -> None:
        if self.client.find("endpoints", name, space) is None:
            return
        try:
            self.client.delete("endpoints", name, space)
        except errors.NotFound:
            return

    def _write(self, service: Object) -> None:
        unready_too = bool(service["spec"].get("publishNotReadyAddresses"))
        pods = serviceindex.pods_of(self.client, service, terminating=unready_too)
        subsets, cut = _truncate(subsets_of(service, pods))
        labels = {**meta.labels(service), MANAGED_BY: self.name}
        labels.pop(HEADLESS, None)
        if serviceindex.is_headless(service):
            labels[HEADLESS] = ""
        current = self.client.find("endpoints", meta.name(service), meta.namespace(service))
        if current is not None and (current.get("subsets") or []) == subsets and meta.labels(current) == labels:
            return
        notes = {**meta.annotations(current or {"metadata": {}}), TRIGGERED: serviceindex.trigger_time(service, pods)}
        notes.pop(OVER_CAPACITY, None)
        if cut:
            notes[OVER_CAPACITY] = "truncated"
        metadata = {**(current or {}).get("metadata", {}), "name": meta.name(service), "namespace": meta.namespace(service)}
        wanted: Object = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {**metadata, "labels": labels, "annotations": notes}}
        if subsets:
            wanted["subsets"] = subsets
        if current is not None:
            self.client.update(wanted)
            return
        serviceindex.create(self.client, wanted)


def subsets_of(service: Object, pods: Iterable[Object]) -> list[Object]:
    """Return the subsets: ports that lead to the same addresses share one."""
    unready_too = bool(service["spec"].get("publishNotReadyAddresses"))
    ports: dict[tuple[tuple[str, Any], ...], dict[str, tuple[Address, bool]]] = {}
    for pod in pods:
        address, ready = _address(service, pod), unready_too or podcontrol.is_ready(pod)
        for port in _ports(service, pod):
            ports.setdefault(tuple(port.items()), {})[meta.uid(pod)] = (address, ready)
    groups: dict[tuple[tuple[str, bool], ...], tuple[list[Object], dict[str, tuple[Address, bool]]]] = {}
    for items, found in ports.items():
        same = tuple(sorted((uid, ready) for uid, (_, ready) in found.items()))
        groups.setdefault(same, ([], found))[0].extend([dict(items)] if items else [])
    return [_subset(listed, found) for listed, found in groups.values()]


def _subset(ports: list[Object], found: dict[str, tuple[Address, bool]]) -> Object:
    subset: Object = {}
    for field, wanted in (("addresses", True), ("notReadyAddresses", False)):
        listed = [address for address, ready in found.values() if ready is wanted]
        if listed:
            subset[field] = sorted(listed, key=lambda address: (_number(address["ip"]), address["targetRef"]["uid"]))
    if ports:
        subset["ports"] = ports
    return subset


def _number(ip: str) -> tuple[int, ...]:
    return tuple(int(part) for part in ip.split(".")) if "." in ip else (256, *ip.encode())


def _address(service: Object, pod: Object) -> Address:
    address: Address = {"ip": pod["status"]["podIP"]}
    host = serviceindex.hostname(service, pod)
    if host:
        address["hostname"] = host
    if pod["spec"].get("nodeName"):
        address["nodeName"] = pod["spec"]["nodeName"]
    return {**address, "targetRef": serviceindex.pod_reference(pod)}


def _ports(service: Object, pod: Object) -> Iterable[dict[str, Any]]:
    listed = service["spec"].get("ports") or ()
    if not listed and serviceindex.is_headless(service):
        yield {}
    for port in listed:
        number = serviceindex.port_of(port, pod)
        if number is not None:
            found = {"name": port.get("name"), "port": number, "protocol": port.get("protocol", "TCP"), "appProtocol": port.get("appProtocol")}
            yield {field: value for field, value in found.items() if value}


def _truncate(subsets: list[Object]) -> tuple[list[Object], bool]:
    """Return no more addresses than one object may have, ready ones first, and whether any were left out."""
    room, cut = _MOST, False
    for field in ("addresses", "notReadyAddresses"):
        for subset in subsets:
            listed = subset.get(field) or []
            if len(listed) > room:
                cut = True
                subset[field] = listed[:room]
                if not room:
                    del subset[field]
            room -= min(len(listed), room)
    return [subset for subset in subsets if subset.get("addresses") or subset.get("notReadyAddresses")], cut
