"""JSON in the order of an object's own fields, as kubectl prints what it generates itself: there they are Go structs, not maps."""

import json
import re
from typing import Any

_HTML = re.compile("[<>&\u2028\u2029]")


def compact(value: Any) -> str:
    """Return JSON on one line."""
    return _escaped(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def indented(value: Any) -> str:
    """Return JSON as -o json prints it."""
    return _escaped(json.dumps(value, indent=4, ensure_ascii=False))


def _escaped(text: str) -> str:
    return _HTML.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
