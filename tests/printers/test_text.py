"""Tables as kubectl get prints them."""

import io
from typing import Any

from minikube_py.printers import text

COLUMNS = [
    {"name": "Name", "type": "string", "format": "name", "priority": 0},
    {"name": "Ready", "type": "string", "format": "", "priority": 0},
    {"name": "Node", "type": "string", "format": "", "priority": 1},
]


def table(*rows: tuple[str, str, str], columns: list[dict[str, Any]] | None = None, labels: dict[str, str] | None = None) -> dict[str, Any]:
    metadata = {"namespace": "shop"} | ({"labels": labels} if labels else {})
    made = [{"cells": list(cells), "object": {"metadata": {"name": cells[0], **metadata}}} for cells in rows]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": COLUMNS if columns is None else columns, "rows": made}


class FixedClock:
    def now(self) -> float:
        return 100.0


def printed(obj: dict[str, Any], event: str = "", **options: Any) -> str:
    out = io.StringIO()
    text.TablePrinter(text.Options(**options), FixedClock()).print_object(obj, out, event)
    return out.getvalue()


WEB = ("web-1", "1/1", "n1")


def test_plain_and_wide() -> None:
    assert printed(table(WEB)) == "NAME    READY\nweb-1   1/1\n"
    assert printed(table(WEB), wide=True) == "NAME    READY   NODE\nweb-1   1/1     n1\n"
    assert printed(table(WEB), no_headers=True) == "web-1   1/1\n"
    assert printed(table()) == ""


def test_namespace_kind_and_labels() -> None:
    assert printed(table(WEB), with_namespace=True) == "NAMESPACE   NAME    READY\nshop        web-1   1/1\n"
    assert printed(table(WEB), show_kind=True, kind=("apps", "Deployment")) == "NAME                    READY\ndeployment.apps/web-1   1/1\n"
    assert printed(table(WEB), show_kind=True, kind=("", "Pod")) == "NAME        READY\npod/web-1   1/1\n"
    labels = {"b": "2", "example.com/tier": "web"}
    assert printed(table(WEB, labels=labels), show_labels=True) == "NAME    READY   LABELS\nweb-1   1/1     b=2,example.com/tier=web\n"
    assert printed(table(WEB), show_labels=True) == "NAME    READY   LABELS\nweb-1   1/1     <none>\n"
    shown = printed(table(WEB, labels=labels), label_columns=("example.com/tier", "b", "gone"))
    assert shown == "NAME    READY   TIER   B     GONE\nweb-1   1/1     web    2     \n"


def test_event_column() -> None:
    assert printed(table(WEB), "ADDED", with_namespace=True) == "EVENT      NAMESPACE   NAME    READY\nADDED      shop        web-1   1/1\n"
    assert printed(table(WEB), "BOOKMARK", no_headers=True) == "BOOKMARK   web-1   1/1\n"


def test_cells_can_not_harm_a_terminal() -> None:
    assert printed(table(("a\x1b[31mred", "two\nlines", "")), no_headers=True) == "a^[[31mred   two...\n"
    assert text.escape("a\rb\x1b") == "a\\rb^["


def test_values_print_as_go_prints_them() -> None:
    columns = [{"name": name, "type": "string"} for name in "abcd"]
    row: Any = (True, 3, None, 1234567.5)
    made = table(row, columns=columns)
    assert printed(made) == "A      B     C     D\ntrue   3           1.2345675e+06\n"


def test_headers_are_printed_once_for_a_watch() -> None:
    out = io.StringIO()
    printer = text.TablePrinter(text.Options())
    printer.print_object(table(WEB), out)
    printer.print_object(table(("web-2", "0/1", "n1"), columns=[]), out)
    printer.print_object(table(("web-3", "0/1", "n1")), out)
    assert out.getvalue() == "NAME    READY\nweb-1   1/1\nweb-2   0/1\nweb-3   0/1\n"


def test_objects_without_a_table_show_name_and_age() -> None:
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "creationTimestamp": "1970-01-01T00:00:40Z"}}
    assert printed(pod) == "NAME   AGE\np      60s\n"
    assert printed({"kind": "PodList", "items": [{"metadata": {"name": "q"}}]}) == "NAME   AGE\nq      <unknown>\n"


def test_a_sheet_separates_tables_that_have_headers() -> None:
    out = io.StringIO()
    sheet = text.Sheet(out)
    for rows in ([WEB], [], [("a-long-name", "1", "n")]):
        sheet.begin()
        sheet.print_object(text.TablePrinter(text.Options()), table(*rows))
    assert sheet.end()
    assert out.getvalue() == "NAME    READY\nweb-1   1/1\n\nNAME          READY\na-long-name   1\n"
    bare = io.StringIO()
    sheet = text.Sheet(bare, no_headers=True)
    for _ in range(2):
        sheet.begin()
        sheet.print_object(text.TablePrinter(text.Options(no_headers=True)), table(WEB))
    assert sheet.end()
    assert bare.getvalue() == "web-1   1/1\nweb-1   1/1\n"
    assert not text.Sheet(io.StringIO()).end()
