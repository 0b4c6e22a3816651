"""The texts of --help, in kubectl's layout."""

from collections.abc import Iterable, Sequence
from typing import Any

from minikube_py.cli import commands
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import GLOBAL_FLAGS
from minikube_py.cli.flags import Flag

_CLOSING = 'Use "kctl options" for a list of global command-line options (applies to all commands).\n'


def root() -> str:
    """Return the text of `kctl --help`."""
    width = _width(commands.names())
    lines = ["kctl is a Kubernetes cluster in one process, with kubectl's command line.", ""]
    for title, group in commands.GROUPS.items():
        lines.append(title)
        lines += [f"  {name:<{width}}{text}" for name, (_, text) in group.items()]
        lines.append("")
    lines += ["Usage:", "  kctl [flags] [options]", "", 'Use "kctl <command> --help" for more information about a given command.']
    return "\n".join(lines) + "\n" + _CLOSING


def options() -> str:
    """Return the text of `kctl options`."""
    return "The following options can be passed to any command:\n\n" + _flags(GLOBAL_FLAGS)


def command(found: Command | Family, words: Sequence[str]) -> str:
    """Return the text of a command, or of the one that `words` name below it."""
    for word in words:
        entry = found.subcommands.get(found.synonyms.get(word, word)) if isinstance(found, Family) else None
        if entry is None:
            break
        found = commands.load(entry[0]).COMMAND
    return leaf(found) if isinstance(found, Command) else family(found)


def leaf(command: Command) -> str:
    """Return the text of `kctl COMMAND --help`."""
    parts = _head(command)
    if command.flags:
        parts.append("Options:\n" + _flags(command.flags).rstrip("\n"))
    parts.append(_usage(command))
    return "\n\n".join(parts) + "\n\n" + _CLOSING


def family(command: Family) -> str:
    """Return the text of `kctl FAMILY --help`."""
    width = _width(command.subcommands)
    parts = _head(command)
    parts.append("Available Commands:\n" + "\n".join(f"  {name:<{width}}{text}" for name, (_, text) in command.subcommands.items()))
    if command.leaf is not None and command.leaf.flags:
        parts.append("Options:\n" + _flags(command.leaf.flags).rstrip("\n"))
    parts.append(_usage(command))
    return "\n\n".join(parts) + f'\n\nUse "kctl {command.path} <command> --help" for more information about a given command.\n' + _CLOSING


def _head(command: Command | Family) -> list[str]:
    parts = [command.long or f"{command.short}."]
    if command.aliases:
        parts.append("Aliases:\n" + ", ".join((command.path.split()[-1], *command.aliases)))
    if command.examples:
        parts.append("Examples:\n" + command.examples.rstrip("\n"))
    return parts


def _width(names: Iterable[str]) -> int:
    return max(11, *(len(name) for name in names)) + 3


def _usage(command: Command | Family) -> str:
    line = f"Usage:\n  kctl {command.path} {command.usage}".rstrip()
    return line if "[options]" in line else f"{line} [options]"


def _flags(flags: Sequence[Flag]) -> str:
    shown = sorted((flag for flag in flags if not flag.hidden), key=lambda flag: flag.name)
    return "\n".join(f"{_flag(flag)}\n" for flag in shown)


def _flag(flag: Flag) -> str:
    short = f"-{flag.short}, " if flag.short else ""
    return f"    {short}--{flag.name}={_default(flag)}:\n\t{flag.usage}"


def _default(flag: Flag) -> str:
    value: Any = flag.initial
    if flag.kind == "modules":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, list):
        return "[" + ",".join(value) + "]"
    if isinstance(value, dict):
        return "[]"
    return f"{value:g}s" if isinstance(value, float) else str(value)


def suggestions(word: str) -> str:
    """Return the lines that name similar commands, as spf13/cobra chooses them; empty where none is similar."""
    typed = word.lower()
    found = [name for name in commands.names() if distance(typed, name) <= 2 or name.startswith(typed) or name in commands.MEANT.get(typed, ())]
    return "\nDid you mean this?\n" + "\n".join(f"\t{name}" for name in found) if found else ""


def distance(one: str, other: str) -> int:
    """Return the Levenshtein distance of two words."""
    row = list(range(len(other) + 1))
    for first, letter in enumerate(one, 1):
        previous, row[0] = row[0], first
        for second, against in enumerate(other, 1):
            previous, row[second] = row[second], min(row[second] + 1, row[second - 1] + 1, previous + (letter != against))
    return row[-1]
