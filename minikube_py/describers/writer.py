"""Indented text whose tab-ended cells line up: the shape of everything that `kubectl describe` prints."""

from minikube_py.printers import tabwriter

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
        return tabwriter.aligned("".join(self._parts), min_width=0, padding=_PADDING)


def escape(text: str) -> str:
    """Disarm what could drive a terminal, as kubectl does it (CVE-2021-25743)."""
    return text.replace("\x1b", "^[").replace("\r", "\\r")
