"""Random kustomizations: kctl's output must be kubectl's, and where kubectl refuses, kctl must too."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kustomize import oracle
from tests.kustomize.randomly import Maker
from tests.kustomize.test_cases import ours

needs_kubectl = pytest.mark.skipif(oracle.kubectl() is None, reason="no kubectl with kustomize v5.6 here: set KUBECTL_ORACLE")


def compare(seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Build one kustomization with both."""
    inside = folder / str(seed)
    for name, text in Maker(Random(seed)).make().items():
        path = inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(inside)
    expected, found = oracle.run(inside, ["."]), ours(inside, ["."])
    if "panic: " in expected.err:
        assert found.code == 1
        return
    assert (found.code, found.out) == (expected.code, expected.out), expected.err
    if "0xADDRESS" not in expected.err and "interface {}" not in expected.err and "possible referral" not in expected.err:
        assert found.err == expected.err


@needs_kubectl
@pytest.mark.parametrize("seed", range(12))
def test_a_slice(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(seed, tmp_path, monkeypatch)


@needs_kubectl
@pytest.mark.long
@given(seed=st.integers(min_value=12, max_value=1 << 40))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_many(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(seed, tmp_path, monkeypatch)
