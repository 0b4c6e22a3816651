"""What is read line by line is what the parser reads; and most real files are read so."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from minikube_py.kits.yaml import blocks, compose, documents, parser
from minikube_py.kits.yaml.errors import YAMLError

ROOT = Path(__file__).parent.parent.parent
FILES = sorted([*ROOT.glob("manifests/**/*.yaml"), *ROOT.parent.glob("shared/manifests/**/*.yaml")])

PLAIN = ("a", "x:y", "x#y", "1", "0x1f", "-3", "1.50", "1e3", "12:30", "~", "yes", "on", '"a b"', "'y'", "{}", "[]", "a  b", "a ", "2001-01-01", "0o7",
         "http://x:80/y?z=1", "$(PASSWORD)", "100000000000000000000")  # fmt: skip
WORDS = ("x: y", "x #y", "-", "-x", "null", ".inf", '"a\\tb"', "'it''s'", '"', "'", "{a: b}", "[a]", "|", ">", "&a x", "*a", "!t x", "%x", "?", ",", "@", "`",
         "=", "<<", "...", "---", "é", "\t", "\x07", "a\tb")  # fmt: skip
VALUE = some.one_of(some.just(""), some.sampled_from(PLAIN), some.sampled_from(PLAIN), some.sampled_from(WORDS))
KEY = some.sampled_from(["", "a", "b", "c", "d", "e", "name", "key.io/x", "yes", "1", '"a"', "?", "x y"])


def line(indent: int, dash: str, key: str, space: str, value: str) -> str:
    """Return a line that may be one of YAML."""
    return " " * indent + dash + (f"{key}:{space}{value}" if key else value)


INDENT, DASH = some.sampled_from([0, 0, 2, 2, 4, 1, 6]), some.sampled_from(["", "", "", "- ", "- ", "-   ", "-", "- - "])
LINE = some.builds(line, INDENT, DASH, KEY, some.sampled_from([" ", " ", " ", "  ", ""]), VALUE)
OTHER = some.sampled_from(["", "  ", "# x", "   # x", "---", "...", "--- # x", "\t"])
TEXT = some.lists(some.one_of(LINE, LINE, LINE, OTHER), max_size=6).map("\n".join)


def parsed(text: str) -> Any:
    """Return what the parser makes of a text."""
    try:
        return parser._parse(text, compose.Composer)
    except YAMLError as error:
        return error


@settings(max_examples=600, deadline=None)
@given(TEXT)
@example("a:\n- b\n- c: d\n  e:\n    f: 1\n g: 2")
@example("a:\n  - b\nc: d")
@example("#\x07\na: b")
@example("- a:\n- b")
@example("---\na: b\n---")
def test_what_is_read_is_what_the_parser_reads(text: str) -> None:
    found = blocks.read(text)
    if found is not None:
        known = parsed(text)
        assert isinstance(known, parser.Parsed), known
        assert (repr(known.value), known.line, known.duplicates) == (repr(found[0]), found[1], [])


@pytest.mark.skipif(len(FILES) < 10, reason="the shared manifests are not here")
def test_most_files_are_read_so() -> None:
    chunks = [chunk for file in FILES for chunk, _ in documents._chunks(documents.decode(file.read_bytes()).replace("\r\n", "\n"), 1)]
    read = [(chunk, found) for chunk in chunks if (found := blocks.read(chunk)) is not None]
    assert len(read) > len(chunks) / 2
    for chunk, found in read[::5]:
        known = parsed(chunk)
        assert (repr(known.value), known.line) == (repr(found[0]), found[1])


REFUSED = ("a: b\na: c", "a: |\n  b", "a: [b]", "a: *b", "a: &b c", "a: !t b", "a:\tb", "yes: no", "a: .inf", "? a", "a", "", "# a", "a: b # c", "a: 'it''s'",
           'a: "\\n"', "a: é", "a: b\n c", "a:\n b\n", "%YAML 1.1\n---\na: b", "- - a", "- a: b\n c: d", '"a": b')  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_gives_up(text: str) -> None:
    assert blocks.read(text) is None


def test_a_manifest() -> None:
    text = "# of three\n\n---\nkind: List\nitems:\n- name: web\n  image: nginx:1.27\n  args: []\nsize: \"1\"\nnone:\nm: 08\n"
    assert blocks.read(text) == ({"kind": "List", "items": [{"name": "web", "image": "nginx:1.27", "args": []}], "size": "1", "none": None, "m": 8}, 2)
