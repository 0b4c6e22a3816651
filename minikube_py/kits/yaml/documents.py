"""A stream of documents, split as kubectl splits it (apimachinery's YAMLOrJSONDecoder): JSON values first, YAML from there on."""

import codecs
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from minikube_py.kits import gofmt, jsonio
from minikube_py.kits.yaml import aliases, parser
from minikube_py.kits.yaml.errors import Duplicate, YAMLError

_SEPARATOR = re.compile(r"^---(.*)$", re.MULTILINE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Document(NamedTuple):
    """One value of a stream. `line` is where it begins, from 1; `duplicates` are keys that it has twice (the last counted).

    `json` is its text, where it is JSON.
    """

    value: Any
    line: int
    duplicates: list[Duplicate]
    json: str = ""


def load(source: str | bytes) -> Any:
    """Return the value of the first document that is not empty, or None."""
    document = first(source)
    return None if document is None else document.value


def first(source: str | bytes) -> Document | None:
    """Return the first document that is not empty, of a text that is read as it stands, or None."""
    return next(_documents(decode(source), ended=False), None)


def load_all(source: str | bytes) -> Iterator[Document]:
    """Yield the documents of a YAML or JSON stream but for empty ones; YAMLError where one cannot be read.

    It is read line by line: the last one counts as ended, so that a block scalar there has its line break.
    """
    return _documents(decode(source), ended=True)


def _documents(text: str, *, ended: bool) -> Iterator[Document]:
    if not text.lstrip().startswith("{"):
        yield from _yaml_documents(text, 1, ended)
        return
    position = 0
    counted, line = 0, 1
    for found in jsonio.stream(text, aliases.MAX_DEPTH):
        if found.error is not None:
            yield from _yaml_after_json(text, position, found.error, ended)
            return
        line += text.count("\n", counted, found.start)
        counted, position = found.start, found.end
        if found.value is not None:
            duplicates = [Duplicate(path, path.rpartition(".")[2], 0) for path in found.duplicates]
            yield Document(found.value, line, duplicates, text[found.start : found.end])


def decode(source: str | bytes) -> str:
    """Return text as kubectl's files become text: by byte order mark, else UTF-8, with U+FFFD for what is not."""
    if isinstance(source, str):
        text = source.removeprefix("\ufeff")
        return text if text.isascii() else gofmt.valid_text(text)
    for mark, encoding in _BOMS:
        if source.startswith(mark):
            return source[len(mark) :].decode(encoding, "replace")
    return source.decode("utf-8", "replace")


def _yaml_after_json(text: str, position: int, error: jsonio.JSONError, ended: bool) -> Iterator[Document]:
    """Read on as YAML. kubectl tells of the JSON error where that fails too, and at once after two good JSON values."""
    if error.is_final:
        raise YAMLError(error.message, decoding=error.is_decoding)
    start = _past_blanks(text, position)
    if start is None:
        raise YAMLError(error.message)
    documents = _yaml_documents(text[start:], text.count("\n", 0, start) + 1, ended)
    try:
        first = next(documents, None)
    except YAMLError:
        raise YAMLError(error.message) from None
    if first is not None:
        yield first
        yield from documents


def _past_blanks(text: str, position: int) -> int | None:
    """Return the position after blanks up to a line's end; None where fewer than four bytes are left, and kubectl gives up."""
    while len(text[position : position + 4].encode("utf-8", "replace")) >= 4:
        if not text[position].isspace():
            return position
        position += 1
        if text[position - 1] == "\n":
            return position
    return None


def _yaml_documents(text: str, first_line: int, ended: bool) -> Iterator[Document]:
    text = text.replace("\r\n", "\n")
    if ended and not text.endswith("\n"):
        text += "\n"
    for chunk, line in _chunks(text, first_line):
        document = _document(chunk, line)
        if document is not None and document.value is not None:
            yield document


def _chunks(text: str, line: int) -> Iterator[tuple[str, int]]:
    """Cut at lines that begin with `---`; one that nothing precedes stays, and counts, with what follows."""
    start = 0
    for match in _SEPARATOR.finditer(text):
        trailing = match.group(1).strip()
        if trailing and not trailing.startswith("#"):
            raise YAMLError(f"invalid Yaml document separator: {trailing}")
        if match.start() > start:
            yield text[start : match.start()], line
            line += text.count("\n", start, match.end() + 1)
            start = match.end() + 1
    if start < len(text):
        yield text[start:], line


def _document(chunk: str, line: int) -> Document | None:
    found = parser.parse(chunk)
    return None if found is None else Document(found.value, line + found.line, found.duplicates)
