"""One record of comma-separated values as Go's encoding/csv reads it: what kubectl does with each flag that takes several values."""

_BARE = 'bare " in non-quoted-field'
_STRAY = 'extraneous or missing " in quoted-field'


def split(text: str) -> list[str]:
    """Return the values; ValueError in Go's words where quotes make no sense."""
    if not text:
        return []
    if '"' not in text and "\n" not in text:
        return text.split(",")
    text = text.lstrip("\r\n")
    if not text:
        raise ValueError("EOF")
    fields: list[str] = []
    position = 0
    while True:
        field, position = _quoted(text, position) if text[position : position + 1] == '"' else _plain(text, position)
        fields.append(field)
        if text[position : position + 1] != ",":
            return fields
        position += 1


def _plain(text: str, start: int) -> tuple[str, int]:
    """Return a field without quotes, and where it ends."""
    line = text.find("\n", start)
    end = text.find(",", start, line if line >= 0 else len(text))
    if end < 0:
        end = line if line >= 0 else len(text)
    field = text[start:end]
    if '"' in field:
        raise _error(text, start + field.index('"'), _BARE)
    return field, end


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Return a field in quotes, and where it ends; a quote in it stands twice."""
    field, position = "", start + 1
    while True:
        quote = text.find('"', position)
        if quote < 0:
            raise _error(text, len(text), _STRAY)
        field += text[position:quote]
        if text[quote + 1 : quote + 2] == '"':
            field, position = field + '"', quote + 2
        elif text[quote + 1 : quote + 2] in ("", ",", "\n"):
            return field, quote + 1
        else:
            raise _error(text, quote, _STRAY)


def _error(text: str, position: int, problem: str) -> ValueError:
    before = text[:position]
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2].encode()) + 1
    place = f"parse error on line {line}, column {column}: {problem}"
    return ValueError(place if line == 1 else f"record on line 1; {place}")
