"""YAML as kustomize keeps it between reading and printing: maps, lists, and scalars that remember their text.

A map is a dict and a list a list; a Scalar is changed in place, as kyaml changes its nodes. The text matters: a number as
an annotation becomes that very text, and `null` in a patch is not the same as nothing after the colon.
"""

import re
from typing import Any

from minikube_py.kits import gofmt
from minikube_py.kits.yaml import resolve
from minikube_py.machinery.errors import KctlError

Node = Any  # dict[str, Node] | list[Node] | Scalar
Map = dict[str, Node]

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")
_NUMERIC = frozenset("+-.0123456789")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?(Z|[-+][0-9]{2}:[0-9]{2}))"
    r"| ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?)?\Z"
)


class KustomizeError(KctlError):
    """A kustomization that cannot be built."""


class OddKey(str):
    """A key that is no string (1: a). kyaml reads it, but has no JSON for it."""

    __slots__ = ()


def key(text: str) -> str:
    """Return a key as kustomize makes one: without quotes, so that 5 and true are no strings any more."""
    return text if tag_of(text) == "str" else OddKey(text)


class Scalar:
    """A text with a tag: str, int, float, bool, null, timestamp; "" lets the text say what it is. `style`: what it stands in, if anything: ' " | >."""

    __slots__ = ("style", "tag", "text")

    def __init__(self, text: str, tag: str = "str", style: str | None = None) -> None:
        self.text = text
        self.tag = tag
        self.style = style if style is not None else '"' if _needs_quotes(text, tag) else ""

    def __repr__(self) -> str:
        return f"Scalar({self.text!r}, {self.tag!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and (self.text, self.tag) == (other.text, other.tag)

    __hash__ = None  # type: ignore[assignment]

    def take(self, other: "Scalar") -> None:
        """Become another scalar in this one's place; quotes stay, and make a string of a number."""
        self.text = other.text
        self.tag = "str" if self.style and other.tag == tag_of(other.text) else other.tag


def _needs_quotes(text: str, tag: str) -> bool:
    return tag == "str" and text != "" and ("\n" in text or not isinstance(resolve.plain(text), str))


def tag_of(text: str) -> str:
    """Return what a plain scalar is by the rules of yaml.v3, which reads `yes` and `on` as strings."""
    if text in _NULLS:
        return "null"
    if text in _BOOLEANS:
        return "bool"
    if text[0] not in _NUMERIC:
        return "str"
    value = resolve.plain(text)
    if isinstance(value, resolve.NotFinite):
        return "float"
    if isinstance(value, str):
        return "timestamp" if text[4:5] == "-" and _time(text) is not None else "str"
    return "int" if re.fullmatch(r"[-+]?(0[xXbBoO])?[0-9a-fA-F_]+", text) else "float"


def _time(text: str) -> str | None:
    """Return a timestamp as Go writes it (RFC 3339); None where it is none."""
    match = _TIMESTAMP.match(text)
    if match is None:
        return None
    from datetime import datetime

    year, month, day, hour, minute, second, fraction, zone, *spaced = match.groups()
    if spaced[0] is not None:
        hour, minute, second, fraction = spaced
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    digits = (fraction or "")[:9].rstrip("0")
    offset = "Z" if zone in (None, "Z", "+00:00", "-00:00") else zone
    return moment.isoformat() + (f".{digits}" if digits else "") + offset


def value(node: Node) -> Any:
    """Return the plain data of a node, as kyaml's way through JSON leaves it."""
    if isinstance(node, dict):
        found = {}
        for key, item in node.items():
            if key.__class__ is OddKey:
                raise KustomizeError("json: unsupported type: map[interface {}]interface {}")
            found[key] = value(item)
        return found
    if isinstance(node, list):
        return [value(item) for item in node]
    return scalar_value(node)


