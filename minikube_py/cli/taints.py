"""Taints on the command line: key=value:effect to add, key:effect- and key- to remove (kubectl pkg/cmd/taint)."""

from collections.abc import Sequence

from minikube_py.cli import failures
from minikube_py.machinery import names
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the arguments that name nodes, and those that change taints."""
    resources: list[str] = []
    changes: list[str] = []
    for word in arguments:
        is_change = "=" in word or ":" in word or word.endswith("-")
        if not is_change and changes:
            raise KctlError(f"all resources must be specified before taint changes: {word}")
        (changes if is_change else resources).append(word)
    return resources, changes


def parse(specs: Sequence[str]) -> tuple[list[Object], list[Object]]:
    """Return the taints to add, and those to remove, which may lack an effect; ValueError for what is no taint."""
    added: list[Object] = []
    removed: list[Object] = []
    for spec in specs:
        if spec.endswith("-"):
            taint = _parse(spec.removesuffix("-"))
            removed.append({"key": taint["key"], "effect": taint["effect"]})
            continue
        taint = _parse(spec)
        if not taint["effect"]:
            raise ValueError(f"invalid taint spec: {spec}")
        if any(same(taint, other) for other in added):
            shown = f"{{{taint['key']} {taint.get('value', '')} {taint['effect']} <nil>}}"
            raise ValueError(f"duplicated taints with the same key and effect: {shown}")
        added.append(taint)
    return added, removed


def _parse(spec: str) -> Object:
    where, colon, effect = spec.partition(":")
    if ":" in effect:
        raise ValueError(f"invalid taint spec: {spec}")
    if not colon:
        _check(spec, names.qualified_name(spec))
        return {"key": spec, "effect": ""}
    if effect not in _EFFECTS:
        raise ValueError(f"invalid taint effect: {effect}, unsupported taint effect")
    key, equals, value = where.partition("=")
    if "=" in value:
        raise ValueError(f"invalid taint spec: {spec}")
    if equals:
        _check(spec, names.label_value(value))
    _check(spec, names.qualified_name(key))
    return {"key": key, "value": value, "effect": effect} if value else {"key": key, "effect": effect}


def _check(spec: str, problems: Sequence[str]) -> None:
    if problems:
        raise ValueError(f"invalid taint spec: {spec}, {'; '.join(problems)}")


def same(one: Object, other: Object) -> bool:
    """Tell whether two taints are about the same: key and effect."""
    return (one["key"], one["effect"]) == (other["key"], other["effect"])


def changed(old: Sequence[Object], added: Sequence[Object], removed: Sequence[Object], *, overwrite: bool) -> tuple[list[Object], str]:
    """Return the taints of a node after a change, and what was done."""
    found = [*added, *(taint for taint in old if not any(same(taint, new) for new in added))]
    has_more, has_less = len(found) != len(old), False
    problems: list[KctlError] = []
    for wanted in removed:
        left = [taint for taint in found if taint["key"] != wanted["key"] or (wanted["effect"] and taint["effect"] != wanted["effect"])]
        has_less = len(left) != len(found)
        found = left
        if not has_less:
            problems.append(KctlError(f'taint "{_written(wanted)}" not found'))
    if problems:
        raise failures.Several(problems)
    if (has_more and has_less) or overwrite:
        return found, "modified"
    return found, "tainted" if has_more else "untainted"


def _written(taint: Object) -> str:
    return f"{taint['key']}:{taint['effect']}" if taint["effect"] else taint["key"]
