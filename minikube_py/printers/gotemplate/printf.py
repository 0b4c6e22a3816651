"""Go's fmt.Sprintf for the values that templates know (fmt/print.go)."""

from typing import Any

from minikube_py.printers import govalues
from minikube_py.printers.gotemplate import directive, values
from minikube_py.printers.gotemplate.directive import Directive

_LARGEST = 1_000_000
_BASES = {"v": 10, "d": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}
_PRECISIONS = {"f": 6, "F": 6, "e": 6, "E": 6, "v": None, "b": None, "g": None, "G": None, "x": None, "X": None}


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
    return _shown(value, "s", Directive())


def sprintf(form: str, args: list[Any]) -> str:
    """Return a format filled in, mistakes spelled out as Go does: %!d(string=hi)."""
    return _Reading(form, args).text()


class _Reading:
    """One pass over a format. `_next` is the argument to take; `_indexed` tells that an index such as [2] stands before."""

    def __init__(self, form: str, args: list[Any]) -> None:
        self._form, self._args = form, args
        self._at = self._next = 0
        self._reordered = self._indexed = False
        self._good = True

    def text(self) -> str:
        """Return all of it."""
        form, shown = self._form, []
        while self._at < len(form):
            percent = form.find("%", self._at)
            if percent < 0:
                shown.append(form[self._at :])
                break
            shown.append(form[self._at : percent])
            self._at = percent + 1
            shown.append(self._one())
        if not self._reordered and self._next < len(self._args):
            shown.append(self._extra())
        return "".join(shown)

    def _extra(self) -> str:
        extra = (
            "<nil>" if arg is None else f"{values.type_name(arg)}={_shown(arg, 'v', Directive())}" for arg in self._args[self._next :]
        )  # fmt: skip
        return f"%!(EXTRA {', '.join(extra)})"

    def _one(self) -> str:
        form, spec = self._form, Directive()
        self._good = True
        while self._at < len(form) and spec.set(form[self._at]):
            self._at += 1
        if form[self._at : self._at + 1].islower() and form[self._at].isascii() and self._next < len(self._args):
            self._indexed = False
            return self._verb(spec)
        self._index()
        problems = self._width(spec)
        problems += self._precision(spec)
        if not self._indexed:
            self._index()
        return problems + self._verb(spec)

    def _verb(self, spec: Directive) -> str:
        verb = self._form[self._at : self._at + 1]
        self._at += 1
        if not verb:
            return "%!(NOVERB)"
        if verb == "%":
            return "%"
        if not self._good:
            return f"%!{verb}(BADINDEX)"
        if self._next >= len(self._args):
            return f"%!{verb}(MISSING)"
        if verb in "vw":
            spec.for_value()
        self._next += 1
        return _shown(self._args[self._next - 1], verb, spec)

    def _width(self, spec: Directive) -> str:
        if self._form[self._at : self._at + 1] != "*":
            spec.width = self._number()
            if self._indexed and spec.width is not None:  # %[3]2d
                self._good = False
            return ""
        spec.width = self._amount()
        if spec.width is not None and spec.width < 0:
            spec.width, spec.minus, spec.zero = -spec.width, True, False
        return "%!(BADWIDTH)" if spec.width is None else ""

    def _precision(self, spec: Directive) -> str:
        if self._form[self._at : self._at + 1] != ".":
            return ""
        self._at += 1
        if self._indexed:  # %[3].2d
            self._good = False
        self._index()
        if self._form[self._at : self._at + 1] != "*":
            spec.precision = self._number() or 0
            return ""
        spec.precision = self._amount()
        if spec.precision is not None and spec.precision < 0:
            spec.precision = None
        return "%!(BADPREC)" if spec.precision is None else ""

    def _amount(self) -> int | None:
        """Return the width or precision that the next argument is."""
        self._at += 1
        self._indexed = False
        if self._next >= len(self._args):
            return None
        self._next += 1
        return directive.amount(self._args[self._next - 1], _LARGEST)

    def _number(self) -> int | None:
        """Read digits; a number that is much too large takes the whole rest with it."""
        start = self._at
        found = 0
        while self._form[self._at : self._at + 1] in tuple("0123456789"):
            if found > _LARGEST:
                self._at = len(self._form)
                return None
            found = found * 10 + int(self._form[self._at])
            self._at += 1
        return found if self._at > start else None

    def _index(self) -> None:
        """Read [2], which makes it the turn of the second argument."""
        form = self._form
        self._indexed = False
        if form[self._at : self._at + 1] != "[":
            return
        self._reordered = True
        end = form.find("]", self._at)
        if end < 0 or len(form) - self._at < 3:
            self._at += 1
            self._good = False
            return
        digits = form[self._at + 1 : end]
        self._at = end + 1
        number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 8 else None
        self._indexed = number is not None
        if number is not None and 1 <= number <= len(self._args):
            self._next = number - 1
        else:
            self._good = False


def _shown(value: Any, verb: str, spec: Directive) -> str:
    if value is None:
        return spec.pad("<nil>") if verb in "Tv" else f"%!{verb}(<nil>)"
    if verb == "T":
        return spec.text(values.type_name(value))
    return _of_kind(value, verb, spec)


def _of_kind(value: Any, verb: str, spec: Directive) -> str:
    if isinstance(value, (dict, list)):
        if verb == "w":  # of errors only
            return _bad(value, verb, spec)
        return _map(value, verb, spec) if isinstance(value, dict) else _list(value, verb, spec)
    if isinstance(value, bool):
        return spec.pad("true" if value else "false") if verb in "tv" else _bad(value, verb, spec)
    if isinstance(value, int):
        return _integer(value, verb, spec)
    if isinstance(value, float):
        return spec.float(value, "g" if verb == "v" else verb, _PRECISIONS[verb]) if verb in _PRECISIONS else _bad(value, verb, spec)
    return _string(str(value), verb, spec)


def _bad(value: Any, verb: str, spec: Directive) -> str:
    return f"%!{verb}({values.type_name(value)}={_of_kind(value, 'v', spec)})"


def _integer(value: int, verb: str, spec: Directive) -> str:
    if verb == "v" and spec.sharp_v and isinstance(value, values.Byte):
        return f"0x{value:x}"
    if verb in _BASES:
        return spec.integer(value, _BASES[verb], verb)
    if verb == "c":
        return spec.char(value)
    if verb == "q":
        return spec.quoted_char(value)
    return spec.unicode(value) if verb == "U" else _bad(value, verb, spec)


def _string(value: str, verb: str, spec: Directive) -> str:
    if verb in "sv" and not (verb == "v" and spec.sharp_v):
        return spec.text(value)
    if verb in "qv":
        return spec.quoted(value)
    return spec.hex_text(value, upper=verb == "X") if verb in "xX" else _bad(value, verb, spec)


def _item(value: Any, verb: str, spec: Directive) -> str:
    if value is None:  # an interface that holds nothing
        return "interface {}(nil)" if spec.sharp_v else "<nil>"
    return _of_kind(value, verb, spec)


def _map(value: dict[str, Any], verb: str, spec: Directive) -> str:
    pairs = [f"{_item(key, verb, spec)}:{_item(value[key], verb, spec)}" for key in sorted(value)]
    return f"map[string]interface {{}}{{{', '.join(pairs)}}}" if spec.sharp_v else f"map[{' '.join(pairs)}]"


def _list(value: list[Any], verb: str, spec: Directive) -> str:
    items = [_item(item, verb, spec) for item in value]
    return f"[]interface {{}}{{{', '.join(items)}}}" if spec.sharp_v else f"[{' '.join(items)}]"
