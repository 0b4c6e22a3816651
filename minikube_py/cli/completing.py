"""What a shell is offered when a line is to be completed: `kctl __complete WORDS...` (spf13/cobra's protocol).

It prints one candidate a line, with a tab and a description where there is one, and last `:N`: how the shell is to take them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from minikube_py.cli import candidates, commands, flags, pathplugins
from minikube_py.cli.candidates import DEFAULT, NO_FILES, Offer
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import GLOBAL_FLAGS, Factory, Streams
from minikube_py.cli.flags import Flag, UsageError, Values
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cluster.cluster import Cluster

_DIRECTIVES = ("Error", "NoSpace", "NoFileComp", "FilterFileExt", "FilterDirs", "KeepOrder")
_REQUIRED = {"autoscale": "max", "run": "image", "scale": "replicas", "create deployment": "image", "create cronjob": "image schedule",
             "create clusterrolebinding": "clusterrole", "create service externalname": "external-name"}  # fmt: skip
_REPEATED = ("strings", "list", "map")
Opener = Callable[[Values], Factory]


class Place(NamedTuple):
    """The command that a line names, with the words behind it."""

    path: str
    flags: tuple[Flag, ...]
    subcommands: Mapping[str, str]
    rest: list[str]
    interspersed: bool = True


class _Stuck(Exception):
    """Nothing can be offered, and why."""


def run(line: Sequence[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None", *, described: bool) -> int:
    """Print what can stand for the last word of a line."""
    if not line:
        raise KctlError("requires at least 1 arg(s), only received 0")
    if len(line) > 1 and not line[0].startswith("-") and line[0] not in ("help", "options") and commands.find(line[0]) is None:
        print("[Debug] Cleared global flags for plugin completion", file=streams.err)
    opened: list[Factory] = []

    def factory(values: Values) -> Factory:
        opened.append(Factory(streams, values, environment, opened=cluster))
        return opened[-1]

    try:
        offer = _offer(list(line[:-1]), line[-1], factory, environment)
    except _Stuck as error:
        print(f"[Debug] [Error] {error}", file=streams.err)
        offer = Offer([], DEFAULT)
    finally:
        for each in opened:
            each.finish()
    for text in offer.candidates:
        shown = text.split("\n")[0].strip()
        print(shown if described else shown.split("\t")[0], file=streams.out)
    print(f":{offer.directive}", file=streams.out)
    names = [f"ShellCompDirective{name}" for bit, name in enumerate(_DIRECTIVES) if offer.directive >> bit & 1]
    print(f"Completion ended with directive: {', '.join(names) or 'ShellCompDirectiveDefault'}", file=streams.err)
    return 0


def _offer(before: list[str], last: str, factory: Opener, environment: Mapping[str, str]) -> Offer:
    place = find(before, environment)
    if not place.flags:
        return Offer(*pathplugins.completions(before, last, environment))
    flag, words, last_value = _flag_at(place, last)
    values, arguments = _read(place, words)
    dashed = values.dash >= 0
    if flag is not None and not dashed:
        return candidates.of_flag(place.path, flag, factory(values), arguments, last_value)
    if flag is None and last.startswith("-") and "=" not in last and not dashed:
        needed = _required(place, values, last)
        return Offer(needed or _flags(place, values, last), NO_FILES)
    return _of_words(place, values, arguments, last, factory, environment)


def _of_words(place: Place, values: Values, arguments: list[str], last: str, factory: Opener, environment: Mapping[str, str]) -> Offer:
    """Offer subcommands, flags that must be given, and arguments."""
    found, directive = [], DEFAULT
    own = [flag.name for flag in place.flags if flag not in GLOBAL_FLAGS]
    if place.subcommands and not arguments and not any(values.changed(name) for name in own):
        directive = NO_FILES
        offered = dict(place.subcommands)
        if not place.path:
            offered |= {name: f"The command {name} is a plugin installed by the user" for name in pathplugins.commands(environment) if name not in offered}
        found = [f"{name}\t{text}" for name, text in sorted(offered.items()) if name.startswith(last)]
    found += _required(place, values, last)
    if place.path == "help":
        below = find(arguments, environment)
        return Offer([f"{name}\t{text}" for name, text in sorted(below.subcommands.items()) if name.startswith(last) and not below.rest], NO_FILES)
    more = candidates.of_arguments(place.path, lambda: factory(values), arguments, last)
    return Offer(found, directive) if more is None else Offer(found + more.candidates, more.directive)


def find(line: list[str], environment: Mapping[str, str]) -> Place:
    """Return the command that words name; _Stuck where kctl has none of that name."""
    from minikube_py.cli import main

    position = main.command_at(line)
    if position is None:
        return Place("", GLOBAL_FLAGS, _root(), line)
    word, rest = line[position], line[:position] + line[position + 1 :]
    if word in ("help", "options"):
        return Place(word, GLOBAL_FLAGS, {}, rest)
    module = commands.find(word)
    if module is None:
        if not position and pathplugins.find(line, environment) is not None:
            return Place(word, (), {}, [])  # it reads its flags itself
        raise _Stuck(f"unable to find a command for arguments: [{' '.join(line)}]")
    loaded = commands.load(module)
    if hasattr(loaded, "APP"):
        from minikube_py.cli import typers

        return Place(word, GLOBAL_FLAGS, typers.subcommands(loaded.APP), rest)
    return _below(loaded.COMMAND, rest)


def _below(found: Command | Family, rest: list[str]) -> Place:
    from minikube_py.cli import main

    while isinstance(found, Family):
        position = main.command_at(rest, found.leaf)
        word = rest[position] if position is not None else ""
        entry = found.subcommands.get(found.synonyms.get(word, word))
        if entry is None or position is None:
            own = found.leaf.flags if found.leaf is not None else ()
            return Place(found.path, _with_global(own), {name: text for name, (_, text) in found.subcommands.items()}, rest)
        rest = rest[:position] + rest[position + 1 :]
        found = commands.load(entry[0]).COMMAND
    return Place(found.path, _with_global(found.flags), {}, rest, found.interspersed)


def _root() -> dict[str, str]:
    found = {name: text for group in commands.GROUPS.values() for name, (_, text) in group.items()}
    return {**found, "help": "Help about any command", "options": "Print the list of flags inherited by all commands"}


def _with_global(own: Sequence[Flag]) -> tuple[Flag, ...]:
    """Return a command's flags and the global ones that it does not use for something else."""
    taken = {flag.name for flag in own} | {flag.short for flag in own if flag.short}
    return (*(flag if flag.short not in taken else flag._replace(short="") for flag in GLOBAL_FLAGS if flag.name not in taken), *own)


