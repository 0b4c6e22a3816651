"""Logs of several containers at once, and bytes that are no text."""

import io
import threading
from collections.abc import Iterator

import pytest

from minikube_py.cli import podlogs


def test_lines_come_as_they_are_written() -> None:
    said = threading.Event()

    def slow() -> Iterator[str]:
        assert said.wait(30)
        yield "late\n"

    with podlogs.Together() as together:
        together.add("[a] ", slow())
        together.add("[b] ", iter(["early\n"]))
        lines = together.lines()
        assert next(lines) == ("[b] early\n", None)
        said.set()
        assert list(lines) == [("[a] late\n", None)]


def test_a_failure_comes_among_the_lines() -> None:
    problem = ValueError("no more")

    def breaking() -> Iterator[str]:
        yield "one\n"
        raise problem

    with podlogs.Together() as together:
        together.add("", breaking())
        assert list(together.lines()) == [("one\n", None), ("", problem)]


@pytest.mark.parametrize("data", [b"plain\n", "é\n".encode(), b"\xff\x00\x1b[31m\n"])
def test_bytes_stay_as_they_are(data: bytes) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="utf-8")
    out.write("before ")
    podlogs.write(out, data.decode("utf-8", "surrogateescape"))
    assert raw.getvalue() == b"before " + data
    taken = io.StringIO()
    podlogs.write(taken, data.decode("utf-8", "surrogateescape"))
    assert taken.getvalue() == data.decode("utf-8", "replace")
