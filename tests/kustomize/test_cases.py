"""Every case, as kubectl kustomize was recorded; and, where kubectl is, as it answers now."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minikube_py.kustomize import build
from minikube_py.machinery.errors import KctlError
from tests.kustomize import corpus, oracle
from tests.kustomize.corpus import Case, Outcome

CASES = corpus.all_cases()


def ours(folder: Path, arguments: list[str]) -> Outcome:
    """Return what kctl makes of a directory, in a process that imports nothing anew."""
    lines: list[str] = []
    restricted = "LoadRestrictionsNone" not in arguments
    order = next((word.removeprefix("--reorder=") for word in arguments if word.startswith("--reorder=")), "")
    if order:
        lines.append("Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead.")
    path = next((word for word in arguments if not word.startswith("-") and not word.startswith("LoadRestrictions")), ".")
    try:
        found = build.build(path, build.Options(restricted=restricted, order=order), warn=lines.append, log=lambda text: lines.append(f"LOG {text}"))
        code, out = 0, build.render(found)
    except KctlError as error:
        code, out = 1, ""
        lines.append(f"error: {error}".removesuffix("\n"))
    return Outcome(code, out, oracle.masked("".join(f"{line}\n" for line in lines), folder))


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Case], Path]:
    """Return what writes a case into a directory and goes there."""

    def write(case: Case) -> Path:
        case.write(tmp_path)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return write


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_as_kubectl_did(case: Case, there: Callable[[Case], Path]) -> None:
    found = ours(there(case), case.arguments)
    if case.differs:
        assert (found.code, found.out, found.err[:7]) == (case.expected.code, case.expected.out, "error: ")
        return
    assert found == case.expected


@pytest.mark.skipif(oracle.kubectl() is None, reason="no kubectl with kustomize v5.6 here: set KUBECTL_ORACLE")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recorded_as_kubectl_does(case: Case, there: Callable[[Case], Path]) -> None:
    found = oracle.run(there(case), case.arguments)
    assert corpus.recorded(case, found) == (corpus.CASES / f"{case.name}.txt").read_text(encoding="utf-8", errors="surrogateescape")


def test_there_are_cases() -> None:
    assert len(CASES) >= 60
