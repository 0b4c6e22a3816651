"""Finding commands, global flags, help, suggestions, and what becomes of errors. What is expected is what kubectl 1.33.1 does."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from minikube_py.cli import commands, main
from minikube_py.cli.command import Family
from minikube_py.cli.factory import GLOBAL_FLAGS, Streams
from minikube_py.testing import Kctl, Result, new_cluster

NOWHERE = str(Path(__file__).with_name("nowhere"))  # no home is ever there


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kctl]:
    """Return kctl on a new cluster, which these tests only read."""
    cluster = new_cluster()
    yield Kctl(cluster, str(tmp_path_factory.mktemp("home")))
    cluster.close()


def kctl(line: str) -> Result:
    """Run a command line that needs no cluster."""
    out, err = io.StringIO(), io.StringIO()
    code = main.run(line.split(), streams=Streams(io.StringIO(), out, err), environment={"KCTL_HOME": NOWHERE})
    return Result(code, out.getvalue(), err.getvalue())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("geet", 'unknown command "geet" for "kctl"\n\nDid you mean this?\n\tset\n\tget'),
        ("GET", 'unknown command "GET" for "kctl"\n\nDid you mean this?\n\tset\n\tget'),
        ("pots", 'unknown command "pots" for "kctl"\n\nDid you mean this?\n\tlogs'),
        ("rm", 'unknown command "rm" for "kctl"\n\nDid you mean this?\n\trun\n\tdelete\n\tcp'),
        ("list", 'unknown command "list" for "kctl"\n\nDid you mean this?\n\tget\n\twait'),
        ("nothing-like-it", 'unknown command "nothing-like-it" for "kctl"'),
        ("geet --help", 'unknown command "geet" for "kctl"\n\nDid you mean this?\n\tset\n\tget'),
        ("--nope", "unknown flag: --nope\nSee 'kctl --help' for usage."),
        ("-x", "unknown shorthand flag: 'x' in -x\nSee 'kctl --help' for usage."),
        ("get --nope", "unknown flag: --nope\nSee 'kctl get --help' for usage."),
        ("get pods --nope=1", "unknown flag: --nope\nSee 'kctl get --help' for usage."),
        ("get -x", "unknown shorthand flag: 'x' in -x\nSee 'kctl get --help' for usage."),
        ("get -Ax", "unknown shorthand flag: 'x' in -x\nSee 'kctl get --help' for usage."),
        ("get -n", "flag needs an argument: 'n' in -n\nSee 'kctl get --help' for usage."),
        ("get --namespace", "flag needs an argument: --namespace\nSee 'kctl get --help' for usage."),
        ("get --=x", "bad flag syntax: --=x\nSee 'kctl get --help' for usage."),
        ("get -v=9x", 'invalid argument "9x" for "-v, --v" flag: strconv.ParseInt: parsing "9x": invalid syntax\nSee \'kctl get --help\' for usage.'),
        ("get pods --watch=foo",
         'invalid argument "foo" for "-w, --watch" flag: strconv.ParseBool: parsing "foo": invalid syntax\nSee \'kctl get --help\' for usage.'),
        ("config foo", "unknown command \"foo\"\nSee 'kctl config -h' for help and examples"),
        ("config --nope", "unknown flag: --nope\nSee 'kctl config --help' for usage."),
        ("config -- view", "unknown command \"view\"\nSee 'kctl config -h' for help and examples"),
        ("-n", "flag needs an argument: 'n' in -n\nSee 'kctl --help' for usage."),
    ],
)  # fmt: skip
def test_usage_errors(line: str, message: str) -> None:
    assert kctl(line) == (1, "", f"error: {message}\n")


@pytest.mark.parametrize("line", ["--all-namespaces get pots", "-n web gett", "-v 4 nonsense"])
def test_flags_before_what_is_no_command(line: str) -> None:
    assert kctl(line) == (1, "", f"Error: flags cannot be placed before plugin name: {line.split()[0]}\n")


def test_help_of_kctl() -> None:
    text = kctl("--help").out
    assert text == kctl("").out == kctl("-h").out == kctl("help").out == kctl("-n foo").out == kctl("--").out == kctl("--help foo").out
    for title, group in commands.GROUPS.items():
        assert f"\n{title}\n" in text
        for name, (_, short) in group.items():
            assert f"\n  {name:<16}{short}\n" in text


def test_help_of_a_topic_that_is_none() -> None:
    assert kctl("help foo") == (0, "Unknown help topic [`foo`]\n\n" + kctl("help").out, "")


@pytest.mark.parametrize("name", [name for name in commands.names() if name not in ("cluster", "serve")])
def test_every_command_has_help_and_examples(name: str) -> None:
    result = kctl(f"{name} --help")
    assert (result.code, result.err) == (0, "")
    assert result == kctl(f"help {name}") == kctl(f"{name} -h")
    assert f"\nUsage:\n  kctl {name} " in result.out
    assert "\nExamples:\n" in result.out or name == "config"
    assert result.out.endswith('Use "kctl options" for a list of global command-line options (applies to all commands).\n')


def leaves() -> list[str]:
    """Return the paths of all subcommands."""
    import importlib

    found = []
    for name in commands.names():
        module = importlib.import_module(f"minikube_py.cli.commands.{commands.find(name)}")
        family = getattr(module, "COMMAND", None)
        if isinstance(family, Family):
            found += [f"{name} {sub}" for sub in family.subcommands]
    return found


@pytest.mark.parametrize("path", leaves())
def test_every_subcommand_has_help_and_examples(path: str) -> None:
    result = kctl(f"{path} --help")
    assert (result.code, result.err) == (0, "")
    assert result == kctl(f"help {path}")
    assert f"\nUsage:\n  kctl {path}" in result.out
    assert f"\n  kctl {path}" in result.out.partition("\nExamples:\n")[2]
    family, _, name = path.partition(" ")
    assert f"\n  {name} " in kctl(f"{family} --help").out


def test_layout_of_a_commands_help() -> None:
    assert kctl("config use-context -h").out == """Set the current-context in a kubeconfig file.

