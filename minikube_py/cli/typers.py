"""Runs command families that are written with typer: kctl's own, and those that plugins add."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from minikube_py.cli.factory import GLOBAL_FLAGS, Factory, Streams
from minikube_py.cli.flags import UsageError, Values
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cluster.cluster import Cluster


def run(app: Any, name: str, line: list[str], streams: Streams, environment: Mapping[str, str], cluster: "Cluster | None") -> int:
    """Run one command line of a typer.Typer; its commands find the Factory as `context.obj`."""
    import contextlib

    import typer

    factory, interrupted = Factory(streams, Values(GLOBAL_FLAGS), environment, opened=cluster), False
    command = typer.main.get_command(app)
    try:
        with contextlib.redirect_stdout(streams.out), contextlib.redirect_stderr(streams.err):
            code = command.main(args=line, prog_name=name, standalone_mode=False, obj=factory)
    except KctlError:
        raise
    except Exception as error:
        interrupted = type(error).__name__ == "Abort"  # click's word for Ctrl-C
        if interrupted:
            raise KeyboardInterrupt from error
        text = getattr(error, "format_message", None)
        if text is None:
            raise
        raise UsageError(_lowered(text()), f"See '{name} --help' for usage.") from error
    finally:
        factory.finish(interrupted=interrupted)
    return code if isinstance(code, int) else 0


def subcommands(app: Any) -> dict[str, str]:
    """Return the commands of a typer.Typer, and what each does."""
    import typer

    found = getattr(typer.main.get_command(app), "commands", {})
    return {name: (command.help or "").partition("\n")[0] for name, command in found.items() if not command.hidden}


def _lowered(text: str) -> str:
    """Return an error as kubectl begins and ends them: in lower case, without a full stop."""
    return (text[:1].lower() + text[1:]).rstrip(".")


def of_plugins(word: str, environment: Mapping[str, str]) -> Any:
    """Return the typer.Typer that a plugin registered under this name, or None."""
    from minikube_py.cluster.cluster import plugin_manager
    from minikube_py.cluster.home import Home

    entry = plugin_manager(Home.of(dict(environment))).registry("commands").get(word)
    if entry is None:
        return None
    if not isinstance(entry.value, str):
        return entry.value
    import importlib

    module, _, attribute = entry.value.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute or "app")
    except Exception as error:
        raise KctlError(f"the command {word} of a plugin cannot be loaded: {type(error).__name__}: {error}") from error
