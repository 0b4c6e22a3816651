"""A kubeconfig as client-go writes it: which fields are always there, and their order in JSON, that of its types (tools/clientcmd/api/v1)."""

from collections.abc import Mapping, Sequence
from typing import Any

Content = dict[str, Any]
_ORDER = ("kind", "apiVersion", "preferences", "clusters", "users", "contexts", "current-context", "extensions")
_PARTS = {
    "clusters": ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority", "certificate-authority-data", "proxy-url",
                 "disable-compression", "extensions"),
    "users": ("client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile", "as", "as-uid", "as-groups",
              "as-user-extra", "username", "password", "auth-provider", "exec", "extensions"),
    "contexts": ("cluster", "user", "namespace", "extensions"),
}  # fmt: skip
_INNER = {
    "auth-provider": ("name", "config"),
    "exec": ("command", "args", "env", "apiVersion", "installHint", "provideClusterInfo", "interactiveMode"),
}
# What is written even where it is empty.
_ALWAYS: Mapping[str, Mapping[str, Any]] = {
    "clusters": {"server": ""}, "contexts": {"cluster": "", "user": ""}, "users": {}, "auth-provider": {"name": "", "config": None},
    "exec": {"command": "", "args": None, "env": None, "provideClusterInfo": False},
}  # fmt: skip


def ordered(content: Content) -> Content:
    """Return a kubeconfig with fields in the order of its types, entries by name, null for none."""
    preferences = {field: value for field, value in (content.get("preferences") or {}).items() if value}
    shown = {"kind": "Config", "apiVersion": "v1", **content, "preferences": preferences}
    for field in _PARTS:
        entries = sorted(content[field], key=lambda item: str(item["name"]))
        shown[field] = [{"name": item["name"], field[:-1]: _part(item.get(field[:-1]) or {}, field)} for item in entries] or None
    return _sorted_fields(shown, _ORDER)


def _part(part: Content, kind: str) -> Content:
    kept = {**_ALWAYS[kind], **{field: value for field, value in part.items() if value or field in _ALWAYS[kind]}}
    inner = {field: _part(kept[field], field) for field in _INNER if isinstance(kept.get(field), dict)}
    return _sorted_fields({**kept, **inner}, _PARTS.get(kind) or _INNER[kind])


def _sorted_fields(part: Content, order: Sequence[str]) -> Content:
    return {field: part[field] for field in sorted(part, key=lambda field: order.index(field) if field in order else len(order))}
