"""Checks that many kinds share. Each returns FieldErrors, none for a good value; messages after apimachinery's validation."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError

IMMUTABLE = "field is immutable"
PROTOCOLS = ("SCTP", "TCP", "UDP")

_REASON = re.compile("[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?")
_BAD_REASON = (
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', "
    "and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or "
    f"'ReasonA:ReasonB', regex used for validation is '{_REASON.pattern}')"
)

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


def conditions(field: str, items: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Check conditions of the form that newer kinds share (metav1.Condition)."""
    found: list[FieldError] = []
    seen: set[str] = set()
    for number, item in enumerate(items):
        place, kind_of, reason = f"{field}[{number}]", item.get("type") or "", item.get("reason") or ""
        if kind_of in seen:
            found.append(fielderrors.duplicate(f"{place}.type", kind_of))
        seen.add(kind_of)
        found += each(f"{place}.type", kind_of, names.qualified_name(kind_of))
        found += one_of(f"{place}.status", item.get("status"), ("False", "True", "Unknown"))
        if (item.get("observedGeneration") or 0) < 0:
            found.append(fielderrors.invalid(f"{place}.observedGeneration", item["observedGeneration"], "must be greater than or equal to zero"))
        if not item.get("lastTransitionTime"):
            found.append(fielderrors.required(f"{place}.lastTransitionTime", "must be set"))
        if not reason:
            found.append(fielderrors.required(f"{place}.reason", "must be set"))
        elif not _REASON.fullmatch(reason):
            found.append(fielderrors.invalid(f"{place}.reason", reason, _BAD_REASON))
        for text, name, limit in ((reason, "reason", 1024), (item.get("message") or "", "message", 32 * 1024)):
            if len(text.encode()) > limit:
                found.append(fielderrors.too_long(f"{place}.{name}", limit))
    return found


def base64_size(text: str) -> int:
    """Return how many bytes base64 text stands for."""
    return len(text) * 3 // 4 - text[-2:].count("=")
