"""Small checks that several parts of a pod share."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError

CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def each(path: str, value: Any, messages: Iterable[str]) -> list[FieldError]:
    """Return one Invalid error a message."""
    return [fielderrors.invalid(path, value, message) for message in messages]


def nonnegative(holder: Mapping[str, Any], fields: Iterable[str], path: str) -> list[FieldError]:
    """Check that numbers, where given, are not below zero."""
    given = [field for field in fields if holder.get(field) is not None]
    return [fielderrors.invalid(f"{path}.{field}", holder[field], fielderrors.NEGATIVE) for field in given if holder[field] < 0]


def name_in_list(path: str, value: str | None) -> list[FieldError]:
    """Check a required DNS label."""
    return each(path, value, names.dns_label(value)) if value else [fielderrors.required(path)]


def one_of(path: str, value: str | None, supported: tuple[str, ...]) -> list[FieldError]:
    """Check a required enumeration, listed in the order of `supported`."""
    if value in supported:
        return []
    return [fielderrors.not_supported(path, value, supported) if value else fielderrors.required(path)]


def optional(path: str, value: str | None, supported: tuple[str, ...]) -> list[FieldError]:
    """Check an enumeration that may be left out."""
    return [] if value is None or value in supported else [fielderrors.not_supported(path, value, supported)]


def in_range(path: str, value: int | None, low: int, high: int) -> list[FieldError]:
    """Check a number that may be left out."""
    return [] if value is None or low <= value <= high else [fielderrors.invalid(path, value, names.in_range(low, high))]


def token_seconds(path: str, seconds: int) -> list[FieldError]:
    """Check how long a service account's token is to live."""
    texts = ["may not specify a duration less than 10 minutes"] if seconds < 600 else []
    return each(path, seconds, [*texts, *(["may not specify a duration larger than 2^32 seconds"] if seconds > 1 << 32 else [])])


def no_backsteps(path: str, value: str) -> list[FieldError]:
    """Check that a file's path has no `..` in it."""
    return [fielderrors.invalid(path, value, "must not contain '..'")] if ".." in value and ".." in value.split("/") else []


def descending(path: str, value: str) -> list[FieldError]:
    """Check that a file's path is relative and goes down only."""
    found = [fielderrors.invalid(path, value, "must be a relative path")] if value.startswith("/") else []
    return found + no_backsteps(path, value)


def local(path: str, value: str) -> list[FieldError]:
    """Check a descending path that does not start with `..`, which is kept for the kubelet."""
    found = descending(path, value)
    if value.startswith("..") and not value.startswith("../"):
        found.append(fielderrors.invalid(path, value, "must not start with '..'"))
    return found


def mode(path: str, value: int | None) -> list[FieldError]:
    """Check the mode of a file."""
    if value is None or 0 <= value <= 0o777:
        return []
    return [fielderrors.invalid(path, value, "must be a number between 0 and 0777 (octal), both inclusive")]


def port(path: str, value: int | str | None) -> list[FieldError]:
    """Check a port given by number or name."""
    if isinstance(value, str):
        return each(path, value, names.port_name(value))
    return each(path, value or 0, names.port_number(value or 0))


def visit(spec: Mapping[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every container with its path."""
    for field in CONTAINERS:
        for index, container in enumerate(spec.get(field) or ()):
            yield container, f"{path}.{field}[{index}]"
