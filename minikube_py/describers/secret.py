"""kubectl describe secret: how long its values are, not what they are."""

import base64

from minikube_py.describers import multiline
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery.meta import Object

_TOKEN_TYPE = "kubernetes.io/service-account-token"


def describe(secret: Object, w: Writer, context: Context) -> None:
    """Write a secret, without events. Keys are sorted; kubectl leaves their order to chance."""
    multiline.named(w, secret)
    w.write(0, f"\nType:\t{secret.get('type') or ''}\n")
    w.write(0, "\nData\n====\n")
    for key, value in sorted((secret.get("data") or {}).items()):
        raw = base64.b64decode(value or "")
        shown = raw.decode(errors="replace") if key == "token" and secret.get("type") == _TOKEN_TYPE else f"{len(raw)} bytes"
        w.field(key, shown)
