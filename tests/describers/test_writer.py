"""The layout of text/tabwriter."""

import pytest

from minikube_py.describers import writer


@pytest.mark.parametrize(
    ("text", "laid_out"),
    [
        ("a\tb\nccc\td\n", "a    b\nccc  d\n"),
        ("a\tb\n\nccc\td\n", "a  b\n\nccc  d\n"),  # an empty line ends a column
        ("a\tb\nplain line\nccc\td\n", "a  b\nplain line\nccc  d\n"),
        ("a\t\nbb\tc\n", "a   \nbb  c\n"),
        ("a\tb\tc\nd\te\nff\tgggg\th\n", "a   b  c\nd   e\nff  gggg  h\n"),  # the second column is broken by the line between
        ("é\tb\nee\tb\n", "é   b\nee  b\n"),  # a character is one wide, however many bytes
        ("a\vb\nccc\td\n", "a    b\nccc  d\n"),
        ("a\tb\fccc\td", "a  b\nccc  d"),
        ("no end", "no end"),
    ],
)
def test_columns(text, laid_out):
    w = writer.Writer()
    w.write(0, text)
    assert w.text() == laid_out


def test_levels_and_nesting():
    w = writer.Writer()
    w.line("Top:")
    w.field("A", 1, 1)
    inner = w.nested(2)
    inner.field("B", 2)
    inner.line("plain")
    w.header(1, "Type", "Status")
    assert w.text() == "Top:\n  A:    1\n    B:  2\n    plain\n  Type  Status\n  ----  ------\n"


def test_disarms_the_terminal():
    w = writer.Writer()
    w.field("Name", "a\x1b[31mred\rb\n")
    w.line("\x1b]0;title\x07")
    assert w.text() == "Name:  a^[[31mred\\rb\n\n^[]0;title\x07\n"
