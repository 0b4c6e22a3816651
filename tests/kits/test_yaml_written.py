"""YAML as kubectl prints it: recorded from kubectl 1.33, and compared with the kubectl at hand where there is one."""

import json
import pathlib
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minikube_py.kits import jsonio, yaml

DATA = pathlib.Path(__file__).parent / "data" / "yaml_written.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
# What kubectl refuses to print itself: DEL and C1 controls are raw in JSON, and YAML has no such characters.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f\ufffe\uffff" + "".join(map(chr, range(0x80, 0xA0)))))


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_printed_as_kubectl_prints(row: dict[str, Any]) -> None:
    assert yaml.dump(row["value"]) == row["yaml"]


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_what_was_printed_reads_back(row: dict[str, Any]) -> None:
    assert jsonio.go_json(yaml.load(row["yaml"])) == jsonio.go_json(row["value"])


def test_shapes() -> None:
    value = {"b": [{"x": 1, "y": [1, [2]]}, {}, []], "a": {"c": None, "d": {"e": True}}, "f": 1.5}
    assert yaml.dump(value) == (
        "a:\n  c: null\n  d:\n    e: true\nb:\n- x: 1\n  \"y\":\n  - 1\n  - - 2\n- {}\n- []\nf: 1.5\n"
    )  # fmt: skip
    others: list[Any] = [{}, [], None, "x", "a\nb\n", 5]
    assert [yaml.dump(item) for item in others] == ["{}\n", "[]\n", "null\n", "x\n", "|\n  a\n  b\n", "5\n"]


def test_keys_in_natural_order() -> None:
    order = ["B", "a.b", "a_b", "a9", "a10", "aB", "ab"]
    assert list(yaml.load(yaml.dump(dict.fromkeys(reversed(order), "v")))) == order


def test_not_a_number_is_an_error() -> None:
    with pytest.raises(ValueError, match="unsupported value"):
        yaml.dump({"a": float("nan")})


@settings(max_examples=200, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False).filter(bool) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT.filter(lambda key: key != "<<"), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
@example({"a": "\ufeff b\u2028c"})
@example({"x" * 200: ["y " * 60 + "'"]})
def test_reading_undoes_printing(value: Any) -> None:
    assert jsonio.go_json(yaml.load(yaml.dump(value))) == jsonio.go_json(value)


def test_kubectl_at_hand_prints_the_same(tmp_path: pathlib.Path) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl on PATH: the recorded documents stand in")
    for number, row in enumerate(ROWS):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(row["value"]), encoding="utf-8")
        command = [kubectl, "annotate", "--local", "-f", str(path), "l=b", "-o", "yaml"]
        done = subprocess.run(command, capture_output=True, check=True, timeout=60)
        assert yaml.dump(row["value"]) == done.stdout.decode()
