"""Values in Go's spelling."""

import time

import pytest

from minikube_py.describers import golang


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (2.5, "2.5"), (-0.25, "-0.25"), (123456.5, "123456.5"), (1000000.0, "1e+06"), (1234567.5, "1.2345675e+06"),
        (1e25, "1e+25"), (0.0001, "0.0001"), (0.00001, "1e-05"), (1.5e-7, "1.5e-07"), (100.0, "100"), (float("nan"), "NaN"), (float("-inf"), "-Inf"),
    ],
)  # fmt: skip
def test_number(value, text):
    assert golang.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "true"), (False, "false"), (3, "3"), ("a", "a"), ([1, "b"], "[1 b]"), ({"b": 1, "a": [2]}, "map[a:[2] b:1]"), ([], "[]")],
)
def test_show(value, text):
    assert golang.show(value) == text


def test_quoted():
    assert golang.quoted('a"b\\c\nd\te\x00é\u200b\U000e0001') == '"a\\"b\\\\c\\nd\\te\\x00é\\u200b\\U000e0001"'


def test_pointer():
    assert golang.pointer("SecretReference", ("Name", "Namespace"), None) == "nil"
    assert golang.pointer("SecretReference", ("Name", "Namespace"), {"name": "a"}) == "&SecretReference{Name:a,Namespace:,}"


def test_at():
    obj = {"a": {"b": None, "c": 0, "d": [1]}}
    assert [golang.at(obj, path, "-") for path in ("a.b", "a.c", "a.d.e", "x.y", "a")] == ["-", 0, "-", "-", obj["a"]]


@pytest.mark.parametrize(
    ("zone", "long", "plain"),
    [
        ("UTC", "Sun, 01 Nov 2026 10:00:00 +0000", "2026-11-01 10:00:00 +0000 UTC"),
        ("Asia/Kolkata", "Sun, 01 Nov 2026 15:30:00 +0530", "2026-11-01 15:30:00 +0530 IST"),
        ("America/New_York", "Sun, 01 Nov 2026 05:00:00 -0500", "2026-11-01 05:00:00 -0500 EST"),
    ],
)
def test_times(zone, long, plain, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert golang.rfc1123z("2026-11-01T10:00:00Z") == long
        assert golang.rfc1123z("2026-11-01T10:00:00.999999Z") == long
        assert golang.time_string("2026-11-01T10:00:00Z") == plain
    finally:
        monkeypatch.undo()
        time.tzset()


def test_time_that_is_not_set():
    assert golang.rfc1123z(None) == "Mon, 01 Jan 0001 00:00:00 +0000"
    assert golang.time_string(None) == "0001-01-01 00:00:00 +0000 UTC"
