"""Command line flags as kubectl's flag library (spf13/pflag) reads them, with its words for what is wrong.

typer parses kctl's own commands; kubectl's need pflag's grammar (-l=a, -Rf x, --flag=false, values left out) and its errors.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from minikube_py.machinery.errors import KctlError


class UsageError(KctlError):
    """A command line that cannot be read; `hint` is the line below the error, such as See 'kctl get --help' for usage."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Flag(NamedTuple):
    """One flag. `kind` is string, bool, int (of 64 bits), int32, duration, strings (repeated), list (repeated, split at commas) or map (key=value).

    `optional` is the value where the flag stands without one (pflag's NoOptDefVal); None where it needs one.
    """

    name: str
    kind: str = "string"
    default: Any = None
    usage: str = ""
    short: str = ""
    optional: str | None = None
    hidden: bool = False
    deprecated: str = ""  # what is said on standard error to who gives it

    @property
    def initial(self) -> Any:
        """Return the value where the flag is not given."""
        if self.default is not None:
            return self.default
        return {"string": "", "bool": False, "int": 0, "int32": 0, "duration": 0.0, "strings": [], "list": [], "map": {}, "modules": []}[self.kind]


class Values:
    """The flags' values of one command line: values["output"], and which of them were given, in order and as text."""

    def __init__(self, flags: Iterable[Flag]) -> None:
        self.flags = {flag.name: flag for flag in flags}
        self._values: dict[str, Any] = {}
        self.given: list[tuple[str, str]] = []
        self.path = ""  # of the command
        self.arguments: Sequence[str] = ()
        self.dash = -1  # how many arguments stand before `--`; -1 where there is none

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        initial = self.flags[name].initial
        return initial.copy() if isinstance(initial, (list, dict)) else initial

    def changed(self, name: str) -> bool:
        """Tell whether the flag was given."""
        return name in self._values

    def set(self, name: str, text: str) -> None:
        """Take over the text of one flag; ValueError in Go's words where it cannot be read."""
        flag = self.flags[name]
        value = _PARSERS[flag.kind](text)
        if flag.kind in ("strings", "list"):
            value = [*self._values.get(name, []), *value]
        elif flag.kind == "map":
            value = {**self._values.get(name, {}), **value}
        self._values[name] = value
        self.given.append((name, text))


def _bool(text: str) -> bool:
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')


def _int(text: str, bits: int = 64) -> int:
    """Read an integer as Go's strconv.ParseInt does with base 0: 0x1f, 0b11, 0o17, 017, 1_000."""
    sign, digits = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    old = len(digits) > 1 and digits[0] == "0" and digits[1] in "_01234567"
    try:
        if not (digits[:1].isdigit() and digits.replace("_", "").isalnum() and digits.isascii()):
            raise ValueError
        value = int(sign + ("0o" + digits[1:] if old else digits), 0)
    except ValueError:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": value out of range')
    return value


def _int32(text: str) -> int:
    return _int(text, 32)


def _duration(text: str) -> float:
    from minikube_py.machinery import durations

    return durations.parse(text)


def _goduration(text: str) -> float:
    try:
        return _duration(text)
    except ValueError:
        raise ValueError("parse error") from None


def _modules(text: str) -> list[tuple[str, int]]:
    from minikube_py.kits import klog

    return klog.modules(text)


def _list(text: str) -> list[str]:
    from minikube_py.cli import commas

    return commas.split(text)


def _map(text: str) -> dict[str, str]:
    pairs = {}
    for part in [text.strip('"')] if text.count("=") == 1 else _list(text) if "=" in text else [text]:
        key, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"{part} must be formatted as key=value")
        pairs[key] = value
    return pairs


_PARSERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "bool": _bool,
    "int": _int,
    "int32": _int32,
    "duration": _duration,
    "strings": lambda text: [text],
    "list": _list,
    "map": _map,
    "goduration": _goduration,
    "modules": _modules,
}


class _Parser:
    """Reads one command line."""

    def __init__(self, flags: Sequence[Flag], interspersed: bool) -> None:
        self.values = Values(flags)
        self.arguments: list[str] = []
        self._shorts = {flag.short: flag for flag in flags if flag.short}
        self._interspersed = interspersed

    def read(self, line: Sequence[str]) -> None:
        rest = list(line)
        while rest:
            word = rest.pop(0)
            if word == "--":
                self.values.dash = len(self.arguments)
                self.arguments += rest
                return
            if word.startswith("--"):
                self._long(word[2:], rest)
            elif word.startswith("-") and word != "-":
                self._shorthands(word[1:], rest)
            else:
                self.arguments.append(word)
                if not self._interspersed:
                    self.arguments += rest
                    return

    def _long(self, word: str, rest: list[str]) -> None:
        name, equals, text = word.partition("=")
        if not name or name[0] in "-=":
            raise UsageError(f"bad flag syntax: --{word}")
        flag = self.values.flags.get(name)
        if flag is None:
            raise UsageError(f"unknown flag: --{name}")
        if not equals:
            text = self._without_equals(flag, rest, f"--{name}")
        self._set(flag, text)

    @staticmethod
    def _without_equals(flag: Flag, rest: list[str], spelled: str) -> str:
        if flag.optional is not None:
            return flag.optional
        if flag.kind == "bool":
            return "true"
        if not rest:
            raise UsageError(f"flag needs an argument: {spelled}")
        return rest.pop(0)

    def _shorthands(self, word: str, rest: list[str]) -> None:
        letters = word
        while letters:
            letter, letters = letters[0], letters[1:]
            flag = self._shorts.get(letter)
            if flag is None:
                raise UsageError(f"unknown shorthand flag: '{letter}' in -{letter}{letters}")
            if letters.startswith("=") and len(letters) > 1:
                self._set(flag, letters[1:])
                return
            if flag.kind == "bool" or flag.optional is not None:
                self._set(flag, flag.optional or "true")
            elif letters:
                self._set(flag, letters)
                return
            else:
                self._set(flag, self._without_equals(flag, rest, f"'{letter}' in -{letter}{letters}"))

    def _set(self, flag: Flag, text: str) -> None:
        try:
            self.values.set(flag.name, text)
        except ValueError as error:
            spelled = f"-{flag.short}, --{flag.name}" if flag.short else f"--{flag.name}"
            from minikube_py.kits import gofmt

            raise UsageError(f'invalid argument {gofmt.quote(text)} for "{spelled}" flag: {error}') from error


def parse(flags: Sequence[Flag], line: Sequence[str], *, interspersed: bool = True) -> tuple[Values, list[str]]:
    """Return the flags' values and the arguments."""
    parser = _Parser(flags, interspersed)
    parser.read(line)
    parser.values.arguments = parser.arguments
    return parser.values, parser.arguments
