"""kctl's own kubeconfig: which cluster, user and namespace are in force.

A cluster of this machine is an entry whose server is `kctl://NAME`: there is no address, as nothing runs.
"""

import json
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, NamedTuple

from minikube_py.cluster.home import DEFAULT_CLUSTER, TEMPORARY, Home, as_json, read_text, write_text
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin.auth import MASTERS, UserInfo

SCHEME = "kctl://"
DEFAULT_SERVER = "http://localhost:8080"  # kubectl's, where a kubeconfig names none
_YAML = "error converting YAML to JSON: "
_LOCK_TIMEOUT = 30.0  # seconds that others may take to change a kubeconfig
_LISTS = ("clusters", "users", "contexts")
_OWN = ("server", "cluster", "user", "namespace")  # the fields of kctl's own entries
ADMIN = UserInfo("minikube-user", (MASTERS,))
EMPTY: dict[str, Any] = {
    "kind": "Config", "apiVersion": "v1", "preferences": {}, "clusters": [], "users": [], "contexts": [], "current-context": "",
}  # fmt: skip


class Context(NamedTuple):
    """What a command works on: a cluster of this machine, or (where `server` is set) a server with what the kubeconfig says of it.

    `user_entry` is what it says of the user.
    """

    cluster: str
    user: UserInfo
    namespace: str
    server: str = ""
    user_name: str = ""
    cluster_entry: Mapping[str, Any] = {}  # noqa: RUF012  (never changed)
    user_entry: Mapping[str, Any] = {}  # noqa: RUF012


def load(home: Home, path: str = "") -> dict[str, Any]:
    """Return kctl's kubeconfig, one for the default cluster where there is no file yet; with a path that file, or an empty one."""
    file = path or home.kubeconfig
    problem = f'error loading config file "{file}"'
    text = read_text(file, problem)
    if text is None:
        return dict(EMPTY) if path else with_cluster(dict(EMPTY), DEFAULT_CLUSTER)
    try:
        value = _parsed(text)
        if not _is_own(value):
            from minikube_py.cluster import kubeconfigtypes

            value = kubeconfigtypes.decoded(value)
    except ValueError as error:
        raise KctlError(f"{problem}: {str(error).removeprefix(_YAML)}") from error
    return {**EMPTY, **value}


def _parsed(text: str) -> Any:
    """Return the first document of a file."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        from minikube_py.kits.yaml import parser

        found = parser.parse(text)
        return None if found is None else found.value


def _is_own(content: Any) -> bool:
    """Tell whether a kubeconfig holds nothing but what kctl itself writes of its clusters: then no types need to be looked at."""
    if not isinstance(content, dict) or content.keys() != EMPTY.keys() or content["preferences"] != {} or content["apiVersion"] != "v1":
        return False
    entries = [(field[:-1], item) for field in _LISTS for item in content[field] or (None,)]
    return isinstance(content["current-context"], str) and all(
        isinstance(item, dict) and item.keys() == {"name", field} and isinstance(item["name"], str) and isinstance(item[field], dict)
        and all(isinstance(value, str) and key in _OWN for key, value in item[field].items())
        for field, item in entries
    )  # fmt: skip


def save(home: Home, content: dict[str, Any], path: str = "") -> None:
    """Replace the kubeconfig, or the one at `path`; what a link leads to is replaced, not the link."""
    file = os.path.realpath(path or home.kubeconfig)
    if not path:
        home.make()
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
    except OSError as error:
        raise KctlError(f"cannot create {os.path.dirname(path)}: {error.strerror}") from error
    _clear_up(file)
    write_text(file, _as_yaml(content) if path else as_json(content))


def _as_yaml(content: dict[str, Any]) -> str:
    """Return a kubeconfig as kubectl writes it; kctl's own is JSON, which is read faster."""
    from minikube_py.cluster import kubeconfigfields
    from minikube_py.kits import yaml

    return yaml.dump(kubeconfigfields.ordered(content))


def _clear_up(file: str) -> None:
    """Remove what commands that were killed while they wrote a kubeconfig have left beside it: it may hold secrets."""
    folder, name = os.path.split(file)
    with suppress(OSError):  # a folder that cannot be read, or a file that is gone already
        for entry in os.listdir(folder):
            writer = entry[len(name) + 1 : -len(TEMPORARY)]
            if entry == f"{name}.{writer}{TEMPORARY}" and writer.isdecimal() and not _is_running(int(writer)):
                os.unlink(os.path.join(folder, entry))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def changing(home: Home, path: str = "") -> AbstractContextManager[None]:
    """Let no other kctl change the kubeconfig, or the one at `path`, between what the block reads and what it writes.

    It is the folder that is locked: a file FILE.lock would keep kubectl, which makes one, from ever changing that kubeconfig again.
    """
    from minikube_py.kits import filelock

    folder = os.path.dirname(os.path.realpath(path or home.kubeconfig))
    with suppress(OSError):  # whether it can be made is told where the file is written
        os.makedirs(folder, mode=0o777 if path else 0o700, exist_ok=True)
    return filelock.hold_folder(folder, _LOCK_TIMEOUT)


def with_cluster(content: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a kubeconfig with entries for a cluster, which becomes the current one."""
    changed = without_cluster(content, name)
    changed["clusters"] = [*changed["clusters"], {"name": name, "cluster": {"server": SCHEME + name}}]
    changed["users"] = [*changed["users"], {"name": name, "user": {}}]
    changed["contexts"] = [*changed["contexts"], {"name": name, "context": {"cluster": name, "namespace": "default", "user": name}}]
    changed["current-context"] = name
    return changed


def without_cluster(content: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a kubeconfig without a cluster's entries."""
    changed = dict(content)
    for field in ("clusters", "users", "contexts"):
        changed[field] = [entry for entry in content.get(field) or [] if entry.get("name") != name]
    if changed.get("current-context") == name:
        changed["current-context"] = ""
    return changed


def entry(content: dict[str, Any], field: str, name: str) -> dict[str, Any] | None:
    """Return the named entry of clusters, users or contexts."""
    for item in content.get(field) or []:
        if item.get("name") == name:
            return item.get(field[:-1]) or {}
    return None


def current(home: Home, *, context: str = "", cluster: str = "", user: str = "", path: str = "", server: str = "") -> Context:
    """Return what is in force in kctl's kubeconfig, or in the one at `path`; flags win over the file."""
    if path and not os.path.exists(path):
        raise KctlError(f"stat {path}: no such file or directory")
    content = load(home, path)
    name = context or content.get("current-context") or ""
    found = entry(content, "contexts", name) if name else {}
    if found is None:
        raise KctlError(f"Error in configuration: context was not found for specified context: {name}")
    cluster_name = cluster or found.get("cluster") or ("" if path else DEFAULT_CLUSTER)
    target = entry(content, "clusters", cluster_name)
    if target is None and (cluster or not path) and cluster_name != DEFAULT_CLUSTER:
        raise KctlError(f'no server found for cluster "{cluster_name}"')
    user_name = user or found.get("user") or ""
    person = entry(content, "users", user_name) if user_name else None
    if user and person is None:
        raise KctlError(f'auth info "{user_name}" does not exist')
    address = server or (target or {}).get("server") or (DEFAULT_SERVER if path else SCHEME + cluster_name)
    namespace = found.get("namespace") or ""
    if address.startswith(SCHEME):
        return Context(address[len(SCHEME) :], ADMIN, namespace, user_name=user_name, user_entry=person or {})
    return Context(cluster_name, ADMIN, namespace, address, user_name, target or {}, person or {})
