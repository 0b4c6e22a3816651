"""A kubeconfig read as client-go reads it into its types (tools/clientcmd/api/v1): what is of another type is refused, what is unknown is left out."""

import binascii
from typing import Any

from minikube_py.kits import gobase64, gofmt, jsonio
from minikube_py.machinery import gotypes, meta

_EXTENSIONS = {"extensions": "[]v1.NamedExtension"}
TYPES: dict[str, dict[str, str]] = {
    "Config": {"kind": "string", "apiVersion": "string", "preferences": "v1.Preferences", "clusters": "[]v1.NamedCluster", "users": "[]v1.NamedAuthInfo",
               "contexts": "[]v1.NamedContext", "current-context": "string", **_EXTENSIONS},
    "Preferences": {"colors": "bool", **_EXTENSIONS},
    "NamedExtension": {"name": "string", "extension": "any"},
    "NamedCluster": {"name": "string", "cluster": "v1.Cluster"},
    "NamedAuthInfo": {"name": "string", "user": "v1.AuthInfo"},
    "NamedContext": {"name": "string", "context": "v1.Context"},
    "Cluster": {"server": "string", "tls-server-name": "string", "insecure-skip-tls-verify": "bool", "certificate-authority": "string",
                "certificate-authority-data": "[]uint8", "proxy-url": "string", "disable-compression": "bool", **_EXTENSIONS},
    "AuthInfo": {"client-certificate": "string", "client-certificate-data": "[]uint8", "client-key": "string", "client-key-data": "[]uint8",
                 "token": "string", "tokenFile": "string", "as": "string", "as-uid": "string", "as-groups": "[]string",
                 "as-user-extra": "map[string][]string", "username": "string", "password": "string", "auth-provider": "v1.AuthProviderConfig",
                 "exec": "v1.ExecConfig", **_EXTENSIONS},
    "Context": {"cluster": "string", "user": "string", "namespace": "string", **_EXTENSIONS},
    "AuthProviderConfig": {"name": "string", "config": "map[string]string"},
    "ExecConfig": {"command": "string", "args": "[]string", "env": "[]v1.ExecEnvVar", "apiVersion": "string", "installHint": "string",
                   "provideClusterInfo": "bool", "interactiveMode": "v1.ExecInteractiveMode"},
    "ExecEnvVar": {"name": "string", "value": "string"},
}  # fmt: skip
# What is there even where a file says nothing of it: fields that Go's types write always.
_ZEROS: dict[str, dict[str, Any]] = {
    "NamedExtension": {"name": "", "extension": None},
    "NamedCluster": {"name": "", "cluster": {}},
    "NamedAuthInfo": {"name": "", "user": {}},
    "NamedContext": {"name": "", "context": {}},
    "AuthProviderConfig": {"name": "", "config": None},
    "ExecConfig": {"command": "", "args": None, "env": None, "provideClusterInfo": False},
    "ExecEnvVar": {"name": "", "value": ""},
}
_MAPS = {  # lists that client-go makes maps of
    "clusters": ("NamedCluster", "*api.Cluster"), "users": ("NamedAuthInfo", "*api.AuthInfo"), "contexts": ("NamedContext", "*api.Context"),
    "extensions": ("NamedExtension", "runtime.Object"),
}  # fmt: skip
_PLACE = "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"


def decoded(value: Any) -> dict[str, Any]:
    """Return a kubeconfig; ValueError in client-go's words."""
    if value is None:
        return {}
    try:
        gotypes.check_type_meta(value)
    except ValueError as error:
        raise ValueError(f"couldn't get version/kind; json parse error: {error}") from error
    version, kind = value.get("apiVersion") or "v1", value.get("kind") or "Config"
    if version.count("/") > 1:
        raise ValueError(f"unexpected GroupVersion string: {version}")
    if (meta.api_version(*meta.split_api_version(version)), kind) != ("v1", "Config"):
        raise ValueError(f'no kind "{kind}" is registered for version "{version}" in scheme "{_PLACE}"')
    reading = _Reading()
    found: dict[str, Any] = reading.struct(value, "Config", "")
    if reading.problem:
        raise ValueError(reading.problem)
    for field, (named, target) in _MAPS.items():
        _check_once(found.get(field) or [], named, target)
    return {**found, "apiVersion": "v1", "kind": "Config"}


