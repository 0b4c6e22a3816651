"""Two folders of objects, as they are and as they would be, and the program that compares them (kubectl pkg/cmd/diff)."""

import os
import re
import sys
from typing import TYPE_CHECKING

from minikube_py.cli import files, temporaries
from minikube_py.cli.factory import is_terminal
from minikube_py.cli.failures import ExitCode
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory

_DEFAULT = ("diff", "-u", "-N")
_WORD = re.compile("[a-zA-Z0-9-=]+")
_SAME, _BEFORE, _AFTER = "***", "*** (before)", "*** (after)"


class Folders:
    """The two folders; leave it as a context manager, and they are gone."""

    def __init__(self) -> None:
        self.live = temporaries.new_folder("LIVE-")
        self.merged = temporaries.new_folder("MERGED-")

    def __enter__(self) -> "Folders":
        return self

    def __exit__(self, *_: object) -> None:
        import shutil

        shutil.rmtree(self.live, ignore_errors=True)
        shutil.rmtree(self.merged, ignore_errors=True)

    @staticmethod
    def write(folder: str, name: str, obj: Object | None, *, masked: bool = False) -> None:
        """Write an object into a folder; for None an empty file, or where it would be `masked`, null."""
        from minikube_py.kits import yaml

        if "/" in name:
            raise KctlError(f"open {os.path.join(folder, name)}: no such file or directory")
        path = os.path.join(folder, name)
        with files.writing(path), open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700), "w", encoding="utf-8") as file:
            file.write(yaml.dump(obj) if obj is not None or masked else "")


def file_name(obj: Object, group: str, version: str, namespace: str) -> str:
    """Return the name of an object's file: apps.v1.Deployment.default.web."""
    return f"{group + '.' if group else ''}{version}.{obj['kind']}.{namespace}.{obj['metadata']['name']}"


def compare(factory: "Factory", folders: Folders) -> None:
    """Run the program, and print what it says; ExitCode(1) where there are differences, KctlError where it failed."""
    import subprocess

    words = [*_program(factory), folders.live, folders.merged]
    given = (factory.environment.get("KUBECTL_EXTERNAL_DIFF") or "").split(" ")
    words = [*words, *(word for word in given[1:] if _WORD.fullmatch(word))]
    itself = given != [""] and is_terminal(sys.stdout)  # a program of the user's own writes to the terminal, in colour if it likes
    try:
        done = subprocess.run(words, capture_output=not itself, check=False, env=dict(factory.environment))
    except FileNotFoundError:
        missing = "executable file not found in $PATH" if "/" not in words[0] else f"fork/exec {words[0]}: no such file or directory"
        raise KctlError(f'failed to run "{words[0]}": {missing}') from None
    except OSError as error:
        raise KctlError(f'failed to run "{words[0]}": fork/exec {words[0]}: {(error.strerror or "").lower()}') from error
    if not itself:
        factory.streams.out.write(done.stdout.decode("utf-8", "replace"))
        factory.streams.err.write(done.stderr.decode("utf-8", "replace"))
    if done.returncode == 1:
        raise ExitCode(1)
    if done.returncode:
        raise KctlError(f'failed to run "{words[0]}": exit status {done.returncode}')


def _program(factory: "Factory") -> tuple[str, ...]:
    chosen = factory.environment.get("KUBECTL_EXTERNAL_DIFF") or ""
    return (chosen.split(" ")[0],) if chosen else _DEFAULT


def masked(live: Object | None, merged: Object) -> tuple[Object | None, Object]:
    """Return two versions of a Secret without their values; those that differ still do."""
    before, after = _data(live), _data(merged)
    shown = {key: _SAME if key not in after or after[key] == value else _BEFORE for key, value in before.items()}
    then = {key: _SAME if key not in before or before[key] == value else _AFTER for key, value in after.items()}
    return (live if live is None or "data" not in live else {**live, "data": shown}), ({**merged, "data": then} if "data" in merged else merged)


def _data(obj: Object | None) -> Object:
    data = (obj or {}).get("data")
    return data if isinstance(data, dict) else {}
