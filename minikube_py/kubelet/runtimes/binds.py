"""Bind mounts of our own, as a kubelet makes them for subPaths: what was reached step by step is mounted at a place that no container can change.

A path that was checked and is then given to the engine as text could be swapped before the engine mounts it (CVE-2021-25741). Only root can do this, on
the machine and in the mount namespace of the engine; mounts do not outlive the machine's next start.
"""

import contextlib
import os
import re
import stat

_BIND, _RECURSIVE = 4096, 16384  # MS_BIND, MS_REC
_DETACH = 2  # MNT_DETACH
_OCTAL = re.compile(r"\\([0-7]{3})")


def mount(descriptor: int, place: str) -> None:
    """Mount what a descriptor stands for at `place`, in the place of what was mounted there before; OSError where that is not allowed."""
    unmount_below(place)
    os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        with contextlib.suppress(FileExistsError):
            os.mkdir(place, 0o700)
    else:
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    _call("mount", f"/proc/self/fd/{descriptor}".encode(), os.fsencode(place), None, _BIND | _RECURSIVE, None)


def unmount_below(folder: str) -> None:
    """Unmount all that is mounted at or below a path; OSError where that is not allowed."""
    for place in sorted(mounted_below(folder), key=len, reverse=True):
        _call("umount2", os.fsencode(place), _DETACH)


def mounted_below(folder: str) -> list[str]:
    """Return where something is mounted at or below a path."""
    folder = os.path.realpath(folder)
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            places = [_OCTAL.sub(lambda match: chr(int(match.group(1), 8)), line.split(" ")[4]) for line in file]
    except FileNotFoundError:  # no Linux: nothing of ours is mounted
        return []
    return [place for place in places if place == folder or place.startswith(f"{folder}/")]


def seen_by_maker_of(process: int) -> bool:
    """Tell whether our mounts are seen where the container with this process was made: there its monitor (conmon, a shim) still is."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            parent = int(file.read().rpartition(")")[2].split()[1])
        return os.readlink(f"/proc/{parent}/ns/mnt") == os.readlink("/proc/self/ns/mnt")
    except (OSError, ValueError, IndexError):  # not of this machine, or not for our eyes
        return False


def _call(name: str, *arguments: bytes | int | None) -> None:
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*(ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
