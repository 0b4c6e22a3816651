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


def in_order(value: Any) -> Any:
    """Return a value whose keys are sorted at every level, as Go writes maps."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def _escaped(text: str) -> str:
    return _HTML.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
