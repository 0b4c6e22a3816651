"""Copies of a whole store: taken at one revision, verified row by row before they are trusted."""

import os
import stat

import apsw

from minikube_py.storage import api, faults, files, scrub


def take(db: apsw.Connection, path: str) -> None:
    """Write a verified copy; a file that is there is replaced once the copy is whole."""
    if db.in_transaction:
        raise api.StoreError(f"cannot write {path}: a batch is open")
    draft = f"{path}.new-{os.urandom(6).hex()}"
    _drafted(db, draft, path)


def _drafted(source: apsw.Connection, draft: str, path: str) -> None:
    """Copy to a draft, verify that, and give it its name."""
    try:
        files.make_empty(draft)
        _copy(source, draft)
        _verify(draft)
        files.sync_file(draft)
        os.replace(draft, path)
        files.sync_folder(os.path.dirname(os.path.abspath(path)))
    except OSError as error:
        raise faults.explain_os(error, path) from error
    except apsw.Error as error:
        raise faults.explain(error, path) from error
    finally:
        for leftover in (draft, draft + "-wal", draft + "-shm"):
            if os.path.lexists(leftover):
                os.unlink(leftover)


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


def _verify(path: str) -> None:
    db = files.open_file(path, create=False)
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
    """Replace a store by a snapshot. A healthy store takes it in one transaction, so that others who have it open see all or nothing."""
    marker = files.marker(store_path)
    _prepare(snapshot_path, marker)
    try:
        if os.path.lexists(store_path) and _overwrite(marker, store_path):
            os.unlink(marker)
            return
        _swap(marker, store_path)
    except OSError as error:
        raise faults.explain_os(error, store_path) from error


def _prepare(snapshot_path: str, marker: str) -> None:
    """Put a verified copy of the snapshot beside the store."""
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
        _drafted(source, f"{marker}-{os.urandom(6).hex()}", marker)
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
