"""What is asked for where a kubeconfig names no user: at a terminal, and where there is none. The words are client-go's."""

import io
import os
import pty
import termios
from collections.abc import Iterator
from typing import NamedTuple, TextIO

import pytest

from minikube_py.cli import prompting
from minikube_py.cli.factory import Streams
from minikube_py.machinery.errors import KctlError


class Terminal(NamedTuple):
    """Both ends of one: what types, and what a command reads."""

    keys: int
    stdin: TextIO


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Return a terminal."""
    keys, other = pty.openpty()
    with open(other) as stdin:
        yield Terminal(keys, stdin)
    os.close(keys)


def asked(stdin: TextIO) -> tuple[tuple[str, str], str]:
    out = io.StringIO()
    return prompting.credentials(Streams(stdin, out, io.StringIO())), out.getvalue()


def test_name_and_password(terminal: Terminal) -> None:
    os.write(terminal.keys, b"\n  \nann rest\n")
    flags = termios.tcgetattr(terminal.keys)
    assert asked(terminal.stdin) == (("ann", "rest"), "Please enter Username: Please enter Password: ")
    assert termios.tcgetattr(terminal.keys) == flags


def test_a_password_has_spaces(terminal: Terminal) -> None:
    os.write(terminal.keys, b"ann\n open sesame \n")
    assert asked(terminal.stdin)[0] == ("ann", " open sesame ")


def test_no_terminal_has_no_password() -> None:
    stdin, out = io.StringIO("ann secret\n"), io.StringIO()
    with pytest.raises(KctlError, match="^error reading input for Password$"):
        prompting.credentials(Streams(stdin, out, io.StringIO()))
    assert (out.getvalue(), stdin.read()) == ("Please enter Username: Please enter Password: ", "secret\n")


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_to_read(text: str) -> None:
    out = io.StringIO()
    with pytest.raises(KctlError, match="^EOF$"):
        prompting.credentials(Streams(io.StringIO(text), out, io.StringIO()))
    assert out.getvalue() == "Please enter Username: "
