"""The one door to ruamel.yaml: its event parsers in C (libyaml) and in Python, and what they raise."""

import io
import re
from functools import cache
from typing import Any, NamedTuple

from minikube_py.kits.yaml import blocks, compose, errors
from minikube_py.kits.yaml.errors import Duplicate, YAMLError

# Where libyaml is stricter than goyaml: colons inside a plain scalar of a flow collection ([http://x]), and "\'".
_REFUSED_BY_LIBYAML = ("found unexpected ':'", errors.UNKNOWN_ESCAPE)
_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")  # an escape that libyaml knows, and goyaml does not


class Parsed(NamedTuple):
    """The first document of a text; `line` counts from 0."""

    value: Any
    line: int
    duplicates: list[Duplicate]


def parse(text: str, composer: type[compose.Composer] = compose.Composer) -> Parsed | None:
    """Return the first document of a text, or None where there is none; YAMLError where it cannot be read. `composer` makes its value."""
    plain = blocks.read(text) if composer is compose.Composer else None
    return _parse(text, composer) if plain is None else Parsed(*plain, [])


def _parse(text: str, composer: type[compose.Composer]) -> Parsed | None:
    from ruamel.yaml.error import YAMLError as ParserError

    if not _has_fast_parser():
        return _parse_in_python(text, errors.goyaml("unknown problem parsing YAML content"), composer)
    if _SLASH.search(text):
        _refuse_slashes(text)
    try:
        return _compose(_fast_parser(text), composer)
    except ParserError as error:
        refusal = errors.from_parser(error)
        if getattr(error, "problem", None) not in _REFUSED_BY_LIBYAML:
            raise refusal from None
    return _parse_in_python(text, refusal, composer)


def _refuse_slashes(text: str) -> None:
    """Raise for the first slash that is escaped in a double-quoted scalar of the first document."""
    from ruamel.yaml.error import YAMLError as ParserError
    from ruamel.yaml.events import DocumentEndEvent, ScalarEvent

    parser = _fast_parser(text)
    event = None
    while event.__class__ is not DocumentEndEvent:
        try:
            event = parser.get_event()
        except ParserError:
            return  # the parser that makes values tells of it
        if event is None:
            return
        if event.__class__ is ScalarEvent and event.style == '"':
            start = event.start_mark
            found = _SLASH.search(text, start.index + 1, event.end_mark.index)
            if found is not None:
                line = start.line + text.count("\n", start.index, found.end())
                raise errors.at_line(line + 1 if line else 0, errors.UNKNOWN_ESCAPE)


def _parse_in_python(text: str, refusal: YAMLError, composer: type[compose.Composer]) -> Parsed | None:
    from ruamel.yaml.error import YAMLError as ParserError

    try:
        return _compose(_pure_parser(text), composer)
    except YAMLError:
        raise
    except ParserError as error:
        raise errors.from_parser(error) from None
    except (AttributeError, LookupError, TypeError, ValueError):
        # The parser in Python stumbles over some broken directives itself; then libyaml's word stands.
        raise refusal from None


def _compose(parser: Any, composer: type[compose.Composer]) -> Parsed | None:
    parser.get_event()  # the stream's start
    start = parser.get_event()
    if type(start).__name__ != "DocumentStartEvent":
        return None
    made = composer(parser)
    value = made.compose()
    parser.get_event()  # the document's end: looking for it can find an error yet
    return Parsed(value, start.start_mark.line, made.duplicates)


@cache
def _has_fast_parser() -> bool:
    try:
        import _ruamel_yaml  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        return False
    return True


def _fast_parser(text: str) -> Any:
    from _ruamel_yaml import CParser

    return CParser(text)


def _pure_parser(text: str) -> Any:
    from ruamel.yaml import YAML

    reader = YAML(typ="safe", pure=True)
    reader.Scanner = _scanner()
    return reader.get_constructor_parser(io.StringIO(text))[1]


@cache
def _scanner() -> type:
    """Return a scanner that knows goyaml's escapes."""
    from ruamel.yaml.scanner import Scanner

    escapes = {sign: what for sign, what in Scanner.ESCAPE_REPLACEMENTS.items() if sign != "/"}
    return type("GoScanner", (Scanner,), {"ESCAPE_REPLACEMENTS": {**escapes, "'": "'"}})
