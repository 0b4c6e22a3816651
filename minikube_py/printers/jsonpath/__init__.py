"""JSONPath templates as kubectl understands them: {range .items[*]}{.metadata.name}{"\\n"}{end}."""

import re
from typing import Any

from minikube_py.printers import govalues
from minikube_py.printers.jsonpath import evaluate
from minikube_py.printers.jsonpath.parser import JSONPathError, parse

__all__ = ["JSONPath", "JSONPathError", "relaxed"]

_RELAXED = re.compile(r"\{\.?([^{}]+)\}|\.?([^{}]+)")


def relaxed(text: str) -> str:
    """Return `{.metadata.name}` for `metadata.name`, `.metadata.name` and `{metadata.name}`."""
    if not text:
        return text
    match = _RELAXED.fullmatch(text)
    if match is None:
        wanted = "a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"
        raise JSONPathError(f"unexpected path string, expected {wanted}")
    return "{." + (match.group(1) or match.group(2)) + "}"


class JSONPath:
    """A parsed template."""

    __slots__ = ("_allow_missing", "_as_json", "_nodes", "template")

    def __init__(self, template: str, *, allow_missing_keys: bool = False, as_json: bool = False) -> None:
        self.template = template
        self._nodes = parse(template)
        self._allow_missing = allow_missing_keys
        self._as_json = as_json

    def find(self, data: Any) -> list[list[Any]]:
        """Return the results of each node; JSONPathError where the template does not fit."""
        return evaluate.Evaluation(self._nodes, self._allow_missing).results(data)

    def execute(self, data: Any) -> str:
        """Return the text that the template makes of `data`."""
        return "".join(map(self.text, self.find(data)))

    def text(self, values: list[Any]) -> str:
        """Return the results of one node as text."""
        if self._as_json:
            return _json(values, "    ") + "\n"
        return " ".join(map(_printed, values))


def _json(value: Any, indent: str = "") -> str:
    from minikube_py.printers import serial

    return serial.json_text(value, indent)


def _printed(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return _json(value)
    return "null" if value is None else govalues.sprint(value)
