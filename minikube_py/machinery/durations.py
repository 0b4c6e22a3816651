"""Lengths of time in a few characters, as `kubectl get` shows ages (apimachinery util/duration)."""

import re

from minikube_py.kits import clock

UNKNOWN = "<unknown>"


def _pair(big: int, unit: str, small: int, small_unit: str) -> str:
    return f"{big}{unit}{small}{small_unit}" if small else f"{big}{unit}"


def human(seconds: float) -> str:
    """Return two or three significant figures: 90s, 3m5s, 7h12m, 3d4h, 2y11d. Two seconds of future are forgiven."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    if whole < 120:
        return f"{whole}s"
    minutes = whole // 60
    if minutes < 10:
        return _pair(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    return _human_hours(whole // 3600, minutes % 60)


def _human_hours(hours: int, minutes: int) -> str:
    if hours < 8:
        return _pair(hours, "h", minutes, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 24 * 8:
        return _pair(hours // 24, "d", hours % 24, "h")
    if hours < 24 * 365 * 2:
        return f"{hours // 24}d"
    if hours < 24 * 365 * 8:
        return _pair(hours // 24 // 365, "y", hours // 24 % 365, "d")
    return f"{hours // 24 // 365}y"


def short(seconds: float) -> str:
    """Return one significant unit: 90s is 1m (apimachinery's ShortHumanDuration)."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "m"), (86400, 3600, "h"), (86400 * 365, 86400, "d")):
        if whole < limit:
            return f"{whole // size}{unit}"
    return f"{whole // (86400 * 365)}y"


def since(timestamp: str | None, now: float) -> str:
    """Return the age of an API timestamp at the instant `now`; `<unknown>` where there is none."""
    return human(now - clock.parse_rfc3339(timestamp)) if timestamp else UNKNOWN


_UNITS = {"ns": 1e-9, "us": 1e-6, "\u00b5s": 1e-6, "\u03bcs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)?")


def parse(text: str) -> float:
    """Return the seconds of a duration such as 1h30m; ValueError in the words of Go's time.ParseDuration."""
    rest, sign = text, 1.0
    if rest[:1] in ("+", "-"):
        sign, rest = (-1.0 if rest[0] == "-" else 1.0), rest[1:]
    if rest == "0":
        return 0.0
    if not rest:
        raise ValueError(f'time: invalid duration "{text}"')
    seconds = 0.0
    while rest:
        match = _PART.match(rest)
        if match is None:
            raise ValueError(f'time: invalid duration "{text}"')
        rest = rest[match.end() :]
        if match.group(2) is None:
            unit = re.match(r"[^\d.]*", rest)
            word = unit.group() if unit else ""
            raise ValueError(f'time: unknown unit "{word}" in duration "{text}"' if word else f'time: missing unit in duration "{text}"')
        seconds += float(match.group(1)) * _UNITS[match.group(2)]
    return sign * seconds


def spelled(seconds: float) -> str:
    """Return seconds as Go prints a time.Duration: 500ms, 30s, 1m30s, 1h0m0s."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:g}ms"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{rest:g}s"
    return f"{hours}h{minutes}m{text}" if hours else f"{minutes}m{text}" if minutes else text
