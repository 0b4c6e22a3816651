"""The order of list elements in strategic merge patches (apimachinery util/strategicpatch).

Go's insertion sorts there run with a `less` that says yes to equals, so that ties come out reversed; this is kept, because the
patch that kubectl sends shows it.
"""

from collections.abc import Callable
from typing import Any

from minikube_py.machinery import errors
from minikube_py.machinery.patch import values

Items = list[Any]


class StrategicError(errors.StatusError):
    """A patch or an object that strategic merge cannot handle; kube-apiserver answers 500 with no reason."""

    code, reason = 500, ""


def no_merge_key(item: dict[str, Any], merge_key: str) -> StrategicError:
    """Tell that an element lacks its merge key."""
    return StrategicError(f"map: {values.text(item)} does not contain declared merge key: {merge_key}")


_GO_TYPES: tuple[tuple[type, str], ...] = (
    (dict, "map[string]interface {}"), (list, "[]interface {}"), (bool, "bool"), (str, "string"), (int, "int64"), (float, "float64"),
)  # fmt: skip


def go_type(value: Any) -> str:
    """Return the name of the Go type that a JSON value decodes to."""
    return next((name for kind, name in _GO_TYPES if isinstance(value, kind)), "%!s(<nil>)")


def bad_type(expected: str, actual: Any) -> StrategicError:
    """Tell that a map or list was expected."""
    return StrategicError(f"expected a {expected}, but received a {go_type(actual)}")


def as_maps(items: Items, merge_key: str = "") -> list[dict[str, Any]]:
    """Return the list where all elements are maps (that have the merge key, if one is given)."""
    for item in items:
        if not isinstance(item, dict):
            raise bad_type("map[string]interface {}", item)
        if merge_key and merge_key not in item:
            raise no_merge_key(item, merge_key)
    return items


def holds_maps(*lists: Items) -> bool:
    """Tell whether the elements are maps, not scalars; all must be of one type, and lists of lists are refused."""
    kinds = {go_type(item) for items in lists for item in items}
    if "[]interface {}" in kinds:
        raise errors.StatusError("the server rejected our request due to an error in our request", code=422, reason="Invalid")
    if len(kinds) > 1:
        raise StrategicError(f"list element types are not identical: {values.text(list(lists))}")
    return "map[string]interface {}" in kinds


def token(value: Any) -> Any:
    """Return a hashable stand-in for a scalar under which true is not 1."""
    if isinstance(value, (dict, list)):
        return values.marshal(value)
    return (type(value), value) if isinstance(value, (bool, float)) else value


def tokens(items: Items, merge_key: str) -> list[Any]:
    """Return what identifies each element: the merge key's value, or the scalar itself."""
    if merge_key:
        return [token(item.get(merge_key)) if isinstance(item, dict) else None for item in items]
    return [token(item) for item in items]


def positions(items: Items, merge_key: str) -> dict[Any, int]:
    """Return the first index of each element."""
    found: dict[Any, int] = {}
    for index, key in enumerate(tokens(items, merge_key)):
        found.setdefault(key, index)
    return found


def sorted_ties_reversed(items: Items, key: Callable[[Any], str]) -> Items:
    """Sort as Go's insertion sort does with `<=` for less."""
    latest_first = items[::-1]
    return sorted(latest_first, key=key)


def sorted_scalars(items: Items) -> Items:
    """Sort scalars by their text."""
    return sorted(items, key=values.text)


def deduplicated(items: Items) -> Items:
    """Drop repeated scalars; the last element moves into each gap, as in Go's code."""
    kept = list(items)
    index = 0
    while index < len(kept) - 1:
        other = index + 1
        while other < len(kept):
            if token(kept[index]) == token(kept[other]):
                last = kept.pop()
                if other < len(kept):
                    kept[other] = last
            else:
                other += 1
        index += 1
    return kept


def is_deletion(item: Any) -> bool:
    """Tell whether an element says `$patch: delete`."""
    return isinstance(item, dict) and item.get("$patch") == "delete"


def normalized(items: Items, order: Items, merge_key: str) -> Items:
    """Sort elements as they stand in `order`; deletions go to the end."""
    if merge_key:
        as_maps(items, merge_key)
        as_maps(order, merge_key)
    deletions = [item for item in items if merge_key and is_deletion(item)]
    rest = [item for item in items if not (merge_key and is_deletion(item))]
    where = positions(order, merge_key)
    ranks = [where.get(key) for key in tokens(rest, merge_key)]
    if None not in ranks:
        picked = sorted(range(len(rest)), key=lambda index: ranks[index] or 0)
    else:
        picked = _insertion_sorted(ranks)
    return [rest[index] for index in picked] + deletions


def _insertion_sorted(ranks: list[int | None]) -> list[int]:
    # What `order` does not know counts as less than anything, so it moves to the front of what came before it.
    picked: list[int] = []
    for index, rank in enumerate(ranks):
        at = len(picked)
        while at > 0 and _less(rank, ranks[picked[at - 1]]):
            at -= 1
        picked.insert(at, index)
    return picked


def _less(left: int | None, right: int | None) -> bool:
    return left is None or right is None or left < right


def overwritten(live: Items, patch: Items, merge_key: str) -> Items:
    """Return the live list as a merge leaves it in Go's memory: that is the order which decides where what only the server has goes.

    A deletion moves the rest one place up within the list, and what the patch adds takes the places at its end that came free.
    """
    left = list(live)
    length = len(left)
    for key in tokens([item for item in patch if is_deletion(item)], merge_key):
        while key in (keys := tokens(left[:length], merge_key)):
            at = keys.index(key)
            left[at : length - 1] = left[at + 1 : length]
            length -= 1
    added = [item for item in patch if isinstance(item, dict) and "$patch" not in item]
    known = set(tokens(left[:length], merge_key))
    fresh = [item for item, key in zip(added, tokens(added, merge_key), strict=True) if key not in known]
    free = len(left) - length
    return left[:length] + fresh[:free] + left[length + len(fresh) :]


def interleaved(patch: Items, server_only: Items, patch_order: Items, server_order: Items, merge_key: str) -> Items:
    """Merge the elements of the patch and those that only the server has; both keep their own order."""
    right = normalized(patch, patch_order, merge_key)
    left = normalized(server_only, server_order, merge_key)
    where = positions(server_order, merge_key)
    left_ranks = [where.get(key) for key in tokens(left, merge_key)]
    right_ranks = [where.get(key) for key in tokens(right, merge_key)]
    merged: Items = []
    i = j = 0
    while i < len(left) and j < len(right):
        left_rank, right_rank = left_ranks[i], right_ranks[j]
        if left_rank is not None and right_rank is not None and left_rank < right_rank:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]


def partition(items: Items, by: Items, merge_key: str) -> tuple[Items, Items]:
    """Return the elements that `by` knows, and the others."""
    if merge_key:
        as_maps(items, merge_key)
        as_maps(by)
    known = set(tokens(by, merge_key))
    inside: Items = []
    outside: Items = []
    for item, key in zip(items, tokens(items, merge_key), strict=True):
        (inside if key in known else outside).append(item)
    return inside, outside
