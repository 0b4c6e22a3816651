"""SQLite's errors in our words: what happened, to which file."""

import apsw

from minikube_py.storage import api

_DAMAGED = (apsw.CorruptError, apsw.NotADBError, apsw.ConstraintError, apsw.SQLError, apsw.SchemaChangeError, apsw.FormatError)
_REFUSED = (apsw.ReadOnlyError, apsw.PermissionsError, apsw.AuthError, apsw.CantOpenError)


def explain(error: Exception, path: str) -> api.StoreError:
    """Return the error to raise from `error`."""
    if isinstance(error, (UnicodeDecodeError, *_DAMAGED)):
        return api.Damaged(f"{path}: {_text(error)}")
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return api.StoreBusy(f"{path} is locked by other processes; try again")
    if isinstance(error, apsw.FullError):
        return api.StoreFull(f"cannot write {path}: no space left on device")
    if isinstance(error, apsw.ReadOnlyError):
        return api.Unwritable(f"cannot write {path}: it is read-only")
    if isinstance(error, _REFUSED):
        return api.Unwritable(f"cannot open {path}: {_text(error)}")
    if isinstance(error, apsw.IOError):
        return api.Unwritable(f"cannot use {path}: {_text(error)}")
    return api.StoreError(f"{path}: {_text(error)}")


def explain_os(error: OSError, path: str) -> api.StoreError:
    """Return the error to raise from one of the operating system."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return api.StoreFull(f"cannot write {path}: no space left on device")
    return api.Unwritable(f"cannot write {path}: {(error.strerror or str(error)).lower()}")


def _text(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "text that is no UTF-8"
    return str(error) or type(error).__name__
