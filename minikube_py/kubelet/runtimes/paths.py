"""Ways through directories that somebody else may change meanwhile: step by step, through no symbolic link, holding on to what was reached.

A path that was checked and is then given away as text can be swapped before it is used (CVE-2017-1002101, CVE-2021-25741). So what has been reached
is handed on as /proc/PID/fd/N, which stays what it is.
"""

import contextlib
import os
import stat

from minikube_py.machinery.errors import KctlError

_WALK = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ANYTHING = getattr(os, "O_PATH", os.O_RDONLY) | os.O_NOFOLLOW | os.O_CLOEXEC


class Escape(KctlError):
    """A path leads, or could lead, out of where it has to stay."""


def parts(path: str) -> list[str]:
    """Return the steps of a relative path; Escape where one leads up, or it is absolute."""
    if path.startswith("/") or "\0" in path:
        raise Escape(f"{path!r} is not a path below its volume")
    steps = [step for step in path.split("/") if step not in ("", ".")]
    if ".." in steps:
        raise Escape(f"{path!r} must not contain '..'")
    return steps


def reach(root: str, path: str, *, make: bool = False, mode: int = 0o755) -> int:
    """Return a descriptor of what is at `path` below the directory `root`; Escape at a symbolic link.

    With `make`, directories that are missing are made. FileNotFoundError, NotADirectoryError as usual.
    """
    steps = parts(path)
    here = os.open(root, os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for number, step in enumerate(steps):
            if make:
                _make(here, step, mode)
            here = _next(here, step, path, last=number == len(steps) - 1)
    except BaseException:
        os.close(here)
        raise
    return here


def _make(here: int, step: str, mode: int) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(step, mode, dir_fd=here)
        child = os.open(step, _WALK, dir_fd=here)
        try:
            os.fchmod(child, mode)  # whatever the umask is
        finally:
            os.close(child)


def _next(here: int, step: str, path: str, *, last: bool) -> int:
    """Return a descriptor of the next step and close the former."""
    found = os.open(step, _ANYTHING, dir_fd=here)
    kind = os.fstat(found).st_mode
    if stat.S_ISLNK(kind):
        os.close(found)
        raise Escape(f"{path!r}: {step!r} is a symbolic link")
    if not last and not stat.S_ISDIR(kind):
        os.close(found)
        raise NotADirectoryError(f"{path!r}: {step!r} is no directory")
    os.close(here)
    return found


def read_below(root: str, path: str, most: int, *, last: bool = False) -> bytes:
    """Return the first bytes of a regular file below a directory, or the `last` ones; Escape, OSError where there is none."""
    found = reach(root, path)
    try:
        kind = os.fstat(found)
        if not stat.S_ISREG(kind.st_mode):
            raise OSError(f"{path!r} is no regular file")
        with open(f"/proc/self/fd/{found}", "rb") as file:
            file.seek(max(kind.st_size - most, 0) if last else 0)
            return file.read(most)
    finally:
        os.close(found)
