"""-o jsonpath and -o go-template: the printers around the two template languages."""

from collections.abc import Callable
from typing import Any

from minikube_py.kits import gofmt, jsonio
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.printers import govalues, serial
from minikube_py.printers.tabwriter import Out

_MORE = "Printing more information for debugging the template:"


class JSONPathPrinter:
    """Prints what a JSONPath template makes of an object."""

    def __init__(self, template: str, *, allow_missing_keys: bool = True, as_json: bool = False) -> None:
        from minikube_py.printers import jsonpath

        self._as_json = as_json
        try:
            self._path = jsonpath.JSONPath(template, allow_missing_keys=allow_missing_keys, as_json=as_json)
        except jsonpath.JSONPathError as error:
            raise KctlError(f"error parsing jsonpath {template}, {error}") from error

    def print_object(self, obj: Object, out: Out, event: str = "") -> None:
        """Print; KctlError with kubectl's long explanation where the template does not fit."""
        self._print(serial.event_object(obj, event), out)

    def print_struct(self, obj: Object, out: Out) -> None:
        """Print a Go struct: kubectl reads its JSON first, in which all numbers are float64."""
        self._print(obj if self._as_json else _with_floats(obj), out)

    def _print(self, data: Object, out: Out) -> None:
        from minikube_py.printers.jsonpath import JSONPathError

        try:
            out.write(self._path.execute(data))
        except JSONPathError as error:
            template = self._path.template
            raise KctlError(
                f"error executing jsonpath {gofmt.quote(template)}: Error executing template: {error}. {_MORE}\n"
                f"\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine was:\n\t\t{govalues.syntax(data)}\n\n\n"
            ) from error


def _with_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class GoTemplatePrinter:
    """Prints what a Go template makes of an object."""

    def __init__(self, template: str, *, allow_missing_keys: bool = True) -> None:
        from minikube_py.printers import gotemplate

        self._text = template
        try:
            self._template = gotemplate.Template(template, allow_missing_keys=allow_missing_keys)
        except gotemplate.TemplateError as error:
            raise KctlError(f"error parsing template {template}, {error}") from error

    def print_object(self, obj: Object, out: Out, event: str = "") -> None:
        """Print; where execution fails, what was made so far and the circumstances, then KctlError."""
        self._print(serial.event_object(obj, event), out, serial.json_text)

    def print_struct(self, obj: Object, out: Out) -> None:
        """Print an object whose fields have the order of a struct."""
        self._print(obj, out, jsonio.in_order)

    def _print(self, data: Object, out: Out, as_json: Callable[[Any], str]) -> None:
        from minikube_py.printers.gotemplate import TemplateError

        try:
            self._template.execute(data, out.write)
        except TemplateError as error:
            out.write(
                f"Error executing template: {error}. {_MORE}\n\ttemplate was:\n\t\t{self._text}\n"
                f"\traw data was:\n\t\t{as_json(data)}\n\tobject given to template engine was:\n\t\t{govalues.sprint(data)}\n\n"
            )
            raise KctlError(f"error executing template {gofmt.quote(self._text)}: {error}") from error
