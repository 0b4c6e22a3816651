"""The endpoints of the service `kubernetes`: the control plane itself (kube-apiserver's own reconciler)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

PORT = 8443
_NAME, _SPACE = "kubernetes", "default"
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_SLICES = "endpointslices.discovery.k8s.io"


class KubernetesService(Loop):
    """There is one key: the service."""

    name = "kubernetes-service"
    user = "system:apiserver"
    groups = ("system:masters",)
    manager = "kube-apiserver"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes the reconciler."""
        return {"nodes": self._node_changed, "endpoints": self._own_changed, _SLICES: self._own_changed}

    @staticmethod
    def _node_changed(change: Change) -> Iterable[str]:
        node, old = change.object, change.old
        if _CONTROL_PLANE not in meta.labels(node) and (old is None or _CONTROL_PLANE not in meta.labels(old)):
            return ()
        return () if change.type == "MODIFIED" and old is not None and _face(old) == _face(node) else (_NAME,)

    @staticmethod
    def _own_changed(change: Change) -> Iterable[str]:
        found = change.object
        return (_NAME,) if meta.name(found) == _NAME and meta.namespace(found) == _SPACE else ()

    def reconcile(self, key: str) -> float | None:
        """Name the control plane's addresses in both kinds."""
        nodes = self.client.items("nodes", label_selector=_CONTROL_PLANE)
        addresses = sorted(address for node in nodes for address in _addresses(node))
        if not addresses:
            return None
        port = {"name": "https", "port": PORT, "protocol": "TCP"}
        self._write("endpoints", {
            "apiVersion": "v1", "kind": "Endpoints", "metadata": {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
            "subsets": [{"addresses": [{"ip": address} for address in addresses], "ports": [port]}],
        })  # fmt: skip
        self._write(_SLICES, {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"labels": {"kubernetes.io/service-name": _NAME}},
            "addressType": "IPv4", "endpoints": [{"addresses": [address], "conditions": {"ready": True}} for address in addresses], "ports": [port],
        })  # fmt: skip
        return None

    def _write(self, resource: str, wanted: Object) -> None:
        current = self.client.find(resource, _NAME, _SPACE)
        if current is None:
            wanted["metadata"] |= {"name": _NAME, "namespace": _SPACE}
            self.client.create(wanted)
            return
        changed = {**wanted, "metadata": {**current["metadata"], "labels": {**meta.labels(current), **wanted["metadata"]["labels"]}}}
        if changed != current:
            self.client.update(changed)


def _addresses(node: Object) -> list[str]:
    return [item["address"] for item in (node.get("status") or {}).get("addresses") or () if item["type"] == "InternalIP"]


def _face(node: Object) -> tuple[bool, list[str]]:
    return _CONTROL_PLANE in meta.labels(node), _addresses(node)
