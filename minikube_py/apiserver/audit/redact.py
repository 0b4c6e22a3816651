"""What may be written of bodies. Values of secrets, tokens and passwords never are; nor is anything left to chance: what is not known is left out."""

from typing import Any

from minikube_py.apiserver.audit.policy import METADATA, NONE, Treatment
from minikube_py.plugin.auth import Attributes

# Kinds whose bodies hold what is nobody's business, unless a rule names just them.
_GUARDED = frozenset({("", "secrets"), ("", "configmaps"), ("", "serviceaccounts/token"), ("authentication.k8s.io", "tokenreviews"), ("*", "*")})
_SECRET = frozenset({("", "secrets"), ("", "serviceaccounts/token"), ("authentication.k8s.io", "tokenreviews"), ("*", "*")})
_SECRET_KINDS = frozenset({"Secret", "SecretList", "TokenReview", "TokenRequest"})
_VALUES = ("data", "stringData")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_PLAIN_PATCH = ("op", "path", "from")


def capped(treatment: Treatment, asked: Attributes) -> Treatment:
    """Return how much may be written of a request: of guarded kinds no bodies, unless a rule names them."""
    if treatment.level in (NONE, METADATA) or treatment.explicit or (asked.group, asked.combined) not in _GUARDED:
        return treatment
    return treatment._replace(level=METADATA)


def tells(asked: Attributes) -> bool:
    """Tell whether messages about a request may be written: those about secrets could quote them."""
    return (asked.group, asked.combined) not in _SECRET


def body(value: Any, asked: Attributes, *, without_managed_fields: bool) -> Any:
    """Return what may be written of a body; None where it is no object, list of objects or patch."""
    secret = not tells(asked)
    if isinstance(value, list):  # a JSON patch
        steps = [step for step in value if isinstance(step, dict)]
        return [{field: step[field] for field in _PLAIN_PATCH if field in step} for step in steps] if secret else steps
    if not isinstance(value, dict):
        return None
    return _object(value, secret, without_managed_fields)


def _object(value: dict[str, Any], secret: bool, bare: bool) -> dict[str, Any]:
    secret = secret or value.get("kind") in _SECRET_KINDS
    shown = dict(value)
    if isinstance(value.get("items"), list):
        shown["items"] = [_object(item, secret, bare) for item in value["items"] if isinstance(item, dict)]
    if isinstance(value.get("rows"), list):  # a Table: its objects tell all that there is to tell
        shown["rows"] = [{**row, "object": _object(row["object"], secret, bare)} if isinstance(row.get("object"), dict) else row for row in value["rows"]]
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        shown["metadata"] = _metadata(metadata, secret, bare)
    if not secret:
        return shown
    for field in _VALUES:
        if field in shown:
            held = shown[field]
            shown[field] = dict.fromkeys(held, "") if isinstance(held, dict) else ""
    for field in ("spec", "status"):
        held = shown.get(field)
        if isinstance(held, dict) and "token" in held:
            shown[field] = {**held, "token": ""}
    return shown


def _metadata(metadata: dict[str, Any], secret: bool, bare: bool) -> dict[str, Any]:
    shown = dict(metadata)
    if bare:
        shown.pop("managedFields", None)
    notes = metadata.get("annotations")
    if isinstance(notes, dict) and _LAST_APPLIED in notes and secret:
        shown["annotations"] = {**notes, _LAST_APPLIED: ""}
    return shown
