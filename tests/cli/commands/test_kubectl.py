"""One long session of changing commands, with kubectl 1.33 on one cluster and kctl on another: every word and exit code is the same.

Left out is what differs on purpose: duplicate fields, which kubectl drops without a word and kctl refuses; and a second apply of the same
disruption budget, of which kubectl says `configured` and kctl `unchanged` (docs/compatibility.md).
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from minikube_py import testing
from minikube_py.testing import Result
from tests.cli.commands import bridge
from tests.describers import kubectl

SESSION = Path(__file__).with_name("session.txt").read_text().strip("\n").split("\n%%\n")
_RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r'(resourceVersion"?: ")\d+')


def _comparable(result: Result) -> Result:
    texts = [_VERSION.sub(r"\1N", _RANDOM.sub("UID", text)) for text in (result.out, result.err)]
    return Result(result.code, *texts)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[bridge.Bridge]:
    binary = kubectl.find()
    if binary is None:
        pytest.skip("needs kubectl 1.33")
    if not bridge.SCHEMAS.exists():
        pytest.skip(f"needs {bridge.SCHEMAS.name}")
    opened = bridge.Bridge(binary, testing.new_cluster(), tmp_path)
    yield opened
    opened.close()


@pytest.mark.long
def test_a_session_reads_as_kubectls(pair: bridge.Bridge) -> None:
    cluster = testing.new_cluster()
    for step in SESSION:
        line, _, manifest = step.partition("\n")
        words, stdin = shlex.split(line), manifest + "\n" if manifest else ""
        expected = _comparable(pair.run(words, stdin))
        actual = _comparable(testing.run(cluster, words, stdin=stdin))
        assert (line, actual) == (line, expected)
