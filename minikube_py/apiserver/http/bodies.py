"""Bodies of requests: bytes of JSON, YAML or protobuf become what a Request carries."""

from typing import Any, NamedTuple

from minikube_py.apiserver import objectstore
from minikube_py.machinery import errors

JSON, YAML, PROTOBUF = "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"
_JSON_PATCHES = ("application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json")
_APPLY = "application/apply-patch+yaml"
LIMIT = objectstore.LIMIT
_DEPTH = 1000


class Body(NamedTuple):
    """A body, its media type, and the findings of strict decoding: fields that its text has twice."""

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
        return _json(data, JSON, "couldn't get version/kind; json parse error")
    if media in (YAML, "application/x-yaml"):
        return _yaml(data, JSON)
    if media == PROTOBUF:
        return _protobuf(data, api_version, kind)
    raise errors.UnsupportedMediaType(f"the body of the request was in an unknown format - accepted media types include: {', '.join((JSON, YAML, PROTOBUF))}")


def _patch(data: bytes, media: str) -> Body:
    if media in _JSON_PATCHES:
        return _json(data, media, "error decoding patch")
    if media == _APPLY:
        return _yaml(data, _APPLY)
    return Body(None, media)  # which media types there are is the patch handler's affair


def _json(data: bytes, media: str, problem: str) -> Body:
    from minikube_py.kits import jsonio

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise errors.BadRequest(f"{problem}: invalid UTF-8") from error
    found = list(_two(jsonio.stream(text, _DEPTH)))
    if not found:
        raise errors.BadRequest(f"{problem}: unexpected end of JSON input")
    failed = next((one.error for one in found if one.error is not None), None)
    if failed is not None:
        raise errors.BadRequest(f"{problem}: {failed.message}")
    if len(found) > 1:
        raise errors.BadRequest(f"{problem}: invalid character {text[found[1].start]!r} after top-level value")
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
        document = next(yaml.load_all(data), None)
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