def scalar_value(scalar: Scalar) -> Any:
    """Return what a scalar stands for."""
    tag, text = scalar.tag or tag_of(scalar.text), scalar.text
    if tag == "str":
        return text
    if tag == "null":
        return None
    if tag == "bool":
        return _bool(text)
    if tag == "timestamp":
        return _time(text) or text
    found = resolve.plain(text) if text and text[0] in _NUMERIC else text
    if isinstance(found, resolve.NotFinite):
        raise KustomizeError(f"json: unsupported value: {found}")
    if isinstance(found, str):
        raise KustomizeError(f"yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `{text}` into {tag}")
    return found


def _bool(text: str) -> bool:
    if text not in _BOOLEANS:
        raise KustomizeError(f"yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `{text}` into bool")
    return _BOOLEANS[text]


def node(data: Any) -> Node:
    """Return the node of plain data."""
    if isinstance(data, dict):
        return {key: node(item) for key, item in data.items()}
    if isinstance(data, list):
        return [node(item) for item in data]
    if data is None:
        return Scalar("null", "null")
    if isinstance(data, bool):
        return Scalar("true" if data else "false", "bool")
    if isinstance(data, int):
        return Scalar(str(data), "int")
    if isinstance(data, float):
        return Scalar(gofmt.float_g(data), "float")
    from minikube_py.kits.yaml import scalars

    first = scalars.write(data, 0, 0)[:1]
    return Scalar(data, "str", first if first in ("'", '"', "|") else "")


def clone(found: Node) -> Node:
    """Return a deep copy."""
    if isinstance(found, dict):
        return {key: clone(item) for key, item in found.items()}
    if isinstance(found, list):
        return [clone(item) for item in found]
    return Scalar(found.text, found.tag, found.style)


def is_null(found: Node | None) -> bool:
    """Tell whether there is nothing, or null."""
    return found is None or (found.__class__ is Scalar and found.tag == "null")


def is_empty(found: Node | None) -> bool:
    """Tell whether there is nothing, null, or a map or list without anything in it."""
    return is_null(found) or (isinstance(found, dict | list) and not found)


def text(found: Node | None) -> str:
    """Return the text of a scalar; "" for anything else."""
    return found.text if found.__class__ is Scalar else ""


def kind_name(found: Node) -> str:
    """Return kyaml's name for what kind of node it is."""
    return "MappingNode" if isinstance(found, dict) else "SequenceNode" if isinstance(found, list) else "ScalarNode"


def wrong_kind(expected: str, found: Node) -> KustomizeError:
    """Return kyaml's error for a node of another kind than it needs."""
    return KustomizeError(f"wrong node kind: expected {expected} but got {kind_name(found)}: node contents:\n{printed(found)}")


def printed(found: Node) -> str:
    """Return a node as YAML in its own order and quotes, for messages. Comments and whether it stood in brackets are not kept."""
    return "".join(f"{line}\n" for line in _lines(found))


def _lines(found: Node) -> list[str]:
    if isinstance(found, dict) and found:
        return [line for key, item in found.items() for line in _entry(key, item)]
    if isinstance(found, list) and found:
        return [f"{'  ' if below else '- '}{line}" for item in found for below, line in enumerate(_lines(item))]
    if isinstance(found, dict | list):
        return ["{}" if isinstance(found, dict) else "[]"]
    if found.style == "|" and found.text.strip("\n"):
        body = found.text.removesuffix("\n").split("\n")
        return [f"|{'' if found.text.endswith(chr(10)) else '-'}", *body]
    if found.style == "'" and "\n" not in found.text:
        return ["'" + found.text.replace("'", "''") + "'"]
    return [found.text if not found.style and "\n" not in found.text else gofmt.quote(found.text)]


def _entry(key: str, item: Node) -> list[str]:
    from minikube_py.kits.yaml import scalars

    name = key if isinstance(key, OddKey) else scalars.write(key, 0, 0, is_key=True)
    first, *rest = _lines(item)
    if isinstance(item, dict) and item:
        return [f"{name}:", f"  {first}", *(f"  {line}" for line in rest)]
    if isinstance(item, list) and item:
        return [f"{name}:", first, *rest]
    return [f"{name}: {first}".rstrip(), *(f"  {line}" for line in rest)]
