"""Ages as kubectl prints them."""

import pytest

from minikube_py.machinery import durations

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"), (-1.9, "0s"), (-0.5, "0s"), (0, "0s"), (0.9, "0s"), (119.9, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"),
        (600, "10m"), (3 * HOUR - 1, "179m"), (3 * HOUR, "3h"), (3 * HOUR + 60, "3h1m"), (8 * HOUR - 1, "7h59m"), (8 * HOUR, "8h"), (8 * HOUR + 60, "8h"),
        (48 * HOUR - 1, "47h"), (2 * DAY, "2d"), (2 * DAY + HOUR, "2d1h"), (8 * DAY - 1, "7d23h"), (8 * DAY, "8d"), (730 * DAY - 1, "729d"),
        (730 * DAY, "2y"), (731 * DAY, "2y1d"), (8 * 365 * DAY - 1, "7y364d"), (8 * 365 * DAY, "8y"), (8 * 365 * DAY + DAY, "8y"), (30 * 365 * DAY, "30y"),
    ],
)  # fmt: skip
def test_human(seconds: float, text: str) -> None:
    assert durations.human(seconds) == text


def test_since() -> None:
    assert durations.since("1970-01-01T00:00:10Z", 75.0) == "65s"
    assert durations.since("1970-01-01T00:00:10.500000Z", 12.0) == "1s"
    assert durations.since(None, 75.0) == durations.since("", 75.0) == "<unknown>"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("+0", 0), ("1h1h", 2 * HOUR), ("-1.5m", -90), (".5s", 0.5), ("5.s", 5), ("1us", 1e-6), ("1\u03bcs", 1e-6),
        ("9223372036854775807ns", 9223372036.854776),
    ],
)  # fmt: skip
def test_parse(text: str, seconds: float) -> None:
    assert durations.parse(text) == seconds


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", 'invalid duration ""'),
        ("-", 'invalid duration "-"'),
        (".s", 'invalid duration ".s"'),
        ("5", 'missing unit in duration "5"'),
        ("1min", 'unknown unit "min" in duration "1min"'),
        ("1h 2m", 'unknown unit "h " in duration "1h 2m"'),
        ("9223372036854775808ns", 'invalid duration "9223372036854775808ns"'),
        ("2562048h", 'invalid duration "2562048h"'),
        ('1"\u221e', 'unknown unit "\\"\\xe2\\x88\\x9e" in duration "1\\"\\xe2\\x88\\x9e"'),
    ],
)
def test_parse_refuses(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match="time: ") as caught:
        durations.parse(text)
    assert str(caught.value) == f"time: {problem}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"), (1e-9, "1ns"), (5e-7, "500ns"), (5.001e-4, "500.1\u00b5s"), (5e-5, "50\u00b5s"), (0.000501, "501\u00b5s"), (0.5005, "500.5ms"),
        (-0.0036, "-3.6ms"),
        (59.25, "59.25s"), (60, "1m0s"), (-30.001001, "-30.001001s"), (3600, "1h0m0s"), (-5400.5, "-1h30m0.5s"), (100 * HOUR, "100h0m0s"),
    ],
)  # fmt: skip
def test_spelled(seconds: float, text: str) -> None:
    assert durations.spelled(seconds) == text
