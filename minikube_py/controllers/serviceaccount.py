"""Service accounts: each namespace has one called default (pkg/controller/serviceaccount)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.machinery import errors, meta

DEFAULT = "default"


class ServiceAccountController(Loop):
    """Keys are names of namespaces."""

    name = "service-account-controller"
    user = "system:serviceaccount:kube-system:service-account-controller"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which namespace."""
        return {"namespaces": object_key, "serviceaccounts": self._account_changed}

    @staticmethod
    def _account_changed(change: Change) -> Iterable[str]:
        gone = change.type == "DELETED" and meta.name(change.object) == DEFAULT
        return (meta.namespace(change.object),) if gone else ()

    def reconcile(self, key: str) -> float | None:
        """Make the account where it is missing."""
        namespace = self.client.find("namespaces", key)
        if namespace is None or meta.is_deleting(namespace) or self.client.find("serviceaccounts", DEFAULT, key) is not None:
            return None
        try:
            self.client.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": DEFAULT, "namespace": key}})
        except (errors.AlreadyExists, errors.Forbidden):
            return None  # somebody was faster, or the namespace has begun to end
        return None
