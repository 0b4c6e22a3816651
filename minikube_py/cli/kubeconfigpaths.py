"""Paths such as contexts.minikube.namespace in a kubeconfig (kubectl config set and unset)."""

import base64
from typing import Any

from minikube_py.cli import kubeconfigs
from minikube_py.cli.kubeconfigs import Content
from minikube_py.kits import gobase64
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
    if path == "preferences.colors":
        return {**content, "preferences": {"colors": True} if _value(text, "bool", raw) else {}}
    field, name, part = _split(path)
    if not part:
        raise KctlError(f"{path} holds no single value: name one of its fields")
    value = _value(text, _FIELDS[field][part], raw)
    return kubeconfigs.put(content, field, name, {**(kubeconfigs.find(content, field, name) or {}), part: value})


def without(content: Content, path: str) -> Content:
    """Return a kubeconfig without a value, an entry or a list."""
    if path == "current-context":
        return {**content, path: ""}
    if path in ("preferences", "preferences.colors"):
        return {**content, "preferences": {}}
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
        fault = None if raw else gobase64.broken_at(text)
        if fault is not None:
            raise KctlError(f"error decoding input value: illegal base64 data at input byte {fault}")
        return base64.b64encode(text.encode() if raw else base64.b64decode(text)).decode()
    return text