def _check_once(entries: list[dict[str, Any]], named: str, target: str) -> None:
    """Refuse two entries of one name."""
    names = [entry["name"] for entry in entries]
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        shown = " ".join(_go(entry, f"v1.{named}") for entry in entries)
        raise ValueError(f"error converting *[]{named} into *map[string]{target}: duplicate name {gofmt.quote(twice)} in list: [{shown}]")


def _go(value: Any, kind: str) -> str:
    """Return a value of a type as Go's %v prints it."""
    if kind.startswith("[]"):
        items = [str(byte) for byte in binascii.a2b_base64(value or "")] if kind == "[]uint8" else [_go(item, kind[2:]) for item in value or ()]
        return f"[{' '.join(items)}]"
    if kind.startswith("map[string]"):
        return "map[" + " ".join(f"{key}:{_go(item, kind[11:])}" for key, item in (value or {}).items()) + "]"
    if kind == "any":  # bytes that nobody has looked into
        return f"{{[{' '.join(map(str, b'' if value is None else jsonio.go_json(value).encode()))}] <nil>}}"
    if kind in ("v1.AuthProviderConfig", "v1.ExecConfig") and value is None:  # pointers
        return "<nil>"
    if kind.removeprefix("v1.") in TYPES:
        fields = TYPES[kind.removeprefix("v1.")].items()
        return "{" + " ".join(_go((value or {}).get(field), of) for field, of in fields) + "}"
    return str(bool(value)).lower() if kind == "bool" else str(value or "")


class _Reading:
    """One pass. `problem` is the first: Go's decoder tells of that one when all is read."""

    def __init__(self) -> None:
        self.problem = ""

    def struct(self, value: dict[str, Any], name: str, path: str) -> dict[str, Any]:
        """Return the known fields of a struct, in the order in which Go meets them: that of JSON made of YAML."""
        found = dict(_ZEROS.get(name, {}))
        for field in sorted(value):
            kind = TYPES[name].get(field)
            if kind is not None and value[field] is not None:
                read = self._value(value[field], kind, name, f"{path}{field}")
                if read is not None:
                    found[field] = read
        return found

    def _value(self, value: Any, kind: str, owner: str, path: str) -> Any:
        if kind == "any":
            return value
        if kind == "[]uint8":
            return self._data(value) if isinstance(value, str) else self._wrong(value, kind, owner, path)
        for wanted, begin in ((list, "[]"), (dict, "map[string]")):
            if kind.startswith(begin):
                if not isinstance(value, wanted):
                    return self._wrong(value, kind, owner, path)
                inner = kind[len(begin) :]
                if wanted is list:
                    return [self._item(item, inner, owner, path) for item in value]
                return {key: self._item(value[key], inner, owner, path) for key in sorted(value)}
        if kind.removeprefix("v1.") in TYPES:
            return self.struct(value, kind[3:], f"{path}.") if isinstance(value, dict) else self._wrong(value, kind, owner, path)
        return value if isinstance(value, bool if kind == "bool" else str) else self._wrong(value, kind, owner, path)

    def _item(self, item: Any, kind: str, owner: str, path: str) -> Any:
        if item is None:
            return dict(_ZEROS.get(kind.removeprefix("v1."), {})) if kind.startswith("v1.") else "" if kind == "string" else None
        return self._value(item, kind, owner, path)

    def _data(self, value: str) -> str:
        wrong = gobase64.broken_at(value)
        if wrong is not None:
            self.problem = self.problem or f"illegal base64 data at input byte {wrong}"
        return value

    def _wrong(self, value: Any, kind: str, owner: str, path: str) -> None:
        self.problem = self.problem or f"json: cannot unmarshal {gotypes.kind_of(value)} into Go struct field {owner}.{path} of type {kind}"
