"""The one door to ruamel.yaml: its event parser, in C where it is built, and what it raises."""

import io
from typing import Any, NamedTuple

from minikube_py.kits.yaml import compose, errors
from minikube_py.kits.yaml.errors import Duplicate


class Parsed(NamedTuple):
    """The first document of a text; `line` counts from 0."""

    value: Any
    line: int
    duplicates: list[Duplicate]


def parse(text: str) -> Parsed | None:
    """Return the first document of a text, or None where there is none; YAMLError where it cannot be read."""
    from ruamel.yaml.error import YAMLError as ParserError

    try:
        return _compose(_fast_parser(text))
    except ParserError as error:
        # libyaml refuses a colon inside a plain scalar of a flow collection ([http://x]); goyaml and YAML 1.2 don't.
        if getattr(error, "problem", None) != "found unexpected ':'":
            raise errors.from_parser(error) from None
    try:
        return _compose(_pure_parser(text))
    except ParserError as error:
        raise errors.from_parser(error) from None


def _compose(parser: Any) -> Parsed | None:
    parser.get_event()  # the stream's start
    start = parser.get_event()
    if type(start).__name__ != "DocumentStartEvent":
        return None
    composer = compose.Composer(parser)
    value = composer.compose()
    parser.get_event()  # the document's end: looking for it can find an error yet
    return Parsed(value, start.start_mark.line, composer.duplicates)


def _fast_parser(text: str) -> Any:
    try:
        from _ruamel_yaml import CParser  # type: ignore[import-not-found]
    except ImportError:
        return _pure_parser(text)
    return CParser(text)


def _pure_parser(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).get_constructor_parser(io.StringIO(text))[1]
