"""YAML as kubectl reads it. The expectations in data/ are what kubectl 1.33 made of the same bytes."""

import json
import pathlib
from typing import Any

import pytest

from minikube_py.kits import jsonio, yaml
from minikube_py.kits.yaml import parser

DATA = pathlib.Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def as_json(documents: list[yaml.Document]) -> list[Any]:
    return [json.loads(jsonio.go_json(document.value)) for document in documents]


@pytest.mark.parametrize("row", rows("yaml_scalars.jsonl"), ids=lambda row: row["name"] or "empty")
def test_scalars_mean_what_they_mean_to_kubectl(row: dict[str, Any]) -> None:
    if "error" in row:
        with pytest.raises(yaml.YAMLError) as caught:
            list(yaml.load_all(row["yaml"]))
        assert str(caught.value) == row["error"]
    else:
        assert as_json(list(yaml.load_all(row["yaml"]))) == [row["json"]]


@pytest.mark.parametrize("row", rows("yaml_documents.jsonl"), ids=lambda row: repr(row["input"][-40:]))
def test_documents_and_errors_are_kubectls(row: dict[str, Any]) -> None:
    found: list[yaml.Document] = []
    error = ""
    try:
        for document in yaml.load_all(row["input"].encode("latin-1")):
            found.append(document)
    except yaml.YAMLError as caught:
        error = caught.in_file("f.yaml")
    assert error == row.get("error", "")
    if "objects" in row:
        assert as_json(found) == row["objects"]


def test_types_that_json_gives() -> None:
    value = yaml.load("a: 1.0\nb: 1e3\nc: 1.5\nd: 08\ne: 9223372036854775808\nf: -9223372036854775808\n")
    assert [(type(item), item) for item in value.values()] == [
        (int, 1), (int, 1000), (float, 1.5), (int, 8), (float, 9.223372036854775808e18), (int, -9223372036854775808),
    ]  # fmt: skip


def test_line_of_each_document() -> None:
    text = "# first\n---\na: 1\n---\n# nothing\n---\n\nb: 2\n"
    assert [(document.value, document.line) for document in yaml.load_all(text)] == [({"a": 1}, 3), ({"b": 2}, 8)]


def test_line_of_json_values() -> None:
    assert [document.line for document in yaml.load_all('{"a": 1}\n\n{"b": 2}\n')] == [1, 3]
    assert [document.line for document in yaml.load_all('{"a": 1}\n---\nc: 3\n---\nd: 4\n')] == [1, 2, 5]


def test_duplicate_keys_of_yaml() -> None:
    text = "spec:\n  replicas: 1\n  replicas: 2\n  list:\n  - {a: 1}\n  - a: 1\n    a:\n      b: 3\n"
    (document,) = yaml.load_all(text)
    assert document.value == {"spec": {"replicas": 2, "list": [{"a": 1}, {"a": {"b": 3}}]}}
    assert document.duplicates == [yaml.Duplicate("spec.replicas", "replicas", 3), yaml.Duplicate("spec.list[1].a", "a", 8)]
    assert str(document.duplicates[0]) == 'line 3: key "replicas" already set in map'


def test_duplicate_keys_of_json() -> None:
    (document,) = yaml.load_all('{"spec": {"a": 1, "b": [{"c": 1, "c": 2}], "a": 3}}')
    assert document.value == {"spec": {"a": 3, "b": [{"c": 2}]}}
    assert [str(duplicate) for duplicate in document.duplicates] == ['duplicate field "spec.a"', 'duplicate field "spec.b[0].c"']


def test_what_an_alias_stands_for_is_a_copy() -> None:
    value = yaml.load("a: &x {k: [1]}\nb: *x\n")
    value["b"]["k"].append(2)
    assert value == {"a": {"k": [1]}, "b": {"k": [1, 2]}}


def test_ordinary_aliasing_is_allowed() -> None:
    text = "base: &b {a: 1, c: [1, 2]}\nall:\n" + "- *b\n" * 90
    assert yaml.load(text)["all"] == [{"a": 1, "c": [1, 2]}] * 90


def test_text_with_lone_surrogates() -> None:
    assert yaml.load('a: "\ud800"\n') == {"a": "\ufffd"}


def test_without_the_parser_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "_has_fast_parser", lambda: False)
    assert yaml.load("a: [http://x, 08]\nb: &x {c: y}\nd: *x\n") == {"a": ["http://x", 8], "b": {"c": True}, "d": {"c": True}}
    with pytest.raises(yaml.YAMLError) as caught:
        yaml.load("a: 1\nb: c: d\n")
    assert str(caught.value) == "error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context"


def test_what_both_parsers_stumble_over() -> None:
    with pytest.raises(yaml.YAMLError, match="found unexpected ':'"):
        yaml.load("[a:b]\n%YAML 1.1\n%YAML 1.1\n")


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
MERGES = "b0: &b0 {k: {v: 1}}\n" + "".join(f"b{i}: &b{i} {{p{i}: {{<<: *b{i - 1}}}, q{i}: {{<<: *b{i - 1}}}}}\n" for i in range(1, 40))
BOMBS: dict[str, tuple[str | bytes, str]] = {
    "flow lists": ("[" * 1_000_000, "yaml: line 1: exceeded max depth of 200"),
    "block lists": ("- " * 100_000, "yaml: line 1: exceeded max depth of 200"),
    "indented maps": ("".join(" " * i + "a:\n" for i in range(1000)), "yaml: line 201: exceeded max depth of 200"),
    "billion laughs": (LAUGHS, "yaml: document contains excessive aliasing"),
    "quadratic aliases": ("a: &a [" + "x," * 20_000 + "]\nb: [" + "*a," * 20_000 + "]\n", "yaml: document contains excessive aliasing"),
    "merge keys": (MERGES, "yaml: document contains excessive aliasing"),
    "self reference": ("a: &a {b: *a}", "yaml: anchor 'a' value contains itself"),
    "alias chain": ("a0: &a0 x\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 5000)), "yaml: exceeded max depth of 200"),
    "unterminated quote": ('a: "' + "x\n" * 100_000, "yaml: line 100001: found unexpected end of stream"),
    "binary": (bytes(range(256)) * 100, "yaml: control characters are not allowed"),
    "nul bytes": (b"\0" * 100_000, "yaml: control characters are not allowed"),
    "explicit keys": ("? " * 100_000, "yaml: line 1: exceeded max depth of 200"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str) -> None:
    text, message = BOMBS[name]
    with pytest.raises(yaml.YAMLError) as caught:
        list(yaml.load_all(text))
    assert str(caught.value) == "error converting YAML to JSON: " + message


def test_json_bombs_are_refused() -> None:
    for text in ('{"a":' * 100_000, '{"a":' + "[" * 300 + "]" * 300 + "}"):
        with pytest.raises(yaml.YAMLError, match=r"^exceeded max depth$"):
            list(yaml.load_all(text))


def test_numbers_of_many_digits() -> None:
    assert yaml.load("a: " + "9" * 100_000)["a"] == "9" * 100_000
    with pytest.raises(yaml.YAMLError, match=r"^json: cannot unmarshal number 9+ into Go value of type float64$") as caught:
        yaml.load('{"a": ' + "9" * 5000 + "}")
    assert caught.value.in_file("f").startswith('unable to decode "f": json: ')


def test_only_a_stream_ends_its_last_line() -> None:
    assert yaml.load("a: |\n  x") == {"a": "x"}
    assert [document.value for document in yaml.load_all("a: |\n  x")] == [{"a": "x\n"}]
