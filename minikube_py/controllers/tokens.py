"""Secrets of type service-account-token: filled for their account, and gone with it (pkg/controller/serviceaccount tokens_controller)."""

import base64
from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

TOKEN = "kubernetes.io/service-account-token"
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"


class TokensController(Loop):
    """Keys are namespace/name of a service account."""

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
        """Fill the token secrets of an account; delete those of one that is gone, or that belong to a former one of its name."""
        space, name = meta.split_key(key)
        account = self.client.find("serviceaccounts", name, space)
        for secret in self.client.items("secrets", space, field_selector=f"type={TOKEN}"):
            notes = meta.annotations(secret)
            if notes.get(NAME) != name or meta.is_deleting(secret):
                continue
            if account is None or notes.get(UID, meta.uid(account)) != meta.uid(account):
                self._delete(secret)
            else:
                self._fill(account, secret)
        return None

    def _delete(self, secret: Object) -> None:
        try:
            self.client.delete("secrets", meta.name(secret), meta.namespace(secret), uid=meta.uid(secret))
        except (errors.NotFound, errors.Conflict):
            return  # it is gone, or it is another one

    def _fill(self, account: Object, secret: Object) -> None:
        keys, data = self.context.config["keys"](), secret.get("data") or {}
        wanted = {**data, "ca.crt": _encoded(keys.authority().certificate)}
        if not data.get("namespace"):
            wanted["namespace"] = _encoded(meta.namespace(secret).encode())
        if not data.get("token"):
            wanted["token"] = _encoded(keys.secret_token(account, secret).encode())
        notes = {**meta.annotations(secret), UID: meta.uid(account)}
        if wanted != data or notes != meta.annotations(secret):
            self.client.update({**secret, "data": wanted, "metadata": {**secret["metadata"], "annotations": notes}})


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
