"""kuberc files: aliases of commands, and other defaults of flags, where KUBECTL_KUBERC=true asks for them (kubectl pkg/kuberc, alpha in 1.33)."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TextIO

from minikube_py.cli import commands
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import GLOBAL_FLAGS
from minikube_py.cli.failures import Verbatim
from minikube_py.cli.flags import Flag, UsageError, parse
from minikube_py.machinery.errors import KctlError

_ALIAS = re.compile(r"[a-zA-Z]+")
_SHORTS = re.compile(r"-[a-zA-Z]+")
_SEPARATOR = re.compile(r"^---.*$", re.MULTILINE)
_VERSIONS = ("kubectl.config.k8s.io/v1alpha1",)
_FIELDS = ("apiVersion", "kind", "overrides", "aliases")


class _Found(NamedTuple):
    """A command: its name, how many words of the line it takes, and its flags."""

    name: str
    length: int
    flags: Mapping[str, Flag]


def applied(line: list[str], environment: Mapping[str, str], err: TextIO) -> list[str]:
    """Return a command line with what a kuberc file says: the one that --kuberc names, or the file kuberc in kctl's home."""
    if environment["KUBECTL_KUBERC"].lower() != "true":
        return line
    from minikube_py.cluster.home import Home

    words, path = _without_flag(line)
    if environment.get("KUBERC") == "off":
        if path:
            raise _problem("kuberc error disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive")
        return words
    content = _read(path or Home.of(dict(environment)).join("kuberc"), explicit=bool(path), err=err)
    if content is None:
        return words
    _check(content)
    if _find(words) is None:
        return _with_alias(words, content)
    return _with_overrides(words, content, err)


def _problem(text: str) -> KctlError:
    return Verbatim(f"error occurred while applying preferences {text}")


def _without_flag(line: Sequence[str]) -> tuple[list[str], str]:
    """Return the line without --kuberc, and what that names."""
    words = list(line)
    for position, word in enumerate(words):
        if word == "--":
            break
        if word == "--kuberc" or word.startswith("--kuberc="):
            value = word.partition("=")[2] if "=" in word else words[position + 1] if position + 1 < len(words) else ""
            if not value:
                raise _problem("kuberc file is not found")
            return words[:position] + words[position + (1 if "=" in word else 2) :], value
    return words, ""


def _read(path: str, *, explicit: bool, err: TextIO) -> dict[str, Any] | None:
    """Return what a file holds; None where there is nothing to heed."""
    try:
        content = _decoded(path)
    except FileNotFoundError as error:
        if not explicit:
            return None
        raise _problem(f"kuberc error kuberc: open {path}: no such file or directory") from error
    except OSError as error:
        raise _problem(f"kuberc error kuberc: read {path}: {os.strerror(error.errno or 0).lower()}") from error
    except ValueError as error:
        text = f"no valid preferences found in {path}, use --v=5 to see details"
        if explicit:
            raise _problem(f"kuberc error kuberc: {text}") from error
        err.write(f"kuberc: no preferences loaded from {path}: {text}")
        return None
    unknown = [field for field in content or () if field not in _FIELDS]
    if unknown:
        err.write(f'kuberc: ignoring strict decoding error in {path}: strict decoding error: unknown field "{unknown[0]}"')
    return content