Aliases:
use-context, use

Examples:
  # Use the context of the cluster minikube
  kctl config use-context minikube

Usage:
  kctl config use-context CONTEXT_NAME [options]

Use "kctl options" for a list of global command-line options (applies to all commands).
"""
    assert """Options:
    --client=false:
	If true, shows client version only (no server required).

    -o, --output='':
	One of 'yaml' or 'json'.

Usage:
  kctl version [flags] [options]
""" in kctl("version -h").out


def test_options() -> None:
    text = kctl("options").out
    assert text == kctl("help options").out
    assert text.startswith("The following options can be passed to any command:\n\n    --as='':\n\tUsername to impersonate for the operation.")
    for flag in GLOBAL_FLAGS:
        assert (f"--{flag.name}=" in text) is not flag.hidden
    assert "\n    -n, --namespace='':\n" in text
    assert "\n    --request-timeout='0':\n" in text
    assert "\n    -v, --v=0:\n" in text


def test_global_flags_stand_anywhere(shared: Kctl) -> None:
    for line in ("-n kube-system get svc -o name", "get -n kube-system svc -o name", "get svc -o name --namespace=kube-system", "-nkube-system get svc -oname",
                 "--namespace kube-system -v 1 get svc -o=name", "get svc -v=1 --cache-dir=/x -o name -n=kube-system",
                 "-o name get svc -n kube-system", "get -o name -n kube-system -- svc", "--match-server-version get svc -n kube-system -o name"):  # fmt: skip
        assert shared(line) == "service/kube-dns\n", line


def test_the_last_of_repeated_flags_wins(shared: Kctl) -> None:
    assert shared("get svc -o yaml -o name -n default -n kube-system") == "service/kube-dns\n"


def test_warnings_as_errors(shared: Kctl) -> None:
    found = (
        "NAME                 STATUS    MESSAGE   ERROR\netcd-0               Healthy   ok        \n"
        "controller-manager   Healthy   ok        \nscheduler            Healthy   ok        \n"
    )
    assert shared.result("get componentstatuses") == (0, found, "Warning: v1 ComponentStatus is deprecated in v1.19+\n")
    assert shared.result("get componentstatuses --warnings-as-errors") == (
        1, found, "Warning: v1 ComponentStatus is deprecated in v1.19+\nerror: 1 warning received\n"
    )  # fmt: skip


def test_a_mistake_of_ours_is_one_line(shared: Kctl, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(shared.cluster, "command_client", broken)
    assert shared.result("get pods") == (1, "", "error: internal error: ZeroDivisionError: division by zero\n")
    shared.environment["KCTL_DEBUG"] = "1"
    try:
        err = shared.result("get pods").err
    finally:
        del shared.environment["KCTL_DEBUG"]
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith("\nerror: internal error: ZeroDivisionError: division by zero\n")


def test_ctrl_c(shared: Kctl, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shared.cluster, "command_client", interrupted)
    assert shared.result("get pods") == (130, "", "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("create cm a --from-literal=k=a\udcffb", "error: failed to create configmap: "),
        ("annotate cm kube-root-ca.crt a=\udcff", "Error from server (BadRequest): "),
        ("label cm kube-root-ca.crt a=\udcff", "error: "),
    ],
)
def test_bytes_that_are_no_text_are_told_of(shared: Kctl, line: str, message: str) -> None:
    assert shared.result(line) == (1, "", f'{message}"\\xff" is no valid UTF-8\n')
