"""Copies of a whole store: taken at one revision, verified row by row before they are trusted."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator

import apsw

from minikube_py.kits import filelock
from minikube_py.storage import api, faults, files, scrub

_DRAFT = re.compile(r".+\.kctl-draft-[0-9a-f]{12}", re.DOTALL)
_COMPANIONS = ("-wal", "-shm", "-journal")  # files that SQLite has beside one that is written


def take(db: apsw.Connection, path: str) -> None:
    """Write a verified copy; a file that is there is replaced once the copy is whole."""
    if db.in_transaction:
        raise api.StoreError(f"cannot write {path}: a batch is open")
    folder = os.path.dirname(os.path.abspath(path))
    _sweep(folder)
    try:
        with _draft(path) as draft:
            _write(db, draft, path)
            os.replace(draft, path)
        files.sync_folder(folder)
    except OSError as error:
        raise faults.explain_os(error, path) from error


@contextlib.contextmanager
def _draft(path: str) -> Iterator[str]:
    """Yield the name of an empty file beside `path`. It is locked, so that others can tell it from one whose process was killed."""
    while True:
        draft = f"{path}.kctl-draft-{os.urandom(6).hex()}"
        with contextlib.suppress(TimeoutError), filelock.hold(draft, 0.0):
            if os.path.lexists(draft):  # else somebody has swept it before it was locked
                yield draft
                return


def _sweep(folder: str) -> None:
    """Remove the drafts of snapshots in a folder that were not finished: their processes were killed."""
    with contextlib.suppress(OSError):  # what cannot be removed is in nobody's way
        for name in os.listdir(folder):
            draft = os.path.join(folder, name)
            if _DRAFT.fullmatch(name):
                with contextlib.suppress(OSError), filelock.hold(draft, 0.0):
                    _discard(draft)


def _discard(path: str) -> None:
    """Remove a copy that is not wanted, whole or not; the file itself last, by which the others are found."""
    for leftover in (*(path + companion for companion in _COMPANIONS), path):
        if os.path.lexists(leftover):
            os.unlink(leftover)


def _write(source: apsw.Connection, copy: str, path: str) -> None:
    """Write a copy that is to become `path`, verify it and put it on the disk; nothing of it stays where that fails."""
    try:
        _copy(source, copy)
        _verify(copy, source.filename)
        files.sync_file(copy)
    except BaseException as error:
        _discard(copy)
        if isinstance(error, apsw.Error):
            found = faults.explain(error, path)
            raise faults.explain(error, source.filename) if isinstance(found, api.Damaged) else found from error
        raise


def _copy(source: apsw.Connection, path: str) -> None:
    target = apsw.Connection(path)
    try:
        _copy_into(source, target)
    finally:
        target.close()  # carries the write-ahead log over, so that one file is all


def _copy_into(source: apsw.Connection, target: apsw.Connection) -> None:
    with target.backup("main", source, "main") as copying:
        while not copying.done:
            copying.step(-1)


def _verify(copy: str, path: str) -> None:
    """Look through every row of a copy of `path`."""
    db = files.open_file(copy, create=False)
    try:
        problems = scrub.problems(db)
    except (apsw.Error, UnicodeDecodeError) as error:
        raise faults.explain(error, path) from error
    finally:
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        db.close()
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise api.Damaged(f"{path}: {problems[0]}{more}")


def restore(snapshot_path: str, store_path: str) -> None:
    """Replace a store by a snapshot. A healthy store takes it in one transaction, so that others who have it open see all or nothing.

    Nobody else may restore meanwhile.
    """
    marker = files.marker(store_path)
    try:
        _prepare(snapshot_path, store_path)
        if os.path.lexists(store_path) and _overwrite(marker, store_path):
            _discard(marker)
            return
        _swap(marker, store_path)
    except BaseException as error:
        clear(store_path)
        if isinstance(error, OSError):
            raise faults.explain_os(error, store_path) from error
        raise


def clear(store_path: str) -> None:
    """Remove the copy that a restore has left which was cut off: where the store is there, it is whole, with the former content or the new one."""
    if os.path.lexists(store_path):
        _discard(files.marker(store_path))


def _prepare(snapshot_path: str, store_path: str) -> None:
    """Put a verified copy of the snapshot beside the store."""
    marker = files.marker(store_path)
    try:
        if not stat.S_ISREG(os.stat(snapshot_path).st_mode):
            raise api.StoreError(f"cannot read {snapshot_path}: it is no regular file")
        source = _open_copy(snapshot_path)
    except FileNotFoundError:
        raise api.NoStore(f"there is no snapshot at {snapshot_path}") from None
    except OSError as error:
        raise faults.explain_os(error, snapshot_path) from error
    except apsw.Error as error:
        raise faults.explain(error, snapshot_path) from error
    try:
        _discard(marker)
        files.make_empty(marker)
        _write(source, marker, store_path)
    finally:
        source.close()


def _open_copy(path: str) -> apsw.Connection:
    """Open a file that is only read; without a log beside it, nothing is created there."""
    if os.path.exists(path + "-wal"):
        return apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    return apsw.Connection(files.immutable(path), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)


def _overwrite(copy: str, store_path: str) -> bool:
    """Copy into the store that is there; False where it is beyond that."""
    try:
        target = files.open_file(store_path, create=False)
    except (api.Unwritable, api.StoreBusy):
        raise
    except api.StoreError:
        return False
    source = _open_copy(copy)
    try:
        target.set_busy_timeout(20_000)
        _copy_into(source, target)
    except (apsw.CorruptError, apsw.NotADBError):
        return False
    except apsw.Error as error:
        raise faults.explain(error, store_path) from error
    finally:
        source.close()
        target.close()
    return True


def _swap(copy: str, store_path: str) -> None:
    """Put the copy in the place of a store that cannot be opened, which is kept under another name.

    In this order, what a kill leaves behind is refused by `files.open_file`: no store, but a log or the copy.
    """
    if os.path.lexists(store_path):
        os.replace(store_path, store_path + ".damaged")
    if os.path.lexists(store_path + "-wal"):
        os.replace(store_path + "-wal", store_path + ".damaged-wal")
    if os.path.lexists(store_path + "-shm"):
        os.unlink(store_path + "-shm")
    files.sync_folder(os.path.dirname(os.path.abspath(store_path)))
    os.replace(copy, store_path)
    files.sync_folder(os.path.dirname(os.path.abspath(store_path)))
