"""Kubeconfigs for clients of a served cluster: everything embedded, for the administrator."""

import base64
import errno
import os
from typing import Any

from minikube_py.cluster import home as homes
from minikube_py.cluster import kubeconfig
from minikube_py.cluster.pki import Keys
from minikube_py.machinery.errors import KctlError


def entry_name(cluster: str) -> str:
    """Return the name of a cluster's entries: not its own name, which minikube and others use too."""
    return f"kctl-{cluster}"


def content(cluster: str, address: str, keys: Keys) -> dict[str, Any]:
    """Return a kubeconfig with one context, which is current."""
    name, admin = entry_name(cluster), keys.admin()
    return {
        "apiVersion": "v1", "kind": "Config", "preferences": {},
        "clusters": [{"name": name, "cluster": {"server": address, "certificate-authority-data": _base64(keys.authorities())}}],
        "users": [{"name": name, "user": {"client-certificate-data": _base64(admin.certificate), "client-key-data": _base64(admin.key)}}],
        "contexts": [{"name": name, "context": {"cluster": name, "namespace": "default", "user": name}}],
        "current-context": name,
    }  # fmt: skip


def write(path: str, wanted: dict[str, Any]) -> None:
    """Replace a file by a kubeconfig, readable by this user only."""
    from minikube_py.kits import yaml

    folder = os.path.dirname(os.path.abspath(path))
    temporary = f"{os.path.realpath(path)}.{os.getpid()}.tmp"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(yaml.dump(wanted).rstrip("\n") + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, os.path.realpath(path))
    except OSError as error:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise KctlError(f"cannot write {path}: {error.strerror}") from error


def check(path: str) -> None:
    """Raise where a kubeconfig could not be written."""
    folder = os.path.dirname(os.path.realpath(path))
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if os.path.isdir(path):
        raise KctlError(f"cannot write {path}: {os.strerror(errno.EISDIR)}")
    if not os.path.isdir(folder):
        raise KctlError(f"cannot write {path}: {os.strerror(errno.ENOTDIR)}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise KctlError(f"cannot write {path}: {os.strerror(errno.EACCES)}")


def merge(path: str, wanted: dict[str, Any]) -> None:
    """Add the context of a kubeconfig to another one, in place of a former one; the current context stays, where there is one."""
    with kubeconfig.changing(homes.Home(os.path.dirname(path)), path):
        known = _known(path) or dict(wanted, clusters=[], users=[], contexts=[])
        merged = dict(known)
        for field in ("clusters", "users", "contexts"):
            names = {entry["name"] for entry in wanted[field]}
            merged[field] = [entry for entry in known[field] if entry["name"] not in names] + wanted[field]
        merged["current-context"] = known.get("current-context") or wanted["current-context"]
        write(path, merged)


def check_merge(path: str) -> None:
    """Raise where nothing could be added to a kubeconfig."""
    _known(path)
    check(path)


def _known(path: str) -> dict[str, Any] | None:
    """Return what is in a kubeconfig; None where there is none yet."""
    if not os.path.exists(path):
        return None
    return kubeconfig.load(homes.Home(os.path.dirname(path)), path)


def users_own(environment: dict[str, str]) -> str:
    """Return the path of the user's own kubeconfig: the first of $KUBECONFIG that is there, else its last, else ~/.kube/config."""
    named = [path for path in environment.get("KUBECONFIG", "").split(os.pathsep) if path]
    if named:
        return next((path for path in named if os.path.exists(path)), named[-1])
    return os.path.join(environment.get("HOME") or os.path.expanduser("~"), ".kube", "config")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
