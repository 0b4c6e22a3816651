"""What a typed server makes of an object: unknown fields dropped and told of, nulls and unwritten zeros dropped, wrong types refused.

The words and their order are those of kube-apiserver (sigs.k8s.io/json): fields in the order of their names, as kubectl
sends them; the first wrong type is the error; unknown fields are listed all at once, as far as a hundred.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from minikube_py.kits import clock, gofmt
from minikube_py.machinery import gotypes, quantity, typecheck
from minikube_py.machinery.meta import Object
from minikube_py.machinery.schemas import Schema

MAX_FINDINGS = 100
_DROP = object()


class Decoded(NamedTuple):
    """An object as the server keeps it (the same one where nothing was to be done).

    `findings` are what strict decoding refuses, and warnings else; `error` is set where the object cannot be kept at all.
    """

    obj: Object
    findings: list[str]
    error: str | None


class _RefusedError(Exception):
    """A value that its type's own reader refuses; reading ends there."""


def decode(obj: Object, schema: Schema, *, duplicates: Iterable[object] = ()) -> Decoded:
    """Check an object against the schema of its kind. `duplicates` are findings of the reader of its text."""
    findings = [str(duplicate) for duplicate in duplicates]
    if typecheck.is_clean(obj, schema) and not _is_unborn(obj):
        return Decoded(obj, findings, None)
    walker = _Walker(findings)
    try:
        kept = walker.value(obj, schema, schema.name != "", _Place("", (), "", ""))
    except _RefusedError as refused:
        return Decoded(obj, findings, str(refused))
    return Decoded(obj if walker.error else kept, findings, walker.error)


def _is_unborn(obj: Object) -> bool:
    # A null in an object's own metadata goes, so that nobody takes it for a time; that of a pod template stays.
    metadata = obj.get("metadata") or {}
    return "creationTimestamp" in metadata and metadata["creationTimestamp"] is None


def refusal(kind: str, version: str, message: str) -> str:
    """Return kube-apiserver's message (400 BadRequest) for an object that it cannot read; `version` is v1, not apps/v1."""
    return f'{kind} in version "{version}" cannot be handled as a {kind}: {message}'


def strict_error(findings: Iterable[str]) -> str:
    """Return the message of strict decoding for what was found."""
    return f"strict decoding error: {', '.join(findings)}"


class _Place(NamedTuple):
    """Where a value stands: the struct that it is in, the Go path (no indexes), the full path, its definition and field."""

    struct: str
    fields: tuple[str, ...]
    path: str
    go_type: str

    def field(self, schema: Schema, name: str, go_type: str) -> "_Place":
        path = f"{self.path}.{name}" if self.path else name
        return _Place(schema.name.rpartition(".")[2], (*self.fields, name), path, go_type)

    def within(self, suffix: str, go_type: str) -> "_Place":
        return _Place(self.struct, self.fields, self.path + suffix, go_type)


