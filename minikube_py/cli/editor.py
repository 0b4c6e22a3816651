"""The editor of the person at the keyboard: KUBE_EDITOR, else EDITOR, else vi; on a temporary file that only she may read."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from minikube_py.cli import files, temporaries
from minikube_py.machinery.errors import KctlError

_VARIABLES = ("KUBE_EDITOR", "EDITOR")
_DEFAULT = "vi"
_SHELL = "/bin/bash"


class Edited(NamedTuple):
    """What the editor left, and where."""

    content: bytes
    path: str


class Editor:
    """Starts an editor. Words with quotes in them go to the user's shell, as with kubectl."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        chosen = next((environment[name] for name in _VARIABLES if environment.get(name)), _DEFAULT)
        self._in_shell = " " in chosen and any(mark in chosen for mark in "\"'\\")
        self._words = [environment.get("SHELL") or _SHELL, "-c", chosen] if self._in_shell else chosen.split(" ")

    def edit(self, content: bytes, suffix: str) -> Edited:
        """Let a new file with this content be edited, and return what became of it. The file stays."""
        descriptor, path = temporaries.new_file("kctl-edit-", suffix)
        try:
            with files.writing(path), os.fdopen(descriptor, "wb") as file:
                file.write(content)
        except KctlError:
            remove(path)
            raise
        self._launch(path)
        try:
            with open(path, "rb") as file:
                return Edited(file.read(), path)
        except OSError as error:
            text = error.strerror or str(error)
            raise KctlError(f"open {path}: {text[:1].lower()}{text[1:]}") from error

    def _launch(self, path: str) -> None:
        import shutil
        import subprocess

        shown = " ".join(self._words)
        words = [*self._words[:-1], f'{self._words[-1]} "{path}"'] if self._in_shell else [*self._words, path]
        if "/" not in words[0] and shutil.which(words[0], path=self._environment.get("PATH")) is None:
            raise KctlError(f'unable to launch the editor "{shown}"')
        try:
            code = subprocess.run(words, check=False, env=dict(self._environment)).returncode
        except OSError:
            code = -1
        if code:
            raise KctlError(f'there was a problem with the editor "{shown}"')


def remove(path: str) -> None:
    """Remove a file that an editor left, where there is one."""
    import contextlib

    if path:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
