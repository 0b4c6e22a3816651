"""Finds the command, reads its flags, runs it, and turns errors into kubectl's words and exit codes. Nobody else prints errors."""

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from minikube_py.cli import commands, failures
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import GLOBAL_FLAGS, Factory, Streams, default_environment
from minikube_py.cli.flags import Flag, UsageError, parse
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cluster.cluster import Cluster

HELP = Flag("help", "bool", short="h", hidden=True)
_VALUED = {flag.name for flag in GLOBAL_FLAGS if flag.kind != "bool"} | {flag.short for flag in GLOBAL_FLAGS if flag.short}


def run(line: Sequence[str], *, streams: Streams | None = None, environment: Mapping[str, str] | None = None, cluster: "Cluster | None" = None) -> int:
    """Run one command line (without the program's name) and return its exit code. `cluster` is one that is open already (tests)."""
    streams = streams or Streams.of_process()
    try:
        code = _run(list(line), streams, default_environment() if environment is None else environment, cluster)
        streams.out.flush()
        return code
    except BrokenPipeError:
        return _broken_pipe()
    except KeyboardInterrupt:
        return 130
    except KctlError as error:
        return failures.report(error, streams.err)


def _broken_pipe() -> int:
    """End quietly where the reader of our output has gone, as kubectl does."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _run(line: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    position = _command_at(line)
    if position is None:
        from minikube_py.cli import help as texts

        if line and line[0] not in ("-h", "--help"):
            parse((*GLOBAL_FLAGS, HELP), line)
        streams.out.write(texts.root())
        return 0
    word, rest = line[position], line[:position] + line[position + 1 :]
    if word == "help" and rest:
        return _run([*rest, "--help"], streams, environment, cluster)
    if word == "options":
        from minikube_py.cli import help as texts

        streams.out.write(texts.options())
        return 0
    module = commands.find(word)
    if module is None:
        return _stranger(word, rest, streams, environment, cluster)
    loaded = importlib.import_module(f"minikube_py.cli.commands.{module}")
    if hasattr(loaded, "APP"):
        return _typer(loaded.APP, f"kctl {word}", rest, streams, environment, cluster)
    return _leaf_or_family(loaded.COMMAND, rest, streams, environment, cluster)


def _command_at(line: list[str]) -> int | None:
    """Return where the first word stands that is no global flag or its value."""
    position = 0
    while position < len(line):
        word = line[position]
        if word == "--":
            return None
        if not word.startswith("-") or word == "-":
            return position
        name = word.lstrip("-")
        position += 2 if "=" not in name and name in _VALUED else 1
    return None


def _leaf_or_family(command: Command | Family, rest: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    if isinstance(command, Command):
        return _leaf(command, rest, streams, environment, cluster)
    position = _command_at(rest)
    word = rest[position] if position is not None else ""
    entry = command.subcommands.get(word)
    if entry is not None and position is not None:
        module = importlib.import_module(f"minikube_py.cli.commands.{entry[0]}")
        return _leaf_or_family(module.COMMAND, rest[:position] + rest[position + 1 :], streams, environment, cluster)
    if command.leaf is not None and not _asks_for_help(rest):
        return _leaf(command.leaf, rest, streams, environment, cluster)
    from minikube_py.cli import help as texts

    if word and not _asks_for_help(rest):
        raise UsageError(f'unknown command "{word}"', f"See 'kctl {command.path} -h' for help and examples")
    streams.out.write(texts.family(command))
    return 0


def _asks_for_help(line: list[str]) -> bool:
    end = line.index("--") if "--" in line else len(line)
    return "--help" in line[:end] or "-h" in line[:end]


def _leaf(command: Command, rest: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    own = {flag.name for flag in command.flags} | {flag.short for flag in command.flags if flag.short}
    shared = [flag if flag.short not in own else flag._replace(short="") for flag in GLOBAL_FLAGS if flag.name not in own]
    try:
        values, arguments = parse((*command.flags, *shared, HELP), rest, interspersed=command.interspersed)
    except UsageError as error:
        raise UsageError(str(error), error.hint or f"See 'kctl {command.path} --help' for usage.") from error
    if values["help"]:
        from minikube_py.cli import help as texts

        streams.out.write(texts.leaf(command))
        return 0
    factory = Factory(streams, values, environment, opened=cluster)
    options = command.options()
    try:
        options.complete(factory, values, arguments)
        options.validate()
        code = options.run() or 0
    finally:
        factory.finish()
    if not code and values["warnings-as-errors"] and factory.warned:
        raise KctlError(f"{factory.warned} warning{'s' if factory.warned > 1 else ''} received")
    return code


def _typer(app: object, name: str, rest: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    from minikube_py.cli import typers

    return typers.run(app, name, rest, streams, environment, cluster)


def _stranger(word: str, rest: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    """Run a command that a plugin adds; else say what might have been meant."""
    from minikube_py.cli import help as texts
    from minikube_py.cli import typers

    app = typers.of_plugins(word, environment)
    if app is not None:
        return _typer(app, f"kctl {word}", rest, streams, environment, cluster)
    raise UsageError(f'unknown command "{word}" for "kctl"', texts.suggestions(word))
