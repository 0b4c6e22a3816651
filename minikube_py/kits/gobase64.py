"""Where Go's encoding/base64 finds that a text is none: its "illegal base64 data at input byte N"."""

import re

_WHOLE = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def broken_at(text: str) -> int | None:
    """Return the byte; None for good data. Line ends count as bytes, and mean nothing."""
    if re.fullmatch(_WHOLE, text):
        return None
    data = text.encode("utf-8", "surrogatepass")
    letters = [(at, chr(byte)) for at, byte in enumerate(data) if byte not in b"\r\n"]
    for order, (at, letter) in enumerate(letters):
        if letter in _LETTERS:
            continue
        place, rest = order % 4, letters[order + 1 :]
        if letter != "=" or place < 2:
            return at
        if place == 2:
            if not rest:
                return len(data)
            if rest[0][1] != "=":
                return rest[0][0] - 1
            rest = rest[1:]
        return rest[0][0] if rest else None
    return len(data) - len(letters) % 4 if len(letters) % 4 else None
