"""Archives on their way from and to containers, for kctl cp. What comes out of a container is not trusted: nothing is written outside the target."""

import os
import stat
import tarfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any, NamedTuple

from minikube_py.cli import files
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

_PIECE = 64 * 1024
_MOST_NAME = 16 * 1024  # bytes of an entry's name
_CORRUPTED, _ENDED, _INVALID = "tar contents corrupted", "unexpected EOF", "archive/tar: invalid tar header"
_HEADER, _ENDS = tarfile.HeaderError, ("empty header", "end of file header")  # the latter are ends that archives may have
_BROKEN = (tarfile.TarError, ValueError, OverflowError, IndexError, TypeError, EOFError, RecursionError, MemoryError, UnicodeError)
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE)


class Target(NamedTuple):
    """Where an archive goes. `prefix` is what every name in it starts with; `skipped` is told of (path, link) of symbolic links, `warn` of the rest."""

    path: str
    prefix: str
    skipped: Callable[[str, str], None]
    warn: Callable[[str], None]


def unpack(source: IO[bytes], target: Target) -> None:
    """Write the regular files and folders of an archive below the target; KctlError where it is none, or breaks off."""
    try:
        with tarfile.open(fileobj=source, mode="r|", errors="surrogateescape", tarinfo=_Member) as archive:
            for member in _members(archive):
                _place(archive, member, target)
    except tarfile.ReadError as error:
        if str(error) == "empty file":
            return
        raise KctlError(_ENDED if "end of data" in str(error) else _INVALID) from error
    except _BROKEN as error:
        raise KctlError(_INVALID) from error


class _Member(tarfile.TarInfo):
    """An entry; where its header cannot be read that is said, and not taken for the end."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> "_Member":  # noqa: A002
        try:
            return super().fromtarfile(tarfile)
        except _HEADER as error:
            if str(error) in _ENDS:
                raise
            raise KctlError(_ENDED if str(error) == "truncated header" else _INVALID) from error


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    known: Any = archive
    while (member := archive.next()) is not None:
        known.members.clear()  # else all of them would be kept
        yield member


def _place(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Target) -> None:
    if not member.name.startswith(target.prefix):
        raise KctlError(_CORRUPTED)
    if len(member.name) > _MOST_NAME or "\0" in member.name:
        raise KctlError(_CORRUPTED)
    path = _path(member.name, target)
    if not _is_below(target.path, path):
        target.warn(f"warning: file {errors.quoted(path)} is outside target destination, skipping")
    elif member.issym():
        _make_folders(target.path, os.path.dirname(path))
        target.skipped(path, member.linkname)
    elif member.isdir():
        _make_folders(target.path, path)
    elif member.type in _FILES:
        with _content(archive, member) as content:
            _write(content, member.size, path, target)
    elif member.islnk():
        _copy(member, path, target)
    else:
        target.warn(f"warning: skipping {errors.quoted(path)}: it is neither a file nor a folder")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    if content is None:
        raise KctlError(_CORRUPTED)
    return content


def _copy(member: tarfile.TarInfo, path: str, target: Target) -> None:
    """Copy a file that came before, as which this one is another name: names in the archive only, and links to nothing."""
    first = _path(member.linkname, target) if member.linkname.startswith(target.prefix) else ""
    if first != path and first and _is_below(target.path, first) and not os.path.islink(first) and os.path.isfile(first):
        _make_folders(target.path, os.path.dirname(first))  # refuses links on the way
        with open(first, "rb") as content:
            _write(content, os.path.getsize(first), path, target)
    else:
        target.warn(f"warning: skipping link: {errors.quoted(path)} -> {errors.quoted(member.linkname)}")


def _path(name: str, target: Target) -> str:
    rest = name[len(target.prefix) :].replace("\\", "/").strip("/")
    return os.path.normpath(os.path.join(target.path, rest) if rest else target.path)


def _is_below(base: str, path: str) -> bool:
    relative = os.path.relpath(path, base)
    return relative == "." or not (relative == ".." or relative.startswith("../"))


def _make_folders(base: str, path: str) -> None:
    """Make folders below the target, through none that is a symbolic link; those on the way to the target are the user's own."""
    if not path:
        return  # the folder that we are in
    if path == os.path.normpath(base) or not _is_below(base, path):
        os.makedirs(path, mode=0o755, exist_ok=True)
        return
    current = os.path.normpath(base)
    os.makedirs(current, mode=0o755, exist_ok=True)
    for part in os.path.relpath(path, base).split(os.sep):
        current = os.path.join(current, part)
        try:
            os.mkdir(current, 0o755)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(current).st_mode):
                raise KctlError(f"mkdir {errors.quoted(current)[1:-1]}: not a directory") from None


def _write(content: IO[bytes], size: int, path: str, target: Target) -> None:
    """Write one file. Inside the target a link in its place is replaced, not followed, and nothing but files is written to."""
    inside = path != os.path.normpath(target.path)
    _make_folders(target.path, os.path.dirname(path))
    if inside:
        _clear(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | (os.O_NOFOLLOW if inside else 0)
    with files.writing(path), os.fdopen(os.open(path, flags, 0o666), "wb") as file:
        while size:
            piece = content.read(min(_PIECE, size))
            if not piece:
                raise KctlError(_ENDED)
            file.write(piece)
            size -= len(piece)


def _clear(path: str) -> None:
    """Take away what is neither a file nor a folder, and what has other names: they might be outside."""
    with suppress(FileNotFoundError):
        found = os.lstat(path)
        if stat.S_ISDIR(found.st_mode):
            raise KctlError(f"open {errors.quoted(path)[1:-1]}: is a directory")
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            os.unlink(path)


def pack(source: str, name: str, sink: IO[bytes]) -> None:
    """Write an archive of a file or folder, under the name that it is to have; links stay links."""
    with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        _add(archive, source, name)


def _add(archive: tarfile.TarFile, path: str, name: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        entries = sorted(os.listdir(path))
        if not entries:
            _header(archive, path, name)
        for entry in entries:
            _add(archive, os.path.join(path, entry), f"{name}/{entry}" if name else entry)
        return
    _header(archive, path, name)


def _header(archive: tarfile.TarFile, path: str, name: str) -> None:
    member = archive.gettarinfo(path, name)
    if member is None:  # a socket
        raise KctlError(f"archive/tar: sockets not supported: {errors.quoted(path)[1:-1]}")
    if member.islnk():  # a second name of a file is copied as a file
        member.type, member.linkname, member.size = tarfile.REGTYPE, "", os.path.getsize(path)
    if not member.isreg():
        archive.addfile(member)
        return
    with open(path, "rb") as file:
        archive.addfile(member, file)
