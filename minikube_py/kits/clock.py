"""Time as it comes in from outside: seconds since the epoch, and the two RFC 3339 spellings of the API."""

import re
import time
from typing import Protocol

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$")


class Clock(Protocol):
    """Whoever needs the time is given one of these."""

    def now(self) -> float:
        """Return seconds since the epoch."""


class SystemClock:
    """The machine's clock, moved by a fixed number of seconds."""

    __slots__ = ("offset",)

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self.offset


class VirtualClock:
    """A clock that follows another one until it is set to an instant, and stands still there until released."""

    __slots__ = ("_base", "_instant")

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._instant: float | None = None

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self._base.now() if self._instant is None else self._instant

    def real(self) -> float:
        """Return the time of the clock underneath."""
        return self._base.now()

    def set(self, instant: float) -> None:
        """Stand still at `instant`."""
        self._instant = instant

    def release(self) -> None:
        """Follow the clock underneath again."""
        self._instant = None


def rfc3339(seconds: float) -> str:
    """Return whole seconds as metav1.Time spells them: 2026-01-02T03:04:05Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds // 1)))


def rfc3339_micro(seconds: float) -> str:
    """Return microseconds as metav1.MicroTime spells them: 2026-01-02T03:04:05.000001Z."""
    micros = round(seconds * 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(micros // 1_000_000)) + f".{micros % 1_000_000:06d}Z"


def parse_rfc3339(text: str) -> float:
    """Return seconds since the epoch; ValueError where `text` is no RFC 3339 time."""
    match = _RFC3339.match(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    year, month, day, hour, minute, second = (int(part) for part in match.group(1, 2, 3, 4, 5, 6))
    if not (1 <= month <= 12 and 1 <= day <= _length(year, month) and hour < 24 and minute < 60 and second < 60):
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    seconds = float(_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) + float(match.group(7) or 0)
    if match.group(8):
        shift = int(match.group(9)) * 3600 + int(match.group(10)) * 60
        seconds += -shift if match.group(8) == "+" else shift
    return seconds


# The standard library's calendar and datetime would do this too, at two milliseconds of every command's start.
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _length(year: int, month: int) -> int:
    """Return how many days a month has."""
    return 29 if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else _MONTHS[month - 1]


def _days(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 to a date, in years that begin in March so that leap days come last."""
    year -= month <= 2
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + day_of_year - 719468
