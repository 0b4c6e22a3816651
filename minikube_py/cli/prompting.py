"""Asks for a user name and a password where a kubeconfig does not say who asks a server (client-go clientcmd.PromptingAuthLoader)."""

import os
from typing import TYPE_CHECKING, TextIO

from minikube_py.cli.factory import is_terminal
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Streams

_SPACES = b" \t\n\v\f\r"


def credentials(streams: "Streams") -> tuple[str, str]:
    """Return user name and password; the password is asked for at a terminal only, which does not show it."""
    _ask(streams.out, "Username")
    username = _word(streams.stdin)
    _ask(streams.out, "Password")
    if not is_terminal(streams.stdin):
        raise KctlError("error reading input for Password")
    return username, _secret(streams.stdin.fileno())


def _ask(out: TextIO, field: str) -> None:
    out.write(f"Please enter {field}: ")
    out.flush()


def _word(stdin: TextIO) -> str:
    """Return the first word, and leave what stands behind it to whoever reads next."""
    found = b""
    while True:
        byte = _byte(stdin)
        if byte and byte not in _SPACES:
            found += byte
        elif found:
            return found.decode("utf-8", "replace")
        elif not byte:
            raise KctlError("EOF")


def _byte(stdin: TextIO) -> bytes:
    try:
        number = stdin.fileno()
    except (OSError, ValueError):  # no stream of the system's
        return stdin.read(1).encode()
    return os.read(number, 1)


def _secret(terminal: int) -> str:
    """Return a line from a terminal that shows nothing of it meanwhile."""
    import termios

    before = termios.tcgetattr(terminal)
    quiet = [*before]
    quiet[0] |= termios.ICRNL
    quiet[3] = quiet[3] & ~termios.ECHO | termios.ICANON | termios.ISIG
    termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    found = b""
    try:
        while (byte := os.read(terminal, 1)) != b"\n":
            if not byte and not found:
                raise KctlError("EOF")
            if not byte:
                break
            found += byte
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
    return found.decode("utf-8", "replace")
