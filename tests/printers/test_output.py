"""Which printer an -o asks for."""

import io
from pathlib import Path
from typing import Any

import pytest

from minikube_py.machinery.errors import KctlError
from minikube_py.printers import output

POD: dict[str, Any] = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"}}


def printed(chosen: str, obj: dict[str, Any] = POD, **options: Any) -> str:
    out = io.StringIO()
    output.for_output(chosen, **options).print_object(obj, out)
    return out.getvalue()


def test_formats(tmp_path: Path) -> None:
    assert printed("name") == "pod/p\n"
    assert printed("jsonpath={.kind}") == "Pod"
    assert printed("jsonpath", template="{.kind}") == "Pod"
    assert printed("jsonpath-as-json={.kind}") == '[\n    "Pod"\n]\n'
    assert printed("go-template={{.kind}}") == printed("", template="{{.kind}}") == printed("template={{.kind}}") == "Pod"
    assert printed("custom-columns=K:.kind", no_headers=True) == "Pod\n"
    assert printed("YAML") == "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n"
    file = tmp_path / "template"
    file.write_text("{.kind}\n")
    assert printed(f"jsonpath-file={file}") == "Pod\n"
    file.write_text("{{.kind}}\n")
    assert printed(f"go-template-file={file}") == printed("templatefile", template=str(file)) == "Pod\n"
    file.write_text("KIND\n.kind\n")
    assert printed(f"custom-columns-file={file}") == "KIND\nPod\n"


def test_tables() -> None:
    columns = [{"name": "Name", "type": "string", "format": "name"}, {"name": "Node", "priority": 1}]
    row = {"cells": ["p", "n1"], "object": {"metadata": {"name": "p", "namespace": "ns", "labels": {"a": "b"}}}}
    table = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": columns, "rows": [row]}
    assert printed("", table) == "NAME\np\n"
    assert printed("wide", table) == "NAME   NODE\np      n1\n"
    options: dict[str, Any] = {"with_namespace": True, "show_kind": True, "kind": ("", "Pod"), "label_columns": ["a"], "show_labels": True}
    assert printed("", table, **options) == "NAMESPACE   NAME    A     LABELS\nns          pod/p   b     a=b\n"


def test_sorting() -> None:
    listed = {"kind": "List", "apiVersion": "v1", "items": [{"v": 2}, {"v": 1}]}
    assert printed("jsonpath={.items[*].v}", listed, sort_by=".v") == "1 2"


@pytest.mark.parametrize(
    ("chosen", "options", "problem"),
    [
        (
            "foo", {},
            'unable to match a printer suitable for the output format "foo", allowed formats are: '
            "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml",
        ),
        ("jsonpath", {}, "template format specified but no template given"),
        ("go-template=", {}, "template format specified but no template given"),
        ("custom-columns", {}, "custom-columns format specified but no custom columns given"),
        ("jsonpath={.x", {}, "error parsing jsonpath {.x, unclosed action"),
        ("go-template={{.x", {}, "error parsing template {{.x, template: output:1: unclosed action"),
        ("jsonpath-file=/no/such/file", {}, "error reading --template /no/such/file, open /no/such/file: no such file or directory"),
        ("custom-columns-file=/no/such/file", {}, "error reading template /no/such/file, open /no/such/file: no such file or directory\n"),
    ],
)  # fmt: skip
def test_failures(chosen: str, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(KctlError) as caught:
        output.for_output(chosen, **options)
    assert str(caught.value) == problem


def test_templates_that_fail_explain_themselves() -> None:
    with pytest.raises(KctlError) as caught:
        printed("jsonpath={.x}", allow_missing_template_keys=False)
    assert str(caught.value) == (
        'error executing jsonpath "{.x}": Error executing template: x is not found. Printing more information for debugging the template:\n'
        "\ttemplate was:\n\t\t{.x}\n\tobject given to jsonpath engine was:\n"
        '\t\tmap[string]interface {}{"apiVersion":"v1", "kind":"Pod", "metadata":map[string]interface {}{"name":"p"}}\n\n\n'
    )
    out = io.StringIO()
    with pytest.raises(KctlError, match="^error executing template"):
        output.for_output("go-template=a{{.kind.x}}").print_object(POD, out)
    assert out.getvalue() == (
        'aError executing template: template: output:1:8: executing "output" at <.kind.x>: can\'t evaluate field x in type interface {}. '
        "Printing more information for debugging the template:\n\ttemplate was:\n\t\ta{{.kind.x}}\n\traw data was:\n"
        '\t\t{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}\n'
        "\tobject given to template engine was:\n\t\tmap[apiVersion:v1 kind:Pod metadata:map[name:p]]\n\n"
    )


def test_commands() -> None:
    out = io.StringIO()
    output.for_command(operation="created").print_object(POD, out)
    output.for_command("name").print_object(POD, out)
    output.for_command(template="{{.kind}}").print_object(POD, out)
    assert out.getvalue() == "pod/p created\npod/p\nPod"
    with pytest.raises(KctlError, match="allowed formats are: go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,"):
        output.for_command("wide")


def test_what_needs_a_table() -> None:
    assert output.is_table("")
    assert output.is_table("wide")
    assert not output.is_table("", "{{.kind}}")
    assert not output.is_table("json")
