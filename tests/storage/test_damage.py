"""Bits that flip on the disk: what is read is what was written, or the damage is reported."""

import os
import random
import shutil
from pathlib import Path

import apsw
import pytest

from minikube_py.storage import api, sqlite
from minikube_py.storage.api import Delete, Put


def make(path: str) -> None:
    """Make a store of some objects with history, all in its one file."""
    store = sqlite.open_store(path)
    for i in range(30):
        store.txn([], [Put(f"/pods/{i:02}", b"pod %d " % i * 40, (("node", f"n{i % 3}"),))])
    for i in range(0, 30, 3):
        store.txn([], [Put(f"/pods/{i:02}", b"changed %d " % i * 40, (("node", "n9"),)), Delete(f"/pods/{i + 1:02}")])
    store.state_put("loop", b"checkpoint")
    assert store.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE) == (0, 0)
    store.close()
    for suffix in ("-wal", "-shm"):
        os.unlink(path + suffix)


def look(path: str) -> tuple[list[str], object]:
    """Return what verify says and everything that can be read; raises Damaged."""
    store = sqlite.open_store(path)
    try:
        problems = store.verify()
        return problems, (store.range(""), store.events(0), store.by_index("node", "n9"), store.state_range(""), store.revision())
    finally:
        store.close()


@pytest.mark.parametrize("flips", [150, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_flipped_bit_goes_unnoticed(tmp_path: Path, flips: int) -> None:
    sound, broken = str(tmp_path / "sound.db"), str(tmp_path / "broken.db")
    make(sound)
    wanted = look(sound)[1]
    content = Path(sound).read_bytes()
    rng = random.Random(7)
    noticed = 0
    for _ in range(flips):
        at = rng.randrange(len(content))
        changed = bytearray(content)
        changed[at] ^= 1 << rng.randrange(8)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(broken + suffix):
                os.unlink(broken + suffix)
        Path(broken).write_bytes(changed)
        try:
            problems, found = look(broken)
        except api.StoreError:
            noticed += 1
            continue
        noticed += bool(problems)
        assert found == wanted, f"bit of byte {at}"
    assert noticed > flips // 4


@pytest.mark.parametrize("cuts", [40, pytest.param(1000, marks=pytest.mark.long)])
def test_a_log_cut_anywhere_loses_whole_transactions_only(tmp_path: Path, cuts: int) -> None:
    """What a power cut may leave: the -wal file ends anywhere."""
    path = str(tmp_path / "store.db")
    store = sqlite.open_store(path)
    for i in range(40):
        store.txn([], [Put("/left", b"%d" % i * 500, (("n", "x"),)), Put("/right", b"%d" % i * 500)])
    log = Path(path + "-wal").read_bytes()
    content = Path(path).read_bytes()
    store.close()
    rng = random.Random(3)
    copy = tmp_path / "copy"
    for _ in range(cuts):
        copy.mkdir()
        (copy / "store.db").write_bytes(content)
        (copy / "store.db-wal").write_bytes(log[: rng.randrange(len(log) + 1)])
        again = sqlite.open_store(str(copy / "store.db"))
        assert again.verify() == []
        number = again.revision() - 2
        found = [again.get("/left"), again.get("/right")]
        assert [kv.value if kv else None for kv in found] == [b"%d" % number * 500 if number >= 0 else None] * 2
        assert len(again.events(0)) == 2 * (number + 1)
        again.close()
        shutil.rmtree(copy)
