"""What a terminal is shown: text as it is but for control characters, which would be commands to the terminal. Files and pipes get all bytes."""

import re
from collections.abc import Iterable
from typing import Any, TextIO, cast

from minikube_py.cli.factory import YELLOW_WARNING, Streams, is_terminal

_CONTROL = re.compile(rf"{re.escape(YELLOW_WARNING)}|[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # the first are the only escapes of our own


class Guarded:
    """A stream to a terminal; `plain` is the stream itself."""

    def __init__(self, plain: TextIO) -> None:
        self.plain = plain

    def write(self, text: str) -> int:
        """Write text without control characters: an escape becomes ^[, as in kubectl's tables."""
        return self.plain.write(_CONTROL.sub(_visible, text))

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)


def _visible(found: "re.Match[str]") -> str:
    text = found[0]
    if len(text) > 1:
        return text
    if text == "\r":
        return "\\r"
    code = ord(text)
    return f"^{chr(code ^ 0x40)}" if code < 0x80 else f"\\x{code:02x}"


def guarded(streams: Streams) -> Streams:
    """Return streams that keep terminals from what they would take for commands."""
    return streams._replace(out=_guarded(streams.out), err=_guarded(streams.err))


def _guarded(stream: TextIO) -> TextIO:
    return cast(TextIO, Guarded(stream)) if is_terminal(stream) else stream
