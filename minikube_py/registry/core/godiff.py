"""How kube-apiserver shows what changed in a struct that must not: as go-cmp's Diff prints it."""

import json
from collections.abc import Sequence
from typing import Any

_CONTEXT = 2
Row = tuple[str, str, str]  # (field, what it was, what it is), as Go spells them


def go(value: Any, pointer: bool = False) -> str:
    """Return a JSON value as go-cmp prints it; `pointer`: whether Go's field is one."""
    if value is None:
        return "nil"
    if isinstance(value, str):
        return ("&" if pointer else "") + json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "{" + ", ".join(go(item) for item in value) + "}"
    if isinstance(value, dict):
        return ("&" if pointer else "") + "{" + ", ".join(f"{key[:1].upper()}{key[1:]}: {go(item)}" for key, item in value.items()) + "}"
    return str(value)


def struct(name: str, rows: Sequence[Row]) -> str:
    """Return the difference: changed fields, two unchanged ones around them, and how many more are the same."""
    lines: list[tuple[str, str, str]] = []
    for start, end, changed in _groups(rows):
        group = rows[start:end]
        if changed:
            for field, was, now in group:
                lines += [("- ", field, was), ("+ ", field, now)]
            continue
        low = 0 if start == 0 else min(_CONTEXT, len(group))
        high = 0 if end == len(rows) else min(_CONTEXT, len(group) - low)
        if len(group) - low - high == 1:
            high += 1  # go-cmp does not hide a single field
        hidden = len(group) - low - high
        lines += [("  ", field, was) for field, was, _ in group[:low]]
        if hidden:
            lines.append(("  ", "", f"... // {hidden} identical fields"))
        lines += [("  ", field, was) for field, was, _ in group[len(group) - high :]] if high else []
    return f"  {name}{{\n" + "".join(_aligned(lines)) + "  }\n"


def _groups(rows: Sequence[Row]) -> list[tuple[int, int, bool]]:
    found: list[tuple[int, int, bool]] = []
    for number, (_, was, now) in enumerate(rows):
        changed = was != now
        if found and found[-1][2] == changed:
            found[-1] = (found[-1][0], number + 1, changed)
        else:
            found.append((number, number + 1, changed))
    return found


def _aligned(lines: list[tuple[str, str, str]]) -> list[str]:
    width = max((len(field) for _, field, _ in lines), default=0) + 1
    return [f"{mark}\t{(field + ':').ljust(width)} {text},\n" if field else f"{mark}\t{text}\n" for mark, field, text in lines]
