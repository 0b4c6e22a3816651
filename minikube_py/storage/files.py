"""The store's file: made whole or not at all, readable by its owner only, opened with care."""

import os
import stat

import apsw

from minikube_py.storage import api, faults, rows

FORMAT = 1
APPLICATION_ID = 0x6B63746C  # "kctl"
OPENING_SECONDS = 60  # while another process, which opened the store before us, reads a killed one's log
OLDEST_SQLITE = (3, 51, 3)  # older ones can corrupt a WAL that several processes write

_SCHEMA = """
CREATE TABLE log (id INTEGER PRIMARY KEY, key TEXT NOT NULL, prev INTEGER NOT NULL, created INTEGER NOT NULL, version INTEGER NOT NULL,
    rest INTEGER NOT NULL, indexes TEXT NOT NULL, checksum BLOB NOT NULL, value BLOB NOT NULL) STRICT;
CREATE TABLE current (key TEXT PRIMARY KEY, id INTEGER NOT NULL, checksum BLOB NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE gone (key TEXT PRIMARY KEY, id INTEGER NOT NULL, checksum BLOB NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE idx (name TEXT NOT NULL, value TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (name, value, key)) WITHOUT ROWID, STRICT;
CREATE TABLE counts (name TEXT NOT NULL, value TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (name, value)) WITHOUT ROWID, STRICT;
CREATE TABLE state (key TEXT PRIMARY KEY, checksum BLOB NOT NULL, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL, checksum BLOB NOT NULL) WITHOUT ROWID, STRICT;
"""


def open_file(path: str, *, create: bool, vfs: str | None = None) -> apsw.Connection:
    """Return a connection to the store at `path`, creating it whole where there is none."""
    try:
        where = _settle_path(path, create=create)
    except OSError as error:
        raise faults.explain_os(error, path) from error
    try:
        return _connect(where, vfs)
    except (apsw.CantOpenError, apsw.ReadOnlyError) as error:
        if os.access(os.path.dirname(where), os.W_OK):
            raise faults.explain(error, path) from error
        return _connect_unchanging(where)
    except (apsw.Error, UnicodeDecodeError) as error:
        raise faults.explain(error, path) from error


def _settle_path(path: str, *, create: bool) -> str:
    folder, name = os.path.split(os.path.abspath(path))
    where = os.path.join(os.path.realpath(folder), name)
    try:
        found = os.lstat(where)
    except FileNotFoundError:
        if not create:
            raise api.NoStore(f"there is no store at {path}") from None
        _create(where)
        found = os.lstat(where)
    if not stat.S_ISREG(found.st_mode):
        raise api.Unwritable(f"cannot open {path}: it is no regular file")
    if found.st_size == 0:
        raise api.Damaged(f"{path} is empty")
    if found.st_mode & 0o077:
        os.chmod(where, 0o600)
    return where


def _connect(where: str, vfs: str | None = None) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW
    db = apsw.Connection(where, flags=flags, vfs=vfs)
    return _prepared(db)


def _connect_unchanging(where: str) -> apsw.Connection:
    # A read-only folder without a -wal file: nobody writes there, so no locks are needed.
    log = where + "-wal"
    if os.path.exists(log) and os.path.getsize(log):
        raise api.Unwritable(f"cannot open {where}: its folder is read-only and the last writes are still in {log}")
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_NOFOLLOW
    try:
        return _prepared(apsw.Connection(immutable(where), flags=flags))
    except (apsw.Error, UnicodeDecodeError) as error:
        raise faults.explain(error, where) from error


def immutable(path: str) -> str:
    """Return the URI that opens a file nobody writes, without locks and without making files beside it."""
    return "file:" + os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23") + "?immutable=1"


def _prepared(db: apsw.Connection) -> apsw.Connection:
    try:
        db.set_busy_timeout(OPENING_SECONDS * 1000)
        db.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        db.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # a reader must not pay for what others wrote
        db.execute("PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA cache_size=-16000")
        ours, version = db.pragma("application_id"), db.pragma("user_version")
    except BaseException:
        db.close()
        raise
    if ours != APPLICATION_ID:
        db.close()
        raise api.Damaged("the file is no store of kctl")
    if version != FORMAT:
        db.close()
        raise api.StoreError(f"the store has format {version}, this kctl reads format {FORMAT}")
    return db


def _create(where: str) -> None:
    """Make an empty store under another name and link it into place: others see all of it or nothing."""
    if os.path.lexists(where + "-wal") or os.path.lexists(marker(where)):
        raise api.Damaged(f"{where} is missing though its log or an unfinished restore is there")
    folder = os.path.dirname(where)
    _make_folder(folder)
    draft = f"{where}.new-{os.urandom(6).hex()}"
    try:
        make_empty(draft)
        build(draft)
        install(draft, where)
    except apsw.Error as error:
        raise faults.explain(error, where) from error
    finally:
        os.unlink(draft)


def _make_folder(folder: str) -> None:
    if not os.path.isdir(folder):
        _make_folder(os.path.dirname(folder))
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            return  # another process was faster
        sync_folder(os.path.dirname(folder))


def make_empty(path: str) -> None:
    """Create an empty file of mode 0600; SQLite gives its companions the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))


def build(path: str) -> None:
    """Turn an empty file into an empty store."""
    if tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) < OLDEST_SQLITE:
        raise api.StoreError(f"SQLite {apsw.sqlite_lib_version()} is too old: 3.51.3 or later is needed")
    db = apsw.Connection(path)
    try:
        db.pragma("journal_mode", "wal")
        db.execute(f"BEGIN; {_SCHEMA} PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={FORMAT};")
        for name in ("compacted", "swept"):
            db.execute("INSERT INTO meta VALUES (?, 0, ?)", (name, rows.digest(name, 0)))
        db.execute("COMMIT")
    finally:
        db.close()


def install(draft: str, where: str) -> None:
    """Give the draft its final name unless somebody else has been faster."""
    sync_file(draft)
    try:
        os.link(draft, where)
    except FileExistsError:
        return
    sync_folder(os.path.dirname(where))


def marker(path: str) -> str:
    """Return the name that a store has while it is being restored."""
    return path + ".restoring"


def sync_file(path: str) -> None:
    """Put a file's content on the disk."""
    _sync(path, os.O_RDWR)


def sync_folder(path: str) -> None:
    """Put a folder's entries on the disk."""
    _sync(path, os.O_RDONLY)


def _sync(path: str, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
