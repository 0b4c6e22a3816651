"""kubectl describe serviceaccount."""

from minikube_py.describers import events, multiline
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.errors import StatusError
from minikube_py.machinery.meta import Object

_TOKEN_TYPE = "kubernetes.io/service-account-token"
_NAME, _UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
_WIDTH = len("Image pull secrets:")


def describe(account: Object, w: Writer, context: Context) -> None:
    """Write a service account, and which of its secrets are missing."""
    pulled, mounted = ([each.get("name") or "" for each in account.get(field) or ()] for field in ("imagePullSecrets", "secrets"))
    try:
        secrets = context.items("secrets", meta.namespace(account))
        missing = {*pulled, *mounted} - {meta.name(secret) for secret in secrets}
    except StatusError:
        secrets, missing = [], set()
    tokens = [meta.name(secret) for secret in secrets if _is_token(secret, account)]
    multiline.named(w, account)
    for title, names in (("Image pull secrets:", pulled), ("Mountable secrets:", mounted), ("Tokens:", tokens)):
        lead = title
        for name in names or ["<none>"]:
            w.row(0, lead.ljust(_WIDTH), f"{name} (not found)" if name in missing else name)
            lead = ""
    events.section(w, account, context)


def _is_token(secret: Object, account: Object) -> bool:
    owner = meta.annotations(secret)
    return secret.get("type") == _TOKEN_TYPE and owner.get(_NAME) == meta.name(account) and owner.get(_UID, "") == meta.uid(account)
