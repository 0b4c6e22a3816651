"""Lines that kubectl logs rather than prints (k8s.io/klog): I1121 15:04:05.000000   12345 helpers.go:717] text."""

import os
import re
import time
from collections.abc import Callable, Sequence

from minikube_py.kits import gofmt

_LEVEL = re.compile(r"[-+]?[0-9]+")
_OUT_OF_RANGE = 2**31


class Log:
    """What is logged, how much of it, and where to. `modules` are (pattern of a file, verbosity) pairs, as --vmodule has them."""

    def __init__(self, write: Callable[[str], object], verbosity: int = 0, modules: Sequence[tuple[str, int]] = ()) -> None:
        self._write = write
        self._verbosity = verbosity
        self._modules = modules

    def enabled(self, level: int, file: str) -> bool:
        """Tell whether what a file of kubectl (round_trippers) logs at a verbosity is wanted."""
        return self._verbosity >= level or any(wanted >= level and _matches(file, pattern) for pattern, wanted in self._modules)

    def info(self, level: int, place: str, text: str) -> None:
        """Log a text at a verbosity; `place` is the one in kubectl 1.33 that logs it: loader.go:402."""
        if self.enabled(level, place.partition(".")[0]):
            self.line("I", place, text)

    def event(self, place: str, message: str, values: "Sequence[tuple[str, object]]") -> None:
        """Log a message with names and values; whether that is wanted has been asked already."""
        self.line("I", place, gofmt.quote(message) + "".join(f" {name}{_shown(value)}" for name, value in values))

    def line(self, severity: str, place: str, text: str) -> None:
        """Write one line, whatever the verbosity; severity is I, W, E or F."""
        now = time.time()  # when this process says so, which has nothing to do with a cluster's clock
        stamp = time.strftime("%m%d %H:%M:%S", time.localtime(now))
        self._write(f"{severity}{stamp}.{int(now * 1e6) % 1_000_000:06} {os.getpid():7} {place}] {text}" + ("" if text.endswith("\n") else "\n"))


def _matches(file: str, pattern: str) -> bool:
    import fnmatch

    return fnmatch.fnmatchcase(file, pattern)


def modules(text: str) -> list[tuple[str, int]]:
    """Return what --vmodule says: PATTERN=N, with commas between; ValueError in klog's words."""
    found = []
    for part in filter(None, text.split(",")):
        pattern, equals, level = part.partition("=")
        if not (equals and pattern and level) or "=" in level:
            raise ValueError("syntax error: expect comma-separated list of filename=N")
        number = int(level) if _LEVEL.fullmatch(level) else _OUT_OF_RANGE
        if abs(number) >= _OUT_OF_RANGE:
            raise ValueError("syntax error: expect comma-separated list of filename=N")
        if number < 0:
            raise ValueError("negative value for vmodule level")
        if number:  # as klog: a level of 0 asks for nothing
            found.append((pattern.removesuffix(".go"), number))
    return found


def _shown(value: object) -> str:
    """Return =VALUE as klog shows it; a text of several lines goes below."""
    if not isinstance(value, str):
        return f"={value}"
    if "\n" not in value:
        return f"={gofmt.quote(value)}"
    lines = value.split("\n")
    last = lines.pop()
    return "=<\n" + "".join(f"\t{line}\n" for line in lines) + (f"\t{last}\n" if last else "") + " >"
