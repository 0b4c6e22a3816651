"""-o custom-columns"""

import io
from typing import Any

import pytest

from minikube_py.machinery.errors import KctlError
from minikube_py.printers import customcolumns, serial

PODS: list[dict[str, Any]] = [
    {
        "kind": "Pod",
        "metadata": {"name": "a"},
        "spec": {"containers": [{"image": "x:1"}, {"image": "y:2"}], "n": None, "m": {"k": [1, True]}},
    },
    {"kind": "Pod", "metadata": {"name": "a-longer-name"}, "spec": {"containers": []}, "bad": "\x1b[31m"},
]


def printed(printer: customcolumns.CustomColumnsPrinter, *objects: dict[str, Any], event: str = "") -> str:
    out = io.StringIO()
    for obj in objects:
        printer.print_object(obj, out, event)
    return out.getvalue()


def test_columns() -> None:
    printer = customcolumns.from_spec("NAME:.metadata.name,IMAGES:spec.containers[*].image,N:{.spec.n},M:.spec.m")
    assert printed(printer, serial.new_list(PODS)) == (
        "NAME            IMAGES    N        M\na               x:1,y:2   <nil>    map[k:[1 true]]\na-longer-name   <none>    <none>   <none>\n"
    )


def test_headers() -> None:
    assert printed(customcolumns.from_spec("K:.kind", no_headers=True), PODS[0]) == "Pod\n"
    assert printed(customcolumns.from_spec("K:.kind"), *PODS) == "K\nPod\nPod\n"
    assert printed(customcolumns.from_template("K     N\n{.kind}  metadata.name\n"), PODS[0]) == "K     N\nPod   a\n"


def test_events_and_control_characters() -> None:
    assert printed(customcolumns.from_spec("T:.type,N:.object.metadata.name"), PODS[0], event="ADDED") == "T       N\nADDED   a\n"
    assert printed(customcolumns.from_spec("B:.bad", no_headers=True), PODS[1]) == "^[[31m\n"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("", "custom-columns format specified but no custom columns given"),
        ("NAME", "unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>"),
        ("A:{.x}{.y}", "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"),
    ],
)
def test_specs_that_can_not_be_read(spec: str, problem: str) -> None:
    with pytest.raises(KctlError) as caught:
        customcolumns.from_spec(spec)
    assert str(caught.value) == problem


def test_a_path_that_cannot_be_read_is_told_below_the_headers() -> None:
    out = io.StringIO()
    with pytest.raises(KctlError, match="^unterminated array$"):
        customcolumns.from_spec("A:.x[").print_object(PODS[0], out)
    assert out.getvalue() == "A\n"


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("", "invalid template, missing header line. Expected format is one line of space separated headers"),
        ("A\n", "invalid template, missing spec line. Expected format is"),
        ("A B\n.x\n", r"number of headers \(2\) and field specifications \(1\) don't match"),
    ],
)
def test_files_that_can_not_be_read(template: str, problem: str) -> None:
    with pytest.raises(KctlError, match=f"^{problem}"):
        customcolumns.from_template(template)
