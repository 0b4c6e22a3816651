"""Any kind without a describer of its own, custom ones included: all fields, sorted, under readable labels."""

import re
from collections.abc import Iterator
from typing import Any

from minikube_py.describers import events, golang, multiline
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery.meta import Object

_SHOWN_ABOVE = frozenset({".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"})
_ACRONYMS = frozenset({"API", "URL", "UID", "OSB", "GUID"})
_WORD = re.compile(r"[^\W\d_]|-")


def describe(obj: Object, w: Writer, context: Context) -> None:
    """Write an object."""
    multiline.named(w, obj)
    _fields(w, 0, obj, "")
    events.section(w, obj, context)


def _fields(w: Writer, level: int, content: dict[str, Any], prefix: str) -> None:
    for field in sorted(content):
        path, value = f"{prefix}.{field}", content[field]
        if path in _SHOWN_ABOVE:
            continue
        if isinstance(value, dict):
            w.write(level, f"{label(field)}:\n")
            _fields(w, level + 1, value, path)
        elif isinstance(value, list):
            w.write(level, f"{label(field)}:\n")
            _items(w, level + 1, value, path)
        else:
            w.field(label(field), _value(value), level)


def _items(w: Writer, level: int, values: list[Any], path: str) -> None:
    for value in values:
        if isinstance(value, dict):
            _fields(w, level, value, path)
        else:
            w.write(level, f"{_value(value)}\n")


def _value(value: Any) -> str:
    return "<nil>" if value is None else golang.show(value)


def label(field: str) -> str:
    """Return `Creation Timestamp` for creationTimestamp; a name with other signs than letters and dashes as it is."""
    if any(not _WORD.fullmatch(char) for char in field):
        return field
    return " ".join(part.upper() if part.upper() in _ACRONYMS else part[:1].upper() + part[1:] for part in _split(field))


def _split(field: str) -> Iterator[str]:
    """Split camel case; the last of several capitals begins the next word: podIPs is pod, I, Ps."""
    runs: list[str] = []
    for char in field:
        if runs and _class(runs[-1][-1]) == _class(char):
            runs[-1] += char
        else:
            runs.append(char)
    for index in range(len(runs) - 1):
        if _class(runs[index][0]) == "upper" and _class(runs[index + 1][0]) == "lower":
            runs[index + 1] = runs[index][-1] + runs[index + 1]
            runs[index] = runs[index][:-1]
    return (run for run in runs if run)


def _class(char: str) -> str:
    return "lower" if char.islower() else "upper" if char.isupper() else "other"
