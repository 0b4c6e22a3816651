"""What a command is: its texts, its flags, and the options object that completes, validates and runs it."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from minikube_py.cli.flags import Flag, Values

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory


class Options(Protocol):
    """The anatomy of every command: only `complete` sees flags and arguments."""

    def complete(self, factory: "Factory", values: Values, arguments: list[str]) -> None:
        """Take over what the command line says."""

    def validate(self) -> None:
        """Raise a KctlError where it makes no sense."""

    def run(self) -> int | None:
        """Do it; return an exit code, None for 0."""


class Command(NamedTuple):
    """One leaf command. `usage` is what stands after the command's path: (TYPE NAME | TYPE/NAME) [flags]."""

    path: str
    short: str
    usage: str
    flags: Sequence[Flag]
    options: Callable[[], Options]
    long: str = ""
    examples: str = ""
    aliases: tuple[str, ...] = ()
    interspersed: bool = True  # exec and its like stop at the first argument
    failure: int = 1  # the exit code of every error: 2 for diff, where 1 means that there are differences


class Family(NamedTuple):
    """A command with subcommands: where the module of each is, and a leaf of its own where it has one (create -f)."""

    path: str
    short: str
    usage: str
    subcommands: dict[str, tuple[str, str]]  # name to (module, what it does)
    leaf: Command | None = None
    long: str = ""
    examples: str = ""
    aliases: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = MappingProxyType({})  # short names of subcommands: cm for configmap
    alone_on_out: bool = False  # without a subcommand the help is printed on standard output, otherwise on standard error; the exit code is 1
