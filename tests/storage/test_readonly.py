"""Reading from a disk that refuses writes, and writing to one that is too small."""

import os
import resource
import shutil
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from minikube_py.storage import api, sqlite
from minikube_py.storage.api import Put

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody can reach, with a store of one key."""
    path = Path(tempfile.mkdtemp())
    os.chmod(path, 0o755)
    store = sqlite.open_store(str(path / "store.db"))
    store.txn([], [Put("/a", b"1", (("n", "x"),))])
    store.close()
    yield path
    os.chmod(path, 0o755)
    shutil.rmtree(path)


def forbid(folder: Path) -> None:
    """Take the right to write away, from root too in that `as_nobody` is used."""
    for file in folder.iterdir():
        os.chmod(file, 0o400)
        if os.geteuid() == 0:
            os.chown(file, NOBODY, NOBODY)
    os.chmod(folder, 0o555)


def as_nobody(work: Callable[[], None]) -> None:
    """Run a function that may raise, in a process without root's rights."""
    child = os.fork()
    if not child:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setuid(NOBODY)
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def carry_over(folder: Path) -> None:
    """Leave the store's one file only."""
    store = sqlite.open_store(str(folder / "store.db"))
    assert store.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE) == (0, 0)
    store.close()
    for suffix in ("-wal", "-shm"):
        (folder / f"store.db{suffix}").unlink()


def read_only(path: str) -> None:
    """Read everything, and see a write refused."""
    store = sqlite.open_store(path)
    assert store.range("").kvs == store.by_index("n", "x") == [api.KeyValue("/a", b"1", 2, 2, 1)]
    assert len(store.events(0)) == 1
    assert store.verify() == []
    try:
        store.txn([], [Put("/b", b"")])
    except api.Unwritable as error:
        assert str(error) == f"cannot write {path}: it is read-only"  # noqa: PT017
    else:
        raise AssertionError("the write was not refused")
    assert store.get("/a") == api.KeyValue("/a", b"1", 2, 2, 1)
    store.close()


def test_reading_with_the_log_beside_it(folder: Path) -> None:
    assert (folder / "store.db-wal").stat().st_size > 0
    forbid(folder)
    as_nobody(lambda: read_only(str(folder / "store.db")))


def test_reading_one_file(folder: Path) -> None:
    carry_over(folder)
    forbid(folder)
    as_nobody(lambda: read_only(str(folder / "store.db")))
    assert sorted(os.listdir(folder)) == ["store.db"]


def test_where_no_store_can_be_made(folder: Path) -> None:
    forbid(folder)

    def create() -> None:
        path = str(folder / "new" / "store.db")
        try:
            sqlite.open_store(path)
        except api.Unwritable as error:
            assert str(error) == f"cannot write {path}: permission denied"  # noqa: PT017
        else:
            raise AssertionError("a store was made")

    as_nobody(create)


def test_a_disk_that_is_too_small(path: str) -> None:
    """A limit on file sizes stands for it: the kernel refuses real writes, in the middle of a transaction."""
    store = sqlite.open_store(path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    try:
        written = 0
        with pytest.raises(api.Unwritable, match=f"^cannot (use|write) {path}: "):
            while True:
                store.txn([], [Put(f"/{written}", b"x" * 20_000), Put("/last", b"%d" % written)])
                written += 1
        assert 3 < written < 20
        last = store.get("/last")
        assert last is not None
        assert int(last.value) == written - 1
        assert store.get(f"/{written}") is None
        with pytest.raises(api.Unwritable):
            store.txn([], [Put("/again", b"x" * 200_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert store.txn([], [Put("/again", b"x" * 200_000)]).revision == written + 2
    assert store.verify() == []
    store.close()
