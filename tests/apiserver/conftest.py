"""Fixtures of the apiserver's tests."""

import pytest

from tests.apiserver.world import World


@pytest.fixture
def world() -> World:
    return World()
