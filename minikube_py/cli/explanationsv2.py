"""The texts of kctl explain --output=plaintext-openapiv2: the layout of kubectl before 1.27 (kubectl pkg/explain)."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.explaining import Definitions, Schema
    from minikube_py.machinery.scheme import Resource

_WIDTH = 80
_BULLET = re.compile(r"(\d+\.?|-|\*)\s")
_CODE = "    "
# What is of several types (oneOf) in OpenAPI v3, and is a text in v2.
_TEXT: dict[str, str] = {"type": "string"}


class Explanation:
    """Explains one kind of `definitions`, or a field of it; `recursive`: with the fields of fields."""

    def __init__(self, definitions: "Definitions", *, recursive: bool) -> None:
        self._definitions = definitions
        self._recursive = recursive

    def text(self, resource: "Resource", schema: "Schema", path: Sequence[str]) -> str:
        """Return the whole text."""
        found = self._field(schema, list(path))
        name = path[-1] if path else ""
        kind = self._type(found)
        descriptions, last = self._descriptions(found)
        lines = [f"KIND:     {resource.kind}", f"VERSION:  {resource.api_version}", ""]
        if last.get("properties"):
            lines += [f"RESOURCE: {name} <{kind}>", ""] if name else []
            lines += [*_described(descriptions), "", "FIELDS:"]
            lines += self._recursive_fields(last, 3, frozenset()) if self._recursive else self._fields(last)
        else:
            lines += [f"FIELD:    {name} <{kind}>", ""] if last.get("type") not in (None, "object") else []
            lines += _described(descriptions)
        return "\n".join(lines) + "\n"

    def _reference(self, schema: "Schema") -> str:
        alternatives = schema.get("allOf") or []
        return str(schema.get("$ref") or (alternatives[0].get("$ref") if len(alternatives) == 1 and not schema.get("properties") else "") or "")

    def _resolved(self, schema: "Schema") -> "Schema":
        meant = self._definitions.resolve(self._reference(schema)) or schema
        return {**meant, **_TEXT} if meant.get("oneOf") and not meant.get("type") else meant

    def _field(self, schema: "Schema", path: list[str]) -> "Schema":
        while path:
            resolved = self._resolved(schema)
            below = _below(resolved)
            if resolved.get("properties"):
                found = resolved["properties"].get(path[0])
                if found is None:
                    raise KctlError(f'field "{path[0]}" does not exist')
                schema, path = found, path[1:]
            elif below is not None:
                schema = below
            else:
                return resolved
        return schema

    def _descriptions(self, schema: "Schema") -> tuple[list[str], "Schema"]:
        """Return the descriptions on the way to the innermost type, and that."""
        found: list[str] = []
        while True:
            if self._reference(schema):
                found.append(schema.get("description") or "")
                schema = self._resolved(schema)
            found.append(schema.get("description") or "")
            below = None if schema.get("properties") else _below(schema)
            if below is None:
                return found, schema
            schema = below

    def _type(self, schema: "Schema") -> str:
        schema = self._resolved(schema)
        if schema.get("properties"):
            return "Object"
        below = _below(schema)
        if schema.get("type") == "array":
            return f"[]{self._type(below or {})}"
        if schema.get("type") == "object":
            return f"map[string]{self._type(below or {})}"
        return str(schema.get("type") or "")

    def _fields(self, schema: "Schema") -> Iterator[str]:
        for name, field in sorted(schema["properties"].items()):
            required = " -required-" if name in (schema.get("required") or ()) else ""
            yield f"   {name}\t<{self._type(field)}>{required}"
            yield from _indented(field.get("description") or "", 5)
            yield ""

    def _recursive_fields(self, schema: "Schema", indent: int, history: frozenset[str]) -> Iterator[str]:
        reference = self._reference(schema)
        if reference and reference in history:
            return
        resolved = self._resolved(schema)
        history = history | {reference} if reference else history
        for name, field in sorted((resolved.get("properties") or {}).items()):
            yield f"{' ' * indent}{name}\t<{self._type(field)}>"
            yield from self._recursive_fields(field, indent + 3, history)
        below = None if resolved.get("properties") else _below(resolved)
        if below is not None:
            yield from self._recursive_fields(below, indent, history)


def _below(schema: "Schema") -> "Schema | None":
    """Return the type of a list's elements or a map's values; None for what is neither."""
    found = schema.get("items") if schema.get("type") == "array" else schema.get("additionalProperties")
    return found if isinstance(found, dict) and found else None


def _described(descriptions: Sequence[str]) -> Iterator[str]:
    yield "DESCRIPTION:"
    for position, text in enumerate(descriptions):
        if text:
            if position:
                yield ""
            yield from _indented(text, 5)
    if not any(descriptions):
        yield "     <empty>"


def _indented(text: str, indent: int) -> Iterator[str]:
    for line in _wrapped(text, _WIDTH - indent):
        yield " " * indent + line if line else ""


def _wrapped(text: str, width: int) -> list[str]:
    """Join lines and break them anew; code, lists and empty lines stay."""
    done: list[str] = []
    words: list[str] = []
    last = ""
    for line in text.split("\n"):
        empty = not line.strip()
        separates = empty and bool(done)  # an empty line after what is still a single line counts for nothing
        if line.startswith(_CODE) or separates or last.endswith(":") or empty or _BULLET.match(line.strip()):
            if words:
                done.append(" ".join(words))
                words, last = [], ""
            if line.startswith(_CODE) or separates:
                done.append(line if line.startswith(_CODE) else "")
                continue
        for word in line.split():
            if words and len(" ".join((*words, word)).encode()) > width:
                done.append(" ".join(words))
                words = []
            words.append(word)
            last = word
    return [*done, " ".join(words)] if words else done
