"""Temporary files and folders that only their owner may read, with numbers in their names as Go gives them."""

import os
from collections.abc import Iterator

from minikube_py.cli import files
from minikube_py.machinery.errors import KctlError

_ATTEMPTS = 1000


def new_file(prefix: str, suffix: str = "") -> tuple[int, str]:
    """Make a file of mode 0600, and return its descriptor and path."""
    for path in _names(prefix, suffix):
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), path
        except FileExistsError:
            continue
        except OSError as error:
            raise KctlError(f"open {path}: {files.reason(error)}") from error
    raise FileExistsError(17, "no name is free", prefix)


def new_folder(prefix: str) -> str:
    """Make a folder of mode 0700, and return its path."""
    for path in _names(prefix, ""):
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            continue
        except OSError as error:
            parent = os.path.dirname(path)
            failed = f"mkdir {path}" if os.path.exists(parent) else f"stat {parent}"  # as Go's os.MkdirTemp
            raise KctlError(f"{failed}: {files.reason(error)}") from error
        return path
    raise FileExistsError(17, "no name is free", prefix)


def _names(prefix: str, suffix: str) -> Iterator[str]:
    folder = os.environ.get("TMPDIR") or "/tmp"  # and no other one where that is no good: content may be secret
    for _ in range(_ATTEMPTS):
        yield os.path.join(folder, f"{prefix}{int.from_bytes(os.urandom(4))}{suffix}")
