"""Go's fmt.Sprintf for the values that templates know."""

import re
from collections.abc import Callable
from typing import Any

from minikube_py.kits import gofmt
from minikube_py.printers import govalues
from minikube_py.printers.gotemplate import values

_WIDEST = 1_000_000
_VERB = re.compile(r"%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.?)", re.DOTALL)


def sprint(args: list[Any]) -> str:
    """Return fmt.Sprint: a space between neighbours of which neither is a string."""
    shown: list[str] = []
    for index, arg in enumerate(args):
        if index and not isinstance(arg, str) and not isinstance(args[index - 1], str):
            shown.append(" ")
        shown.append(govalues.sprint(arg))
    return "".join(shown)


def text(value: Any) -> str:
    """Return %s of any value."""
    return _format(value, _Spec("", None, None, "s"))


class _BadWidth(Exception):
    """A width that is no number, or one that Go refuses."""


class _Spec:
    """One verb with its flags."""

    __slots__ = ("flags", "precision", "verb", "width")

    def __init__(self, flags: str, width: int | None, precision: int | None, verb: str) -> None:
        self.flags, self.width, self.precision, self.verb = flags, width, precision, verb

    def pad(self, text: str, *, zeros: bool | None = None) -> str:
        """Return text of at least the width that was asked for; `zeros` is whether a number may have them after its sign."""
        if self.width is None:
            return text
        if "-" in self.flags or self.width < 0:
            return text.ljust(abs(self.width))
        if "0" not in self.flags or zeros is False:
            return text.rjust(self.width)
        sign = text[0] if zeros and text[:1] in ("+", "-", " ") else ""
        return sign + text[len(sign) :].rjust(self.width - len(sign), "0")

    def signed(self, text: str) -> str:
        """Return a number's text with the sign that flags ask for."""
        if text.startswith("-"):
            return text
        return next((flag for flag in "+ " if flag in self.flags), "") + text


def sprintf(form: str, args: list[Any]) -> str:
    """Return a format filled in, mistakes spelled out as Go does: %!d(string=hi)."""
    taken = 0

    def take() -> Any:
        nonlocal taken
        taken += 1
        if taken > len(args):
            raise IndexError
        return args[taken - 1]

    def one(match: re.Match[str]) -> str:
        flags, width, precision, verb = match.groups()
        if not verb:
            return "%!(NOVERB)"
        if verb == "%":
            return "%"
        try:
            spec = _Spec(flags, _amount(width, take), _amount(precision, take) if precision != "" else 0, verb)
            return _format(take(), spec)
        except _BadWidth:
            return "%!(BADWIDTH)"
        except IndexError:
            return f"%!{verb}(MISSING)"

    shown = _VERB.sub(one, form)
    if taken < len(args):
        extra = ", ".join("<nil>" if arg is None else f"{values.type_name(arg)}={govalues.sprint(arg)}" for arg in args[taken:])
        shown += f"%!(EXTRA {extra})"
    return shown


def _amount(text: str | None, take: Callable[[], Any]) -> int | None:
    if text is None:
        return None
    amount = take() if text == "*" else int(text)
    if isinstance(amount, bool) or not isinstance(amount, int) or abs(amount) > _WIDEST:
        raise _BadWidth
    return amount


def _format(value: Any, spec: _Spec) -> str:
    verb = spec.verb
    if verb == "T":
        return spec.pad(values.type_name(value))
    if verb == "v":
        return _general(value, spec)
    if value is None:
        return spec.pad(f"%!{verb}(<nil>)")
    if isinstance(value, bool):
        return spec.pad(govalues.sprint(value)) if verb == "t" else _wrong(value, spec)
    if isinstance(value, int):
        return _integer(value, spec)
    if isinstance(value, float):
        return _float(value, spec)
    if isinstance(value, str):
        return _string(value, spec)
    return _each(value, spec)


def _wrong(value: Any, spec: _Spec) -> str:
    return f"%!{spec.verb}({values.type_name(value)}={_general(value, spec)})"


def _general(value: Any, spec: _Spec) -> str:
    if "#" in spec.flags:
        return spec.pad("<nil>" if value is None else govalues.syntax(value))
    if isinstance(value, str):
        return spec.pad(value if spec.precision is None else value[: spec.precision])
    if isinstance(value, float):
        return spec.pad(spec.signed(_precise(value, spec, "g")), zeros=True)
    if isinstance(value, int) and not isinstance(value, bool):
        return _integer(value, _Spec(spec.flags, spec.width, spec.precision, "d"))
    if isinstance(value, (dict, list)) and spec.width is not None:
        return _each(value, spec)
    return spec.pad(govalues.sprint(value))


def _each(value: Any, spec: _Spec) -> str:
    def one(item: Any) -> str:
        return "<nil>" if item is None else _format(item, spec)

    if isinstance(value, dict):
        return "map[" + " ".join(f"{one(key)}:{one(item)}" for key, item in sorted(value.items())) + "]"
    return "[" + " ".join(map(one, value)) + "]"


_BASES = {"b": ("b", "0b"), "o": ("o", "0"), "O": ("o", "0o"), "x": ("x", "0x"), "X": ("X", "0X"), "d": ("d", "")}


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _char(code: int) -> str:
    return chr(code) if 0 <= code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"


def _integer(value: int, spec: _Spec) -> str:
    verb = spec.verb
    if verb == "c":
        return spec.pad(_char(value))
    if verb == "q":
        return spec.pad("'" + ("\\'" if value == 39 else gofmt.quote(_char(value))[1:-1].replace('\\"', '"')) + "'")
    if verb == "U":
        shown = f" '{_char(value)}'" if "#" in spec.flags and _char(value).isprintable() else ""
        return spec.pad(f"U+{value:04X}{shown}")
    if verb not in _BASES:
        return _wrong(value, spec)
    base, prefix = _BASES[verb]
    digits = format(abs(value), base)
    if spec.precision is not None:
        digits = digits.rjust(spec.precision, "0")
    shown = (prefix if "#" in spec.flags or verb == "O" else "") + digits
    return spec.pad(spec.signed("-" + shown if value < 0 else shown), zeros=spec.precision is None)


def _precise(value: float, spec: _Spec, verb: str) -> str:
    if spec.precision is None and verb in "gG":
        shown = gofmt.float_g(value)
        return shown.upper() if verb == "G" else shown
    return format(value, f".{6 if spec.precision is None else spec.precision}{verb}")


def _float(value: float, spec: _Spec) -> str:
    if spec.verb not in "eEfFgG":
        return _wrong(value, spec)
    return spec.pad(spec.signed(_precise(value, spec, spec.verb)), zeros=True)


def _string(value: str, spec: _Spec) -> str:
    cut = value if spec.precision is None else value[: spec.precision]
    if spec.verb == "s":
        return spec.pad(cut)
    if spec.verb == "q":
        backquoted = "#" in spec.flags and "`" not in cut and cut.isprintable()
        quoted = gofmt.quote(cut)
        if "+" in spec.flags:
            quoted = "".join(char if char.isascii() else _escaped(ord(char)) for char in quoted)
        return spec.pad(f"`{cut}`" if backquoted else quoted)
    if spec.verb in "xX":
        shown = value.encode().hex(" " if " " in spec.flags else "") if " " in spec.flags else value.encode().hex()
        return spec.pad(shown.upper() if spec.verb == "X" else shown)
    return _wrong(value, spec)
