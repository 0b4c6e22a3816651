"""Flags that no test shows, and why: (command, flag) to a reason."""

REASONS: dict[tuple[str, str], str] = {}
