"""What a server's answers mean. Whatever does not look like one of Kubernetes' is refused with one clear error. Pure."""

import json
import re
from typing import Any

from minikube_py.apiserver.request import Request
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError, StatusError
from minikube_py.machinery.meta import Object

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # what a terminal might obey
_SHOWN = 200  # characters of an answer that an error quotes
# What client-go says where a server sends no Status (apimachinery errors.NewGenericServerResponse): reason and message.
_REASONS = {
    401: ("Unauthorized", "the server has asked for the client to provide credentials"),
    403: ("Forbidden", "the server does not allow access to the requested resource"),
    404: ("NotFound", "the server could not find the requested resource"),
    405: ("MethodNotAllowed", "the server does not allow this method on the requested resource"),
    406: ("NotAcceptable", "the server was unable to respond with a content type that the client supports"),
    409: ("Conflict", "the server reported a conflict"),
    415: ("UnsupportedMediaType", "the server was unable to process the request with the content type that was sent"),
    422: ("Invalid", "the server rejected our request due to an error in our request"),
    429: ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "the server was unable to return a response in the time allotted, but may still be processing the request"),
}


class Strange(KctlError):
    """An answer that no Kubernetes server gives."""


def clean(text: str) -> str:
    """Return a server's text without control characters: it is printed on somebody's terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def decode(data: bytes, content_type: str, where: str) -> Object:
    """Return the JSON object that an answer is; `where` is the path that was asked."""
    media = content_type.partition(";")[0].strip().lower()
    if media and "json" not in media:
        raise Strange(f"the server answered {where} with {errors.quoted(media[:_SHOWN])}, not with JSON")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Strange(f"the server answered {where} with what is no JSON") from error
    if not isinstance(value, dict):
        raise Strange(f"the server answered {where} with JSON that is no object")
    return value


def failure(code: int, data: bytes, content_type: str, subject: str) -> StatusError:
    """Return the error that an answer of 400 and above is; `subject` is what was asked: get pods web."""
    if "json" in content_type.lower():
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) and value.get("kind") == "Status":
            return of_status(value, code)
    reason, message = _REASONS.get(code, ("", ""))
    if not reason:
        said = clean(data[: 4 * _SHOWN].decode("utf-8", "replace").strip())[:_SHOWN]
        reason = "InternalError" if code >= 500 else "BadRequest" if code == 400 else "Unknown"
        message = f"an error on the server ({errors.quoted(said or 'unknown')}) has prevented the request from succeeding"
        if code < 500:
            message = f"the server rejected our request for an unknown reason ({code}: {errors.quoted(said)})"
    text = f"{message} ({subject})" if subject else message
    return errors.from_status({"message": text, "reason": reason, "code": code})


def of_status(status: Object, code: int = 500) -> StatusError:
    """Return the error that a Status is, as far as it makes sense."""
    found = status.get("code")
    details = status.get("details")
    return errors.from_status({
        "message": clean(_text(status.get("message"))), "reason": clean(_text(status.get("reason"))),
        "code": found if type(found) is int else code, "details": _details(details) if isinstance(details, dict) else None,
    })  # fmt: skip


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _details(found: Object) -> Object:
    kept: Object = {field: clean(found[field]) for field in ("name", "group", "kind", "uid") if isinstance(found.get(field), str)}
    if type(found.get("retryAfterSeconds")) is int:
        kept["retryAfterSeconds"] = found["retryAfterSeconds"]
    causes = found.get("causes")
    if isinstance(causes, list):
        listed = [{field: clean(_text(each.get(field))) for field in ("reason", "message", "field")} for each in causes if isinstance(each, dict)]
        kept["causes"] = [{field: value for field, value in each.items() if value or field == "message"} for each in listed]
    return kept


def checked(request: Request, body: Object, where: str) -> Object:
    """Return the body of an answer that can be worked with: an object has metadata, a list items, a Table columns and rows."""
    kind = body.get("kind")
    if kind == "Status":
        if body.get("status") == "Failure":
            raise of_status(body)
        return body
    if not isinstance(kind, str) or not isinstance(body.get("apiVersion"), str):
        raise Strange(f"the server answered {where} with an object that has no kind")
    if body.get("metadata") is None:
        body["metadata"] = {}
    fits = _is_metadata(body["metadata"]) and (_is_table(body) if kind == "Table" else _is_list(body) if request.verb == "list" else True)
    if not fits:
        raise Strange(f"the server answered {where} with a {errors.quoted(kind[:_SHOWN])} that is none")
    return body


def _is_metadata(metadata: Any) -> bool:
    texts = ("name", "namespace", "uid", "resourceVersion", "continue")
    return isinstance(metadata, dict) and all(isinstance(metadata.get(field) or "", str) for field in texts)


def _is_list(body: Object) -> bool:
    body["items"] = items = body.get("items") or []
    return isinstance(items, list) and all(isinstance(item, dict) and _is_named(item.get("metadata")) for item in items)


def _is_named(metadata: Any) -> bool:
    return isinstance(metadata, dict) and isinstance(metadata.get("name"), str)


def _is_table(body: Object) -> bool:
    columns, rows = body.get("columnDefinitions") or [], body.get("rows") or []
    body["columnDefinitions"], body["rows"] = columns, rows
    return (
        isinstance(columns, list) and all(isinstance(column, dict) and isinstance(column.get("name"), str) for column in columns)
        and isinstance(rows, list)
        and all(isinstance(row, dict) and isinstance(row.get("cells"), list) and isinstance(row.get("object") or {}, dict) for row in rows)
    )  # fmt: skip


def warnings(headers: list[str]) -> tuple[str, ...]:
    """Return the texts of Warning headers (RFC 7234, section 5.5) of code 299."""
    return tuple(clean(re.sub(r"\\(.)", r"\1", text)) for header in headers for text in _WARNING.findall(header))


_WARNING = re.compile(r'\b299 [^\s"]+ "((?:[^"\\]|\\.)*)"')
