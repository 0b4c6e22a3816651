"""Finds what a JSONPath template means in an object (client-go util/jsonpath): a list of results for each node."""

from typing import Any

from minikube_py.printers import govalues
from minikube_py.printers.jsonpath.nodes import Constant, Field, Filter, Identifier, Node, Path, Recursive, Slice, Text, Union_, Wildcard
from minikube_py.printers.jsonpath.parser import JSONPathError

Values = list[Any]
NOTHING = object()  # what a range over nothing looks at


class Evaluation:
    """One pass over the nodes of a template; keeps track of nested ranges."""

    def __init__(self, nodes: list[Path | Text], allow_missing_keys: bool) -> None:
        self._nodes = nodes
        self._allow_missing = allow_missing_keys
        self._begin = self._inside = self._ending = 0
        self._last_end = -1

    def results(self, data: Any, start: int = 0) -> list[Values]:
        """Return the results of each node from `start` to the end of the range."""
        found: list[Values] = []
        index = start
        while index < len(self._nodes):
            node = self._nodes[index]
            values = [node.value] if isinstance(node, Text) else self._path([data], node)
            if data is None:  # what a range comes to is not nil in kubectl, but nothing at all
                values = ["<no value>" if value is None else value for value in values]
            if 0 < self._ending <= self._inside:
                self._ending -= 1
                self._last_end = index
                break
            if self._begin:
                found += self._range(values, index)
                index = max(index, self._last_end)
            else:
                found.append(values)
            index += 1
        return found

    def _range(self, values: Values, index: int) -> list[Values]:
        self._begin -= 1
        self._inside += 1
        found: list[Values] = []
        for value in values:
            found += self.results(value, index + 1)
        if not values:
            # The nodes inside must be walked all the same, to find the end.
            self.results(NOTHING, index + 1)
        self._inside -= 1
        return found

    def _path(self, values: Values, path: Path) -> Values:
        for node in path:
            values = self._walk(values, node)
        return values

    def _walk(self, values: Values, node: Node) -> Values:
        if isinstance(node, Field):
            return self._field(values, node.name)
        if isinstance(node, Slice):
            return [item for value in values for item in _sliced(value, node)]
        if isinstance(node, Filter):
            return [item for value in values for item in self._filter(value, node)]
        if isinstance(node, Text):
            return [node.value]
        if isinstance(node, Constant):
            return [node.value] * len(values)
        if isinstance(node, Wildcard):
            return [item for value in values for item in _members(value)]
        if isinstance(node, Recursive):
            return _below(values)
        if isinstance(node, Union_):
            return [item for member in node.members for item in self._path(values, member)]
        return self._identifier(values, node)

    def _identifier(self, values: Values, node: Identifier) -> Values:
        if node.name == "range":
            self._begin += 1
            return values
        if node.name != "end":
            raise JSONPathError(f"unrecognized identifier {node.name}")
        if not self._inside:
            raise JSONPathError("not in range, nothing to end")
        self._ending += 1
        return []

    def _field(self, values: Values, name: str) -> Values:
        found = [value[name] for value in values if isinstance(value, dict) and name in value]
        if values and not found and not self._allow_missing:
            raise JSONPathError(f"{name} is not found")
        return found

    def _filter(self, value: Any, node: Filter) -> Values:
        if not isinstance(value, list):
            shown = "<invalid reflect.Value>" if value is NOTHING else govalues.sprint(value)
            raise JSONPathError(f"{shown} is not array or slice and cannot be filtered")
        return [item for item in value if self._passes(item, node)]

    def _passes(self, item: Any, node: Filter) -> bool:
        if node.operator == "exists":
            return self._exists(item, node.left)
        lefts = self._path([item], node.left)
        if not lefts:
            return False
        _only_one(lefts)
        rights = self._path([item], node.right)
        if not rights:
            return False
        _only_one(rights)
        return _compare(lefts[0], rights[0], node.operator)

    def _exists(self, item: Any, path: Path) -> bool:
        """Tell whether a path leads anywhere. Where a node fails, kubectl goes by what it was given, except for a missing field."""
        values: Values = [item]
        for node in path:
            try:
                values = self._walk(values, node)
            except JSONPathError:
                return bool(values) and not isinstance(node, Field) and node != Identifier("end")
        return bool(values)


def _only_one(values: Values) -> None:
    if len(values) > 1:
        raise JSONPathError("can only compare one element at a time")


def _kind(value: Any) -> type:
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind
    raise JSONPathError("invalid type for comparison")


def _compare(left: Any, right: Any, operator: str) -> bool:
    if operator not in ("<", ">", "==", "!=", "<=", ">="):
        raise JSONPathError(f"unrecognized filter operator {operator}")
    kind = _kind(left)
    if kind is not _kind(right):
        raise JSONPathError("incompatible types for comparison")
    if operator in ("==", "!="):
        return bool((left == right) == (operator == "=="))
    if kind is bool:
        raise JSONPathError("invalid type for comparison")
    if operator in ("<", ">="):
        return bool((left < right) == (operator == "<"))
    return bool((left <= right) == (operator == "<="))


def _sliced(value: Any, node: Slice) -> Values:
    if value is None:
        return []
    if not isinstance(value, list):
        raise JSONPathError(f"{govalues.type_name(value)} is not array or slice")
    length = len(value)
    start = node.start.value if node.start.known else 0
    start += length if start < 0 else 0
    end = node.end.value if node.end.known else length
    end += length if end < 0 or (end == 0 and node.end.derived) else 0
    if start == end:
        return []
    for shown, wrong in ((start, start >= length or start < 0), (end - 1, end > length or end < 0)):
        if wrong:
            raise JSONPathError(f"array index out of bounds: index {shown}, length {length}")
    if start > end:
        raise JSONPathError(f"starting index {start} is greater than ending index {end}")
    if node.step.known and node.step.value <= 0:
        raise JSONPathError("step must be > 0")
    return value[start : end : node.step.value if node.step.known else 1]


def _members(value: Any) -> Values:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]  # kubectl's order is random here
    if isinstance(value, str):
        return list(govalues.to_bytes(value))
    return value if isinstance(value, list) else []


def _below(values: Values) -> Values:
    found: Values = []
    for value in values:
        members = _members(value)
        if members:
            found.append(value)
            found += _below(members)
    return found
