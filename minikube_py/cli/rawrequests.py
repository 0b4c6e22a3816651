"""--raw: requests to paths of the API as they are written, and the answers as the server sends them."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from minikube_py.client import wire
from minikube_py.client.wire import Message
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.cli.flags import Values

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}")


def check(uri: str) -> None:
    """Refuse what is no path (Go's url.ParseRequestURI)."""
    problem = ""
    if any(letter < " " or letter == "\x7f" for letter in uri):
        raise KctlError(f"--raw must be a valid URL path: parse {_quoted(uri)}: net/url: invalid control character in URL")
    if not uri.startswith("/") and not urlsplit(uri).scheme:
        problem = "invalid URI for request"
    escape = _BAD_ESCAPE.search(uri.partition("?")[0])
    if not problem and escape is not None:
        problem = f'invalid URL escape "{escape[0]}"'
    if problem:
        raise KctlError(f"--raw must be a valid URL path: parse {_quoted(uri)}: {problem}")


def _quoted(text: str) -> str:
    from minikube_py.kits import gofmt

    return gofmt.quote(text)


def check_flags(values: "Values") -> None:
    """Refuse what does not go together with --raw of delete and replace."""
    filenames = values["filename"]
    if len(filenames) > 1:
        raise KctlError("--raw can only use a single local file or stdin")
    if filenames and filenames[0].startswith(("http://", "https://")):
        raise KctlError("--raw cannot read from a url")
    for flag in ("recursive", "output"):
        if values[flag]:
            raise KctlError(f"--raw and --{flag} are mutually exclusive")
    check(values["raw"])


def check_get(values: "Values") -> None:
    """Refuse what does not go together with --raw of get."""
    if values["watch"] or values["watch-only"] or values["selector"]:
        raise KctlError("--raw may not be specified with other flags that filter the server request or alter the output")
    if values["output"]:
        raise KctlError("--raw and --output are mutually exclusive")
    check(values["raw"])


def content(factory: "Factory", filenames: Sequence[str]) -> bytes:
    """Return what is to be sent: what a file or standard input holds, or nothing."""
    from minikube_py.cli import files

    if not filenames:
        return b""
    found = files.Source(filenames[0], "stdin" if filenames[0] == "-" else "file").read(factory.streams.stdin)
    return found.encode("utf-8", "replace") if isinstance(found, str) else found


def send(factory: "Factory", method: str, uri: str, body: bytes | None = None) -> None:
    """Send a request under the identity in force, and print the answer as it comes."""
    message = _message(factory, method, uri, body)
    server = factory.server
    if server is not None:
        _write(server.raw(message), factory.streams.out)
        return
    from minikube_py.cli import rawinside

    rawinside.run(factory, message, lambda parts: _write(parts, factory.streams.out))


def _message(factory: "Factory", method: str, uri: str, body: bytes | None) -> Message:
    """Return the request: path and query as Go's net/url puts them together again."""
    parts = urlsplit(uri) if not uri.startswith("//") else urlsplit(f"http://host{uri}")
    pairs = [pair for pair in parts.query.split("&") if pair and not _BAD_ESCAPE.search(pair) and ";" not in pair]
    query = parse_qsl("&".join(pairs), keep_blank_values=True)
    seconds = factory.request_timeout()
    if seconds:
        from minikube_py.machinery import durations

        query.append(("timeout", durations.spelled(seconds)))
    headers = (("Accept", f"{wire.JSON}, */*"), ("User-Agent", wire.USER_AGENT), *wire.impersonation(factory.impersonated()))
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=~")
    return Message(method, path or "/", tuple(sorted(query, key=lambda pair: pair[0])), headers, body)


def _write(parts: Iterator[bytes], out: TextIO) -> None:
    """Write bytes as they come; to a terminal without what it would obey."""
    from minikube_py.cli.factory import is_terminal

    binary = None if is_terminal(out) else getattr(out, "buffer", None)
    out.flush()
    for part in parts:
        if binary is not None:
            binary.write(part)
            binary.flush()
        else:
            from minikube_py.client import answers

            text = part.decode("utf-8", "replace")
            out.write(answers.clean(text) if is_terminal(out) else text)
            out.flush()
