"""Sets of field paths, kept as FieldsV1 spells them, so that nothing is converted on the way from and to an object.

A set is a dict of nodes by path element. A node is `{}` where the path itself belongs to the set and nothing below it,
else a dict of what is below, with "." where the path belongs too. Sets share nodes: nothing here changes one in place,
and every operation returns its first argument itself where the result is the same.
"""

from collections.abc import Iterator
from typing import Any

from minikube_py.machinery.apply import pathelement
from minikube_py.machinery.apply.pathelement import PathError

FieldSet = dict[str, Any]
Path = tuple[str, ...]


def _is_member(node: FieldSet) -> bool:
    return not node or "." in node


def union(left: FieldSet, right: FieldSet) -> FieldSet:
    """Return the paths of either."""
    if not left or not right:
        return left or right
    return _joined(left, right)


def _joined(left: FieldSet, right: FieldSet) -> FieldSet:
    if left is right:
        return left
    if not left:
        return left if not right else right if "." in right else {".": {}, **right}
    if not right:
        return left if "." in left else {".": {}, **left}
    out = left
    for name, node in right.items():
        known = left.get(name)
        joined = node if known is None else _joined(known, node)
        if joined is not known:
            if out is left:
                out = dict(left)
            out[name] = joined
    return out


def difference(left: FieldSet, right: FieldSet) -> FieldSet:
    """Return the paths of `left` that are not in `right`, each for itself: a parent in `right` does not take its children."""
    if not left or not right:
        return left
    return _minus(left, right, recursive=False) or {}


def recursive_difference(left: FieldSet, right: FieldSet) -> FieldSet:
    """Return the paths of `left` that are not in `right`, nor below a path of `right`."""
    if not left or not right:
        return left
    return _minus(left, right, recursive=True) or {}


def _minus(left: FieldSet, right: FieldSet, *, recursive: bool) -> FieldSet | None:
    """Return what is left of a node that has children, or of a set; None for nothing. `right` is not a leaf."""
    out = left
    for name, node in right.items():
        known = left.get(name)
        if known is None:
            continue
        rest = None if name == "." else _node_minus(known, node, recursive=recursive)
        if rest is known:
            continue
        if out is left:
            out = dict(left)
        if rest is None:
            del out[name]
        else:
            out[name] = rest
    if out is left:
        return left
    if len(out) == 1 and "." in out:
        return {}
    return out or None


def _node_minus(left: FieldSet, right: FieldSet, *, recursive: bool) -> FieldSet | None:
    takes = _is_member(right)
    if takes and recursive:
        return None
    if not left:
        return None if takes else left
    if right:
        return _minus(left, right, recursive=recursive)
    if "." not in left:
        return left
    return {name: node for name, node in left.items() if name != "."} or None


def intersection(left: FieldSet, right: FieldSet) -> FieldSet:
    """Return the paths of both."""
    out: FieldSet = {}
    if not left or not right:
        return out
    for name, node in right.items():
        known = left.get(name)
        common = None if known is None or name == "." else _node_common(known, node)
        if common is not None:
            out[name] = common
    return out


def _node_common(left: FieldSet, right: FieldSet) -> FieldSet | None:
    below = intersection(left, right)
    if _is_member(left) and _is_member(right):
        return {".": {}, **below} if below else {}
    return below or None


def has(fields: FieldSet, path: Path) -> bool:
    """Tell whether a path is in the set."""
    node: FieldSet | None = fields
    for name in path:
        node = node.get(name) if node else None
        if node is None:
            return False
    return bool(path) and node is not None and _is_member(node)


def ordered(fields: FieldSet) -> list[str]:
    """Return the path elements of one level in structured-merge-diff's order."""
    return sorted(fields, key=pathelement.order)


def paths(fields: FieldSet, prefix: Path = ()) -> Iterator[Path]:
    """Yield the paths in structured-merge-diff's order: the members of a level first, then what is below each."""
    names = [name for name in ordered(fields) if name != "."]
    for name in names:
        if _is_member(fields[name]):
            yield (*prefix, name)
    for name in names:
        if fields[name]:
            yield from paths(fields[name], (*prefix, name))


def text(path: Path) -> str:
    """Return a path as conflicts show it: .spec.containers[name="web"].image."""
    return "".join(map(pathelement.text, path))


def canonical(fields: FieldSet) -> FieldSet:
    """Return the set with its elements in the order in which kube-apiserver writes them."""
    return {name: canonical(fields[name]) for name in ordered(fields)}


def loads(raw: Any) -> FieldSet:
    """Return the set that a decoded fieldsV1 stands for, without elements of unknown kinds; PathError where it is malformed."""
    return _read(raw) or {}


def _read(raw: Any) -> FieldSet | None:
    """Return the node; None where it held nothing that is known."""
    if not isinstance(raw, dict):
        raise PathError("fieldsV1 must be an object of objects")
    if not raw:
        return {}
    out: FieldSet = {}
    for name, below in raw.items():
        if name == ".":
            out["."] = {}
        elif pathelement.check(name):
            node = _read(below)
            out[name] = {} if node is None else node
    return {} if out.keys() == {"."} else out or None
