"""JSON patch (RFC 6902) with the semantics and words of the library that kube-apiserver uses (evanphx/json-patch v4).

What differs from the RFC there is kept: `replace` of a missing key of an object adds it, indices may be negative,
`test` of null passes on a missing key.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import values

MAX_OPERATIONS = 10_000
MAX_COPIED_BYTES = 3 * 1024 * 1024
REJECTED = "the server rejected our request due to an error in our request"

Operation = dict[str, Any]
_Found = tuple[Any, str]  # the container (None where there is none) and the key in it


class PatchError(errors.KctlError):
    """An operation that does not apply; the text is the library's."""


def apply(obj: Object, operations: Any) -> Object:
    """Return the patched object, or raise what kube-apiserver answers: 400 no patch, 413 too many operations, 422 does not apply."""
    if operations is None:
        return obj  # Go reads null as no steps
    check(operations)
    try:
        return patched(obj, operations)
    except PatchError as error:
        # kube-apiserver logs the cause and tells the client no more than this.
        raise errors.Rejected(REJECTED) from error


def check(operations: Any) -> None:
    """Refuse what is no JSON patch, or too long a one."""
    if not isinstance(operations, list):
        raise errors.BadRequest(f"json: cannot unmarshal {_go_kind(operations)} into Go value of type jsonpatch.Patch")
    for operation in operations:
        if operation is not None and not isinstance(operation, dict):
            raise errors.BadRequest(f"json: cannot unmarshal {_go_kind(operation)} into Go value of type jsonpatch.Operation")
    if len(operations) > MAX_OPERATIONS:
        raise errors.RequestEntityTooLarge(f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}")


def patched(obj: Object, operations: Sequence[Operation | None]) -> Object:
    """Return the patched object; PatchError carries the library's own words, as kubectl prints them for a local patch."""
    patcher = _Patcher(meta.clone(obj))
    for operation in operations:
        patcher.run(operation)
    return patcher.document  # type: ignore[no-any-return]


def _go_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    for kind, name in ((dict, "object"), (list, "array"), (str, "string")):
        if isinstance(value, kind):
            return name
    return "number"


