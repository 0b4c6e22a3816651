"""Checks the options of requests (apimachinery meta/v1/validation and meta/internalversion/validation)."""

from typing import Any

from minikube_py.apiserver.request import Request
from minikube_py.machinery import errors, fielderrors
from minikube_py.machinery.fielderrors import FieldError

APPLY = "application/apply-patch+yaml"
_VALIDATION = ("", "Ignore", "Strict", "Warn")
_POLICIES = ("Foreground", "Background", "Orphan", "nil")
_DRY = (True, False, "All", ["All"])


def check(request: Request) -> None:
    """Raise Invalid for options of a write that make no sense."""
    options = request.options
    if not options:
        if request.verb == "patch" and request.content_type == APPLY:
            raise _invalid("PatchOptions", [_no_manager()])
        return
    found = _KINDS[request.verb][1](request)
    dry = options.get("dryRun")
    if dry and dry not in _DRY:
        found.append(fielderrors.not_supported("dryRun", dry, ("All",)))
    if found:
        raise _invalid(_KINDS[request.verb][0], found)


def _invalid(kind: str, found: list[FieldError]) -> errors.Invalid:
    return errors.Invalid(kind, "", found, "meta.k8s.io")


def _no_manager() -> FieldError:
    return fielderrors.required("fieldManager", "is required for apply patch")


def _write(request: Request) -> list[FieldError]:
    found = []
    manager, validation = request.options.get("fieldManager"), request.options.get("fieldValidation")
    if manager:
        found += _manager(str(manager))
    if validation and validation not in _VALIDATION:
        found.append(fielderrors.not_supported("fieldValidation", validation, _VALIDATION))
    return found


def _manager(manager: str) -> list[FieldError]:
    found = [fielderrors.too_long("fieldManager", 128)] if len(manager.encode()) > 128 else []
    place = 0
    for letter in manager:
        if not letter.isprintable():
            found.append(fielderrors.invalid("fieldManager", manager, f"invalid character U+{ord(letter):04X} (at position {place})"))
        place += len(letter.encode())
    return found


def _patch(request: Request) -> list[FieldError]:
    found = []
    if request.content_type == APPLY:
        if not request.option("fieldManager"):
            found.append(_no_manager())
    elif request.options.get("force") is not None:
        found.append(fielderrors.forbidden("force", "may not be specified for non-apply patch"))
    return found + _write(request)


def _delete(request: Request) -> list[FieldError]:
    policy, orphan = request.option("propagationPolicy"), request.options.get("orphanDependents")
    found = []
    if policy and orphan is not None:
        found.append(fielderrors.invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"))
    if policy and policy not in _POLICIES[:3]:
        found.append(fielderrors.not_supported("propagationPolicy", policy, _POLICIES))
    return found


_KINDS: dict[str, Any] = {
    "create": ("CreateOptions", _write),
    "update": ("UpdateOptions", _write),
    "patch": ("PatchOptions", _patch),
    "delete": ("DeleteOptions", _delete),
    "deletecollection": ("DeleteOptions", _delete),
}


def check_list(request: Request) -> None:
    """Raise Invalid for options of a list or watch that make no sense."""
    options = request.options
    if not options.get("resourceVersionMatch") and options.get("sendInitialEvents") is None:
        return
    found = _watch(request) if request.verb == "watch" else _list(request)
    if found:
        raise _invalid("ListOptions", found)


def _watch(request: Request) -> list[FieldError]:
    match, initial = request.option("resourceVersionMatch"), request.options.get("sendInitialEvents")
    found, field = [], "resourceVersionMatch"
    if initial is not None and match != "NotOlderThan":
        found.append(fielderrors.forbidden(field, f"sendInitialEvents requires setting {field} to NotOlderThan"))
    if not match:
        return found
    if initial is None:
        found.append(fielderrors.forbidden(field, f"{field} is forbidden for watch unless sendInitialEvents is provided"))
    if match != "NotOlderThan":
        found.append(fielderrors.not_supported(field, match, ("NotOlderThan",)))
    return found + _no_continue(request)


def _list(request: Request) -> list[FieldError]:
    match, field = request.option("resourceVersionMatch"), "resourceVersionMatch"
    found = []
    if match:
        if not request.option("resourceVersion"):
            found.append(fielderrors.forbidden(field, f"{field} is forbidden unless resourceVersion is provided"))
        found += _no_continue(request)
        if match not in ("Exact", "NotOlderThan"):
            found.append(fielderrors.not_supported(field, match, ("Exact", "NotOlderThan", "")))
        if match == "Exact" and request.option("resourceVersion") == "0":
            found.append(fielderrors.forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    if request.options.get("sendInitialEvents") is not None:
        found.append(fielderrors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    return found


def _no_continue(request: Request) -> list[FieldError]:
    field = "resourceVersionMatch"
    return [fielderrors.forbidden(field, f"{field} is forbidden when continue is provided")] if request.option("continue") else []