class _Walker:
    """Goes through an object field by field."""

    def __init__(self, findings: list[str]) -> None:
        self.findings = findings
        self.error: str | None = None

    def value(self, value: Any, schema: Schema, typed: bool, place: _Place) -> Any:
        """Return a value as it is kept, or _DROP."""
        typed = typed or schema.name != ""
        if not typed and not isinstance(value, dict | list):
            return value
        if schema.preserve_unknown and not schema.is_struct:
            return _DROP if value is None else value
        if value is None:
            return _DROP
        if schema.items is not None:
            return self._list(value, schema, schema.items, typed, place)
        if schema.additional is not None and not schema.is_struct:
            return self._map(value, schema, schema.additional, typed, place)
        if schema.is_struct or schema.type == "object":
            return self._struct(value, schema, typed, place)
        return self._scalar(value, schema, place) if typed else value

    def _struct(self, value: Any, schema: Schema, typed: bool, place: _Place) -> Any:
        if not isinstance(value, dict):
            return self._wrong(value, schema, place) if typed else value
        kept: dict[str, Any] = {}
        unwritten = typecheck.vanishing(schema)
        for name in sorted(value):
            child = schema.properties.get(name)
            if child is not None:
                go_type = gotypes.name(child, schema.name, name) if typed and not self.error else ""
                item = self._field(name, value[name], child, typed, place.field(schema, name, go_type))
                if item is not _DROP and (item or name not in unwritten):
                    kept[name] = item
            elif typecheck.keeps_field(schema, name):
                kept[name] = value[name]
            else:
                self._unknown(f"{place.path}.{name}" if place.path else name)
        found = {name: kept[name] for name in value if name in kept}
        for name in typecheck.written(schema):
            found.setdefault(name, "")
        return found

    def _field(self, name: str, value: Any, schema: Schema, typed: bool, place: _Place) -> Any:
        if value is None and typecheck.is_null_time(schema, name) and place.path != "metadata.creationTimestamp":
            return None
        return self.value(value, schema, typed, place)

    def _map(self, value: Any, schema: Schema, inner: Schema, typed: bool, place: _Place) -> Any:
        if not isinstance(value, dict):
            return self._wrong(value, schema, place) if typed else value
        go_type = gotypes.element(place.go_type) or gotypes.name(inner)
        kept = {name: self._element(value[name], inner, typed, place.within(f".{name}", go_type)) for name in sorted(value)}
        return {name: kept[name] for name in value}

    def _list(self, value: Any, schema: Schema, inner: Schema, typed: bool, place: _Place) -> Any:
        if not isinstance(value, list):
            return self._wrong(value, schema, place) if typed else value
        go_type = gotypes.element(place.go_type) or gotypes.name(inner)
        return [self._element(item, inner, typed, place.within(f"[{index}]", go_type)) for index, item in enumerate(value)]

    def _element(self, value: Any, schema: Schema, typed: bool, place: _Place) -> Any:
        kept = self.value(value, schema, typed, place)
        return _zero(schema, typed) if kept is _DROP else kept

    def _scalar(self, value: Any, schema: Schema, place: _Place) -> Any:
        if typecheck.compiled(schema, True)(value):
            return value
        form = schema.format
        if form == "quantity":
            return _quantity(value)
        if form in ("date-time", "micro-time"):
            return self._time(value, form == "micro-time", place)
        if form == "int-or-string":
            raise _RefusedError(_message(value, "int32", place))
        if form == "byte" and isinstance(value, str):
            return self._bytes(value)
        return self._wrong(value, schema, place)

    def _bytes(self, text: str) -> Any:
        plain = text.replace("\n", "").replace("\r", "")
        if plain != text and typecheck.is_base64(plain):
            return plain
        self.error = self.error or gotypes.base64_error(text)
        return text

    def _time(self, value: Any, micro: bool, place: _Place) -> str:
        if not isinstance(value, str):
            raise _RefusedError(_message(value, "string", place))
        problem = gotypes.time_error(value, micro)
        if not problem.endswith(gotypes.NO_SUCH_DAY):
            raise _RefusedError(problem)
        try:
            seconds = clock.parse_rfc3339(value.replace(",", "."))
        except ValueError:
            raise _RefusedError(problem) from None
        return clock.rfc3339_micro(seconds) if micro else clock.rfc3339(seconds)

    def _wrong(self, value: Any, schema: Schema, place: _Place) -> Any:
        if self.error is None:
            self.error = _message(value, place.go_type or gotypes.name(schema), place)
        return value

    def _unknown(self, path: str) -> None:
        finding = f"unknown field {gofmt.quote(path)}"
        if len(self.findings) < MAX_FINDINGS and finding not in self.findings:
            self.findings.append(finding)


def _message(value: Any, go_type: str, place: _Place) -> str:
    kind = gotypes.kind_of(value)
    if kind == "number" and go_type.startswith(("int", "uint")):
        kind = f"number {gotypes.number(value)}"
    if not place.struct:
        return f"json: cannot unmarshal {kind} into Go value of type {go_type}"
    return f"json: cannot unmarshal {kind} into Go struct field {place.struct}.{'.'.join(place.fields)} of type {go_type}"


def _quantity(value: Any) -> str:
    try:
        return quantity.canonical(value.strip() if isinstance(value, str) else value)
    except ValueError as error:
        raise _RefusedError(str(error)) from None


def _zero(schema: Schema, typed: bool) -> Any:
    """Return what a null in a list or map becomes: a Go value has no null."""
    if not typed or schema.preserve_unknown or schema.items is not None or schema.additional is not None:
        return None
    if schema.is_struct or schema.type == "object":
        return dict.fromkeys(typecheck.written(schema), "")
    if schema.format in ("quantity", "int-or-string"):
        return "0" if schema.format == "quantity" else 0
    return {"string": "", "boolean": False, "integer": 0, "number": 0}.get(schema.type)
