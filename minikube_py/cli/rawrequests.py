"""--raw: requests to paths of the API as they are written, and the answers as the server sends them."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import parse_qsl, unquote, urlsplit

from minikube_py.cli import typedjson
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.cli.flags import Values
    from minikube_py.client.rest import RestClient

_FIRST = ("kind", "apiVersion", "metadata")  # the order of the server's answers
_OPTIONS = {"fieldManager": "field_manager", "fieldValidation": "field_validation"}


def check(uri: str) -> None:
    """Refuse what is no path (Go's url.ParseRequestURI)."""
    if not uri.startswith("/") and not urlsplit(uri).scheme:
        raise KctlError(f'--raw must be a valid URL path: parse "{uri}": invalid URI for request')


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


def content(factory: "Factory", filenames: Sequence[str]) -> str:
    """Return what is to be sent: what a file or standard input holds, or nothing."""
    from minikube_py.cli import files

    if not filenames:
        return ""
    found = files.Source(filenames[0], "stdin" if filenames[0] == "-" else "file").read(factory.streams.stdin)
    return found if isinstance(found, str) else found.decode("utf-8", "replace")


def delete(client: "RestClient", uri: str, body: str, out: TextIO) -> None:
    """Delete what a path names, with the DeleteOptions of a body, and print the answer."""
    parts = urlsplit(uri)
    resource, namespace, name, subresource = _target(client, unquote(parts.path))
    query = dict(parse_qsl(parts.query))
    try:
        asked = {**query, **(json.loads(body) if body.strip() else {})}
    except (TypeError, ValueError) as error:
        raise errors.BadRequest(f"couldn't get version/kind; json parse error: {error}") from error
    seconds = asked.get("gracePeriodSeconds")
    options: dict[str, Any] = {"propagation_policy": asked.get("propagationPolicy"), "grace_period_seconds": None if seconds is None else int(seconds),
               "preconditions": asked.get("preconditions"), "dry_run": asked.get("dryRun") in ("All", ["All"]) or None}  # fmt: skip
    answer = client.send("delete" if name else "deletecollection", resource, namespace=namespace, name=name, subresource=subresource, **options).body
    _print(answer, out)


def post(client: "RestClient", uri: str, body: str, out: TextIO, *, verb: str = "create") -> None:
    """Send a JSON object to a path, by POST or (verb update) by PUT, and print the answer."""
    parts = urlsplit(uri)
    resource, namespace, name, subresource = _target(client, unquote(parts.path))
    query = dict(parse_qsl(parts.query))
    options: dict[str, Any] = {_OPTIONS[key]: value for key, value in query.items() if key in _OPTIONS}
    options["dry_run"] = query.get("dryRun") == "All" or None
    try:
        obj = json.loads(body)
    except ValueError as error:
        raise errors.BadRequest(f"the object provided is unrecognized (must be of type {resource.kind}): couldn't get version/kind; "
                                f"json parse error: {error}") from error  # fmt: skip
    answer = client.send(verb, resource, namespace=namespace, name=name, subresource=subresource, body=obj, **options).body
    _print(answer, out)


def _print(answer: Any, out: TextIO) -> None:
    first = {field: answer[field] for field in _FIRST if field in answer}
    out.write(typedjson.compact({**first, **answer}) + "\n")


def _target(client: "RestClient", path: str) -> tuple[Resource, str, str, str]:
    """Return resource, namespace, name and subresource of a path below /api or /apis."""
    words = path.strip("/").split("/")
    group, rest = ("", words[1:]) if words[0] == "api" else (words[1] if len(words) > 1 else "", words[2:])
    version, rest = (rest[0], rest[1:]) if rest else ("", [])
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and client.scheme.get(group, version, rest[2]) is not None:
        namespace, rest = rest[1], rest[2:]
    resource = client.scheme.get(group, version, rest[0]) if rest and words[0] in ("api", "apis") else None
    if resource is None:
        raise errors.UnknownPath()
    return resource, namespace, rest[1] if len(rest) > 1 else "", "/".join(rest[2:])
