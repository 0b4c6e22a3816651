"""Stores to test: each test that asks for `backend` runs against both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from minikube_py.storage import memory, sqlite
from minikube_py.storage.api import Backend
from minikube_py.storage.sqlite import SqliteBackend


@pytest.fixture(params=["memory", "sqlite"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """An empty store."""
    opened: Backend = memory.MemoryBackend() if request.param == "memory" else sqlite.open_store(str(tmp_path / "store.db"))
    yield opened
    assert opened.verify() == []
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where a store on disk is to be."""
    return str(tmp_path / "cluster" / "store.db")


@pytest.fixture
def store(path: str) -> Iterator[SqliteBackend]:
    """An empty store on disk."""
    opened = sqlite.open_store(path)
    yield opened
    opened.close()
