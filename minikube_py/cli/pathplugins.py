"""Programs on PATH that add commands: kctl-foo is `kctl foo`, and kubectl-foo, made for kubectl, is that too."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from minikube_py.cli.failures import Verbatim

if TYPE_CHECKING:
    from minikube_py.cli.command import Family
    from minikube_py.cli.factory import Streams

PREFIXES = ("kctl", "kubectl")
_NOT_IN_NAMES = "/\\\0"  # what would lead out of a folder of PATH


class Plugin(NamedTuple):
    """A program, and the words behind it."""

    path: str
    arguments: tuple[str, ...]


def folders(environment: Mapping[str, str]) -> list[str]:
    """Return the folders of PATH, each once; none for an empty part, which some shells take for the working directory."""
    return [folder for folder in dict.fromkeys(environment.get("PATH", "").split(os.pathsep)) if folder.strip()]


def is_executable(path: str) -> bool:
    """Tell whether a path is that of a file that somebody may run; OSError where there is none."""
    import stat

    mode = os.stat(path).st_mode
    return not stat.S_ISDIR(mode) and bool(mode & 0o111)


def look_up(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the path of the first program on PATH with a name."""
    if not name or any(letter in name for letter in _NOT_IN_NAMES):
        return None
    for folder in folders(environment):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def find(line: Sequence[str], environment: Mapping[str, str], *, least: int = 1) -> Plugin | None:
    """Return the plugin that a command line means: the one with the longest name, of at least `least` words."""
    words: list[str] = []
    for word in line:
        if word.startswith("-"):
            break
        words.append(word.replace("-", "_"))
    for length in range(len(words), least - 1, -1):
        for prefix in PREFIXES:
            path = look_up("-".join((prefix, *words[:length])), environment) if all(words[:length]) else None
            if path is not None:
                return Plugin(path, tuple(line[length:]))
    return None


def below(family: "Family", line: Sequence[str], environment: Mapping[str, str]) -> Plugin | None:
    """Return the plugin that adds the subcommand in the second word, where the command has none of that name: `kctl create foo`."""
    if len(line) < 2 or line[1].startswith("-") or family.synonyms.get(line[1], line[1]) in family.subcommands:
        return None
    return find(line, environment, least=2)


def run(plugin: Plugin, streams: "Streams", environment: Mapping[str, str]) -> int:
    """Become the plugin; where that cannot be (streams that are not the process's own, Windows), run it and return its exit code."""
    arguments = [plugin.path, *plugin.arguments]
    try:
        if streams.out is sys.stdout and os.name == "posix":
            streams.out.flush()
            streams.err.flush()
            os.execve(plugin.path, arguments, dict(environment))  # noqa: S606  (no shell, on purpose)
        import subprocess

        if streams.out is sys.stdout:
            return subprocess.run(arguments, env=dict(environment), check=False).returncode
        done = subprocess.run(arguments, env=dict(environment), capture_output=True, text=True, check=False)
    except OSError as error:
        raise Verbatim(f"Error: {(error.strerror or '').lower()}") from error
    streams.out.write(done.stdout)
    streams.err.write(done.stderr)
    return done.returncode


def names(folder: str) -> Iterator[str]:
    """Yield the names of the files in a folder that are called as plugins are, in order; OSError where it cannot be read."""
    with os.scandir(folder) as entries:
        found = [entry.name for entry in entries if not entry.is_dir(follow_symlinks=False)]
    yield from sorted(name for name in found if name.startswith(tuple(f"{prefix}-" for prefix in PREFIXES)))


def commands(environment: Mapping[str, str]) -> list[str]:
    """Return the first words of the commands that plugins add."""
    found: set[str] = set()
    for folder in folders(environment):
        try:
            found.update(name.split("-")[1].replace("_", "-") for name in names(folder))
        except OSError:
            continue  # a part of PATH that is not there, as PATH often has
    return sorted(found - {""})


def completions(line: Sequence[str], last: str, environment: Mapping[str, str]) -> tuple[list[str], int]:
    """Return what a plugin offers for the last word, and the directive: kctl_complete-foo is asked for kctl-foo, where there is one."""
    plugin = find(line, environment)
    path = look_up(os.path.basename(plugin.path).replace("-", "_complete-", 1), environment) if plugin is not None else None
    if plugin is None or path is None:
        return [], 0
    import subprocess

    try:
        done = subprocess.run([path, *plugin.arguments, last], env=dict(environment), stdout=subprocess.PIPE, text=True, errors="replace", check=False)
    except OSError:
        return [], 0
    found = [text for text in done.stdout.split("\n") if text] if not done.returncode else []
    if found and found[-1][:1] == ":" and found[-1][1:].isdecimal():
        return found[:-1], int(found[-1][1:])
    return found, 0
