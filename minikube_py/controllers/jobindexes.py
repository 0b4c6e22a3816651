"""Completion indexes: sets of numbers that a Job's status spells as `0-2,5` (job/indexed_job_utils.go)."""

from collections.abc import Iterable


def parse(text: str, completions: int) -> set[int]:
    """Return the indexes below `completions` that a text names; parts that are no numbers are passed over."""
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first.isdecimal() and (not dash or last.isdecimal()):
            found.update(range(int(first), min(int(last if dash else first), completions - 1) + 1))
    return found


def spell(indexes: Iterable[int]) -> str:
    """Return indexes as text: three and more in a row as a range."""
    rows: list[list[int]] = []
    for index in sorted(indexes):
        if rows and index == rows[-1][1] + 1:
            rows[-1][1] = index
        else:
            rows.append([index, index])
    return ",".join(_row(first, last) for first, last in rows)


def _row(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first}{',' if last == first + 1 else '-'}{last}"


def pending(count: int, completions: int, taken: set[int]) -> list[int]:
    """Return the lowest `count` indexes that are not taken."""
    found: list[int] = []
    for index in range(completions):
        if len(found) >= count:
            break
        if index not in taken:
            found.append(index)
    return found
