"""Bytes that can be had again: kept, and never more than bytes."""

import gc
import pickle
import sqlite3
import stat
import warnings
from pathlib import Path
from typing import Any

import diskcache
import pytest

from minikube_py.kits.bytescache import BytesCache


def cache(folder: Path, expiry: float = 60.0) -> BytesCache:
    return BytesCache(str(folder), expiry)


def test_what_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert cache(folder).get("k") is None
    cache(folder).put("k", b"one")
    cache(folder).put("k", large := bytes(100_000))
    assert (cache(folder).get("k"), cache(folder).get("other")) == (large, None)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and not list(folder.rglob("*.val"))


def test_what_has_expired(tmp_path: Path) -> None:
    cache(tmp_path, expiry=-1.0).put("k", b"one")
    assert cache(tmp_path).get("k") is None


class Evil:
    """Would leave a file behind if it were unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))


def test_what_is_kept_is_never_run_nor_are_files_read(tmp_path: Path) -> None:
    folder, trace = tmp_path / "cache", tmp_path / "trace"
    with diskcache.Cache(str(folder)) as spoilt:
        spoilt.set("k", Evil(str(trace)))
    assert cache(folder).get("k") is None
    assert not trace.exists()
    with diskcache.Cache(str(folder), disk_min_file_size=0) as spoilt:
        spoilt.set("k", pickle.dumps(1) * 100)
    files = sorted(folder.rglob("*.val"))
    assert cache(folder).get("k") is None
    cache(folder).put("k", b"one")
    assert cache(folder).get("k") == b"one"
    assert files and sorted(folder.rglob("*.val")) == files


@pytest.mark.parametrize("value", ["text", 7, 7.5, None, [b"one"]])
def test_what_is_no_bytes_is_nothing(tmp_path: Path, value: Any) -> None:
    with diskcache.Cache(str(tmp_path)) as spoilt:
        spoilt.set("k", value)
    assert cache(tmp_path).get("k") is None


def drop_what_is_left_open() -> None:
    with warnings.catch_warnings():  # diskcache leaves a connection open where it fails, of which Python 3.13 tells
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.parametrize(("name", "value"), [("eviction_policy", "none of these"), ("disk_unknown", 1), ("size_limit", "much")])
def test_settings_of_somebody_else(tmp_path: Path, name: str, value: Any) -> None:
    cache(tmp_path).put("k", b"one")
    database = sqlite3.connect(tmp_path / "cache.db")
    with database:
        database.execute("INSERT OR REPLACE INTO Settings VALUES (?, ?)", (name, value))
    database.close()
    cache(tmp_path).put("k", b"two")
    assert cache(tmp_path).get("k") == (b"two" if name == "size_limit" else None)  # the limit is ours again
    drop_what_is_left_open()


def test_what_is_no_database_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "cache.db").write_bytes(b"garbage" * 1000)
    cache(tmp_path).put("k", b"one")
    assert cache(tmp_path).get("k") is None
    drop_what_is_left_open()


def test_a_folder_that_cannot_be_made_is_an_empty_cache(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    cache(path).put("k", b"one")
    assert (cache(path).get("k"), path.read_text()) == (None, "")
