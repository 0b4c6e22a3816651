"""What reaches a terminal, and what a file."""

import io
import os
import pty
import tty

import pytest

from minikube_py.cli import main, terminals
from minikube_py.cli.factory import YELLOW_WARNING, Streams
from minikube_py.testing import Kctl

HOSTILE = "a\x1b[31mb\x07c\u009b2Jd\re\tf\n"
SHOWN = "a^[[31mb^Gc\\x9b2Jd\\re\tf\n"
MANIFEST = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: esc}\ndata: {k: "a\\e[31mb\\ac\\x9b2Jd\\re\\tf\\n"}\n'
PATH = "get configmap esc -o jsonpath={.data.k}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [(HOSTILE, SHOWN), (f"{YELLOW_WARNING} x\x1b[0m\n", f"{YELLOW_WARNING} x^[[0m\n"), ("\x7f\x00é\u2028\U0001f600", "^?^@é\u2028\U0001f600")],
)
def test_control_characters_are_made_visible(text: str, shown: str) -> None:
    plain = io.StringIO()
    stream = terminals.Guarded(plain)
    stream.write(text)
    stream.writelines([text])
    assert plain.getvalue() == shown + shown and not stream.isatty()


def on_terminal(kctl: Kctl, line: str) -> str:
    """Return what a command writes to a terminal."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    with open(slave, "w", encoding="utf-8", closefd=False) as out:
        code = main.run(line.split(), streams=Streams(io.StringIO(), out, out), environment={"TERM": "xterm"}, cluster=kctl.cluster)
    assert code == 0
    os.write(slave, b"|")
    found = b""
    while not found.endswith(b"|"):
        found += os.read(master, 65536)
    os.close(slave)
    os.close(master)
    return found[:-1].decode()


def test_fields_reach_terminals_without_commands_and_files_as_they_are(kctl: Kctl) -> None:
    kctl("create -f -", MANIFEST)
    assert kctl(PATH) == HOSTILE
    assert on_terminal(kctl, PATH) == SHOWN
