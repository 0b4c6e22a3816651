"""--sort-by: rows of a table, or objects of a list, in the order of a field (kubectl pkg/cmd/get/sorter.go)."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from minikube_py.kits import gosort
from minikube_py.machinery.errors import Fatal, KctlError
from minikube_py.machinery.meta import Object
from minikube_py.printers import govalues, jsonpath

T = TypeVar("T")
_MISSING = object()
_WHOLE = object()  # an object itself, not one of its fields


class NotFoundError(KctlError):
    """The field is in none of the objects, or is none."""


def sort_objects(objects: Sequence[Object], field: str) -> list[Object]:
    """Return objects in the order of a field; those without it come first."""
    try:
        return _sorted(objects, jsonpath.relaxed(field), lambda obj: obj, ("sorter.go:329", "*unstructured.Unstructured"))
    except jsonpath.JSONPathError as error:
        raise KctlError(str(error)) from error


def sort_table(table: Object, field: str) -> Object:
    """Return a Table whose rows, which carry whole objects, are in the order of a field."""
    rows = table.get("rows") or []
    try:
        path = jsonpath.relaxed(field)
    except jsonpath.JSONPathError:
        path = field
    try:
        return {**table, "rows": _sorted(rows, path, lambda row: row.get("object") or {}, ("sorter.go:375", "[][][]reflect.Value"))}
    except jsonpath.JSONPathError as error:
        raise NotFoundError(f"sorting error: {error}") from error


def sort_any(obj: Object, field: str) -> Object:
    """Return a Table or a list in the order of a field, any other object as it is."""
    if obj.get("kind") == "Table":
        return sort_table(obj, field) if len(obj.get("rows") or ()) > 1 else obj
    return {**obj, "items": sort_objects(obj["items"], field)} if obj.get("items") else obj


def _sorted(items: Sequence[T], path: str, of: Callable[[T], Object], place: tuple[str, str]) -> list[T]:
    """Return items in the order of a path. `place`: where kubectl gives up, and the type of what it had at hand."""
    parsed = jsonpath.JSONPath(path, allow_missing_keys=True)
    keys = [_key(parsed.find(of(item)), of(item)) for item in items]
    if items and all(key is _MISSING for key in keys):
        raise NotFoundError(f"couldn't find any field with path {govalues.syntax(path)} in the list of objects")
    try:
        order = gosort.ordered(range(len(keys)), lambda one, other: _less(keys[one], keys[other]))
    except _UnsortableError as error:
        raise Fatal(f"Field {path} in {place[1]} is an unsortable type: {error.kind}, err: {error}", place[0]) from error
    return [items[index] for index in order]


class _UnsortableError(Exception):
    """Two values that have no order; `kind` is what holds the first."""

    def __init__(self, problem: str, kind: str = "interface") -> None:
        super().__init__(problem)
        self.kind = kind


def _key(results: list[list[Any]], whole: Object) -> Any:
    found = results[0][0] if results and results[0] else _MISSING
    return _WHOLE if found is whole else found


def _less(left: Any, right: Any) -> bool:
    if left is _MISSING or right is _MISSING:
        return left is _MISSING
    if left is _WHOLE:  # not a value within the object, which would be an interface
        raise _UnsortableError("unsortable type: map", "map")
    if left is None or right is None:
        return left is None and right is not None
    if isinstance(left, str) and isinstance(right, str):
        return _less_text(left, right)
    if type(left) is type(right) and isinstance(left, (int, float)) and not isinstance(left, bool):
        return bool(left < right)
    raise _UnsortableError(f"unsortable type: {govalues.type_name(left)}" if isinstance(left, (bool, dict, list)) else "unsortable interface: interface")


def _less_text(left: str, right: str) -> bool:
    from minikube_py.machinery import quantity

    try:
        return quantity.parse(left) < quantity.parse(right)
    except ValueError:
        return left < right
