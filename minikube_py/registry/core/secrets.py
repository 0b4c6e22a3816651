"""Secrets: bytes under keys, of a type that may ask for certain keys."""

import base64
import json

from minikube_py.machinery import fielderrors, meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind
from minikube_py.registry.core import configmaps

SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name"
_JSON_KEYS = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}


class Secrets(kind.Kind):
    """The rules of Secrets."""

    changes_first = True
    def default(self, obj: Object) -> None:
        """Fill in the type and move stringData, which is write-only, into data."""
        obj.setdefault("type", "Opaque")
        if obj["type"] == "":
            obj["type"] = "Opaque"
        configmaps.refuse_bad_base64(obj, "data")
        texts = obj.pop("stringData", None)
        if texts:
            encoded = {key: base64.b64encode(value.encode()).decode() for key, value in texts.items()}
            obj["data"] = (obj.get("data") or {}) | encoded

    def contents(self, obj: Object) -> list[FieldError]:
        """Check keys, size and what the type asks for."""
        found: list[FieldError] = []
        data = obj.get("data") or {}
        for key in sorted(data):
            found += checks.each(f"data[{key}]", key, names.config_map_key(key))
        if sum(checks.base64_size(value) for value in data.values() if value) > configmaps.MAX_SIZE:
            found.append(fielderrors.too_long("data", configmaps.MAX_SIZE))
        return found + _type_errors(obj, data)

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold the type, and an immutable Secret."""
        return checks.immutable("type", obj.get("type"), old.get("type")) + configmaps.frozen_changes(obj, old, ("data",))

    def fields(self, obj: Object) -> dict[str, str]:
        """Return the type."""
        return {"type": obj.get("type", "")}


def _type_errors(obj: Object, data: dict[str, str]) -> list[FieldError]:
    kind_of = obj.get("type", "")
    if kind_of == "kubernetes.io/service-account-token":
        if not meta.annotations(obj).get(SERVICE_ACCOUNT_NAME):
            return [fielderrors.required(f"metadata.annotations[{SERVICE_ACCOUNT_NAME}]")]
    elif kind_of in _JSON_KEYS:
        return _docker_errors(_JSON_KEYS[kind_of], data)
    elif kind_of == "kubernetes.io/basic-auth":
        if "username" not in data and "password" not in data:
            return [fielderrors.required("data[username]"), fielderrors.required("data[password]")]
    elif kind_of == "kubernetes.io/ssh-auth":
        if not data.get("ssh-privatekey"):
            return [fielderrors.required("data[ssh-privatekey]")]
    elif kind_of == "kubernetes.io/tls":
        return [fielderrors.required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in data]
    return []


def _docker_errors(key: str, data: dict[str, str]) -> list[FieldError]:
    if key not in data:
        return [fielderrors.required(f"data[{key}]")]
    path, hidden = f"data[{key}]", "<secret contents redacted>"
    try:
        decoded = json.loads(base64.b64decode(data[key] or ""))
    except ValueError as error:
        return [fielderrors.invalid(path, hidden, _go_json_message(error, base64.b64decode(data[key] or "")))]
    if decoded is not None and not isinstance(decoded, dict):
        return [fielderrors.invalid(path, hidden, f"json: cannot unmarshal {_go_type(decoded)} into Go value of type map[string]interface {{}}")]
    return []


def _go_json_message(error: ValueError, raw: bytes) -> str:
    if not raw.strip() or not isinstance(error, json.JSONDecodeError) or error.pos >= len(error.doc):
        return "unexpected end of JSON input"
    letter = error.doc[error.pos]
    where = "looking for beginning of value" if error.msg == "Expecting value" else "looking for beginning of object key string"
    return f"invalid character '{letter}' {where}"


def _go_type(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else "array"


STRATEGY = Secrets()
