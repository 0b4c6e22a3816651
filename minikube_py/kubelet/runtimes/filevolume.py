"""A directory whose files change all at once, as the kubelet's AtomicWriter has it.

DIR/..kctl_DIGEST/KEY holds the files, DIR/..data is a symbolic link to that directory, DIR/KEY one to ..data/KEY. New content is written beside the
old, then ..data is exchanged by rename. A crash leaves the old or the new content, and perhaps a directory that the next write removes.
"""

import contextlib
import os
from collections.abc import Mapping

from minikube_py.kits import digests
from minikube_py.kubelet.runtime import File
from minikube_py.kubelet.runtimes import paths

DATA = "..data"
_FRESH, _NEXT = "..kctl_new", "..data_new"
_GROUP_READS, _GROUP_ENTERS = 0o440, 0o2550


def write(folder: str, files: Mapping[str, File], group: int | None = None) -> bool:
    """Let a directory hold exactly these files, readable to a group where one is given; tell whether anything had to change."""
    for path in files:
        _check(path)
    current = f"..kctl_{_digest(files, group)}"
    os.makedirs(folder, exist_ok=True)
    changed = _current(folder) != current
    if changed:
        _remove(os.path.join(folder, _FRESH))
        _fill(os.path.join(folder, _FRESH), files, group)
        _remove(os.path.join(folder, current))
        os.rename(os.path.join(folder, _FRESH), os.path.join(folder, current))
        _link(folder, current, DATA)
    if changed or set(os.listdir(folder)) != {current, DATA, *_tops(files)}:
        _show(folder, files, current)
    _open(folder, group)
    return changed


def _check(path: str) -> None:
    steps = paths.parts(path)
    if not steps or steps[0].startswith("..") or "/".join(steps) != path or any(len(step.encode("utf-8", "surrogatepass")) > 255 for step in steps):
        raise paths.Escape(f"{path!r} is no path of a file in a volume")


def _digest(files: Mapping[str, File], group: int | None) -> str:
    found = digests.blake2b(repr(group).encode(), digest_size=12)
    for path, file in sorted(files.items()):
        found.update(repr((path, file.mode, file.owner, len(file.data))).encode("utf-8", "surrogatepass"))
        found.update(file.data)
    return found.hexdigest()


def _current(folder: str) -> str:
    try:
        return os.readlink(os.path.join(folder, DATA))
    except OSError:
        return ""


def _tops(files: Mapping[str, File]) -> set[str]:
    return {path.partition("/")[0] for path in files}


def _fill(folder: str, files: Mapping[str, File], group: int | None) -> None:
    os.mkdir(folder)
    for path, file in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        descriptor = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as stream:
            stream.write(file.data)
            give(descriptor, file.mode | (_GROUP_READS if group is not None else 0), file.owner, group)
    for holder, _, _ in os.walk(folder):
        _open(holder, group)


def _open(folder: str, group: int | None) -> None:
    """Let everybody, and a group, into a directory; what is in the way of others is that its parents are closed."""
    give(folder, 0o755 if group is None else 0o755 | _GROUP_ENTERS, None, group)


def give(place: int | str, mode: int, owner: int | None, group: int | None) -> None:
    """Give a file to an owner and a group with these permissions.

    Without the right to give something away (rootless engines), everybody in the container gets what they would have got: nobody else gets there.
    """
    wanted = mode & 0o7777
    if owner is not None or group is not None:
        try:
            os.chown(place, -1 if owner is None else owner, -1 if group is None else group)
        except PermissionError:
            most = (wanted >> 3 & 7) | (wanted >> 6 & 7 if owner is not None else 0)
            wanted = (wanted | most) & 0o777
    os.chmod(place, wanted)


def _link(folder: str, target: str, name: str) -> None:
    """Make or exchange a symbolic link in one step."""
    fresh = os.path.join(folder, _NEXT)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(fresh)
    os.symlink(target, fresh)
    os.rename(fresh, os.path.join(folder, name))


def _show(folder: str, files: Mapping[str, File], current: str) -> None:
    """Let the files be seen at their names, and remove what is no longer there."""
    wanted = _tops(files)
    for name in wanted:
        full = os.path.join(folder, name)
        if not os.path.islink(full) or os.readlink(full) != f"{DATA}/{name}":
            _link(folder, f"{DATA}/{name}", name)
    for name in set(os.listdir(folder)) - wanted - {current, DATA}:
        _remove(os.path.join(folder, name))


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
