"""What `kctl wait --for` means: a condition of the status, or a JSONPath with or without a value (kubectl pkg/cmd/wait)."""

from collections.abc import Callable
from typing import Any

from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

Check = Callable[[Object], bool]
CREATED, DELETED = "create", "delete"
_FORMAT = "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'"
_NO_VALUE = "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3"


def parse(text: str) -> Check | str:
    """Return what tells whether an object is as it should be; or CREATED or DELETED."""
    if text.lower() in (CREATED, DELETED):
        return text.lower()
    if text.startswith("condition="):
        kind, _, status = text.removeprefix("condition=").partition("=")
        wanted = status if "=" in text.removeprefix("condition=") else "true"
        return lambda obj: _has_condition(obj, kind, wanted)
    if text.startswith("jsonpath="):
        return _json_path(text.removeprefix("jsonpath="))
    from minikube_py.kits import gofmt

    raise KctlError(f"unrecognized condition: {gofmt.quote(text)}")


def _has_condition(obj: Object, kind: str, wanted: str) -> bool:
    status = obj["status"] if isinstance(obj.get("status"), dict) else {}
    conditions = status.get("conditions")
    for condition in conditions if isinstance(conditions, list) else ():
        if not isinstance(condition, dict) or str(condition.get("type", "")).casefold() != kind.casefold() or not isinstance(condition.get("status"), str):
            continue
        generation = (obj.get("metadata") or {}).get("generation")
        observed = condition.get("observedGeneration", status.get("observedGeneration"))
        if isinstance(generation, int) and isinstance(observed, int) and observed < generation:
            return False
        return bool(condition["status"].casefold() == wanted.casefold())
    return False


def _json_path(text: str) -> Check:
    from minikube_py.printers import jsonpath

    parts = _split(text)
    if len(parts) > 2:
        raise KctlError(_FORMAT)
    wanted = parts[1].strip("'\"") if len(parts) == 2 else ""
    try:
        expression = jsonpath.relaxed(parts[0])
        if len(parts) == 2 and not wanted:
            raise KctlError(_NO_VALUE)
        if not expression:
            raise KctlError("jsonpath expression cannot be empty")
        path = jsonpath.JSONPath(expression, allow_missing_keys=True)
    except jsonpath.JSONPathError as error:
        raise KctlError(str(error)) from error

    def check(obj: Object) -> bool:
        try:
            return _matches(path.find(obj), wanted)
        except jsonpath.JSONPathError as error:
            raise KctlError(str(error)) from error

    return check


def _split(text: str) -> list[str]:
    """Split at each `=` that stands alone."""
    parts, rest = [""], text
    while rest:
        if rest.startswith("=="):
            parts[-1] += "=="
            rest = rest[2:]
            continue
        if rest[0] == "=":
            parts.append("")
        else:
            parts[-1] += rest[0]
        rest = rest[1:]
    return parts


def _matches(results: list[list[Any]], wanted: str) -> bool:
    from minikube_py.printers import govalues

    if not results or not results[0]:
        return False
    if len(results) > 1:
        raise KctlError("given jsonpath expression matches more than one list")
    if len(results[0]) > 1:
        raise KctlError("given jsonpath expression matches more than one value")
    found = results[0][0]
    if not wanted:
        return True
    if isinstance(found, (dict, list)):
        raise KctlError("jsonpath leads to a nested object or list which is not supported")
    return bool(govalues.sprint(found).strip() == wanted.strip())
