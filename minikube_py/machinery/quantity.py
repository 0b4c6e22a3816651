"""Kubernetes quantities such as 100m, 1.5Gi, 1e3: exact, in whole numbers of billionths (apimachinery api/resource)."""

import re
from functools import lru_cache

DECIMAL_SI = "DecimalSI"
BINARY_SI = "BinarySI"
DECIMAL_EXPONENT = "DecimalExponent"

_NANO = 10**9
_MAX_BINARY = (2**63 - 1) * _NANO
_FORM = r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)"
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_SUFFIX = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_BINARY_SUFFIXES = ("", *_BINARY)

WRONG_FORM = r"quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
WRONG_SUFFIX = "unable to parse quantity's suffix"


class Quantity:
    """A fixed-point number with the format that it was written in. Immutable; compares by its number alone."""

    __slots__ = ("nanos", "format", "_text")

    def __init__(self, nanos: int, form: str = DECIMAL_SI) -> None:
        self.nanos = nanos
        self.format = form
        self._text: str | None = None

    def __str__(self) -> str:
        if self._text is None:
            self._text = _spell(self.nanos, self.format)
        return self._text

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def __hash__(self) -> int:
        return hash(self.nanos)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.nanos == other.nanos

    def __lt__(self, other: "Quantity") -> bool:
        return self.nanos < other.nanos

    def __le__(self, other: "Quantity") -> bool:
        return self.nanos <= other.nanos

    def __gt__(self, other: "Quantity") -> bool:
        return self.nanos > other.nanos

    def __ge__(self, other: "Quantity") -> bool:
        return self.nanos >= other.nanos

    def __bool__(self) -> bool:
        return self.nanos != 0

    def __neg__(self) -> "Quantity":
        return Quantity(-self.nanos, self.format)

    def __add__(self, other: "Quantity") -> "Quantity":
        # As Quantity.Add: zero takes over the other's format.
        return Quantity(self.nanos + other.nanos, self.format if self.nanos else other.format)

    def __sub__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.nanos - other.nanos, self.format if self.nanos else other.format)

    def __mul__(self, factor: int) -> "Quantity":
        return Quantity(self.nanos * factor, self.format)

    def value(self) -> int:
        """Return the number rounded up, away from zero, to a whole one."""
        return _scaled(self.nanos, _NANO)

    def milli_value(self) -> int:
        """Return thousandths, rounded up, away from zero."""
        return _scaled(self.nanos, 10**6)


def _scaled(nanos: int, unit: int) -> int:
    return -(-nanos // unit) if nanos >= 0 else nanos // unit


def parse(text: str | int | float) -> Quantity:
    """Return the quantity that `text` spells; ValueError with kube-apiserver's words where it spells none."""
    return _parse(text if isinstance(text, str) else _number(text))


def canonical(text: str | int | float) -> str:
    """Return the spelling under which kube-apiserver stores a quantity; ValueError where it is none."""
    return _canonical(text if isinstance(text, str) else _number(text))


def from_int(number: int, form: str = DECIMAL_SI) -> Quantity:
    """Return the quantity of a whole number."""
    return Quantity(number * _NANO, form)


def from_milli(thousandths: int) -> Quantity:
    """Return the quantity of a number of thousandths."""
    return Quantity(thousandths * 10**6)


def _number(number: int | float) -> str:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValueError(WRONG_FORM)
    if isinstance(number, int):
        return str(number)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(WRONG_FORM)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


@lru_cache(maxsize=8192)
def _canonical(text: str) -> str:
    return str(_parse(text))


@lru_cache(maxsize=8192)
def _parse(text: str) -> Quantity:
    match = re.fullmatch(_FORM, text)
    if match is None or not text:
        raise ValueError(WRONG_FORM)
    sign, whole, fraction, suffix = match.groups(default="")
    digits = whole.lstrip("0") + fraction
    nanos, form = _in_nanos(int(digits or "0"), len(fraction), suffix)
    quantity = Quantity(-nanos if sign == "-" else nanos, form)
    if _stays(digits, len(fraction), suffix):
        quantity._text = text
    return quantity


def _stays(digits: str, places: int, suffix: str) -> bool:
    """Tell whether ParseQuantity keeps the very text: it counts as canonical, as 1.500 does."""
    if not digits or digits[0] == "0" or len(digits) > 18:
        return False
    if suffix in _BINARY:
        room = 15 - len(digits) - int(_BINARY[suffix] * 3 / 10) - 1
        return not places and room >= 0 and int(digits) & 7 != 0
    scale = (_DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])) - places
    return scale >= -9 and scale % 3 == 0 and not digits.endswith("000")


def _in_nanos(digits: int, places: int, suffix: str) -> tuple[int, str]:
    if suffix in _DECIMAL:
        return _shift(digits, _DECIMAL[suffix] + 9 - places), DECIMAL_SI
    if suffix in _BINARY:
        nanos = min(_shift(digits * 2 ** _BINARY[suffix], 9 - places), _MAX_BINARY)
        return nanos, DECIMAL_SI if 0 < nanos < _NANO else BINARY_SI
    if suffix[:1] in ("e", "E") and re.fullmatch("[-+]?[0-9]+", suffix[1:]):
        exponent = int(suffix[1:])
        if abs(exponent) > 10_000:  # far beyond any quantity; keeps the arithmetic small
            raise ValueError(WRONG_SUFFIX)
        return _shift(digits, exponent + 9 - places), DECIMAL_EXPONENT
    raise ValueError(WRONG_SUFFIX)


def _shift(digits: int, power: int) -> int:
    """Multiply by a power of ten, rounding what is finer than a billionth up."""
    return digits * int(10**power) if power >= 0 else -(-digits // int(10**-power))


def _spell(nanos: int, form: str) -> str:
    if nanos == 0:
        return "0"
    if form == BINARY_SI:
        if abs(nanos) >= 1024 * _NANO and nanos % _NANO == 0:
            return _spell_binary(nanos // _NANO)
        form = DECIMAL_SI
    digits, exponent = nanos, -9
    while digits % 1000 == 0 and (exponent < 18 or form == DECIMAL_EXPONENT):
        digits //= 1000
        exponent += 3
    if form == DECIMAL_SI:
        return f"{digits}{_SUFFIX[exponent]}"
    return f"{digits}e{exponent}" if exponent else str(digits)


def _spell_binary(number: int) -> str:
    step = 0
    while number % 1024 == 0 and step < 6:
        number //= 1024
        step += 1
    return f"{number}{_BINARY_SUFFIXES[step]}"