def _flag_at(place: Place, last: str) -> tuple[Flag | None, list[str], str]:
    """Return the flag whose value is to be completed, the words before it, and what there is of the value."""
    name, words, value = "", place.rest, last
    joined = last.startswith("-") and "=" in last
    if joined:
        name, _, value = last.partition("=")
        name = name[2:] if name.startswith("--") else name[-1]
    elif not last.startswith("-") and words and len(words[-1]) > 1 and words[-1].startswith("-") and words[-1] != "--" and "=" not in words[-1]:
        name, words = words[-1], words[:-1]
        name = name[2:] if name.startswith("--") else name[-1]
    if not name or "--" in words:
        return None, place.rest, last
    flag = next((flag for flag in (*place.flags, flags.Flag("help", "bool", short="h")) if name in (flag.name, flag.short)), None)
    if flag is None:
        if joined:
            raise _Stuck(f"Subcommand '{place.path}' does not support flag '{name}'")
        return None, place.rest, last
    if not joined and (flag.kind == "bool" or flag.optional is not None):
        return None, place.rest, last
    return flag, _without_letter(place.rest, words, joined), value


def _without_letter(line: list[str], words: list[str], joined: bool) -> list[str]:
    """Return the words before a flag, with the letters before its own: -A of -Ao."""
    cut = "" if joined or line[-1].startswith("--") else line[-1][:-1]
    return [*words, cut] if len(cut) > 1 else words


def _read(place: Place, words: list[str]) -> tuple[Values, list[str]]:
    try:
        return flags.parse((*place.flags, Flag("help", "bool", short="h")), words, interspersed=place.interspersed)
    except UsageError as error:
        raise _Stuck(f"Error while parsing flags from args [{' '.join(words)}]: {error}") from error


def _required(place: Place, values: Values, last: str) -> list[str]:
    names = _REQUIRED.get(place.path, "").split()
    return [text for flag in place.flags if flag.name in names and not values.changed(flag.name) for text in _spellings(flag, last)]


def _flags(place: Place, values: Values, last: str) -> list[str]:
    """Return the flags that can stand here: global ones first, as kubectl has them, and none twice that can be given once."""
    shared = {flag.name for flag in GLOBAL_FLAGS}
    own = [flag for flag in place.flags if flag.name not in shared]
    about = Flag("help", "bool", short="h", usage=f"help for {(place.path or 'kctl').split()[-1]}")
    parts = [[flag for flag in place.flags if flag.name in shared], [*own, about]] if place.path else [[*place.flags, about]]
    ordered = [flag for part in parts for flag in sorted(part, key=lambda flag: flag.name)]
    return [text for flag in ordered if flag.kind in _REPEATED or not values.changed(flag.name) for text in _spellings(flag, last)]


def _spellings(flag: Flag, last: str) -> list[str]:
    if flag.hidden:
        return []
    spelled = [f"--{flag.name}"] + ([f"-{flag.short}"] if flag.short else [])
    return [f"{word}\t{flag.usage}" for word in spelled if word.startswith(last)]
