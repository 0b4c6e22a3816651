"""How kube-apiserver shows what changed in a struct that must not: as go-cmp's Diff prints it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any

_CONTEXT = 2  # go-cmp shows two unchanged fields on either side of a change
_NAMES = {"apiGroup": "APIGroup"}
_POINTERS = frozenset({"apiGroup"})
_MAPS = frozenset({"matchLabels", "options", "volumeAttributes"})
_NONE: Mapping[str, str] = MappingProxyType({})
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
        given = [(_NAMES.get(key) or key[:1].upper() + key[1:], _map(item) if key in _MAPS else go(item, key in _POINTERS))
                 for key, item in value.items() if item is not None]  # fmt: skip
        fields = sorted(given) if "kind" in value else given  # a reference's fields are in that order
        return ("&" if pointer else "") + "{" + ", ".join(f"{name}: {text}" for name, text in fields) + "}"
    return str(value)


def _map(value: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{go(key)}: {go(item)}" for key, item in sorted(value.items())) + "}"


def struct(name: str, rows: Sequence[Row], blocks: Mapping[str, str] = _NONE) -> str:
    """Return the difference: changed fields, two unchanged ones around them, and how many more are the same.

    `blocks`: what stands for a changed field in the place of what it was and what it is.
    """
    lines: list[Row] = []
    for index in shown([was != now for _, was, now in rows]):
        if not isinstance(index, int):
            lines.append(index)
            continue
        field, was, now = rows[index]
        if was == now:
            lines.append(("  ", field, was))
        else:
            lines += [("", field, blocks[field])] if field in blocks else [("- ", field, was), ("+ ", field, now)]
    return f"  {name}{{\n" + "".join(aligned(lines)) + "  }\n"


def shown(changed: Sequence[bool]) -> Iterator[int | Row]:
    """Yield the places of the fields to be shown, which are those near a change, and a line for each run of others."""
    near = {at + by for at, is_changed in enumerate(changed) if is_changed for by in range(-_CONTEXT, _CONTEXT + 1)}
    for is_near, run in groupby(range(len(changed)), near.__contains__):
        places = list(run)
        if is_near or len(places) == 1:  # go-cmp does not hide a single field
            yield from places
        else:
            yield "  ", "", f"... // {len(places)} identical fields"


def aligned(lines: Sequence[tuple[str, str, str]], depth: int = 1) -> list[str]:
    """Return the lines of (mark, field, text) with the texts one below the other; a block, which has no mark, stands as it is."""
    found: list[str] = []
    tabs = "\t" * depth
    for (is_block, is_gap), run in groupby(lines, lambda line: (not line[0], not line[1])):
        near = list(run)
        if is_block:
            found += [text for _, _, text in near]
        elif is_gap:
            found += [f"{mark}{tabs}{text}\n" for mark, _, text in near]
        else:
            width = max(len(field) for _, field, _ in near) + 1
            found += [f"{mark}{tabs}{(field + ':').ljust(width)} {text},\n" for mark, field, text in near]
    return found
