"""A cluster that the tests of reading commands share."""

from collections.abc import Iterator

import pytest

from tests.cli.commands.web import Web


@pytest.fixture(scope="package")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Return kctl on a cluster with a deployment of three pods, which these tests only read."""
    shared = Web(str(tmp_path_factory.mktemp("home")))
    yield shared
    shared.cluster.close()
