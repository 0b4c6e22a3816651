"""Finds the command, reads its flags, runs it, and turns errors into kubectl's words and exit codes. Nobody else prints errors."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from minikube_py.cli import commands, failures
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import GLOBAL_FLAGS, Factory, Streams, default_environment, is_terminal
from minikube_py.cli.flags import Flag, UsageError, Values, parse
from minikube_py.machinery.errors import KctlError, quoted

if TYPE_CHECKING:
    from minikube_py.cluster.cluster import Cluster

_RAW = ("attach", "debug", "exec", "logs", "run")  # commands that show what a program in a container writes, as it is
INTERRUPTED = 130  # the exit code, as of a program that SIGINT has ended
HELP = Flag("help", "bool", short="h", hidden=True)
_SWITCHES = {flag.name for flag in GLOBAL_FLAGS if flag.kind == "bool" or flag.optional is not None}  # flags that take no value from the next word


def run(line: Sequence[str], *, streams: Streams | None = None, environment: Mapping[str, str] | None = None, cluster: "Cluster | None" = None) -> int:
    """Run one command line (without the program's name) and return its exit code. `cluster` is one that is open already (tests)."""
    streams = _shown(streams or Streams.of_process())
    surroundings = default_environment() if environment is None else environment
    try:
        try:
            code = _guarded(list(line), streams, surroundings, cluster)
        except KeyboardInterrupt:
            code = INTERRUPTED
        streams.out.flush()
        streams.err.flush()
        return code
    except BrokenPipeError:
        return _give_up(streams)
    except OSError as error:  # the disk that standard output goes to is full
        failures.report(KctlError(f"cannot write standard output: {error.strerror}"), streams.err)
        return _give_up(streams)


def _shown(streams: Streams) -> Streams:
    """Return streams of which terminals take nothing for commands."""
    if not (is_terminal(streams.out) or is_terminal(streams.err)):
        return streams
    from minikube_py.cli import terminals

    return terminals.guarded(streams)


def _plain(streams: Streams) -> Streams:
    """Return streams for programs of others, and for commands of typer, whose colours are their own."""
    return streams._replace(out=getattr(streams.out, "plain", streams.out), err=getattr(streams.err, "plain", streams.err))


def _guarded(line: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    try:
        return _run(line, streams, environment, cluster)
    except KctlError as error:
        return failures.report(error, streams.err)
    except OSError as error:
        if error.filename is None:  # of a stream of ours, not of a file
            raise
        return failures.report(KctlError(f"{error.filename}: {error.strerror}"), streams.err)
    except UnicodeEncodeError as error:
        return failures.report(KctlError(f"{quoted(error.object[error.start : error.end])} is no valid UTF-8"), streams.err)
    except Exception as error:  # a mistake of ours: one line, as for everything else
        if environment.get("KCTL_DEBUG"):
            import traceback

            traceback.print_exception(error, file=streams.err)
        return failures.report(KctlError(f"internal error: {type(error).__name__}: {error}"), streams.err)


def _give_up(streams: Streams) -> int:
    """Let nothing more be written where nobody reads it, or it cannot be written: the interpreter flushes once more as it ends."""
    import os

    if streams.out.fileno() == 1:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1


def _run(line: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    if environment.get("KUBECTL_KUBERC"):
        from minikube_py.cli import kuberc

        line = kuberc.applied(line, environment, streams.err)
    position = command_at(line)
    if position is None:
        return _no_command(line, streams)
    word, rest = line[position], line[:position] + line[position + 1 :]
    if word == "help":
        _parsed("help", GLOBAL_FLAGS, rest)
        return _help(rest, streams)
    if word == "options":
        return _options(rest, streams)
    module = commands.find(word)
    if module is None:
        return _stranger(line, position, streams, environment, cluster)
    loaded = commands.load(module)
    if hasattr(loaded, "APP"):
        return _typer(loaded.APP, f"kctl {word}", rest, streams, environment, cluster)
    if word == "create" and not position:
        from minikube_py.cli import pathplugins

        added = pathplugins.below(loaded.COMMAND, line, environment)
        if added is not None:
            return pathplugins.run(added, _plain(streams), environment)
    return _leaf_or_family(loaded.COMMAND, rest, streams, environment, cluster)


def _no_command(line: list[str], streams: Streams) -> int:
    """Show what there is, where the flags before can be read."""
    from minikube_py.cli import help as texts

    _parsed("", GLOBAL_FLAGS, line)
    streams.out.write(texts.root())
    return 0


def _options(rest: list[str], streams: Streams) -> int:
    """Show the flags that every command takes."""
    from minikube_py.cli import help as texts

    try:
        _parsed("options", GLOBAL_FLAGS, rest)
    except UsageError as error:
        raise UsageError(str(error), "Run 'kctl options' without flags.") from error
    streams.out.write(texts.options())
    return 0


def _help(words: list[str], streams: Streams) -> int:
    """Show the help of a command: `kctl help config view`."""
    from minikube_py.cli import help as texts

    wanted = [word for word in words if not word.startswith("-")]
    module = commands.find(wanted[0]) if wanted else None
    if module is None:
        if wanted and wanted[0] not in ("help", "options"):
            streams.out.write(f"Unknown help topic {wanted[:1]}\n\n".replace("['", "[`").replace("']", "`]"))
        streams.out.write(texts.options() if wanted[:1] == ["options"] else texts.root())
        return 0
    loaded = commands.load(module)
    if hasattr(loaded, "APP"):
        return _typer(loaded.APP, f"kctl {wanted[0]}", [*wanted[1:], "--help"], streams, {}, None)
    streams.out.write(texts.command(loaded.COMMAND, wanted[1:]))
    return 0


def command_at(line: list[str], leaf: Command | None = None) -> int | None:
    """Return where the first word stands that is no flag or its value; `leaf` has flags beside the global ones.

    As in spf13/cobra a flag that nobody knows here takes the next word, and --help is not known yet.
    """
    position = 0
    while position < len(line):
        word = line[position]
        if word == "--":
            return None
        if not word.startswith("-") or word == "-":
            return position
        position += 2 if _takes_next(word, leaf) else 1
    return None


def _takes_next(word: str, leaf: Command | None) -> bool:
    if "=" in word:
        return False
    own = [flag for flag in leaf.flags if flag.kind == "bool" or flag.optional is not None] if leaf is not None else []
    if word.startswith("--"):
        return word[2:] not in _SWITCHES and word[2:] not in {flag.name for flag in own}
    return len(word) == 2 and word[1] not in {flag.short for flag in own}


def _leaf_or_family(command: Command | Family, rest: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    if isinstance(command, Command):
        return _with_code(command, rest, streams, environment, cluster)
    position = command_at(rest, command.leaf)
    word = rest[position] if position is not None else ""
    entry = command.subcommands.get(command.synonyms.get(word, word))
    if entry is not None and position is not None:
        module = commands.load(entry[0])
        return _leaf_or_family(module.COMMAND, rest[:position] + rest[position + 1 :], streams, environment, cluster)
    if command.leaf is not None and not _asks_for_help(rest):
        return _leaf(command.leaf, rest, streams, environment, cluster)
    from minikube_py.cli import help as texts

    if not _asks_for_help(rest):
        _, words = _parsed(command.path, GLOBAL_FLAGS, rest)
        if words:
            raise UsageError(f"unknown command {quoted(' '.join(words))}", f"See 'kctl {command.path} -h' for help and examples")
        (streams.out if command.alone_on_out else streams.err).write(texts.family(command))
        return 1
    streams.out.write(texts.family(command))
    return 0


def _asks_for_help(line: list[str]) -> bool:
    end = line.index("--") if "--" in line else len(line)
    return "--help" in line[:end] or "-h" in line[:end]


def _parsed(path: str, flags: Sequence[Flag], line: list[str], *, interspersed: bool = True) -> tuple[Values, list[str]]:
    try:
        return parse((*flags, HELP), line, interspersed=interspersed)
    except UsageError as error:
        raise UsageError(str(error), error.hint or f"See '{f'kctl {path}'.rstrip()} --help' for usage.") from error


def _with_code(command: Command, rest: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    """Run a command; where it has a code of its own for errors, they are reported here."""
    if command.failure == 1:
        return _leaf(command, rest, streams, environment, cluster)
    try:
        return _leaf(command, rest, streams, environment, cluster)
    except failures.ExitCode as error:
        return error.code
    except UsageError as error:
        failures.report(UsageError(str(error), f"See 'kctl {command.path} -h' for help and examples"), streams.err)
    except KctlError as error:
        failures.report(error, streams.err)
    return command.failure


def _leaf(command: Command, rest: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    own = {flag.name for flag in command.flags} | {flag.short for flag in command.flags if flag.short}
    shared = [flag if flag.short not in own else flag._replace(short="") for flag in GLOBAL_FLAGS if flag.name not in own]
    values, arguments = _parsed(command.path, (*command.flags, *shared), rest, interspersed=command.interspersed)
    for flag in (values.flags[name] for name, _ in values.given):
        if flag.deprecated:
            print(f"Flag --{flag.name} has been deprecated, {flag.deprecated}", file=streams.err)
    if values["help"]:
        from minikube_py.cli import help as texts

        streams.out.write(texts.leaf(command))
        return 0
    values.path = command.path
    factory = Factory(_plain(streams) if command.path in _RAW else streams, values, environment, opened=cluster)
    if values.flags["profile"] not in GLOBAL_FLAGS or values["profile"] == "none":  # debug means something else by it
        return _done(command, factory, arguments)
    from minikube_py.cli import profiles

    with profiles.started(values["profile"], values["profile-output"]):
        return _done(command, factory, arguments)


def _done(command: Command, factory: Factory, arguments: list[str]) -> int:
    values, options, interrupted = factory.values, command.options(), False
    try:
        options.complete(factory, values, arguments)
        options.validate()
        code = options.run() or 0
    except KeyboardInterrupt:
        interrupted = True
        raise
    except KctlError as error:
        if values["v"] or values["vmodule"]:
            failures.tell(error, factory.log)
        raise
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        if not factory.is_remote or factory.environment.get("KCTL_DEBUG"):
            raise
        raise KctlError(f"the server's answer cannot be worked with: {type(error).__name__}: {ascii(str(error))[1:-1]}") from error
    finally:
        factory.finish(interrupted=interrupted)
    if not code and values["warnings-as-errors"] and factory.warned:
        raise KctlError(f"{factory.warned} warning{'s' if factory.warned > 1 else ''} received")
    return code


def _typer(app: object, name: str, rest: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    from minikube_py.cli import typers

    return typers.run(app, name, rest, _plain(streams), environment, cluster)


def _stranger(line: list[str], position: int, streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    """Run a command that a plugin or a program on PATH adds, or what shells ask; else say what might have been meant."""
    from minikube_py.cli import help as texts
    from minikube_py.cli import pathplugins, typers

    word, rest = line[position], line[:position] + line[position + 1 :]
    if word in ("__complete", "__completeNoDesc"):
        from minikube_py.cli import completing

        return completing.run(rest, streams, environment, cluster, described=word == "__complete")
    app = typers.of_plugins(word, environment)
    if app is not None:
        return _typer(app, f"kctl {word}", rest, streams, environment, cluster)
    if position:  # kubectl looks for a plugin then, and finds no name
        raise failures.Verbatim(f"Error: flags cannot be placed before plugin name: {line[0]}")
    plugin = pathplugins.find(line, environment)
    if plugin is not None:
        return pathplugins.run(plugin, _plain(streams), environment)
    raise UsageError(f'unknown command {quoted(word)} for "kctl"', texts.suggestions(word))
