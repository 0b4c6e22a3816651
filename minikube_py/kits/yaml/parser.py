"""The one door to ruamel.yaml: its event parsers in C (libyaml) and in Python, and what they raise."""

import io
from functools import cache
from typing import Any, NamedTuple

from minikube_py.kits.yaml import blocks, compose, errors
from minikube_py.kits.yaml.errors import Duplicate, YAMLError


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
    try:
        return _compose(_fast_parser(text), composer)
    except ParserError as error:
        refusal = errors.from_parser(error)
        # libyaml refuses a colon inside a plain scalar of a flow collection ([http://x]); goyaml and YAML 1.2 don't.
        if getattr(error, "problem", None) != "found unexpected ':'":
            raise refusal from None
    return _parse_in_python(text, refusal, composer)


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

    return YAML(typ="safe", pure=True).get_constructor_parser(io.StringIO(text))[1]
