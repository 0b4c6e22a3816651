"""Paths such as contexts.minikube.namespace in a kubeconfig (kubectl config set and unset)."""

import base64
import binascii
from typing import Any

from minikube_py.cli import kubeconfigs
from minikube_py.cli.kubeconfigs import Content
from minikube_py.machinery.errors import KctlError

# The fields that can be set; what is not a text here has its type.
_FIELDS: dict[str, dict[str, str]] = {
    "clusters": {"server": "", "tls-server-name": "", "insecure-skip-tls-verify": "bool", "certificate-authority": "",
                 "certificate-authority-data": "bytes", "proxy-url": "", "disable-compression": "bool"},
    "users": {"client-certificate": "", "client-certificate-data": "bytes", "client-key": "", "client-key-data": "bytes", "token": "", "tokenFile": "",
              "as": "", "as-uid": "", "as-groups": "list", "username": "", "password": ""},
    "contexts": {"cluster": "", "user": "", "namespace": ""},
}  # fmt: skip


def with_value(content: Content, path: str, text: str, *, raw: bool = False) -> Content:
    """Return a kubeconfig with a value set."""
    if path == "current-context":
        return {**content, path: text}
    field, name, part = _split(path)
    if not part:
        raise KctlError(f"{path} holds no single value: name one of its fields")
    value = _value(text, _FIELDS[field][part], raw)
    return kubeconfigs.put(content, field, name, {**(kubeconfigs.find(content, field, name) or {}), part: value})


def without(content: Content, path: str) -> Content:
    """Return a kubeconfig without a value, an entry or a list."""
    if path == "current-context":
        return {**content, path: ""}
    field, name, part = _split(path)
    if not name:
        return {**content, field: []}
    if not part:
        return kubeconfigs.drop(content, field, name)
    found = kubeconfigs.find(content, field, name)
    if found is None:
        raise KctlError(f"current map key `{name}` is invalid")
    return kubeconfigs.put(content, field, name, {key: value for key, value in found.items() if key != part})


def _split(path: str) -> tuple[str, str, str]:
    """Return list, name and field of a path; the names may hold dots, as the fields do not."""
    field, _, rest = path.partition(".")
    if field not in _FIELDS:
        raise KctlError(f"unable to parse {path} after [] at api.Config")
    name, dot, part = rest.rpartition(".")
    if dot and part in _FIELDS[field]:
        return field, name, part
    if dot and rest.count(".") == 1 and name:
        raise KctlError(f"unable to parse {path}: {field} have no field {part}")
    return field, rest, ""


def _value(text: str, kind: str, raw: bool) -> Any:
    if kind == "bool":
        if text.lower() not in ("true", "false", "1", "0", "t", "f"):
            raise KctlError(f'strconv.ParseBool: parsing "{text}": invalid syntax')
        return text.lower() in ("true", "1", "t")
    if kind == "list":
        return text.split(",")
    if kind == "bytes":
        try:
            return base64.b64encode(text.encode()).decode() if raw else base64.b64encode(base64.b64decode(text, validate=True)).decode()
        except (ValueError, binascii.Error) as error:
            raise KctlError(f"error decoding base64: {error}") from error
    return text
