"""One formatting directive of Go's fmt (%-08.3f): its flags, and how texts and numbers look under them (fmt/format.go)."""

import math
from typing import Any

from minikube_py.kits import gofmt
from minikube_py.printers import govalues

_PREFIXES = {2: "0b", 16: "0x"}
_DIGITS = {2: "b", 8: "o", 10: "d", 16: "x"}
_BITS = 64
_LARGEST_RUNE = 0x10FFFF


class Directive:
    """Flags, width and precision. `sharp_v` is # where the verb is v, which means something else by it."""

    __slots__ = ("minus", "plus", "precision", "sharp", "sharp_v", "space", "width", "zero")

    def __init__(self) -> None:
        self.minus = self.plus = self.sharp = self.sharp_v = self.space = self.zero = False
        self.width: int | None = None
        self.precision: int | None = None

    def set(self, flag: str) -> bool:
        """Take over a flag; tell whether it is one."""
        name = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}.get(flag)
        if name is not None:
            setattr(self, name, True)
        return name is not None

    def for_value(self) -> None:
        """Read # and + as the verb v does: + asks it for the names of struct fields, of which there are none here."""
        self.sharp_v, self.sharp = self.sharp, False
        self.plus = False

    def pad(self, text: str, *, zeros: bool = True) -> str:
        """Return a text of at least the width; zeros only ever stand on its left."""
        missing = (self.width or 0) - len(text)
        if missing <= 0:
            return text
        if self.minus:
            return text + " " * missing
        return ("0" if self.zero and zeros else " ") * missing + text

    def text(self, text: str) -> str:
        """Return %s."""
        return self.pad(self._cut(text))

    def _cut(self, text: str) -> str:
        return text if self.precision is None else text[: self.precision]

    def quoted(self, text: str) -> str:
        """Return %q of a string."""
        cut = self._cut(text)
        if self.sharp and not any(char in "`\x7f\ufeff" or (char < " " and char != "\t") for char in cut):
            return self.pad(f"`{cut}`")
        return self.pad(self._ascii(gofmt.quote(cut)))

    def _ascii(self, quoted: str) -> str:
        return "".join(char if char.isascii() else _escaped(ord(char)) for char in quoted) if self.plus else quoted

    def hex_text(self, text: str, *, upper: bool) -> str:
        """Return %x or %X of a string."""
        data = govalues.to_bytes(text)
        pairs = [f"{byte:02x}" for byte in (data if self.precision is None else data[: self.precision])]
        if not pairs:
            return self.pad("")
        mark = "0x" if self.sharp else ""
        shown = " ".join(mark + pair for pair in pairs) if self.space else mark + "".join(pairs)
        return self.pad(shown.upper() if upper else shown)

    def integer(self, number: int, base: int, verb: str) -> str:
        """Return a whole number."""
        if self.precision == 0 and not number:
            return " " * (self.width or 0)
        wanted = self.precision or 0
        signs = number < 0 or self.plus or self.space
        if self.precision is None and self.zero and not self.minus and self.width is not None:
            wanted = self.width - 1 if signs else self.width
        digits = format(abs(number), _DIGITS[base]).rjust(wanted, "0")
        if self.sharp and base == 8 and not digits.startswith("0"):
            digits = "0" + digits
        digits = ("0o" if verb == "O" else _PREFIXES.get(base, "") if self.sharp else "") + digits
        sign = "-" if number < 0 else "+" if self.plus else " " if self.space else ""
        return self.pad(sign + (digits.upper() if verb == "X" else digits), zeros=False)

    def char(self, code: int) -> str:
        """Return %c."""
        return self.pad(_char(code))

    def quoted_char(self, code: int) -> str:
        """Return %q of a number."""
        inner = gofmt.quote(_char(code))[1:-1].replace('\\"', '"').replace("'", "\\'")
        return self.pad(self._ascii(f"'{inner}'"))

    def unicode(self, code: int) -> str:
        """Return %U."""
        unsigned = code % (1 << _BITS)
        digits = f"{unsigned:X}".rjust(max(4, self.precision or 0), "0")
        shows = self.sharp and unsigned <= _LARGEST_RUNE and chr(unsigned).isprintable()
        return self.pad(f"U+{digits}" + (f" '{chr(unsigned)}'" if shows else ""), zeros=False)

    def float(self, number: float, verb: str, precision: int | None) -> str:
        """Return a fraction; `precision` is what the verb has where none was given."""
        if self.precision is not None:
            precision = self.precision
        shown = _float(number, verb, precision)
        shown = shown if shown[0] in "+-" else "+" + shown
        if self.space and not self.plus and shown[0] == "+":
            shown = " " + shown[1:]
        if not math.isfinite(number):
            return self.pad(shown if shown[0] == "-" or self.plus else shown[1:] if shown[0] == "+" else shown, zeros=False)
        if self.sharp and verb != "b":
            shown = _with_point(shown, verb, precision)
        if not self.plus and shown[0] == "+":
            return self.pad(shown[1:])
        if self.zero and not self.minus and self.width is not None:
            return shown[0] + shown[1:].rjust(self.width - 1, "0")
        return self.pad(shown)


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _char(code: int) -> str:
    return chr(code) if 0 <= code <= _LARGEST_RUNE and not 0xD800 <= code < 0xE000 else "\ufffd"


