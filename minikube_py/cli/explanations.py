"""The texts of kctl explain: kubectl's plaintext layout of a definition (kubectl pkg/explain/v2)."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.explaining import Definitions, Schema
    from minikube_py.machinery.scheme import Resource

_PIECES = re.compile("\n|[^\\S\n\u00a0]+|[\\S\u00a0]+")
_WIDTH = 76
_FEW = 4  # values of an enum in a list of fields
_NOTHING = "<empty>"
_UNDESCRIBED = "<no description>"


def heading(resource: "Resource") -> str:
    """Return the lines that say which kind it is."""
    group = f"GROUP:      {resource.group}\n" if resource.group else ""
    return f"{group}KIND:       {resource.kind}\nVERSION:    {resource.version}\n\n"


def wrapped(text: str, width: int) -> str:
    """Break lines at blanks so that none is longer, words apart (mitchellh/go-wordwrap)."""
    parts: list[str] = []
    column, space = 0, ""
    for piece in _PIECES.findall(text):
        if piece == "\n":
            if column + len(space) <= width:
                parts.append(space)
            parts.append("\n")
            column, space = 0, ""
        elif piece[0].isspace() and piece[0] != "\u00a0":
            space = piece
        else:
            if column + len(space) + min(len(piece), width - 1) > width:
                parts.append("\n")
                column, space = 0, ""
            parts += (space, piece)
            column, space = column + len(space) + len(piece), ""
    if column + len(space) <= width:
        parts.append(space)
    return "".join(parts)


def _indented(text: str, amount: int) -> str:
    pad = " " * amount
    return pad + text.replace("\n", "\n" + pad)


class Explanation:
    """Explains one kind of `definitions`, or a field of it; `recursive`: with the fields of fields."""

    def __init__(self, definitions: "Definitions", *, recursive: bool) -> None:
        self._definitions = definitions
        self._recursive = recursive

    def text(self, schema: "Schema", path: Sequence[str]) -> str:
        """Return the text below the heading."""
        found = self._output(schema, path, frozenset())
        if not found:
            raise KctlError(f'field "{path[-1]}" does not exist')
        return found

    def _resolved(self, schema: "Schema") -> tuple[str, "Schema"]:
        reference = schema.get("$ref") or ""
        return reference, self._definitions.resolve(reference) or schema

    def _output(self, schema: "Schema", path: Sequence[str], history: frozenset[str]) -> str:
        reference, resolved = self._resolved(schema)
        if not path:
            return self._whole(resolved)
        if reference and reference in history:
            return ""
        deeper = history | {reference}
        fields = resolved.get("properties") or {}
        if fields.get(path[0]):
            field = fields[path[0]]
            title = f"FIELD: {path[0]} <{self._type(field)}>\n{_values(field)}\n\n" if len(path) == 1 else ""
            return title + self._output(field, path[1:], frozenset())
        for key in ("items", "additionalProperties"):
            if isinstance(resolved.get(key), dict) and resolved[key]:
                return self._output(resolved[key], path, deeper)
        return next(filter(None, (self._output(each, path, deeper) for each in resolved.get("allOf") or ())), "")

    def _whole(self, schema: "Schema") -> str:
        description = "".join(self._descriptions(schema)) or _NOTHING
        text = f"DESCRIPTION:\n{_indented(wrapped(description, _WIDTH), 4)}\n"
        documents = _external(schema, 0)
        fields = "".join(self._fields(schema, 1, frozenset()))
        return text + (f"\n{documents}" if documents else "") + (f"FIELDS:\n{fields}" if fields else "")

    def _descriptions(self, schema: "Schema") -> Iterator[str]:
        _, resolved = self._resolved(schema)
        if resolved.get("description"):
            yield resolved["description"] + "\n"
        for each in _below(resolved):
            yield from self._descriptions(each)

    def _fields(self, schema: "Schema", level: int, history: frozenset[str]) -> Iterator[str]:
        reference, resolved = self._resolved(schema)
        if reference and reference in history:
            return
        deeper = history | {reference}
        for name, field in sorted((resolved.get("properties") or {}).items()):
            yield self._field(name, field, resolved, level)
            if self._recursive:
                yield from self._fields(field, level + 1, deeper)
        for each in _below(resolved):
            yield from self._fields(each, level, deeper)

    def _field(self, name: str, field: "Schema", schema: "Schema", level: int) -> str:
        required = " -required-" if name in (schema.get("required") or ()) else ""
        indent = 2 * level
        line = f"{_indented(name, indent)}\t<{self._type(field)}>{required}{_few_values(field, indent)}\n"
        if self._recursive:
            return line
        description = _indented(wrapped(field.get("description") or _UNDESCRIBED, 78 - indent), indent + 2)
        documents = _external(field, indent + 2)
        return f"{line}{description}\n" + (f"\n{documents}" if documents else "") + "\n"

    def _type(self, schema: "Schema") -> str:
        """Return a short name of a type, such as []Container."""
        if schema.get("items"):
            return f"[]{self._type(schema['items'])}"
        values = schema.get("additionalProperties")
        if isinstance(values, dict) and values:
            return f"map[string]{self._type(values)}"
        alternatives = schema.get("allOf") or []
        if len(alternatives) == 1 and not schema.get("properties"):
            return self._type(alternatives[0])
        if schema.get("$ref"):
            meant = self._definitions.resolve(schema["$ref"]) or {}
            if meant.get("type", "object") == "object":
                return str(schema["$ref"]).rpartition("/")[2].rpartition(".")[2] or "Object"
            return str(meant["type"])
        kind = schema.get("type") or "Object"
        return "Object" if kind == "object" else str(kind)


def _below(schema: "Schema") -> Iterator["Schema"]:
    yield from schema.get("allOf") or ()
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict) and schema[key]:
            yield schema[key]


def _values(schema: "Schema") -> str:
    given = schema.get("enum") or ()
    return "ENUM:" + "".join(f"\n    {_value(each)}" for each in given) if given else ""


def _few_values(schema: "Schema", indent: int) -> str:
    given = schema.get("enum") or ()
    more = ", ...." if len(given) > _FEW else ""
    return f"\n{' ' * indent}enum: {', '.join(map(_value, given[:_FEW]))}{more}" if given else ""


def _value(value: Any) -> str:
    return '""' if value == "" else str(value)


def _external(schema: "Schema", indent: int) -> str:
    """Return the lines about documentation elsewhere."""
    given = schema.get("externalDocs") or {}
    if not given:
        return ""
    lines = [_indented("EXTERNAL DOCS:", indent) + "\n"]
    if given.get("description"):
        lines.append(_indented(wrapped(given["description"], _WIDTH - max(indent - 2, 0)), indent + (4 if not indent else 2)) + "\n")
    if given.get("url"):
        lines.append(_indented(f"URL: {given['url']}", indent + (4 if not indent else 2)) + "\n")
    return "".join(lines)
