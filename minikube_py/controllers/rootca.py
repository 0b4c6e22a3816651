"""The ConfigMap kube-root-ca.crt in each namespace: how pods know the apiserver (pkg/controller/certificates/rootcacertpublisher)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.machinery import errors, meta

NAME = "kube-root-ca.crt"
_NOTE = "kubernetes.io/description"
_TEXT = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or "
    "kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
)


class RootCACertPublisher(Loop):
    """Keys are names of namespaces."""

    name = "root-ca-certificate-publisher"
    user = "system:serviceaccount:kube-system:root-ca-cert-publisher"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which namespace."""
        return {"namespaces": self._namespace_changed, "configmaps": self._map_changed}

    @staticmethod
    def _namespace_changed(change: Change) -> Iterable[str]:
        return object_key(change) if change.type != "DELETED" else ()

    @staticmethod
    def _map_changed(change: Change) -> Iterable[str]:
        found = change.object
        return (meta.namespace(found),) if meta.name(found) == NAME and change.type != "ADDED" else ()

    def reconcile(self, key: str) -> float | None:
        """Publish the certificate, or set it right."""
        namespace = self.client.find("namespaces", key)
        if namespace is None or meta.is_deleting(namespace):
            return None
        data = {"ca.crt": self.context.config["keys"]().published()}
        found = self.client.find("configmaps", NAME, key)
        if found is None:
            self._create(key, data)
        elif found.get("data") != data or meta.annotations(found).get(_NOTE) != _TEXT:
            found["data"] = data
            found["metadata"]["annotations"] = {**meta.annotations(found), _NOTE: _TEXT}
            self.client.update(found)
        return None

    def _create(self, space: str, data: dict[str, Any]) -> None:
        metadata = {"name": NAME, "namespace": space, "annotations": {_NOTE: _TEXT}}
        try:
            self.client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
        except (errors.AlreadyExists, errors.Forbidden):
            return  # somebody was faster, or the namespace has begun to end
