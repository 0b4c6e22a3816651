"""JSON, YAML and names."""

import io
from typing import Any

import pytest

from minikube_py.machinery.errors import KctlError
from minikube_py.printers import serial

POD: dict[str, Any] = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "p", "managedFields": [{}]},
    "spec": {"a": "<b>", "e": [], "m": {}},
}


def printed(printer: Any, *objects: dict[str, Any], event: str = "") -> str:
    out = io.StringIO()
    for obj in objects:
        printer.print_object(obj, out, event)
    return out.getvalue()


def test_json() -> None:
    assert printed(serial.JSONPrinter(), POD) == (
        '{\n    "apiVersion": "v1",\n    "kind": "Pod",\n    "metadata": {\n        "name": "p"\n    },\n'
        '    "spec": {\n        "a": "\\u003cb\\u003e",\n        "e": [],\n        "m": {}\n    }\n}\n'
    )
    assert '"managedFields": [' in printed(serial.JSONPrinter(show_managed_fields=True), POD)
    assert "managedFields" in POD["metadata"]


def test_yaml_documents_are_separated() -> None:
    small = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "managedFields": [{}]}}
    document = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n"
    assert printed(serial.YAMLPrinter(), small, small) == f"{document}---\n{document}"


def test_lists() -> None:
    several = serial.new_list([POD, POD])
    assert serial.is_list(several)
    assert not serial.is_list(POD)
    small = [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "managedFields": []}}]
    assert printed(serial.YAMLPrinter(), serial.new_list(small)) == (
        'apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p\nkind: List\nmetadata:\n  resourceVersion: ""\n'
    )


def test_watch_events() -> None:
    small = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"}}
    line = '{"type":"ADDED","object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}}\n'
    assert printed(serial.JSONPrinter(), small, event="ADDED") == line
    assert printed(serial.YAMLPrinter(), small, event="ADDED") == "object:\n  apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p\ntype: ADDED\n"


def test_names() -> None:
    web = {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "web"}}
    assert printed(serial.NamePrinter(), POD, web) == "pod/p\ndeployment.apps/web\n"
    assert printed(serial.NamePrinter("created (dry run)"), web) == "deployment.apps/web created (dry run)\n"
    assert printed(serial.NamePrinter(), serial.new_list([POD, web])) == "pod/p\ndeployment.apps/web\n"
    assert printed(serial.NamePrinter(), {"kind": "Pod", "apiVersion": "v1"}) == "pod/<unknown>\n"


@pytest.mark.parametrize("printer", [serial.JSONPrinter(), serial.YAMLPrinter(), serial.NamePrinter()])
def test_objects_without_a_kind(printer: Any) -> None:
    with pytest.raises(KctlError, match="^missing apiVersion or kind; try"):
        printed(printer, {"metadata": {}})
