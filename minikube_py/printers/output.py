"""Which printer an -o asks for, with kubectl's errors (cli-runtime print flags, kubectl pkg/cmd/get/get_flags.go)."""

import os
from collections.abc import Sequence
from typing import Any, Protocol

from minikube_py.kits.clock import Clock
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.printers.tabwriter import Out

_JSONPATH = ("jsonpath", "jsonpath-as-json", "jsonpath-file")
_GO_TEMPLATE = ("go-template", "go-template-file", "template", "templatefile")
_CUSTOM = ("custom-columns", "custom-columns-file")
_PLAIN = ("json", "name", "yaml")
FORMATS = tuple(sorted((*_PLAIN, *_JSONPATH, *_GO_TEMPLATE)))
GET_FORMATS = tuple(sorted((*FORMATS, *_CUSTOM, "wide")))


class Printer(Protocol):
    """Prints objects one after the other."""

    def print_object(self, obj: Object, out: Out, event: str = "") -> None:
        """Print an object, a list or a Table; `event` is the type of the watch event that brought it."""


class SortingPrinter:
    """Sorts what is printed by a field."""

    def __init__(self, printer: Printer, field: str) -> None:
        self._printer, self._field = printer, field

    def print_object(self, obj: Object, out: Out, event: str = "") -> None:
        """Print in order; watch events come as they are."""
        from minikube_py.printers import sorting

        self._printer.print_object(obj if event else sorting.sort_any(obj, self._field), out, event)


def print_struct(printer: Printer, obj: Object, out: Out) -> None:
    """Print an object whose fields have the order of a Go struct, which a template that fails shows."""
    getattr(printer, "print_struct", printer.print_object)(obj, out)


def is_table(output: str, template: str = "") -> bool:
    """Tell whether an -o asks the server for a Table."""
    return output == "wide" or (not output and not template)


def for_output(output: str = "", *, wide: bool = False, no_headers: bool = False, show_labels: bool = False,
               label_columns: Sequence[str] = (), show_kind: bool = False, with_namespace: bool = False, sort_by: str = "",
               template: str = "", show_managed_fields: bool = False, allow_missing_template_keys: bool = True,
               kind: tuple[str, str] | None = None, clock: Clock | None = None) -> Printer:  # fmt: skip
    """Return the printer of `kubectl get -o output`; KctlError in kubectl's words where there is none.

    `kind` is (group, kind) of what is printed, which `show_kind` puts before names; `clock` tells ages where no Table does.
    """
    output = output or ("go-template" if template else "")
    printer: Printer | None = None
    if output in ("", "wide"):
        from minikube_py.printers import text

        options = text.Options(wide or output == "wide", no_headers, show_labels, tuple(label_columns), show_kind, with_namespace, kind)
        printer = text.TablePrinter(options, clock)
    printer = printer or _template(output, template, allow_missing_template_keys) or _plain(output, show_managed_fields)
    printer = printer or _custom(output, template, no_headers)
    if printer is None:
        raise _unknown(output, GET_FORMATS)
    return SortingPrinter(printer, sort_by) if sort_by else printer


def for_command(output: str = "", *, operation: str = "", template: str = "", show_managed_fields: bool = False,
                allow_missing_template_keys: bool = True) -> Printer:  # fmt: skip
    """Return the printer of commands that say what they did; `operation` is `created`, `configured (dry run)` and so on."""
    output = output or ("go-template" if template else "")
    if not output:
        from minikube_py.printers import serial

        return serial.NamePrinter(operation)
    printer = _plain(output, show_managed_fields) or _template(output, template, allow_missing_template_keys)
    if printer is None:
        raise _unknown(output, FORMATS)
    return printer


def _unknown(output: str, formats: Sequence[str]) -> KctlError:
    from minikube_py.kits import gofmt

    shown = ",".join(formats)
    return KctlError(f"unable to match a printer suitable for the output format {gofmt.quote(output)}, allowed formats are: {shown}")


def _split(output: str, template: str, formats: Sequence[str]) -> tuple[str, str] | None:
    """Return format and argument of `jsonpath=...`; None where it is none of `formats`."""
    name, argument = output, template
    if not template:
        name, _, argument = output.partition("=")
    return (name, argument) if name in formats else None


def _plain(output: str, show_managed_fields: bool) -> Printer | None:
    from minikube_py.printers import serial

    word = output.lower()
    if word == "json":
        return serial.JSONPrinter(show_managed_fields=show_managed_fields)
    if word == "yaml":
        return serial.YAMLPrinter(show_managed_fields=show_managed_fields)
    return serial.NamePrinter() if word == "name" else None


def _template(output: str, template: str, allow_missing: bool) -> Printer | None:
    found = _split(output, template, (*_JSONPATH, *_GO_TEMPLATE))
    if found is None:
        return None
    name, text = found
    if not text:
        raise KctlError("template format specified but no template given")
    if name in ("jsonpath-file", "go-template-file", "templatefile"):
        text = _read(text, "error reading --template {path}, {problem}")
    from minikube_py.printers import templates

    options: dict[str, Any] = {"allow_missing_keys": allow_missing}
    if name in _GO_TEMPLATE:
        return templates.GoTemplatePrinter(text, **options)
    return templates.JSONPathPrinter(text, as_json=name == "jsonpath-as-json", **options)


def _custom(output: str, template: str, no_headers: bool) -> Printer | None:
    found = _split(output, template, _CUSTOM)
    if found is None:
        return None
    from minikube_py.printers import customcolumns

    name, spec = found
    if name == "custom-columns-file" and spec:
        written = "" if os.path.isdir(spec) else _read(spec, "error reading template {path}, {problem}\n")  # kubectl opens it, and finds no line
        return customcolumns.from_template(written)
    return customcolumns.from_spec(spec, no_headers=no_headers)


def _read(path: str, message: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        reason = error.strerror or str(error)
        problem = f"{'read' if error.errno == 21 else 'open'} {path}: {reason[:1].lower()}{reason[1:]}"
        raise KctlError(message.format(path=path, problem=problem)) from error
