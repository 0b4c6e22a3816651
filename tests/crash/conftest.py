"""A home that is made once in a run of the tests; each test gets a copy."""

from pathlib import Path

import pytest

from tests.behaviour import homes


@pytest.fixture(scope="session")
def one_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a cluster of one node, for copying."""
    return homes.make(tmp_path_factory.mktemp("one") / "home")
