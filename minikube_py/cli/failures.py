"""Errors as kubectl words them (kubectl/pkg/cmd/util CheckErr)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from minikube_py.cli.flags import UsageError
from minikube_py.machinery.errors import Fatal, Invalid, KctlError, StatusError, from_status, quoted

if TYPE_CHECKING:
    from minikube_py.kits.klog import Log

# How texts begin that say already what failed; the last two are of connections.
_COMPLETE = ("error: ", "Error from server", "Error in configuration: ", "Unable to connect to the server: ", "The connection to the server ")
_DETAILS = ("name", "group", "kind", "uid", "causes", "retryAfterSeconds")  # in the order of Go's struct


class Several(KctlError):
    """Several failures of one command: each is reported (apimachinery util/errors.Aggregate, which may hold others)."""

    def __init__(self, failures: Sequence[KctlError]) -> None:
        self.failures = list(failures)
        messages = list(dict.fromkeys(self._messages()))
        super().__init__(messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]")

    def _messages(self) -> Iterator[str]:
        for failure in self.failures:
            if isinstance(failure, Several):
                yield from failure._messages()
            else:
                yield str(failure)


class Verbatim(KctlError):
    """A failure that is printed as it is, without "error: " before it."""


class ExitCode(KctlError):
    """A command that has said all it has to say, and ends with a code."""

    def __init__(self, code: int) -> None:
        super().__init__("")
        self.code = code


def report(error: KctlError, err: TextIO) -> int:
    """Print an error and return the exit code."""
    if isinstance(error, ExitCode):
        return error.code
    if isinstance(error, Fatal):
        from minikube_py.cli import klog

        klog.fatal(str(error), error.place, err)
        return 1
    found = texts(error)
    for text in found:
        err.write(text if text.endswith("\n") and len(found) == 1 else text + "\n")
    return 1


def tell(error: KctlError, log: "Log") -> None:
    """Log what a server said, for those who want to know more than is printed."""
    for each in error.failures if isinstance(error, Several) else [error]:
        if isinstance(each, StatusError) and not isinstance(each, Invalid) and log.enabled(4, "helpers"):
            import json

            details = {field: each.details[field] for field in _DETAILS if field in each.details}
            status = {**each.status(), **({"details": details} if details else {})}
            log.info(4, "helpers.go:246", f"server response object: %s[{json.dumps(status, ensure_ascii=False, indent=2)}]")


def refuse(refusals: Iterable[tuple[object, str]]) -> None:
    """Raise the text of the first pair whose condition holds."""
    for refused, text in refusals:
        if refused:
            raise KctlError(text)


def combined(failures: Sequence[KctlError]) -> KctlError | None:
    """Return one error for many; None for none."""
    if not failures:
        return None
    return failures[0] if len(failures) == 1 else Several(failures)


def first(error: KctlError) -> KctlError:
    """Return the first of several failures, for commands that stop there."""
    while isinstance(error, Several) and error.failures:
        error = error.failures[0]
    return error


def with_source(verb: str, source: str, error: KctlError) -> KctlError:
    """Return an error that says which file it came from (kubectl's AddSourceToErr)."""
    if not source:
        return error
    if isinstance(error, StatusError):
        return from_status({**error.status(), "message": f'error when {verb} "{source}": {error.message}'})
    return KctlError(f'error when {verb} "{source}": {error}')


def texts(error: KctlError, *, nested: bool = False) -> list[str]:
    """Return the lines that kubectl prints for an error. `nested`: a list of errors within it is not taken for its only one."""
    if isinstance(error, Several):
        return texts(error.failures[0], nested=True) if len(error.failures) == 1 and not nested else [_listed(each) for each in error.failures]
    if isinstance(error, UsageError):
        return [f"error: {error}" + (f"\n{error.hint}" if error.hint else "")]
    if isinstance(error, StatusError):
        return [status_text(error)]
    text = str(error)
    return [text if isinstance(error, Verbatim) or text.startswith(_COMPLETE) else f"error: {text}"]


def _listed(error: KctlError) -> str:
    """Return the line of one error among several, where kubectl writes no "error: "."""
    return _server_text(error) if isinstance(error, StatusError) else str(error)


def status_text(error: StatusError) -> str:
    """Return what kubectl prints for a Status."""
    details = error.details
    if isinstance(error, Invalid) or error.reason == "Invalid":
        if not (details.get("kind") or details.get("name") or details.get("causes")):
            return f"The request is invalid: {error.message}"
        named = details.get("kind") or details.get("name")
        subject = f"The {details.get('kind', '')} {quoted(details.get('name', ''))} is invalid" if named else "The request is invalid"
        causes = [f"{cause['field']}: {cause['message']}" if cause.get("field") else cause["message"] for cause in details.get("causes", ())]
        return _multiline(f"{subject}: ", list(dict.fromkeys(causes))) if causes else subject
    return _server_text(error)


def _server_text(error: StatusError) -> str:
    if not error.reason:
        return f"Error from server: {error.message}"
    if error.reason == "Unauthorized":
        return f"error: You must be logged in to the server ({error.message})"
    return f"Error from server ({error.reason}): {error.message}"


def _multiline(prefix: str, lines: list[str]) -> str:
    """Return a text with the end of its line, also where the last line has one."""
    return prefix + (lines[0] if len(lines) == 1 else "".join(f"\n* {line}" for line in lines)) + "\n"
