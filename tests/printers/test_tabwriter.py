"""Elastic tab stops."""

import io

from minikube_py.printers import tabwriter


def test_cells_of_a_column_are_of_one_width() -> None:
    assert tabwriter.aligned("NAME\tREADY\tAGE\nweb-1\t1/1\t5s\n") == "NAME    READY   AGE\nweb-1   1/1     5s\n"


def test_columns_are_six_wide_at_least() -> None:
    assert tabwriter.aligned("A\tB\n1\t2\n") == "A     B\n1     2\n"
    assert tabwriter.aligned("A\tB\n1\t2\n", min_width=0, padding=2) == "A  B\n1  2\n"


def test_a_line_without_tabs_ends_the_columns() -> None:
    assert tabwriter.aligned("a\tb\nlonglonglong\nc\td\n", padding=1) == "a     b\nlonglonglong\nc     d\n"


def test_a_column_reaches_only_over_neighbouring_lines() -> None:
    text = "aaaa\tbbb\td\naa\tb\tdd\na\t\naa\tcccccccccc\teee\n"
    assert tabwriter.aligned(text, min_width=0, padding=1) == "aaaa bbb d\naa   b   dd\na    \naa   cccccccccc eee\n"


def test_the_last_line_may_lack_its_end() -> None:
    assert tabwriter.aligned("a\tb\tc") == "a     b     c"
    assert tabwriter.aligned("") == ""


def test_wide_characters_count_as_one() -> None:
    assert tabwriter.aligned("äöü日本語\tx\nabc\ty\n") == "äöü日本語   x\nabc      y\n"


def test_form_feed_ends_columns_and_vertical_tab_ends_a_cell() -> None:
    assert tabwriter.aligned("wide-cell\tb\fc\vd\n") == "wide-cell   b\nc     d\n"


def test_widths_are_kept_over_flushes_until_forgotten() -> None:
    out = io.StringIO()
    writer = tabwriter.TabWriter(out)
    for text in ("NAME\tAGE\n", "a-rather-long-name\t5s\n", "b\t6s\n"):
        writer.write(text)
        writer.flush()
    writer.forget_widths()
    writer.write("c\td\n")
    writer.flush()
    assert out.getvalue() == "NAME   AGE\na-rather-long-name   5s\nb                    6s\nc     d\n"