def _float(number: float, verb: str, precision: int | None) -> str:
    """Return strconv.FormatFloat; no precision stands for the shortest digits."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "+Inf" if number > 0 else "-Inf"
    if verb in "eEfF":
        return format(number, f".{precision}{verb.replace('F', 'f')}")
    if verb == "b":
        mantissa, exponent = _binary(number)
        return f"{mantissa}p{exponent:+d}"
    if verb in "xX":
        shown = _hexadecimal(number, precision)
        return shown.upper() if verb == "X" else shown
    shown = gofmt.float_g(number) if precision is None else format(number, f".{precision}g")
    return shown.upper() if verb == "G" else shown


def _binary(number: float) -> tuple[int, int]:
    """Return (mantissa of 53 bits, exponent of two)."""
    fraction, exponent = math.frexp(number)
    shift = max(exponent, -1021)  # what is smaller has fewer bits
    return int(math.ldexp(fraction, 53 - (shift - exponent))), shift - 53


def _hexadecimal(number: float, precision: int | None) -> str:
    sign = "-" if math.copysign(1.0, number) < 0 else ""
    fraction, exponent = math.frexp(abs(number))
    mantissa = int(fraction * (1 << 53)) << 8  # the first digit, which is 1, stands at bit 60
    exponent -= 1 if number else 0
    if precision is not None and precision < 15:
        mantissa = _rounded(mantissa, 60 - 4 * precision)
        if mantissa >> 61:
            mantissa, exponent = mantissa >> 1, exponent + 1
    digits = f"{mantissa & ((1 << 60) - 1):015x}"
    digits = digits.rstrip("0") if precision is None else digits.ljust(precision, "0")[:precision]
    return f"{sign}0x{mantissa >> 60}{'.' if digits else ''}{digits}p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _rounded(mantissa: int, bits: int) -> int:
    """Return a number without its last bits, to the nearest, ties to even."""
    rest = mantissa & ((1 << bits) - 1)
    kept = mantissa >> bits
    kept += (rest | (kept & 1)) > (1 << (bits - 1))
    return kept << bits


def _with_point(shown: str, verb: str, precision: int | None) -> str:
    """Return a number with a decimal point and, for %g, with the zeros that it otherwise leaves out: what # asks for."""
    wanted = (6 if precision is None else precision) if verb in "vgGx" else 0
    sign, body = shown[0], shown[1:]
    marks = "p" if verb in "xX" else "eE"
    at = next((index for index, char in enumerate(body) if char in marks or char in "pP"), len(body))
    digits, tail = body[:at], body[at:]
    wanted -= sum(char != "." for char in digits.lstrip("0."))
    if "." not in digits:
        wanted -= digits == "0"
        digits += "."
    return sign + digits + "0" * max(0, wanted) + tail


def amount(value: Any, largest: int = 1_000_000) -> int | None:
    """Return the width or precision that an argument is; None where it is none, or too large."""
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= largest else None
