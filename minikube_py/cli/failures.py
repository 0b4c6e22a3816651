"""Errors as kubectl words them (kubectl/pkg/cmd/util CheckErr)."""

from collections.abc import Sequence
from typing import TextIO

from minikube_py.cli.flags import UsageError
from minikube_py.machinery.errors import Invalid, KctlError, StatusError


class Several(KctlError):
    """Several failures of one command: each is reported."""

    def __init__(self, failures: Sequence[KctlError]) -> None:
        super().__init__("; ".join(str(failure) for failure in failures))
        self.failures = list(failures)


class ExitCode(KctlError):
    """A command that has said all it has to say, and ends with a code."""

    def __init__(self, code: int) -> None:
        super().__init__("")
        self.code = code


def report(error: KctlError, err: TextIO) -> int:
    """Print an error and return the exit code."""
    if isinstance(error, ExitCode):
        return error.code
    for text in dict.fromkeys(texts(error)):
        print(text, file=err)
    return 1


def texts(error: KctlError) -> list[str]:
    """Return the lines that kubectl prints for an error."""
    if isinstance(error, Several):
        return [text for failure in error.failures for text in texts(failure)]
    if isinstance(error, UsageError):
        return [f"error: {error}" + (f"\n{error.hint}" if error.hint else "")]
    if isinstance(error, StatusError):
        return [status_text(error)]
    text = str(error)
    return [text if text.startswith(("error: ", "Error ")) else f"error: {text}"]


def status_text(error: StatusError) -> str:
    """Return what kubectl prints for a Status."""
    details = error.details
    if isinstance(error, Invalid) or error.reason == "Invalid":
        if not (details.get("kind") or details.get("name")):
            return f"The request is invalid: {error.message}"
        subject = f'The {details.get("kind", "")} "{details.get("name", "")}" is invalid'
        causes = [f"{cause['field']}: {cause['message']}" if cause.get("field") else cause["message"] for cause in details.get("causes", ())]
        return _multiline(f"{subject}: ", list(dict.fromkeys(causes))) if causes else subject
    if not error.reason:
        return f"Error from server: {error.message}"
    return f"Error from server ({error.reason}): {error.message}"


def _multiline(prefix: str, lines: list[str]) -> str:
    if len(lines) == 1:
        return prefix + lines[0]
    return prefix + "".join(f"\n* {line}" for line in lines)