def _decoded(path: str) -> dict[str, Any] | None:
    """Return the first preferences among a file's documents, None for an empty file; ValueError where all that it holds is something else."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if not text.strip():
        return None
    for document in _SEPARATOR.split(text):
        try:
            return _preferences(document)
        except ValueError:
            continue
    raise ValueError(path)


def _preferences(document: str) -> dict[str, Any]:
    from minikube_py.kits import yaml

    content = yaml.load(document)
    if not isinstance(content, dict) or content.get("apiVersion") not in _VERSIONS or content.get("kind") != "Preference":
        raise ValueError("no Preference")
    for field in ("overrides", "aliases"):
        entries = content.get(field) or []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) and _is_sound(entry) for entry in entries):
            raise ValueError(field)
        content[field] = entries
    return content


def _is_sound(entry: Mapping[str, Any]) -> bool:
    texts = [entry.get("name", ""), entry.get("command", ""), *(entry.get("prependArgs") or ()), *(entry.get("appendArgs") or ())]
    flags = entry.get("flags") or ()
    texts += [flag.get(field, "") if isinstance(flag, dict) else None for flag in flags for field in ("name", "default")]
    return all(isinstance(text, str) for text in texts)


def _check(content: Mapping[str, Any]) -> None:
    names: set[str] = set()
    for entry in (*content["aliases"], *content["overrides"]):
        for flag in entry.get("flags") or ():
            if flag["name"].startswith("-"):
                raise _problem(f"flag name {flag['name']} should be in long form without dashes")
    for alias in content["aliases"]:
        name = alias.get("name", "")
        if not _ALIAS.fullmatch(name):
            raise _problem("invalid alias name, can only include alphabetical characters")
        if name in names:
            raise _problem(f"duplicate alias name {name}")
        names.add(name)


def _find(words: Sequence[str]) -> _Found | None:
    """Return the command that words begin with, flags before it left out."""
    from minikube_py.cli.main import command_at

    position = command_at(list(words))
    module = commands.find(words[position]) if position is not None else None
    if module is None or position is None:
        return None
    loaded = commands.load(module)
    command: Command | Family | None = getattr(loaded, "COMMAND", None)
    length, name = position + 1, words[position]
    while isinstance(command, Family) and length < len(words):
        word = command.synonyms.get(words[length], words[length])
        if word not in command.subcommands:
            break
        command = commands.load(command.subcommands[word][0]).COMMAND
        length, name = length + 1, word
    leaf = command.leaf if isinstance(command, Family) else command
    own = leaf.flags if leaf is not None else ()
    return _Found(name, length, {flag.name: flag for flag in (*GLOBAL_FLAGS, *own)})


def _with_alias(words: list[str], content: Mapping[str, Any]) -> list[str]:
    alias = next((each for each in content["aliases"] if words[:1] == [each["name"]]), None)
    if alias is None:
        return words
    command = alias.get("command", "").split()
    found = _find(command)
    if found is None:
        raise _problem(f'command "{alias.get("command", "")}" not found to set alias "{alias["name"]}": [{" ".join(command)}]')
    given = []
    for flag in alias.get("flags") or ():
        known = found.flags.get(flag["name"])
        if known is None:
            raise _problem(f"invalid alias flag {flag['name']} in alias kctl")
        if not _is_given(known, words):
            given.append(_flag(known, flag["default"], f"could not apply value {flag['default']} to flag {flag['name']} in alias kctl"))
    return [*command, *given, *(alias.get("prependArgs") or ()), *words[1:], *(alias.get("appendArgs") or ())]


def _with_overrides(words: list[str], content: Mapping[str, Any], err: TextIO) -> list[str]:
    found = _find(words)
    assert found is not None, "it has been looked for"
    given = []
    for override in content["overrides"]:
        wanted = override.get("command", "")
        other = _find(wanted.split())
        if other is None:
            err.write(f'Warning: command "{wanted}" not found to set kuberc override\n')
            continue
        if other.name != found.name:
            continue
        for flag in override.get("flags") or ():
            known = found.flags.get(flag["name"])
            if known is None:
                raise _problem(f"invalid flag {flag['name']} for command {wanted}")
            if not _is_given(known, words):
                problem = f"could not apply override value {flag['default']} to flag {flag['name']} in command {wanted}"
                given.append(_flag(known, flag["default"], problem))
    return [*words[: found.length], *given, *words[found.length :]]


def _flag(flag: Flag, value: str, problem: str) -> str:
    """Return a flag as a word of a command line."""
    word = f"--{flag.name}={value}"
    try:
        parse((flag,), [word])
    except UsageError as error:
        raise _problem(f"{problem} err: {error}") from error
    return word


def _is_given(flag: Flag, words: Sequence[str]) -> bool:
    """Tell whether a flag is on the command line already, so that it stays."""
    for word in words:
        if word == f"--{flag.name}" or word.startswith(f"--{flag.name}="):
            return True
        if flag.short and (word.startswith(f"-{flag.short}") or _SHORTS.fullmatch(word) and flag.short in word[1:]):
            return True
    return False
