"""Labels, annotations, taints and tolerations."""

import pytest

from minikube_py.describers import multiline
from minikube_py.describers.writer import Writer


def annotations(pairs):
    w = Writer()
    multiline.annotations(w, "A", pairs)
    return w.text()


def test_annotations_hide_what_apply_keeps():
    assert annotations({"kubectl.kubernetes.io/last-applied-configuration": "{}"}) == "A:  <none>\n"
    assert annotations(None) == "A:  <none>\n"


def test_annotations_are_cut_by_bytes():
    assert annotations({"k": "x" * 137}) == f"A:  k: {'x' * 137}\n"
    assert annotations({"k": "x" * 138}) == f"A:  k:\n      {'x' * 138}\n"
    assert annotations({"k": "x" * 139}) == f"A:  k:\n      {'x' * 138}...\n"
    assert annotations({"k": "é" * 70}) == f"A:  k:\n      {'é' * 69}...\n"


def test_annotations_of_several_lines():
    assert annotations({"b": "1\n2\n", "a": "3\n"}) == "A:  a: 3\n    b:\n      1\n      2\n"


def test_labels():
    w = Writer()
    multiline.labels(w, "Labels", {"b": "2", "a": "1"})
    multiline.labels(w, "None", {}, "  ")
    assert w.text() == "Labels:  a=1\n         b=2\n  None:  <none>\n"


@pytest.mark.parametrize(
    ("taint", "text"),
    [
        ({"key": "a", "value": "b", "effect": "NoSchedule"}, "a=b:NoSchedule"),
        ({"key": "a", "effect": "NoSchedule"}, "a:NoSchedule"),
        ({"key": "a", "value": "b"}, "a=b:"),
        ({"key": "a"}, "a"),
    ],
)
def test_taint_string(taint, text):
    assert multiline.taint_string(taint) == text


def test_tolerations():
    w = Writer()
    multiline.tolerations(w, [
        {"key": "c", "operator": "Exists", "value": ""}, {"key": "b", "operator": "Equal", "value": "x", "effect": "NoExecute", "tolerationSeconds": 0},
        {"operator": "Exists"}, {"operator": "Exists", "effect": "NoSchedule"},
    ])  # fmt: skip
    expected = ["Tolerations:  op=Exists", "              :NoSchedule op=Exists", "              b=x:NoExecute for 0s", "              c op=Exists"]
    assert w.text().splitlines() == expected
