"""Answers: objects, Tables, PartialObjectMetadata and Statuses as bytes of JSON, as Go's encoder writes them."""

import json
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.apiserver.http import negotiation
from minikube_py.apiserver.http.negotiation import Shape
from minikube_py.machinery import errors, schemas
from minikube_py.machinery.errors import KctlError, StatusError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_WARNED, _WARNED_EACH = 4096, 256  # letters
_WARNINGS = 80  # Python's http.client reads no answer of more than 100 headers
TEXT = "text/plain; charset=utf-8"
NOT_TO_BE_GUESSED = (("X-Content-Type-Options", "nosniff"),)
_FIRST = ("kind", "apiVersion", "metadata")
_PRETTY_AGENTS = ("curl", "Wget", "Mozilla/5.0")
_ESCAPES = ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026"))
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class PageNotFound(errors.UnknownPath):
    """404: no page, told in the text that Go's net/http has for it."""


class Answer(NamedTuple):
    """A whole answer, ready for the wire."""

    code: int
    body: bytes
    content_type: str = negotiation.JSON
    headers: tuple[tuple[str, str], ...] = ()


def plain(value: Any) -> bytes:
    """Return the bytes of a value, as it is stored."""
    return _ENCODE(value).encode("utf-8", "replace")


def escaped(data: bytes) -> bytes:
    """Return JSON with <, > and & escaped as Go escapes them."""
    for letter, spelling in _ESCAPES:
        if letter in data:
            data = data.replace(letter, spelling)
    return data


def encode(value: Any, *, pretty: bool = False) -> bytes:
    """Return the bytes of a value as Go writes them, with a line end."""
    if pretty:
        return escaped(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace")) + b"\n"
    return escaped(plain(value)) + b"\n"


def of_object(body: Object, code: int = 200, warnings: tuple[str, ...] = (), *, pretty: bool = False) -> Answer:
    """Return an object as an answer."""
    return Answer(code, encode(body, pretty=pretty), headers=warning_headers(warnings))


def of_error(error: KctlError, warnings: tuple[str, ...] = (), *, pretty: bool = False) -> Answer:
    """Return the Status that a failure is answered with; a failure of the store is an internal error, or a busy server."""
    if isinstance(error, PageNotFound):
        return Answer(404, b"404 page not found\n", TEXT, NOT_TO_BE_GUESSED)
    status = as_status(error)
    headers = list(warning_headers(warnings))
    seconds = status.details.get("retryAfterSeconds")
    if seconds:  # without it, clients ask no more: kubectl drain waits by itself where an eviction is refused
        headers.append(("Retry-After", str(seconds)))
    return Answer(status.code, encode(status.status(), pretty=pretty), headers=tuple(headers))


def as_status(error: KctlError) -> StatusError:
    """Return a failure as one that the API knows."""
    if isinstance(error, StatusError):
        return error
    from minikube_py.storage.api import StoreBusy

    if isinstance(error, StoreBusy):
        return errors.TooManyRequests(str(error), details={"retryAfterSeconds": 1})
    return errors.InternalError(str(error))


def warning_headers(warnings: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the Warning headers (RFC 7234, code 299), each text once; where they are too much, cut and then left out (apiserver filters/warning.go)."""
    texts = [text for text in dict.fromkeys(warnings) if text]
    if sum(map(len, texts)) > _WARNED:
        texts = [text[:_WARNED_EACH] for text in texts]
    starts = accumulate(map(len, texts), initial=0)
    texts = [text for text, start in zip(texts, starts, strict=False) if start < _WARNED]
    return tuple(("Warning", f'299 - "{_quoted(text)}"') for text in texts[:_WARNINGS])


def _quoted(text: str) -> str:
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return clean.replace("\\", "\\\\").replace('"', '\\"')


def wants_pretty(query: str | None, user_agent: str) -> bool:
    """Tell whether a person may read the answer (apiserver negotiation isPrettyPrint)."""
    if query:
        return query.lower() in ("1", "t", "true")
    return user_agent.startswith(_PRETTY_AGENTS)


def shaped(server: "APIServer", resource: Resource, body: Object, wanted: Shape, include_object: str) -> Object:
    """Return an object or a List in the form that was asked for. The body may be changed."""
    kind = body.get("kind")
    if kind == "Status":
        return body
    if not wanted.transform and "items" not in body:
        return {field: body[field] for field in _FIRST if field in body} | body  # as Go's structs begin
    if wanted.transform == negotiation.TABLE:
        return _table(server, resource, body, wanted, include_object)
    if wanted.transform:
        if ("items" in body) != (wanted.transform == negotiation.PARTIAL_LIST):
            is_not = "a list" if "items" in body else "not a list"
            raise negotiation.NotAcceptable(f"you requested {wanted.transform}, but the requested object is {is_not} ({_go_type(resource, kind)})")
        return partial_list(body, wanted) if "items" in body else partial(body, wanted)
    if "items" in body and kind == f"{resource.kind}List" and is_typed(resource):
        for item in body["items"]:
            item.pop("kind", None)
            item.pop("apiVersion", None)
    return body


def _go_type(resource: Resource, kind: Any) -> str:
    return f"*{resource.group.partition('.')[0] or 'core'}.{kind}"


def is_typed(resource: Resource) -> bool:
    """Tell whether a kind is built in: Go's typed lists have no kind in their items."""
    schema = schemas.for_kind(resource.api_version, resource.kind)
    return schema is not None and bool(schema.name)


def _table(server: "APIServer", resource: Resource, body: Object, wanted: Shape, include_object: str) -> Object:
    from minikube_py.printers import tables

    if body.get("kind") != "Table":
        kind = tables.find("autoscaling", "scale") if body.get("kind") == "Scale" else None
        metadata = body["metadata"] if "items" in body else {"resourceVersion": body.get("metadata", {}).get("resourceVersion", "")}
        body = tables.table(body.get("items", [body]), resource, server.clock.now(), include_object=include_object, kind=kind, metadata=metadata)
        body["metadata"] = metadata
    if wanted.version != "v1":
        body["apiVersion"] = f"meta.k8s.io/{wanted.version}"
    return body


def partial(obj: Object, wanted: Shape) -> Object:
    """Return the metadata of an object."""
    return {"kind": negotiation.PARTIAL, "apiVersion": f"meta.k8s.io/{wanted.version}", "metadata": obj.get("metadata") or {}}


def partial_list(listing: Object, wanted: Shape) -> Object:
    """Return the metadata of all objects of a List."""
    items = [partial(item, wanted) for item in listing["items"]]
    return {"kind": negotiation.PARTIAL_LIST, "apiVersion": f"meta.k8s.io/{wanted.version}", "metadata": listing["metadata"], "items": items}
