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


def since(timestamp: str | None, now: float) -> str:
    """Return the age of an API timestamp at the instant `now`; `<unknown>` where there is none."""
    return human(now - clock.parse_rfc3339(timestamp)) if timestamp else UNKNOWN


_UNITS = {"ns": 1, "us": 1_000, "\u00b5s": 1_000, "\u03bcs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}
_PART = r"([0-9]*)(\.[0-9]*)?([^0-9.]*)"
_LONGEST = 1 << 63  # nanoseconds


def parse(text: str) -> float:
    """Return the seconds of a duration such as 1h30m; ValueError in the words of Go's time.ParseDuration."""
    sign = -1 if text[:1] == "-" else 1
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0.0
    total = 0
    while True:
        part = re.match(_PART, rest)
        if part is None or part[1] + (part[2] or "") in ("", "."):
            raise ValueError(f"time: invalid duration {_quoted(text)}")
        if part[3] not in _UNITS:
            problem = f"unknown unit {_quoted(part[3])}" if part[3] else "missing unit"
            raise ValueError(f"time: {problem} in duration {_quoted(text)}")
        unit, fraction = _UNITS[part[3]], (part[2] or "")[1:]
        total += int(part[1] or 0) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
        rest = rest[part.end() :]
        if total > _LONGEST or (total == _LONGEST and sign > 0):
            raise ValueError(f"time: invalid duration {_quoted(text)}")
        if not rest:
            return float(sign * total / 1e9)


def _quoted(text: str) -> str:
    """Return a text in quotes as package time of Go does: what is no ASCII byte by byte."""
    shown = (f"\\{chr(byte)}" if byte in b'"\\' else chr(byte) if 0x20 <= byte < 0x80 else f"\\x{byte:02x}" for byte in text.encode())
    return f'"{"".join(shown)}"'


def spelled(seconds: float) -> str:
    """Return seconds as Go prints a time.Duration: 500ms, 30s, 1m30s, 1h0m0s."""
    nanos = round(abs(seconds) * 1e9)
    sign = "-" if seconds < 0 and nanos else ""
    for unit, digits in (("ns", 0), ("\u00b5s", 3), ("ms", 6)):
        if 0 < nanos < 1000 * 10**digits:
            return f"{sign}{_fixed(nanos, digits)}{unit}"
    minutes, rest = divmod(nanos, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{_fixed(rest, 9)}s"
    return sign + (f"{hours}h{minutes}m{text}" if hours else f"{minutes}m{text}" if minutes else text)


def _fixed(number: int, digits: int) -> str:
    """Return a number without its last so many digits, and these as a fraction."""
    whole, rest = divmod(number, 10**digits)
    return f"{whole}.{rest:0{digits}d}".rstrip("0") if rest else str(whole)
