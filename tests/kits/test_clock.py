"""Times, against the standard library's calendar."""

import calendar
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikube_py.kits.clock import VirtualClock, parse_rfc3339, rfc3339, rfc3339_micro


@given(st.datetimes(min_value=datetime.datetime(1, 1, 1), max_value=datetime.datetime(9999, 12, 31, 23, 59, 59)))
def test_every_date_is_read_as_by_the_calendar(when: datetime.datetime) -> None:
    assert parse_rfc3339(when.strftime(f"{when.year:04}-%m-%dT%H:%M:%SZ")) == calendar.timegm(when.timetuple())


@given(st.integers(min_value=0, max_value=253402300799))
def test_what_is_written_is_read(seconds: int) -> None:
    assert parse_rfc3339(rfc3339(seconds)) == seconds
    assert parse_rfc3339(rfc3339_micro(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-01T00:00:00Z", 1767225600.0),
        ("2026-01-01t00:00:00.25z", 1767225600.25),
        ("2026-01-01T01:30:00+01:30", 1767225600.0),
        ("2025-12-31T23:00:00-01:00", 1767225600.0),
        ("2024-02-29T00:00:00Z", 1709164800.0),
        ("2000-02-29T00:00:00Z", 951782400.0),
        ("1969-12-31T23:59:59Z", -1.0),
    ],
)
def test_reading(text: str, seconds: float) -> None:
    assert parse_rfc3339(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-01-01", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
     "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00Zx"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="not an RFC 3339 time"):
        parse_rfc3339(text)


def test_a_virtual_clock() -> None:
    class Base:
        def now(self) -> float:
            return 5.0

    clock = VirtualClock(Base())
    clock.set(3.0)
    assert (clock.now(), clock.real()) == (3.0, 5.0)
    clock.release()
    assert clock.now() == 5.0
