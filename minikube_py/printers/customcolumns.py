"""-o custom-columns: a table whose columns are JSONPath expressions (kubectl pkg/cmd/get/customcolumn.go)."""

from collections.abc import Sequence
from typing import Any

from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.printers import govalues, jsonpath, serial, text
from minikube_py.printers.jsonpath import JSONPath, JSONPathError
from minikube_py.printers.tabwriter import Out, TabWriter

_EXPECTED = "Expected format is one line of space separated headers, one line of space separated column specs."


class CustomColumnsPrinter:
    """Prints the given columns; the header only once for each sort of object."""

    def __init__(self, columns: Sequence[tuple[str, str]], *, no_headers: bool = False) -> None:
        self._specs = [_relaxed(path) for _, path in columns]
        self._parsed: list[JSONPath] = []
        self._header = "\t".join(name for name, _ in columns) + "\n"
        self._no_headers = no_headers
        self._last: str | None = None

    def print_object(self, obj: Object, out: Out, event: str = "") -> None:
        """Print a row for an object, or for each object of a list."""
        writer = out if isinstance(out, TabWriter) else TabWriter(out)
        many = serial.is_list(obj) and not event
        sort = "event" if event else "list" if many else "object"
        if not self._no_headers and sort != self._last:
            writer.write(self._header)
            self._last = sort
        try:
            paths = self._paths()
            for item in obj["items"] if many else [obj]:
                shown = serial.event_object(item, event)
                writer.write("\t".join(_cell(path, shown) for path in paths) + "\n")
        finally:
            if writer is not out:
                writer.flush()

    def _paths(self) -> list[JSONPath]:
        """Return the columns' paths, which are read when the headers have been printed."""
        if not self._parsed:
            try:
                self._parsed = [JSONPath(path, allow_missing_keys=True) for path in self._specs]
            except JSONPathError as error:
                raise KctlError(str(error)) from error
        return self._parsed


def _relaxed(path: str) -> str:
    try:
        return jsonpath.relaxed(path)
    except JSONPathError as error:
        raise KctlError(str(error)) from error


def _cell(path: JSONPath, obj: Object) -> str:
    try:
        results: list[list[Any]] = path.find(obj)
    except JSONPathError as error:
        raise KctlError(str(error)) from error
    values = [text.escape(govalues.sprint(value)) for result in results for value in result]
    return ",".join(values if results and results[0] else ["<none>", *values])


def from_spec(spec: str, *, no_headers: bool = False) -> CustomColumnsPrinter:
    """Return the printer of `NAME:.metadata.name,IMAGE:.spec.containers[*].image`."""
    if not spec:
        raise KctlError("custom-columns format specified but no custom columns given")
    columns = []
    for part in spec.split(","):
        name, colon, path = part.partition(":")
        if not colon:
            raise KctlError(f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
        columns.append((name, _relaxed(path)))  # here: what is wrong is told in the order of the columns
    return CustomColumnsPrinter(columns, no_headers=no_headers)


def from_template(template: str) -> CustomColumnsPrinter:
    """Return the printer of a file: one line of headers, one line of paths."""
    lines = template.removesuffix("\n").split("\n") if template else []
    for count, missing in enumerate(("header", "spec")):
        if len(lines) <= count:
            raise KctlError(f"invalid template, missing {missing} line. {_EXPECTED}")
    names, paths = lines[0].split(), lines[1].split()
    if len(names) != len(paths):
        raise KctlError(f"number of headers ({len(names)}) and field specifications ({len(paths)}) don't match")
    return CustomColumnsPrinter(list(zip(names, paths, strict=True)))
