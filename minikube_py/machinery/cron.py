"""Cron schedules of five fields, as CronJobs use them (robfig/cron v3 ParseStandard), and when they are next due."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

_DAY = 86_400
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
# (low, high, names) of minute, hour, day of month, month, day of week
_BOUNDS: tuple[tuple[int, int, dict[str, int]], ...] = ((0, 59, {}), (0, 23, {}), (1, 31, {}), (1, 12, _MONTHS), (0, 6, _DAYS))
_NICKNAMES = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_DURATION = re.compile(r"([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_YEARS = 5  # a schedule that is not due for so long, such as February 30th, never is


class Schedule(NamedTuple):
    """When something is due: at the minutes that all fields allow, or every so many seconds."""

    minutes: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = False  # day of month or of week is a star, so that both have to fit, not one of them
    every: int = 0
    zone: str = ""

    def next(self, after: float, zone: str = "") -> float | None:
        """Return the first due time later than `after`, both in seconds since the epoch; None where there is none.

        Fields are read in `zone`, such as Europe/Berlin; in UTC where none is given. KeyError where there is no such zone.
        """
        if self.every:
            return int(after) + self.every
        name = self.zone or zone
        place = None if name in ("", "UTC", "Etc/UTC") else location(name)
        start = int(after // 60) * 60 + 60
        shift = 0 if place is None else _offset(place, start)
        first = (start + shift) // _DAY - (0 if place is None else 1)
        for day in range(first, first + _YEARS * 366):
            if self._fits(day):
                found = min((time for time in self._times(day, place) if time >= start), default=None)
                if found is not None:
                    return float(found)
        return None

    def _fits(self, day: int) -> bool:
        year, month, number = _civil(day)
        if month not in self.months:
            return False
        of_month, of_week = number in self.days, (day + 4) % 7 in self.weekdays
        return (of_month and of_week) if self.any_day else (of_month or of_week)

    def _times(self, day: int, place: Any) -> Iterator[int]:
        for hour in self.hours:
            for minute in self.minutes:
                wall = day * _DAY + hour * 3600 + minute * 60
                if place is None:
                    yield wall
                else:
                    yield from _instants(place, wall)


def location(name: str) -> Any:
    """Return the time zone of a name; KeyError where there is none."""
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (OSError, ValueError) as error:
        raise KeyError(name) from error


def _offset(place: Any, instant: int) -> int:
    import datetime

    return int(datetime.datetime.fromtimestamp(instant, place).utcoffset().total_seconds())  # type: ignore[union-attr]


def _instants(place: Any, wall: int) -> Iterator[int]:
    """Yield the instants at which clocks show `wall`: none when they leap over it, two when they are put back."""
    seen = set()
    for shift in {_offset(place, wall - _DAY), _offset(place, wall + _DAY)}:
        instant = wall - shift
        if _offset(place, instant) == shift and instant not in seen:
            seen.add(instant)
            yield instant


def _civil(day: int) -> tuple[int, int, int]:
    """Return (year, month, day) of a number of days since the epoch."""
    day += 719_468
    era, rest = divmod(day, 146_097)
    year = (rest - rest // 1460 + rest // 36_524 - rest // 146_096) // 365
    rest -= 365 * year + year // 4 - year // 100
    month = (5 * rest + 2) // 153
    number = rest - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year + era * 400 + (month <= 2), month, number


@lru_cache(maxsize=1024)
def parse(text: str) -> Schedule:
    """Return the schedule that `text` spells; ValueError in the words of robfig/cron."""
    if not text:
        raise ValueError("empty spec string")
    zone = ""
    if text.startswith(("TZ=", "CRON_TZ=")):
        head, _, text = text.partition(" ")
        zone, text = head.partition("=")[2], text.strip()
        try:
            location(zone)
        except KeyError:
            raise ValueError(f"provided bad location {zone}: unknown time zone {zone}") from None
    if text.startswith("@"):
        return _nickname(text, zone)
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    return _schedule(fields, zone)


def _nickname(text: str, zone: str) -> Schedule:
    if text in _NICKNAMES:
        return _schedule(_NICKNAMES[text].split(), zone)
    if text.startswith("@every "):
        seconds = _duration(text.removeprefix("@every "), text)
        return Schedule(every=max(int(seconds), 1), zone=zone)
    raise ValueError(f"unrecognized descriptor: {text}")


def _duration(text: str, whole: str) -> float:
    sign, bare = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    parts = _DURATION.findall(bare)
    if bare == "0":
        return 0
    if not parts or "".join(number + unit for number, unit in parts) != bare:
        raise ValueError(f'failed to parse duration {whole}: time: invalid duration "{text}"')
    return sign * sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _schedule(fields: list[str], zone: str) -> Schedule:
    sets = [_field(field, *bounds) for field, bounds in zip(fields, _BOUNDS, strict=True)]
    minutes, hours, days, months, weekdays = (values for values, _ in sets)
    return Schedule(tuple(sorted(minutes)), tuple(sorted(hours)), frozenset(days), frozenset(months), frozenset(weekdays), sets[2][1] or sets[4][1], 0, zone)


def _field(text: str, low: int, high: int, words: dict[str, int]) -> tuple[set[int], bool]:
    """Return the values of one field, and whether it is a star."""
    values: set[int] = set()
    star = False
    for part in (piece for piece in text.split(",") if piece):
        found, is_star = _range(part, low, high, words)
        values |= found
        star = star or is_star
    return values, star


def _range(text: str, low: int, high: int, words: dict[str, int]) -> tuple[set[int], bool]:
    parts = text.split("/")
    ends = parts[0].split("-")
    star = ends[0] in ("*", "?")
    if star:
        start, end = low, high
    else:
        start = _number(ends[0], words)
        if len(ends) > 2:
            raise ValueError(f"too many hyphens: {text}")
        end = _number(ends[1], words) if len(ends) == 2 else start
    step = 1
    if len(parts) > 2:
        raise ValueError(f"too many slashes: {text}")
    if len(parts) == 2:
        step = _number(parts[1], {})
        if len(ends) == 1 and not star:
            end = high  # N/step goes on to the highest
        star = star and step == 1
    if start < low:
        raise ValueError(f"beginning of range ({start}) below minimum ({low}): {text}")
    if end > high:
        raise ValueError(f"end of range ({end}) above maximum ({high}): {text}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ValueError(f"step of range should be a positive number: {text}")
    return set(range(start, end + 1, step)), star


def _number(text: str, words: dict[str, int]) -> int:
    if text.lower() in words:
        return words[text.lower()]
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    number = int(text)
    if number < 0:
        raise ValueError(f"negative number ({number}) not allowed: {text}")
    return number
