"""What kctl diff shows of secrets; and JSON in lines, as it is spelled."""

import pytest

from minikube_py.cli import comparing
from minikube_py.cli.commands.apply_view_last_applied import indented


def test_values_of_secrets_are_masked() -> None:
    live = {"kind": "Secret", "data": {"same": "YQ==", "changed": "Yg==", "gone": "Yw=="}}
    merged = {"kind": "Secret", "data": {"same": "YQ==", "changed": "ZA==", "new": "ZQ=="}}
    assert comparing.masked(live, merged) == (
        {"kind": "Secret", "data": {"same": "***", "changed": "*** (before)", "gone": "***"}},
        {"kind": "Secret", "data": {"same": "***", "changed": "*** (after)", "new": "***"}},
    )
    assert live["data"] == {"same": "YQ==", "changed": "Yg==", "gone": "Yw=="}


def test_a_new_secret_is_masked() -> None:
    assert comparing.masked(None, {"kind": "Secret", "data": {"a": "YQ=="}}) == (None, {"kind": "Secret", "data": {"a": "***"}})
    assert comparing.masked(None, {"kind": "Secret"}) == (None, {"kind": "Secret"})


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("{}", "{}"),
        ('{"a":[],"b":[1.50,"x,\\"{y"]}\n', '{\n  "a": [],\n  "b": [\n    1.50,\n    "x,\\"{y"\n  ]\n}\n'),
        ('{"a":"\\u003c","b":{"c":null}}', '{\n  "a": "\\u003c",\n  "b": {\n    "c": null\n  }\n}'),
    ],
)
def test_json_in_lines(text: str, lines: str) -> None:
    assert indented(text) == lines
