"""EndpointSlices for Endpoints that somebody keeps by hand (pkg/controller/endpointslicemirroring)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.controllers import serviceindex
from minikube_py.controllers.endpointslice import MANAGED_BY, SERVICE_NAME
from minikube_py.controllers.serviceindex import TRIGGERED
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

SKIP = "endpointslice.kubernetes.io/skip-mirror"
_OURS = "endpointslicemirroring-controller.k8s.io"
_LEADER = "control-plane.alpha.kubernetes.io/leader"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SLICES = "endpointslices.discovery.k8s.io"
_MOST = 1000  # addresses of one subset that are mirrored
Group = tuple[str, tuple[tuple[tuple[str, Any], ...], ...]]  # address type, ports


class EndpointSliceMirroringController(Loop):
    """Keys are namespace/name of a service, and of its Endpoints."""

    name = "endpointslice-mirroring-controller"
    user = "system:serviceaccount:kube-system:endpointslicemirroring-controller"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which service. The controllers' own Endpoints are not looked at."""
        return {"services": self._service_changed, "endpoints": self._endpoints_changed, _SLICES: self._slice_changed}

    @staticmethod
    def _service_changed(change: Change) -> Iterable[str]:
        old = change.old
        has_selector = bool(change.object["spec"].get("selector"))
        return () if has_selector and (old is None or bool(old["spec"].get("selector"))) else object_key(change)

    @staticmethod
    def _endpoints_changed(change: Change) -> Iterable[str]:
        return object_key(change) if any(_is_mirrored(obj) for obj in (change.object, change.old) if obj is not None) else ()

    @staticmethod
    def _slice_changed(change: Change) -> Iterable[str]:
        found = change.object
        name = meta.labels(found).get(SERVICE_NAME)
        ours = change.type == "DELETED" and meta.labels(found).get(MANAGED_BY) == _OURS
        return (f"{meta.namespace(found)}/{name}",) if ours and name else ()

    def reconcile(self, key: str) -> float | None:
        """Bring the slices to what the Endpoints are."""
        space, name = meta.split_key(key)
        service = self.client.find("services", name, space)
        endpoints = self.client.find("endpoints", name, space)
        wanted: dict[Group, Object] = {}
        if service is not None and endpoints is not None and not service["spec"].get("selector") and _is_mirrored(endpoints):
            wanted = mirrored(endpoints)
        present = self.client.items(_SLICES, space, label_selector=f"{SERVICE_NAME}={name},{MANAGED_BY}={_OURS}")
        for item in present:
            self._keep_or_delete(item, wanted.pop(_group(item), None))
        for item in wanted.values():
            serviceindex.create(self.client, item)
        return None

    def _keep_or_delete(self, item: Object, wanted: Object | None) -> None:
        if wanted is None:
            try:
                self.client.delete(_SLICES, meta.name(item), meta.namespace(item))
            except errors.NotFound:
                return
            return
        metadata = {**item["metadata"], **{field: wanted["metadata"][field] for field in ("labels", "ownerReferences")}}
        metadata.pop("annotations", None)
        if wanted["metadata"].get("annotations"):
            metadata["annotations"] = wanted["metadata"]["annotations"]
        changed = {**item, "metadata": metadata, "endpoints": wanted["endpoints"]}
        if changed != item:
            self.client.update(changed)


def _is_mirrored(endpoints: Object) -> bool:
    return meta.labels(endpoints).get(SKIP) != "true" and _LEADER not in meta.annotations(endpoints)


def _group(item: Object) -> Group:
    ports: list[dict[str, Any]] = item.get("ports") or []
    return item["addressType"], tuple(tuple(sorted(port.items())) for port in ports)


def mirrored(endpoints: Object) -> dict[Group, Object]:
    """Return the slices that say the same as an Endpoints object."""
    found: dict[Group, Object] = {}
    for subset in endpoints.get("subsets") or ():
        ports = [{"name": "", **port} for port in subset.get("ports") or ()]
        for address, ready in _addresses(subset)[:_MOST]:
            item = _slice(endpoints, "IPv6" if ":" in address["ip"] else "IPv4", ports)
            found.setdefault(_group(item), item)["endpoints"].append(_endpoint(address, ready))
    return found


def _addresses(subset: Object) -> list[tuple[dict[str, Any], bool]]:
    return [(address, field == "addresses") for field in ("addresses", "notReadyAddresses") for address in subset.get(field) or ()]


def _endpoint(address: Mapping[str, Any], ready: bool) -> Object:
    fields = {field: address[field] for field in ("hostname", "nodeName", "targetRef") if address.get(field)}
    return {"addresses": [address["ip"]], "conditions": {"ready": ready}, **fields}


def _slice(endpoints: Object, family: str, ports: list[Object]) -> Object:
    labels = {**meta.labels(endpoints), SERVICE_NAME: meta.name(endpoints), MANAGED_BY: _OURS}
    notes = {key: value for key, value in meta.annotations(endpoints).items() if key not in (_LAST_APPLIED, TRIGGERED)}
    metadata = {"generateName": f"{meta.name(endpoints)}-", "namespace": meta.namespace(endpoints), "labels": labels,
                "ownerReferences": [meta.controller_reference(endpoints)], **({"annotations": notes} if notes else {})}  # fmt: skip
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, "addressType": family, "endpoints": [], "ports": ports}
