"""JSON as Go writes it, and why a text is no JSON."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minikube_py.kits import gofmt, jsonio, jsonscan


@pytest.mark.parametrize(("value", "text"), [
    ({"b": [1, {"a": None}], "a": {}, "c": []}, '{"a":{},"b":[1,{"a":null}],"c":[]}'),
    ("<a href='x'>&\u2028\u2029é\x7f\b\f\n\x01\"\\", '"\\u003ca href=\'x\'\\u003e\\u0026\\u2028\\u2029é\x7f\\b\\f\\n\\u0001\\"\\\\"'),
    ([1.0, 100.5, 1e20, 1e21, 1e-6, 1e-7, 1.5e-10, -0.25], "[1,100.5,100000000000000000000,1e+21,0.000001,1e-7,1.5e-10,-0.25]"),
    ([True, False, 12345678901234567890], "[true,false,12345678901234567890]"),
    ("\ud800", '"\ufffd"'),
])  # fmt: skip
def test_compact(value: Any, text: str) -> None:
    assert jsonio.go_json(value) == text


def test_the_widest_integers_stay_integers() -> None:
    values = [one.value for one in jsonio.stream("-9223372036854775808 9223372036854775807", 9)]
    assert values == [-(1 << 63), (1 << 63) - 1] and all(isinstance(value, int) for value in values)


def test_indented() -> None:
    value = {"b": [1, {"a": {}}], "a": []}
    assert jsonio.go_json(value, "    ") == (
        '{\n    "a": [],\n    "b": [\n        1,\n        {\n            "a": {}\n        }\n    ]\n}'
    )  # fmt: skip


@pytest.mark.parametrize(("text", "offset", "message"), [
    ("tru1", 4, "invalid character '1' in literal true (expecting 'e')"),
    ('{"a" 1}', 6, "invalid character '1' after object key"),
    ('{"a":1 "b"}', 8, "invalid character '\"' after object key:value pair"),
    ("[1 2]", 4, "invalid character '2' after array element"),
    ("{1}", 2, "invalid character '1' looking for beginning of object key string"),
    ('{"a":1,}', 8, "invalid character '}' looking for beginning of object key string"),
    ("[1,]", 4, "invalid character ']' looking for beginning of value"),
    ('["\x01"]', 3, "invalid character '\\x01' in string literal"),
    ('["\\x"]', 4, "invalid character 'x' in string escape code"),
    ('["\\u12G"]', 7, "invalid character 'G' in \\u hexadecimal character escape"),
    ("[01]", 3, "invalid character '1' after array element"),
    ("[1.]", 4, "invalid character ']' after decimal point in numeric literal"),
    ("[1e]", 4, "invalid character ']' in exponent of numeric literal"),
    ("[-]", 3, "invalid character ']' in numeric literal"),
    ("['a']", 2, "invalid character '\\'' looking for beginning of value"),
    ("[é]", 2, "invalid character 'Ã' looking for beginning of value"),
    ('["é" 1]', 7, "invalid character '1' after array element"),
    ('{"a":', 0, "unexpected EOF"),
    ('["a', 0, "unexpected EOF"),
    ("[nul", 0, "unexpected EOF"),
    ("", 0, "unexpected EOF"),
])  # fmt: skip
def test_why_a_text_is_no_json(text: str, offset: int, message: str) -> None:
    assert jsonscan.explain(text, 0) == (offset, message)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*"{}[],:\"a1-.e\\ \n", "true", "nul", "u00", '"k"']), max_size=12))
def test_an_explanation_for_each_refusal(pieces: list[str]) -> None:
    text = "{" + "".join(pieces)
    *_, last = jsonio.stream(text, 200)
    assert last.error is None or last.error.message == "unexpected EOF" or "invalid character" in last.error.message


@pytest.mark.parametrize(("number", "general", "single"), [
    (1.5, "1.5", "1.5"), (1e6, "1e+06", "1e+06"), (100000.0, "100000", "100000"), (0.1, "0.1", "0.1"), (1e-5, "1e-05", "1e-05"),
    (1234567.5, "1.2345675e+06", "1.2345675e+06"), (-2.5e300, "-2.5e+300", "-.inf"),
    (0.30000000000000004, "0.30000000000000004", "0.3"), (0.0, "0", "0"),
])  # fmt: skip
def test_floats_in_the_general_form(number: float, general: str, single: str) -> None:
    assert (gofmt.float_g(number), gofmt.float32_g(number)) == (general, single)


@pytest.mark.parametrize(("text", "quoted"), [
    ("a", '"a"'), ('"\\', '"\\"\\\\"'), ("\n\t\x01\x7f", '"\\n\\t\\x01\\x7f"'), ("é😀", '"é😀"'), ("\u2028\x85", '"\\u2028\\u0085"'),
    ("\U000e0001", '"\\U000e0001"'),
])  # fmt: skip
def test_quoted_strings(text: str, quoted: str) -> None:
    assert gofmt.quote(text) == quoted
