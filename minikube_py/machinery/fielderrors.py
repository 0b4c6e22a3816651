"""Errors about one field of an object, in the words of Kubernetes' field.Error (apimachinery util/validation/field)."""

import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

_TITLES = {
    "FieldValueRequired": "Required value",
    "FieldValueInvalid": "Invalid value",
    "FieldValueNotSupported": "Unsupported value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueDuplicate": "Duplicate value",
    "FieldValueNotFound": "Not found",
    "FieldValueTooLong": "Too long",
    "FieldValueTooMany": "Too many",
    "InternalError": "Internal error",
}
_WITHOUT_VALUE = frozenset({"FieldValueRequired", "FieldValueForbidden", "FieldValueTooLong", "InternalError"})

NEGATIVE = "must be greater than or equal to 0"
OMITTED = object()  # the value of an error that shows none


class FieldError(NamedTuple):
    """One cause of an Invalid status. `field` is a path such as spec.containers[0].image."""

    reason: str
    field: str
    value: Any
    detail: str

    def body(self) -> str:
        """Return the text after the field's path, as StatusCause.message has it."""
        text = _TITLES[self.reason]
        if self.reason not in _WITHOUT_VALUE and self.value is not OMITTED:
            text += f": {_spell(self.value)}"
        return f"{text}: {self.detail}" if self.detail else text

    def __str__(self) -> str:
        return f"{self.field}: {self.body()}"


class GoText(str):
    """A value that is printed as it stands: what Go's %#v makes of a struct, or a Stringer's text."""

    __slots__ = ()


def _spell(value: Any) -> str:
    """Return a value as Go's field.Error prints it in v1.33: strings quoted, "null" for nil, %#v for maps and lists."""
    if isinstance(value, GoText):
        return str(value)
    if value is None:
        return '"null"'
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return "map[string]string{" + ", ".join(f"{_quote(key)}:{_quote(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return "[]string{" + ", ".join(map(_quote, value)) + "}"
    if isinstance(value, str):
        return _quote(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=isinstance(value, dict))


def _quote(text: str) -> str:
    if text.isprintable():
        return json.dumps(text, ensure_ascii=False)
    from minikube_py.kits import gofmt  # commands that only read do without

    return gofmt.quote(text)


def required(field: str, detail: str = "") -> FieldError:
    """Tell that a field must be there."""
    return FieldError("FieldValueRequired", field, "", detail)


def invalid(field: str, value: Any, detail: str) -> FieldError:
    """Tell that a value is malformed or out of range."""
    return FieldError("FieldValueInvalid", field, value, detail)


def not_supported(field: str, value: Any, supported: Collection[str]) -> FieldError:
    """Tell that a value is none of an enumeration: a set is listed sorted, a sequence in its own order, as Kubernetes does."""
    listed = sorted(supported) if isinstance(supported, set | frozenset) else supported
    detail = "supported values: " + ", ".join(map(_quote, listed)) if supported else ""
    return FieldError("FieldValueNotSupported", field, value, detail)


def forbidden(field: str, detail: str) -> FieldError:
    """Tell that a field must not be set, or not be changed."""
    return FieldError("FieldValueForbidden", field, "", detail)


def duplicate(field: str, value: Any) -> FieldError:
    """Tell that a value stands twice where it must be unique."""
    return FieldError("FieldValueDuplicate", field, value, "")


def not_found(field: str, value: Any) -> FieldError:
    """Tell that a value refers to nothing."""
    return FieldError("FieldValueNotFound", field, value, "")


def too_long(field: str, limit: int) -> FieldError:
    """Tell that a text has more than `limit` bytes."""
    return FieldError("FieldValueTooLong", field, "", f"may not be more than {limit} bytes")


def too_many(field: str, actual: int, limit: int) -> FieldError:
    """Tell that a list has more than `limit` items."""
    return FieldError("FieldValueTooMany", field, actual, f"must have at most {limit} items")


def aggregate(errors: Sequence[FieldError]) -> str:
    """Return several errors as Go's utilerrors.Aggregate prints them: one alone, more in brackets, twins once."""
    texts = list(dict.fromkeys(str(error) for error in errors))
    return texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
