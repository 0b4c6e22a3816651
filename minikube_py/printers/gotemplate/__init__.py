"""Go's text/template, as far as JSON-shaped data can use it: what `kubectl get -o go-template` understands."""

from collections.abc import Callable
from typing import Any

from minikube_py.printers.gotemplate import execute, functions, parser
from minikube_py.printers.gotemplate.errors import TemplateError

__all__ = ["Template", "TemplateError"]

_NAME = "output"


class Template:
    """A parsed template."""

    __slots__ = ("_missing_is_error", "_text", "_trees")

    def __init__(self, text: str, *, allow_missing_keys: bool = True) -> None:
        self._text = text
        self._trees = parser.parse(_NAME, text, functions.FUNCTIONS)
        self._missing_is_error = not allow_missing_keys

    def execute(self, data: Any, write: Callable[[str], object]) -> None:
        """Write what the template makes of `data`; TemplateError where it fails, after what was made before."""
        execute.State(self._trees, self._text, write, self._missing_is_error, _NAME).run(data)

    def render(self, data: Any) -> str:
        """Return what the template makes of `data`."""
        parts: list[str] = []
        self.execute(data, parts.append)
        return "".join(parts)
