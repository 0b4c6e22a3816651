"""The functions of templates: text/template's own, and kubectl's base64decode and exists."""

from collections.abc import Callable
from typing import Any, NamedTuple

from minikube_py.kits import gobase64
from minikube_py.printers import govalues
from minikube_py.printers.gotemplate import printf
from minikube_py.printers.gotemplate.errors import CallError
from minikube_py.printers.gotemplate.values import INVALID, Box, Byte, Constant, is_true, kind, open_, plain, type_name


class Function(NamedTuple):
    """A function and the types of its parameters: `value` takes anything and tells nil from nothing, `any`, or `string`."""

    call: Callable[..., Any]
    fixed: tuple[str, ...]
    rest: str = ""


def _eq(first: Any, *others: Any) -> bool:
    if not others:
        raise CallError("missing argument for comparison")
    left = open_(first)
    return any(_equal(left, open_(other)) for other in others)


def _equal(left: Any, right: Any) -> bool:
    kinds = kind(left), kind(right)
    if kinds[0] != kinds[1]:
        if set(kinds) == {"int", "uint"}:
            return int(left) == int(right)
        if left is not INVALID and right is not INVALID:
            raise CallError("incompatible types for comparison")
        return False
    if kinds[0]:
        return bool(left == right)
    if left is INVALID or right is INVALID:
        return left is right
    if type(left) is not type(right):
        raise CallError(f"non-comparable types {printf.text(left)}: {type_name(left)}, {type_name(right)}: {govalues.sprint(right)}")
    raise CallError(f"non-comparable type {printf.text(right)}: {type_name(right)}")


def _ne(left: Any, right: Any) -> bool:
    return not _eq(left, right)


def _lt(left: Any, right: Any) -> bool:
    left, right = open_(left), open_(right)
    kinds = kind(left), kind(right)
    if not all(kinds):
        raise CallError("invalid type for comparison")
    if kinds[0] != kinds[1] and set(kinds) != {"int", "uint"}:
        raise CallError("incompatible types for comparison")
    if kinds[0] == "bool":
        raise CallError("invalid type for comparison")
    return bool(left < right)


def _le(left: Any, right: Any) -> bool:
    return _lt(left, right) or _eq(left, right)


def _gt(left: Any, right: Any) -> bool:
    return not _le(left, right)


def _ge(left: Any, right: Any) -> bool:
    return not _lt(left, right)


def _not(value: Any) -> bool:
    return not is_true(value)


def _position(index: Any, length: int) -> int:
    if index is INVALID:
        raise CallError("cannot index slice/array with nil")
    if kind(index) not in ("int", "uint"):
        raise CallError(f"cannot index slice/array with type {type_name(index)}")
    if index < 0 or index > length:
        raise CallError(f"index out of range: {index}")
    return int(index)


def _index(item: Any, *indexes: Any) -> Any:
    item = open_(item)
    if item is INVALID:
        raise CallError("index of untyped nil")
    for index in indexes:
        if isinstance(item, Box) and item.value is None:
            raise CallError("index of nil pointer")
        item, index = open_(item), open_(index)
        if isinstance(item, dict):
            item = Box(item.get(_key(index)))
        elif isinstance(item, (list, str)):
            item = _at(item, index)
        else:
            raise CallError(f"can't index item of type {type_name(item)}")
    return item


def _key(index: Any) -> str:
    if index is INVALID:
        raise CallError("value is nil; should be of type string")
    if not isinstance(index, str):
        raise CallError(f"value has type {type_name(index)}; should be string")
    return index


def _at(item: list[Any] | str, index: Any) -> Any:
    if isinstance(item, str):
        data = govalues.to_bytes(item)
        place = _position(index, len(data))
        if place == len(data):
            raise CallError("reflect: string index out of range")
        return Byte(data[place])
    place = _position(index, len(item))
    if place == len(item):
        raise CallError("reflect: slice index out of range")
    return Box(item[place])


