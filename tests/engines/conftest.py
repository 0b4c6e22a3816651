"""The engines' fixtures, for the tests of this folder."""

from collections.abc import Iterator

import pytest

from minikube_py.kubelet.engines import api
from tests.engines import support
from tests.engines.daemons import engine, engine_daemon, private_daemon, shared_folder

__all__ = ["box", "engine", "engine_daemon", "private_daemon", "shared_folder"]


@pytest.fixture
def box(engine: api.Engine) -> Iterator[support.Box]:
    """Yield what makes containers for one test."""
    made = support.Box(engine)
    try:
        yield made
    finally:
        made.close()
