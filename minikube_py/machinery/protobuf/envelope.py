"""The envelope of every protobuf body: `k8s\\0`, then runtime.Unknown, which says what the bytes inside are."""

from minikube_py.machinery.meta import Object
from minikube_py.machinery.protobuf import layouts, wellknown, wire
from minikube_py.machinery.protobuf.messages import Reader

MAGIC = b"k8s\0"
_TYPE_META, _RAW = 1, 2


def decode(body: bytes, api_version: str = "", kind: str = "") -> Object:
    """Return the object of a body (application/vnd.kubernetes.protobuf) as its JSON would be, `kind` and `apiVersion` first.

    What the body does not say of its type is taken from `api_version` and `kind`. ValueError where it cannot be read.
    """
    try:
        return _decode(Reader(_nested), body, 0, api_version, kind)
    except RecursionError:  # of a caller that is deep in the stack itself
        raise ValueError("proto: messages are nested too deeply") from None


def _nested(reader: Reader, body: bytes, depth: int) -> Object:
    return _decode(reader, body, depth, "", "")


def _decode(reader: Reader, body: bytes, depth: int, api_version: str, kind: str) -> Object:
    if not body.startswith(MAGIC):
        raise ValueError(f"provided data does not appear to be a protobuf message, expected prefix {list(MAGIC)}")
    if len(body) == len(MAGIC):
        raise ValueError("empty body")
    unknown = wellknown.values([wire.Span(body, len(MAGIC), len(body))], {_TYPE_META: wire.BYTES, _RAW: wire.BYTES})
    types = wellknown.values(_spans(unknown, _TYPE_META), {1: wire.BYTES, 2: wire.BYTES})
    api_version = (wellknown.text(types[1]) if 1 in types else "") or api_version
    kind = (wellknown.text(types[2]) if 2 in types else "") or kind
    if not kind or not api_version:
        raise ValueError(f"Object '{'Kind' if not kind else 'apiVersion'}' is missing in the protobuf envelope")
    content: Object = reader.read(layouts.of_kind(api_version, kind), _spans(unknown, _RAW), depth)
    return {"kind": kind, "apiVersion": api_version} | content


def _spans(values: wellknown.Values, number: int) -> wellknown.Spans:
    value = values.get(number)
    return [value] if isinstance(value, wire.Span) else []
