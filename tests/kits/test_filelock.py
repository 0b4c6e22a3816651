"""Locks between processes, on files and on folders."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from minikube_py.kits import filelock


def test_one_holds_a_file_at_a_time(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    with filelock.hold(path, 0), pytest.raises(TimeoutError) as caught, filelock.hold(path, 0):
        pass
    assert (caught.value.errno, caught.value.filename) == (errno.ETIMEDOUT, path)
    with filelock.hold(path, 0):
        assert os.stat(path).st_mode & 0o777 == 0o600


def test_one_holds_a_folder_at_a_time_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    with filelock.hold_folder(str(tmp_path), 0), pytest.raises(TimeoutError), filelock.hold_folder(str(tmp_path), 0):
        pass
    with filelock.hold_folder(str(tmp_path), 0):
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_not_held(tmp_path: Path) -> None:
    with filelock.hold_folder(str(tmp_path / "none"), 0), filelock.hold_folder(str(tmp_path / "none"), 0):
        assert list(tmp_path.iterdir()) == []


def test_file_systems_that_cannot_lock_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    number = errno.EBADF  # what NFS says of a folder, which nobody can open for writing
    monkeypatch.setattr(fcntl, "flock", refuse)
    with filelock.hold_folder(str(tmp_path), 0):
        assert list(tmp_path.iterdir()) == []
    number = errno.EIO
    with pytest.raises(OSError, match="Input/output error"), filelock.hold_folder(str(tmp_path), 0):
        pass
