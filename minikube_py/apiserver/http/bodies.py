"""Bodies of requests: bytes of JSON, YAML or protobuf become what a Request carries."""

import re
from typing import Any, NamedTuple

from minikube_py.apiserver import objectstore
from minikube_py.machinery import errors, gotypes

JSON, YAML, PROTOBUF = "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"
_JSON_PATCHES = ("application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json")
_APPLY = "application/apply-patch+yaml"
_OPERATION = ("op", "path", "from", "value")
_OFFSET = re.compile(r"json: offset \d+: ")  # a word of kubectl's decoder, not of the server's
LIMIT = objectstore.LIMIT
_DEPTH = 1000


class Body(NamedTuple):
    """A body, its media type, and the findings of strict decoding that only its text shows: fields that are there twice."""

    value: Any
    content_type: str = JSON
    duplicates: tuple[str, ...] = ()


def read(data: bytes, content_type: str, verb: str, api_version: str = "", kind: str = "") -> Body:
    """Return what the bytes of a body say; `api_version` and `kind` are what an envelope of protobuf may leave out."""
    media = content_type.partition(";")[0].strip().lower()
    if verb == "patch":
        return _patch(data, media)
    media = media or JSON
    if media == JSON or media == "text/json":
        return _object(data, kind)
    if media in (YAML, "application/x-yaml"):
        return _yaml(data, JSON)
    if media == PROTOBUF:
        return _protobuf(data, api_version, kind)
    raise errors.UnsupportedMediaType(f"the body of the request was in an unknown format - accepted media types include: {', '.join((JSON, YAML, PROTOBUF))}")


def _patch(data: bytes, media: str) -> Body:
    if media in _JSON_PATCHES:
        return _json_patch(data, media)
    if media == _APPLY:
        return _yaml(data, _APPLY)
    return Body(None, media)  # which media types there are is the patch handler's affair


def _json_patch(data: bytes, media: str) -> Body:
    try:
        found = _json(data, media)
    except ValueError as error:
        raise errors.BadRequest(f"{error}" if media == _JSON_PATCHES[2] else f"error decoding patch: {error}") from error
    if media != _JSON_PATCHES[0]:
        return found
    findings = list(found.duplicates)
    for place, step in enumerate(found.value if isinstance(found.value, list) else ()):
        findings += [f'unknown field "[{place}].{field}"' for field in step if field not in _OPERATION] if isinstance(step, dict) else ()
    return found._replace(duplicates=tuple(f"json patch {finding}" for finding in findings))


def _object(data: bytes, kind: str) -> Body:
    """Return an object, of which version and kind are looked at first (apimachinery runtime/serializer/json SimpleMetaFactory)."""
    try:
        found = _json(data, JSON)
        if found.value is None:
            return found._replace(value={})
        gotypes.check_type_meta(found.value)
    except ValueError as error:
        problem = f"couldn't get version/kind; json parse error: {error}"
        raise _unrecognized(problem, data, kind) from error
    version = found.value.get("apiVersion") or ""
    if version.count("/") > 1:
        raise _unrecognized(f"unexpected GroupVersion string: {version}", data, kind)
    return found


def _unrecognized(problem: str, data: bytes, kind: str) -> errors.BadRequest:
    return errors.BadRequest(f"the object provided is unrecognized (must be of type {kind}): {problem} ({_summary(data)})")


def _summary(data: bytes) -> str:
    """Return the beginning of a body, for messages (apiserver handlers summarizeData)."""
    if not data:
        return "<empty>"
    begin = data[:30].decode("utf-8", "replace") if data.startswith(b"{") else data[:30].hex()
    return f"{begin} ..." if len(data) > 30 else begin


def _json(data: bytes, media: str) -> Body:
    """Return what JSON says; ValueError in the words of Go's encoding/json, which takes what is no UTF-8 for U+FFFD."""
    from minikube_py.kits import jsonio

    text = data.decode("utf-8", "replace")
    found = list(_two(jsonio.stream(text, _DEPTH)))
    if not found:
        raise ValueError("unexpected end of JSON input")
    failed = next((one.error for one in found if one.error is not None), None)
    if failed is not None:
        message = _OFFSET.sub("", failed.message, count=1)
        raise ValueError("unexpected end of JSON input" if message == "unexpected EOF" else message)
    if len(found) > 1:
        raise ValueError(f"invalid character {text[found[1].start]!r} after top-level value")
    return Body(found[0].value, media, tuple(f'duplicate field "{path}"' for path in found[0].duplicates))


def _two(values: Any) -> Any:
    """Yield at most two: one is wanted, and a second is one too many."""
    for place, value in enumerate(values):
        yield value
        if place:
            return


def _yaml(data: bytes, media: str) -> Body:
    from minikube_py.kits import yaml

    try:
        document = yaml.first(data)
    except ValueError as error:
        raise errors.BadRequest(f"error decoding YAML: {error}") from error
    if document is None:
        raise errors.BadRequest("error decoding YAML: the body is empty")
    return Body(document.value, media, tuple(f'duplicate field "{twin.path}"' for twin in document.duplicates))


def _protobuf(data: bytes, api_version: str, kind: str) -> Body:
    from minikube_py.machinery import protobuf

    try:
        return Body(protobuf.decode(data, api_version, kind))
    except ValueError as error:
        raise errors.BadRequest(str(error)) from error
