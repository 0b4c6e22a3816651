"""Snapshots of a cluster's store: made, looked through, and put back."""

import os

from minikube_py.cluster.cluster import STORE, Settings, busy, open_cluster, settle_lock
from minikube_py.cluster.home import Home
from minikube_py.machinery.errors import KctlError


def snapshot(home: Home, name: str, path: str) -> None:
    """Write all that a cluster's store holds into one file."""
    if os.path.exists(path):
        raise KctlError(f"{path} already exists")
    cluster = open_cluster(home, name)
    try:
        cluster.backend.snapshot(path)
    finally:
        cluster.close()


def restore(home: Home, name: str, path: str) -> None:
    """Replace a cluster's store with a snapshot, after looking through it."""
    from minikube_py.cluster import served
    from minikube_py.storage import sqlite

    folder = home.cluster(name)
    if Settings.read(folder).storage != "sqlite":
        raise KctlError(f'cluster "{name}" is not kept in SQLite: restore it with the tools of its storage backend')
    if not os.path.exists(path):
        raise KctlError(f'the path "{path}" does not exist')
    served.refuse(home, name)
    try:
        with settle_lock(folder):  # loops would go on from where they were
            sqlite.restore(path, os.path.join(folder, STORE))
    except TimeoutError as error:
        raise busy(name) from error


def verify(home: Home, name: str) -> list[str]:
    """Look through every row of a cluster's store; return what is wrong."""
    cluster = open_cluster(home, name)
    try:
        return cluster.backend.verify()
    finally:
        cluster.close()
