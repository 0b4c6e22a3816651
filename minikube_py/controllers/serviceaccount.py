"""Service accounts: each namespace has one called default; token secrets go with their account (pkg/controller/serviceaccount)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.machinery import errors, meta

DEFAULT = "default"
TOKEN = "kubernetes.io/service-account-token"
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"


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


class TokensController(Loop):
    """Keys are namespace/name of a service account: its token secrets go when it goes."""

    name = "token-controller"
    user = "system:kube-controller-manager"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which account."""
        return {"serviceaccounts": self._account_changed, "secrets": self._secret_changed}

    @staticmethod
    def _account_changed(change: Change) -> Iterable[str]:
        return object_key(change) if change.type != "MODIFIED" else ()

    @staticmethod
    def _secret_changed(change: Change) -> Iterable[str]:
        secret = change.object
        if change.type == "DELETED" or secret.get("type") != TOKEN:
            return ()
        return (f"{meta.namespace(secret)}/{meta.annotations(secret).get(NAME, '')}",)

    def reconcile(self, key: str) -> float | None:
        """Delete the token secrets of an account that is gone, or that belong to a former one of its name."""
        space, name = meta.split_key(key)
        account = self.client.find("serviceaccounts", name, space)
        for secret in self.client.items("secrets", space, field_selector=f"type={TOKEN}"):
            notes = meta.annotations(secret)
            if notes.get(NAME) == name and (account is None or notes.get(UID, meta.uid(account)) != meta.uid(account)):
                try:
                    self.client.delete("secrets", meta.name(secret), space, uid=meta.uid(secret))
                except (errors.NotFound, errors.Conflict):
                    continue
        return None
