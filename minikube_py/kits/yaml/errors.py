"""What can be wrong with a document, in the words that kubectl has for it."""

from typing import Any, NamedTuple

CONVERTING = "error converting YAML to JSON: "


class YAMLError(ValueError):
    """Input that cannot be read. The text lacks only the name of the file, which `in_file` puts before it.

    `decoding` is set where kubectl could parse the document but not take its values.
    """

    def __init__(self, message: str, *, decoding: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.decoding = decoding

    def in_file(self, name: str) -> str:
        """Return kubectl's whole message but for the leading "error: "."""
        return f'unable to decode "{name}": {self.message}' if self.decoding else f"error parsing {name}: {self.message}"


class DecodeError(YAMLError):
    """What goyaml says of a value, once it has parsed the whole document."""


class Duplicate(NamedTuple):
    """A key that a mapping has twice; the last one counted. `line` counts from 1 within the document, 0 in JSON."""

    path: str
    key: str
    line: int

    def __str__(self) -> str:
        # The first form is a YAML reader's, the second a JSON reader's (sigs.k8s.io/json).
        return f'line {self.line}: key "{self.key}" already set in map' if self.line else f'duplicate field "{self.path}"'


def goyaml(problem: str) -> YAMLError:
    """Return an error of goyaml itself."""
    return YAMLError(f"{CONVERTING}yaml: {problem}")


def undecodable(problem: str) -> DecodeError:
    """Return an error of goyaml's about a value."""
    return DecodeError(f"{CONVERTING}yaml: {problem}")


UNKNOWN_ESCAPE = "found unknown escape character"
# Words of libyaml that goyaml has put right, and those of the parser in Python.
_WORDS = {
    "mapping values are not allowed here": "mapping values are not allowed in this context",
    "sequence entries are not allowed here": "block sequence entries are not allowed in this context",
    "found a tab character where an intendation space is expected": "found a tab character where an indentation space is expected",
    "expected the node content": "did not find expected node content",
    "expected <block end>": "did not find expected key",
    "expected ',' or ']'": "did not find expected ',' or ']'",
    "expected ',' or '}'": "did not find expected ',' or '}'",
}


def from_parser(error: Exception) -> YAMLError:
    """Return the error in goyaml's form, line number included, for what the event parser raised."""
    reason = getattr(error, "reason", None)
    if reason is not None:
        return goyaml(str(reason).replace("special characters are not allowed", "control characters are not allowed"))
    line = _line(getattr(error, "problem_mark", None)) or _line(getattr(error, "context_mark", None))
    if line and type(error).__name__ == "ScannerError":
        line += 1  # the scanner counts from 0; the parser's lines come out one too low in goyaml
    problem = str(getattr(error, "problem", None) or "unknown problem parsing YAML content")
    problem = problem.partition(", but ")[0]  # where the parser in Python names what it found
    if problem.startswith(UNKNOWN_ESCAPE):
        problem = UNKNOWN_ESCAPE
    return at_line(line, _WORDS.get(problem, problem))


def at_line(line: int, problem: str) -> YAMLError:
    """Return an error of goyaml itself at a line, from 1; it names none in what it takes for the first."""
    return goyaml(f"line {line}: {problem}" if line else problem)


def _line(mark: Any) -> int:
    return int(mark.line) if mark is not None else 0