def _slice(item: Any, *indexes: Any) -> Any:
    item = open_(item)
    if item is INVALID:
        raise CallError("slice of untyped nil")
    if len(indexes) > 3:
        raise CallError(f"too many slice indexes: {len(indexes)}")
    if not isinstance(item, (str, list)):
        raise CallError(f"can't slice item of type {type_name(item)}")
    if isinstance(item, str) and len(indexes) == 3:
        raise CallError("cannot 3-index slice a string")
    data = govalues.to_bytes(item) if isinstance(item, str) else item
    bounds = [0, len(data), len(data)]
    for place, index in enumerate(indexes):
        bounds[place] = _position(index, len(data))  # unlike index, it does not look inside of an interface
    for low, high in ((bounds[0], bounds[1]), (bounds[1], bounds[2])):
        if low > high:
            raise CallError(f"invalid slice index: {low} > {high}")
    part = data[bounds[0] : bounds[1]]
    return govalues.of_bytes(part) if isinstance(part, bytes) else part


def _len(item: Any) -> Constant:
    if isinstance(item, Box) and item.value is None:
        raise CallError("len of nil pointer")
    inner = open_(item)
    if inner is INVALID:
        raise CallError("reflect: call of reflect.Value.Type on zero Value")
    if not isinstance(inner, (str, list, dict)):
        raise CallError(f"len of type {type_name(inner)}")
    return Constant(len(govalues.to_bytes(inner)) if isinstance(inner, str) else len(inner))


def _call(function: Any, *_: Any) -> Any:
    inner = open_(function)
    if inner is INVALID:
        raise CallError("call of nil")
    raise CallError(f"non-function of type {type_name(inner)}")


def _print(*args: Any) -> str:
    return printf.sprint([plain(arg) for arg in args])


def _println(*args: Any) -> str:
    return " ".join(govalues.sprint(plain(arg)) for arg in args) + "\n"


def _printf(form: str, *args: Any) -> str:
    return printf.sprintf(form, [plain(arg) for arg in args])


def _joined(args: tuple[Any, ...]) -> str:
    """Return the arguments as one text; nothing at all shows as such."""
    return printf.sprint(["<no value>" if plain(arg) is None else plain(arg) for arg in args])


_HTML = str.maketrans({"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"})
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


def _html(*args: Any) -> str:
    return _joined(args).translate(_HTML)


def _js(*args: Any) -> str:
    def one(char: str) -> str:
        return _JS.get(char) or (char if char.isprintable() or "\udc80" <= char <= "\udcff" else f"\\u{ord(char):04X}")

    return "".join(map(one, _joined(args)))


def _urlquery(*args: Any) -> str:
    from urllib.parse import quote_plus

    return quote_plus(_joined(args), errors="surrogateescape")


def _exists(item: Any, *indexes: Any) -> bool:
    value = plain(item)
    for index in indexes:
        index = plain(index)
        if isinstance(value, (list, str)) and kind(index) in ("int", "uint"):
            data = govalues.to_bytes(value) if isinstance(value, str) else value
            if not 0 <= index < len(data):
                return False
            value = data[index]
        elif isinstance(value, dict) and (index is None or isinstance(index, str)):
            value = value.get(index or "")
        else:
            return False
    return value is not None or not indexes


def _base64decode(text: str) -> str:
    import binascii

    wrong = gobase64.broken_at(text)
    if wrong is not None:
        raise CallError(f"base64 decode failed: illegal base64 data at input byte {wrong}")
    return govalues.of_bytes(binascii.a2b_base64(govalues.to_bytes(text)))


def _short_circuit(*args: Any) -> Any:
    raise CallError("evaluated by the interpreter")


FUNCTIONS = {
    "and": Function(_short_circuit, ("value",), "value"),
    "or": Function(_short_circuit, ("value",), "value"),
    "not": Function(_not, ("value",)),
    "eq": Function(_eq, ("value",), "value"),
    "ne": Function(_ne, ("value", "value")),
    "lt": Function(_lt, ("value", "value")),
    "le": Function(_le, ("value", "value")),
    "gt": Function(_gt, ("value", "value")),
    "ge": Function(_ge, ("value", "value")),
    "index": Function(_index, ("value",), "value"),
    "slice": Function(_slice, ("value",), "value"),
    "len": Function(_len, ("value",)),
    "call": Function(_call, ("value",), "value"),
    "print": Function(_print, (), "any"),
    "println": Function(_println, (), "any"),
    "printf": Function(_printf, ("string",), "any"),
    "html": Function(_html, (), "any"),
    "js": Function(_js, (), "any"),
    "urlquery": Function(_urlquery, (), "any"),
    "exists": Function(_exists, ("any",), "any"),
    "base64decode": Function(_base64decode, ("string",)),
}
