"""Indented text whose tab-ended cells line up: the shape of everything that `kubectl describe` prints.

The layout is that of Go's text/tabwriter with a padding of two spaces: a column is a run of consecutive lines that have a
cell there, and it is as wide as its widest cell plus the padding. The last cell of a line belongs to no column.
"""

_INDENT = "  "
_PADDING = 2


class Writer:
    """Collects lines; `text` lays them out."""

    __slots__ = ("_indent", "_parts")

    def __init__(self, indent: int = 0, parts: list[str] | None = None) -> None:
        self._indent = indent
        self._parts: list[str] = [] if parts is None else parts

    def nested(self, indent: int) -> "Writer":
        """Return a writer into the same text whose level 0 is this one's level `indent`."""
        return Writer(self._indent + indent, self._parts)

    def write(self, level: int, text: str) -> None:
        """Write text, its first line indented by `level`; tabs end cells."""
        self._parts.append(_INDENT * (level + self._indent) + escape(text))

    def line(self, text: str) -> None:
        """Write the rest of a line."""
        self._parts.append(_INDENT * self._indent + escape(text) + "\n")

    def field(self, label: str, value: object, level: int = 0) -> None:
        """Write one line `Label:  value`."""
        self.write(level, f"{label}:\t{value}\n")

    def row(self, level: int, *cells: object) -> None:
        """Write one line of a table."""
        self.write(level, "\t".join(map(str, cells)) + "\n")

    def header(self, level: int, *titles: str) -> None:
        """Write the titles of a table, and a line of dashes under each."""
        self.row(level, *titles)
        self.row(level, *("-" * len(title) for title in titles))

    def text(self) -> str:
        """Return all that was written, laid out."""
        return align("".join(self._parts))


def escape(text: str) -> str:
    """Disarm what could drive a terminal, as kubectl does it (CVE-2021-25743)."""
    return text.replace("\x1b", "^[").replace("\r", "\\r")


def align(text: str) -> str:
    """Lay out tab-ended cells in columns."""
    lines = [line.replace("\v", "\t").split("\t") for line in text.replace("\f", "\n").split("\n")]
    _pad_columns(lines, 0, len(lines), 0)
    return "\n".join("".join(cells) for cells in lines)


def _pad_columns(lines: list[list[str]], start: int, stop: int, column: int) -> None:
    """Pad the cells of `column` and of all to its right in lines[start:stop]; blocks of consecutive lines share a width."""
    at = start
    while at < stop:
        end = at
        while end < stop and len(lines[end]) - 1 > column:
            end += 1
        if end == at:
            at += 1
            continue
        width = max(len(lines[index][column]) for index in range(at, end)) + _PADDING
        for index in range(at, end):
            lines[index][column] = lines[index][column].ljust(width)
        _pad_columns(lines, at, end, column + 1)
        at = end
