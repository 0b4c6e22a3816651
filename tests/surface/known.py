"""kctl's commands with their flags, by the path that kubectl's surface file gives them: "create secret tls"."""

import importlib
from collections.abc import Iterator

from minikube_py.cli import commands
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import GLOBAL_FLAGS
from minikube_py.cli.flags import Flag


def all_commands() -> dict[str, dict[str, Flag]]:
    """Return the flags of each command, without the global ones."""
    found: dict[str, dict[str, Flag]] = {"": {}}
    for name in commands.names():
        module = importlib.import_module(f"minikube_py.cli.commands.{commands.find(name)}")
        if hasattr(module, "COMMAND"):
            found.update(_below(name, module.COMMAND))
    return found


def _below(path: str, command: Command | Family) -> Iterator[tuple[str, dict[str, Flag]]]:
    own = command if isinstance(command, Command) else command.leaf
    yield path, {flag.name: flag for flag in own.flags} if own else {}
    if isinstance(command, Family):
        for name, (module, _) in command.subcommands.items():
            yield from _below(f"{path} {name}", importlib.import_module(f"minikube_py.cli.commands.{module}").COMMAND)


GLOBALS = {flag.name: flag for flag in GLOBAL_FLAGS}
