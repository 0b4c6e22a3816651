"""hostPath volumes: directories and files of the machine itself, only below roots that the user allows, through no symbolic link."""

import os
import stat
from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.kubelet.runtimes import paths

_CHECKS = {
    "Directory": (stat.S_ISDIR, "a directory"),
    "DirectoryOrCreate": (stat.S_ISDIR, "a directory"),
    "File": (stat.S_ISREG, "a file"),
    "FileOrCreate": (stat.S_ISREG, "a file"),
    "Socket": (stat.S_ISSOCK, "a socket file"),
    "CharDevice": (stat.S_ISCHR, "a character device"),
    "BlockDevice": (stat.S_ISBLK, "a block device"),
}


class Refused(Exception):
    """A hostPath that may not or cannot be mounted; the text is for the FailedMount event."""


def opened(volume: Mapping[str, Any], roots: Sequence[str]) -> tuple[str, str, int]:
    """Return (root, path below it, descriptor) of a hostPath volume, made where its type says so; Refused where that cannot be."""
    path, kind = str(volume.get("path", "")), volume.get("type") or ""
    if kind and kind not in _CHECKS:
        raise Refused(f"hostPath type {kind!r} is not known")
    root, below = _allowed(path, roots)
    try:
        found = _reached(root, below, kind)
    except paths.Escape as error:
        raise Refused(f"hostPath {path} leads through a symbolic link, and so perhaps out of {root}: {error}") from error
    except OSError as error:
        raise Refused(f"hostPath type check failed: {path} is not {_CHECKS[kind or 'Directory'][1]} ({error.strerror})") from error
    if kind and not _CHECKS[kind][0](os.fstat(found).st_mode):
        os.close(found)
        raise Refused(f"hostPath type check failed: {path} is not {_CHECKS[kind][1]}")
    return root, below, found


def _allowed(path: str, roots: Sequence[str]) -> tuple[str, str]:
    """Return the nearest root above a path, and the way from there."""
    steps = [step for step in path.split("/") if step not in ("", ".")]
    if path.startswith("/") and ".." not in steps and "\0" not in path:
        for root in sorted(roots, key=len, reverse=True):
            above = [step for step in root.split("/") if step]
            if steps[: len(above)] == above:
                return root, "/".join(steps[len(above) :])
    raise Refused(f"hostPath {path} is not below a directory that this cluster may use; `kctl cluster create --allow-host-path DIR` allows one")


def _reached(root: str, below: str, kind: str) -> int:
    if kind not in ("", "DirectoryOrCreate", "FileOrCreate"):
        return paths.reach(root, below)
    try:
        return paths.reach(root, below)
    except FileNotFoundError:
        pass
    if kind != "FileOrCreate":
        return paths.reach(root, below, make=True)
    folder, _, name = below.rpartition("/")
    parent = paths.reach(root, folder)
    try:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=parent))
    finally:
        os.close(parent)
    return paths.reach(root, below)
