"""Aligns text at tabs as kubectl does (liggitt/tabwriter: elastic tab stops, widths remembered over flushes)."""

from typing import Protocol

MIN_WIDTH = 6
PADDING = 3


class Out(Protocol):
    """Whatever text is written to."""

    def write(self, text: str, /) -> object:
        """Take text."""


class TabWriter:
    """Collects lines whose cells end with tabs; `flush` writes them so that the cells of each column are of one width.

    A column is only wide enough for the neighbouring lines that have it. Widths once reached are kept, so that lines
    of a watch stay below their headers, until `forget_widths`.
    """

    __slots__ = ("_keep", "_min_width", "_out", "_padding", "_pending", "_remembered", "_widths")

    def __init__(self, out: Out, *, min_width: int = MIN_WIDTH, padding: int = PADDING, keep_widths: bool = True) -> None:
        self._out = out
        self._min_width, self._padding, self._keep = min_width, padding, keep_widths
        self._pending: list[str] = []
        self._remembered: list[int] = []
        self._widths: list[int] = []

    def write(self, text: str) -> int:
        """Take text; it is written by `flush`."""
        self._pending.append(text)
        return len(text)

    def forget_widths(self) -> None:
        """Start anew, as for another kind of table."""
        self._remembered = []

    def flush(self) -> None:
        """Write what was taken."""
        text = "".join(self._pending)
        self._pending = []
        if not text:
            return
        written: list[str] = []
        # A form feed is a line break that also ends all columns; a vertical tab ends a cell.
        blocks = text.replace("\v", "\t").split("\f")
        for index, block in enumerate(blocks):
            lines = [line.split("\t") for line in block.split("\n")]
            self._format(lines, 0, len(lines), written)
            if index < len(blocks) - 1:
                written.append("\n")
        self._out.write("".join(written))

    def _format(self, lines: list[list[str]], first: int, last: int, written: list[str]) -> None:
        column = len(self._widths)
        index = first
        while index < last:
            if column >= len(lines[index]) - 1:  # what follows the last tab is in no column
                index += 1
                continue
            self._write(lines, first, index, written)
            first = index
            while index < last and column < len(lines[index]) - 1:
                index += 1
            widest = max(len(line[column]) for line in lines[first:index])
            self._widths.append(self._remember(column, max(self._min_width, widest + self._padding)))
            self._format(lines, first, index, written)
            self._widths.pop()
            first = index
        self._write(lines, first, last, written)

    def _remember(self, column: int, width: int) -> int:
        if not self._keep:
            return width
        if len(self._remembered) <= column:
            self._remembered.append(width)
        else:
            width = self._remembered[column] = max(self._remembered[column], width)
        return width

    def _write(self, lines: list[list[str]], first: int, last: int, written: list[str]) -> None:
        for index in range(first, last):
            line = lines[index]
            for cell, width in zip(line, self._widths, strict=False):
                written.append(cell.ljust(width))
            written += line[len(self._widths) :]
            if index + 1 < len(lines):
                written.append("\n")


class _Collector:
    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> None:
        self.parts.append(text)


def aligned(text: str, *, min_width: int = MIN_WIDTH, padding: int = PADDING) -> str:
    """Return text aligned at its tabs, each column by itself (Go's text/tabwriter)."""
    collector = _Collector()
    writer = TabWriter(collector, min_width=min_width, padding=padding, keep_widths=False)
    writer.write(text)
    writer.flush()
    return "".join(collector.parts)
