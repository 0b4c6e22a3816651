"""Checks that many kinds share. Each returns FieldErrors, none for a good value; messages after apimachinery's validation."""

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError

IMMUTABLE = "field is immutable"
PROTOCOLS = ("SCTP", "TCP", "UDP")

NameCheck = Callable[[str], Iterable[str]]


def each(field: str, value: Any, messages: Iterable[str]) -> list[FieldError]:
    """Return one Invalid error a message."""
    return [fielderrors.invalid(field, value, message) for message in messages]


def one_of(field: str, value: Any, supported: Collection[str]) -> list[FieldError]:
    """Check an enumeration; no value counts as the empty string."""
    return [] if value in supported else [fielderrors.not_supported(field, value or "", supported)]


def optional_one_of(field: str, value: Any, supported: Collection[str]) -> list[FieldError]:
    """Check an enumeration that may be left out."""
    return [] if value is None else one_of(field, value, supported)


def named(field: str, value: str | None, check: NameCheck) -> list[FieldError]:
    """Check a required name."""
    return each(field, value, check(value)) if value else [fielderrors.required(field)]


def immutable(field: str, new: Any, old: Any) -> list[FieldError]:
    """Check that a value stays as it is; absent and empty are the same."""
    if new == old or (not new and not old and new not in (0, False) and old not in (0, False)):
        return []
    return [fielderrors.invalid(field, new, IMMUTABLE)]


def go_strings(kind: str, values: Iterable[str]) -> fielderrors.GoText:
    """Return a list of a named string type as Go's %#v prints it: []core.IPFamily{"IPv4"}."""
    return fielderrors.GoText(f"[]{kind}{{" + ", ".join(json.dumps(value, ensure_ascii=False) for value in values) + "}")


def nonnegative(field: str, value: int | None) -> list[FieldError]:
    """Check that a number is not below zero."""
    return [fielderrors.invalid(field, value, fielderrors.NEGATIVE)] if value is not None and value < 0 else []


def port_reference(field: str, value: int | str) -> list[FieldError]:
    """Check a port given by number or name."""
    if isinstance(value, str):
        return each(field, value, names.port_name(value))
    return each(field, value, names.port_number(value))


def joined(field: str, value: str, messages: Iterable[str], separator: str = ",") -> list[FieldError]:
    """Return one Invalid error that holds all messages."""
    found = separator.join(messages)
    return [fielderrors.invalid(field, value, found)] if found else []


def fully_qualified_name(field: str, name: str) -> list[FieldError]:
    """Check a domain of three segments at least."""
    return each(field, name, names.fully_qualified(name)) if name else [fielderrors.required(field)]


def fully_qualified_domain_name(field: str, name: str) -> list[FieldError]:
    """Check a domain of two segments at least, with or without the final dot."""
    if not name:
        return [fielderrors.required(field)]
    bare = name.removesuffix(".")
    found = joined(field, bare, names.dns_subdomain(bare))
    if found:
        return found
    if "." not in bare:
        return [fielderrors.invalid(field, bare, "should be a domain with at least two segments separated by dots")]
    for label in bare.split("."):
        found += joined(field, label, names.dns_label(label))
    return found[:1]


def domain_prefixed_path(field: str, value: str) -> list[FieldError]:
    """Check text such as `acme.io/foo`."""
    if not value:
        return [fielderrors.required(field)]
    found = names.domain_prefixed_path(value)
    host, _, path = value.partition("/")
    # kube-apiserver shows the part that is wrong.
    return [fielderrors.invalid(field, value if "such as" in text else path if text.startswith("Invalid path") else host, text) for text in found]


def base64_size(text: str) -> int:
    """Return how many bytes base64 text stands for."""
    return len(text) * 3 // 4 - text[-2:].count("=")
