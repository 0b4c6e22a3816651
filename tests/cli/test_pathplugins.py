"""Programs on PATH that add commands, run in processes of their own as a shell would."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minikube_py.cli import main, pathplugins
from minikube_py.cli.factory import Streams

SCRIPT = '#!/bin/sh\nprintf "%s|" "${0##*/}" "$@"\necho "$WORD" >&2\nexit 7\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with plugins."""
    for name in ("kctl-foo", "kctl-foo-bar", "kubectl-foo-bar-more", "kubectl-foo", "kubectl-two_words", "kctl-get", "kubectl-create-thing",
                 "kubectl-create-job"):  # fmt: skip
        plugin(tmp_path / "bin", name)
    return tmp_path


def plugin(folder: Path, name: str, mode: int = 0o755) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(SCRIPT)
    (folder / name).chmod(mode)


def kctl(place: Path, *line: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path or str(place / "bin"), "KCTL_HOME": str(place / "home"), "PYTHONPATH": os.pathsep.join(sys.path), "WORD": "given"}
    return subprocess.run([sys.executable, "-m", "minikube_py", *line], cwd=place, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["foo"], "kctl-foo|"),
        (["foo", "one two", "--flag", "$HOME; echo"], "kctl-foo|one two|--flag|$HOME; echo|"),
        (["foo", "bar", "more", "x"], "kubectl-foo-bar-more|x|"),
        (["foo", "bar", "-x", "more"], "kctl-foo-bar|-x|more|"),
        (["two-words", ""], "kubectl-two_words||"),
        (["create", "thing", "x"], "kubectl-create-thing|x|"),
    ],
)
def test_longest_name_is_run_with_arguments_environment_and_code(place: Path, line: list[str], said: str) -> None:
    done = kctl(place, *line)
    assert (done.stdout, done.stderr, done.returncode) == (said, "given\n", 7)


def test_commands_of_kctl_are_its_own(place: Path) -> None:
    assert kctl(place, "get", "--help").stdout.startswith("Display")
    assert kctl(place, "create", "job").stderr == "error: exactly one NAME is required, got 0\nSee 'kctl create job -h' for help and examples\n"


def test_flags_stand_behind_the_name(place: Path) -> None:
    done = kctl(place, "-n", "x", "foo")
    assert (done.stderr, done.returncode) == ("Error: flags cannot be placed before plugin name: -n\n", 1)


@pytest.mark.parametrize("word", ["a/../../outside/x", "../outside/x", "/outside", "x\\y", ".."])
def test_no_word_leads_out_of_path(place: Path, word: str) -> None:
    plugin(place / "outside", "x")
    (place / "kctl-a").mkdir()
    done = kctl(place, word)
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.startswith("error: unknown command")


def test_the_working_directory_is_not_searched(place: Path) -> None:
    plugin(place, "kctl-here")
    assert kctl(place, "here", path=f":{place / 'bin'}:").stderr.startswith('error: unknown command "here"')
    assert kctl(place, "here", path=f"{place}").returncode == 7


def test_a_program_that_cannot_be_run_says_so(place: Path) -> None:
    (place / "bin" / "kctl-odd").write_bytes(b"\0\1\2")
    (place / "bin" / "kctl-odd").chmod(0o755)
    done = kctl(place, "odd")
    assert (done.stderr, done.returncode) == ("Error: exec format error\n", 1)


def test_within_a_process_its_output_goes_to_the_streams(place: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    environment = {"PATH": str(place / "bin"), "KCTL_HOME": str(place / "home")}
    assert main.run(["foo", "x"], streams=Streams(io.StringIO(), out, err), environment=environment) == 7
    assert (out.getvalue(), err.getvalue()) == ("kctl-foo|x|", "\n")


def test_list_warns_of_what_will_not_work(place: Path) -> None:
    plugin(place / "more", "kctl-foo")
    plugin(place / "more", "kctl-flat", 0o644)
    (place / "more" / "kctl-lost").symlink_to("nowhere")
    (place / "more" / "kctl-folder").mkdir()
    done = kctl(place, "plugin", "list", "--name-only", path=f"{place / 'more'}:{place / 'bin'}")
    assert done.stdout.splitlines()[2:6] == ["kctl-flat", "kctl-foo", "kctl-lost", "kctl-foo"]
    assert done.stderr.splitlines() == [
        f"  - warning: {place}/more/kctl-flat identified as a kctl plugin, but it is not executable",
        f"  - error: unable to identify {place}/more/kctl-lost as an executable file: stat {place}/more/kctl-lost: no such file or directory",
        f"  - warning: {place}/bin/kctl-foo is overshadowed by a similarly named plugin: {place}/more/kctl-foo",
        '  - warning: kctl-get overwrites existing command: "kctl get"',
        '  - warning: kubectl-create-job overwrites existing command: "kctl create job"',
        '  - warning: kubectl-create-thing overwrites existing command: "kctl create"',
        "error: 6 plugin warnings were found",
    ]
    assert done.returncode == 1


def test_first_words_of_plugins(place: Path) -> None:
    assert pathplugins.commands({"PATH": f"/nowhere:{place / 'bin'}"}) == ["create", "foo", "get", "two-words"]
    assert pathplugins.commands({}) == []


def test_plugins_complete_their_own_words(place: Path) -> None:
    asked = place / "bin" / "kctl_complete-foo"
    asked.write_text('#!/bin/sh\nprintf "%s\\tone\\n" "$@"\necho :4\n')
    asked.chmod(0o755)
    assert kctl(place, "__complete", "foo", "a", "--fl").stdout == "a\tone\n--fl\tone\n:4\n"
    assert kctl(place, "__complete", "foo", "bar", "").stdout == ":0\n"  # kctl-foo-bar has no program for that
    asked.write_text("#!/bin/sh\necho a\nexit 1\n")
    assert kctl(place, "__complete", "foo", "a", "").stdout == ":0\n"


def test_plugins_are_offered_as_commands(place: Path) -> None:
    assert kctl(place, "__complete", "fo").stdout == "foo\tThe command foo is a plugin installed by the user\n:4\n"
    assert kctl(place, "__complete", "ge").stdout == "get\tDisplay one or many resources\n:4\n"