class _Patcher:
    """A document under patching. `copied` counts the bytes that copies added."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.copied = 0

    def run(self, operation: Operation | None) -> None:
        kind = (operation or {}).get("op")
        method = _OPERATIONS.get(kind) if isinstance(kind, str) else None
        if method is None:
            raise PatchError(f"Unexpected kind: {kind if isinstance(kind, str) else 'unknown'}")
        method(self, operation or {})

    def find(self, path: str) -> _Found:
        parts = path.split("/")
        if len(parts) < 2:
            return None, ""
        node = self.document
        for part in parts[1:-1]:
            try:
                node = _get(node, _decode(part))
            except PatchError:
                return None, ""
            if not isinstance(node, (dict, list)):
                return None, ""
        return node, _decode(parts[-1])

    def add(self, operation: Operation) -> None:
        path = _pointer(operation, "path", "add operation failed to decode path: missing value")
        container, key = self.find(path)
        if container is None:
            raise PatchError(f'add operation does not apply: doc is missing path: "{path}": missing value')
        _within(f"error in add for path: '{path}'", _add, container, key, _value(operation))

    def remove(self, operation: Operation) -> None:
        path = _pointer(operation, "path", "remove operation failed to decode path: missing value")
        container, key = self.find(path)
        if container is None:
            raise PatchError(f'remove operation does not apply: doc is missing path: "{path}": missing value')
        _within(f"error in remove for path: '{path}'", _remove, container, key)

    def replace(self, operation: Operation) -> None:
        path = _pointer(operation, "path", "replace operation failed to decode path: operation missing path field: missing value")
        if path == "":
            self._replace_all(_value(operation))
            return
        container, key = self.find(path)
        if container is None:
            raise PatchError(f"replace operation does not apply: doc is missing path: {path}: missing value")
        try:
            _get(container, key)
        except PatchError:
            raise PatchError(f"replace operation does not apply: doc is missing key: {path}: missing value") from None
        container[key if isinstance(container, dict) else int(key)] = _value(operation)

    def _replace_all(self, value: Any) -> None:
        if not isinstance(value, (dict, list)):
            raise PatchError("replace operation value must be object or array")
        self.document = value

    def move(self, operation: Operation) -> None:
        source = _pointer(operation, "from", "move operation failed to decode from: operation, missing from field: missing value")
        container, key = self.find(source)
        if container is None:
            raise PatchError(f"move operation does not apply: doc is missing from path: {source}: missing value")
        value = _within(f"error in move for path: '{key}'", _get, container, key)
        _within(f"error in move for path: '{key}'", _remove, container, key)
        path = _pointer(operation, "path", "move operation failed to decode path: operation missing path field: missing value")
        container, key = self.find(path)
        if container is None:
            raise PatchError(f"move operation does not apply: doc is missing destination path: {path}: missing value")
        _within(f"error in move for path: '{path}'", _add, container, key, value)

    def test(self, operation: Operation) -> None:
        path = _pointer(operation, "path", "test operation failed to decode path: operation missing path field: missing value")
        if path == "":
            found = self.document
        else:
            container, key = self.find(path)
            if container is None:
                raise PatchError(f"test operation does not apply: is missing path: {path}: missing value")
            found = _within(f"error in test for path: '{path}'", _get, container, key)
        if not _equal(found, operation.get("value")):
            raise PatchError(f"testing value {path} failed: test failed")

    def copy(self, operation: Operation) -> None:
        source = _pointer(operation, "from", "copy operation failed to decode from: operation, missing from field: missing value")
        container, key = self.find(source)
        if container is None:
            raise PatchError(f"copy operation does not apply: doc is missing from path: {source}: missing value")
        value = _within(f"error in copy for from: '{source}'", _get, container, key)
        path = _pointer(operation, "path", "copy operation failed to decode path: missing value")
        container, key = self.find(path)
        if container is None:
            raise PatchError(f"copy operation does not apply: doc is missing destination path: {path}: missing value")
        written = values.marshal(value)
        self.copied += len(written.encode("utf-8", "surrogatepass"))
        if self.copied > MAX_COPIED_BYTES:
            grown = f"the accumulated size increase of copy is {self.copied}, exceeding the limit {MAX_COPIED_BYTES}"
            raise PatchError(f"Unable to complete the copy, {grown}")
        _within("error while adding value during copy", _add, container, key, json.loads(written))


_OPERATIONS: dict[str, Callable[[_Patcher, Operation], None]] = {
    "add": _Patcher.add,
    "remove": _Patcher.remove,
    "replace": _Patcher.replace,
    "move": _Patcher.move,
    "test": _Patcher.test,
    "copy": _Patcher.copy,
}


def _decode(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~") if "~" in part else part


def _pointer(operation: Operation, field: str, complaint: str) -> str:
    value = operation.get(field)
    if not isinstance(value, str):
        raise PatchError(complaint)
    return value


def _value(operation: Operation) -> Any:
    value = operation.get("value")
    return meta.clone(value) if isinstance(value, (dict, list)) else value  # type: ignore[arg-type]


def _within(prefix: str, step: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return step(*arguments)
    except PatchError as error:
        raise PatchError(f"{prefix}: {error}") from None


def _equal(left: Any, right: Any) -> bool:
    # The library compares numbers by their text: 1 is not 1.0.
    return values.same(left, right) and (isinstance(left, (dict, list)) or values.same_kind(left, right))


def _index(key: str) -> int:
    digits = key[1:] if key[:1] in "+-" else key
    if not (digits.isascii() and digits.isdigit()):
        raise PatchError(f'strconv.Atoi: parsing "{key}": invalid syntax')
    return int(key)


def _inside(index: int, size: int) -> int:
    if not -size <= index < size:
        raise PatchError(f"Unable to access invalid index: {index}: invalid index referenced")
    return index


def _get(container: Any, key: str) -> Any:
    if isinstance(container, dict):
        return container.get(key)
    return container[_inside(_index(key), len(container))]


def _add(container: Any, key: str, value: Any) -> None:
    if isinstance(container, dict):
        container[key] = value
    elif key == "-":
        container.append(value)
    else:
        size = len(container) + 1
        index = _inside(_within(f"value was not a proper array index: '{key}'", _index, key), size)
        container.insert(index + size if index < 0 else index, value)


def _remove(container: Any, key: str) -> None:
    if isinstance(container, list):
        del container[_inside(_index(key), len(container))]
    elif key in container:
        del container[key]
    else:
        raise PatchError(f"Unable to remove nonexistent key: {key}: missing value")
