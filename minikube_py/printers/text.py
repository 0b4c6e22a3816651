"""Tables as `kubectl get` prints them (cli-runtime printers/tableprinter.go)."""

from typing import Any, NamedTuple

from minikube_py.kits.clock import Clock, SystemClock
from minikube_py.machinery.meta import Object
from minikube_py.printers.tabwriter import Out, TabWriter


class Options(NamedTuple):
    """What changes how a table is printed. `kind` is (group, kind) of what is printed, for `show_kind`."""

    wide: bool = False
    no_headers: bool = False
    show_labels: bool = False
    label_columns: tuple[str, ...] = ()
    show_kind: bool = False
    with_namespace: bool = False
    kind: tuple[str, str] | None = None


_EVENTS = {"ADDED": "ADDED   ", "MODIFIED": "MODIFIED", "DELETED": "DELETED ", "ERROR": "ERROR   "}
_EVENT = {"name": "Event", "type": "string"}


def escape(text: str) -> str:
    """Return text that does no harm to a terminal: escape sequences and carriage returns are spelled out."""
    return text.replace("\x1b", "^[").replace("\r", "\\r")


def _sprint(value: Any) -> str:
    """Return a value as Go prints it; names are strings and most others whole numbers."""
    if type(value) in (str, int):
        return str(value)
    from minikube_py.printers import govalues

    return govalues.sprint(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _sprint(value)
    if text.isprintable():
        return text
    end = min((at for at in map(text.find, "\f\n\r") if at >= 0), default=-1)
    return escape(text) if end < 0 else escape(text[:end]) + "..."


def format_labels(labels: dict[str, str] | None) -> str:
    """Return `a=1,b=2`, sorted; `<none>` where there are none."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) if labels else "<none>"


class TablePrinter:
    """Prints tables, one after the other: headers only where the columns change.

    The clock is for objects that come without a table; the machine's where none is given.
    """

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self._options = options
        self._clock = clock
        self._columns: list[Object] | None = None
        self._headers_done = False
        self._default_headers_done = False

    def print_object(self, obj: Object, out: Out, event: str = "") -> None:
        """Print a Table; of any other object, its name and age. `event` is the type of a watch event."""
        if isinstance(out, TabWriter):
            self._print(obj, out, event)
            return
        writer = TabWriter(out)
        self._print(obj, writer, event)
        writer.flush()

    def _print(self, obj: Object, out: Out, event: str) -> None:
        if obj.get("kind") == "Table" and str(obj.get("apiVersion", "")).startswith("meta.k8s.io/"):
            self._print_table(obj, out, event)
        else:
            self._print_default(obj, out, event)

    def _print_table(self, table: Object, out: Out, event: str) -> None:
        columns = table.get("columnDefinitions") or []
        headers = not self._options.no_headers
        if self._headers_done and (not columns or columns == self._columns):
            headers = False
        if not columns:  # tables of a watch carry their columns only once
            columns = self._columns or []
        elif columns != self._columns:
            self._columns, self._headers_done = columns, False
        rows = table.get("rows") or []
        if rows:
            self._headers_done = True
            shown, cells = self._decorate(columns, rows, event)
            _write_table(shown, cells, out, headers, self._options.wide)

    def _decorate(self, columns: list[Object], rows: list[Object], event: str) -> tuple[list[Object], list[list[Any]]]:
        options = self._options
        named = _name_column(columns, options)
        cells = [self._decorated(row, len(columns), named) for row in rows]
        shown = list(columns)
        if options.with_namespace:
            shown.insert(0, {"name": "Namespace"})
        shown += [{"name": name} for name in _label_headers(options.label_columns)]
        if options.show_labels:
            shown.append({"name": "Labels"})
        if event:
            shown.insert(0, _EVENT)
            cells = [[_EVENTS.get(event, event), *row] for row in cells]
        return shown, cells

    def _decorated(self, row: Object, width: int, named: int) -> list[Any]:
        options = self._options
        cells = list(row.get("cells") or ())
        if named >= 0 and options.kind:
            cells[named] = f"{_qualified(options.kind)}/{_sprint(cells[named])}"
        metadata = (row.get("object") or {}).get("metadata")
        if options.label_columns or options.show_labels:
            cells += [None] * (width - len(cells))
            labels = (metadata or {}).get("labels") or {}
            cells += [labels.get(key, "") if metadata is not None else None for key in options.label_columns]
            if options.show_labels:
                cells.append(format_labels(labels) if metadata is not None else None)
        if options.with_namespace:
            cells.insert(0, None if metadata is None else metadata.get("namespace", ""))
        return cells

    def _print_default(self, obj: Object, out: Out, event: str) -> None:
        """Print what came without a table, such as an object from a file."""
        items = obj["items"] if "items" in obj and str(obj.get("kind", "")).endswith("List") else [obj]
        from minikube_py.machinery import durations

        now = (self._clock or SystemClock()).now()
        columns = [{"name": "Name", "type": "string", "format": "name"}, {"name": "Age", "type": "string"}]
        rows = []
        for item in items:
            metadata = item.get("metadata") or {}  # a file may hold an object without
            age = durations.since(metadata.get("creationTimestamp"), now)
            rows.append({"cells": [metadata.get("name", ""), age], "object": {**item, "metadata": metadata}})
        shown, cells = self._decorate(columns, rows, event)
        _write_table(shown, cells, out, not (self._options.no_headers or self._default_headers_done), self._options.wide)
        self._default_headers_done = True


def _name_column(columns: list[Object], options: Options) -> int:
    if not options.show_kind or not options.kind:
        return -1
    matches = (index for index, column in enumerate(columns) if column.get("format") == "name" and column.get("type") == "string")
    return next(matches, -1)


def _qualified(kind: tuple[str, str]) -> str:
    return f"{kind[1]}.{kind[0]}".lower() if kind[0] else kind[1].lower()


def _label_headers(keys: tuple[str, ...]) -> list[str]:
    return [key.rpartition("/")[2].upper() for key in keys]


def _write_table(columns: list[Object], rows: list[list[Any]], out: Out, headers: bool, wide: bool) -> None:
    shown = [index for index, column in enumerate(columns) if wide or not column.get("priority")]
    if headers and rows:
        out.write("\t".join(columns[index]["name"].upper() for index in shown) + "\n")
    for row in rows:
        out.write("\t".join([_cell(row[index]) for index in shown if index < len(row)]) + "\n")


class Sheet:
    """What `kubectl get` prints for several resources: a table each, an empty line between those that have headers."""

    def __init__(self, out: Out, *, no_headers: bool = False) -> None:
        self._out = out
        self._no_headers = no_headers
        self._separate = False
        self.written = 0
        self._writer = TabWriter(self)

    def write(self, text: str) -> None:
        """Pass text on, after an empty line where one is due."""
        if text and self._separate:
            self._separate = False
            self.written += 1
            self._out.write("\n")
        self.written += len(text)
        self._out.write(text)

    def begin(self) -> None:
        """Start the table of another resource."""
        self._writer.flush()
        self._writer.forget_widths()
        self._separate = bool(self.written) and not self._no_headers

    def print_object(self, printer: TablePrinter, obj: Object) -> None:
        """Print an object with the printer of the current resource."""
        printer.print_object(obj, self._writer)

    def end(self) -> bool:
        """Write what is left; tell whether anything was written at all."""
        self._writer.flush()
        return self.written > 0
