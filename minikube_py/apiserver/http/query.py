"""Query strings, and bodies of DELETE, as the options of a Request."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery import errors, gotypes


def _text(name: str, value: str) -> str:
    return value


def _integer(name: str, value: str) -> int:
    sign = value[:1] in "+-"
    if not (value.isascii() and value[sign:].isdecimal()):
        raise errors.BadRequest(f'strconv.ParseInt: parsing "{value}": invalid syntax')
    if not -(1 << 63) <= int(value[:25]) < 1 << 63:
        raise errors.BadRequest(f'strconv.ParseInt: parsing "{value}": value out of range')
    return int(value)


def _time(name: str, value: str) -> str:
    try:
        parse_rfc3339(value)
    except ValueError:
        raise errors.BadRequest(gotypes.time_error(value)) from None
    return value


def truth(name: str, value: str) -> bool:
    """Return a bool as apimachinery reads one from a query: only false and 0 are false, even no value is true."""
    return value.lower() not in ("false", "0")


_OPTIONS: dict[str, Callable[[str, str], Any]] = {
    "labelSelector": _text,
    "fieldSelector": _text,
    "limit": _integer,
    "continue": _text,
    "resourceVersion": _text,
    "resourceVersionMatch": _text,
    "timeoutSeconds": _integer,
    "allowWatchBookmarks": truth,
    "sendInitialEvents": truth,
    "dryRun": _text,
    "fieldManager": _text,
    "fieldValidation": _text,
    "force": truth,
    "gracePeriodSeconds": _integer,
    "propagationPolicy": _text,
    "orphanDependents": truth,
    "container": _text,
    "follow": truth,
    "previous": truth,
    "sinceSeconds": _integer,
    "sinceTime": _time,
    "tailLines": _integer,
    "timestamps": truth,
    "limitBytes": _integer,
}
_OF_DELETE = ("gracePeriodSeconds", "propagationPolicy", "orphanDependents", "preconditions", "dryRun")


def options(query: Mapping[str, str]) -> dict[str, Any]:
    """Return the API's options of a query; what else it holds is somebody else's."""
    return {name: read(name, query[name]) for name, read in _OPTIONS.items() if query.get(name)}


def timeout(query: Mapping[str, str], longest: float) -> float:
    """Return after how many seconds a request is given up: what the client says, but no longer than `longest`."""
    text = query.get("timeout")
    if not text:
        return longest
    from minikube_py.machinery import durations

    try:
        seconds = durations.parse(text)
    except ValueError as error:
        raise errors.BadRequest(f"invalid timeout specified in the request URL - {error}") from error
    return seconds if 0 < seconds < longest else longest


def of_delete(body: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a DELETE: the body's where there is one, else the query's."""
    if body is None:
        return found
    if not isinstance(body, dict):
        kind = gotypes.kind_of(body)
        raise errors.BadRequest(f"couldn't get version/kind; json parse error: json: cannot unmarshal {kind} into Go value of type v1.DeleteOptions")
    kind = body.get("kind", "DeleteOptions")
    if kind != "DeleteOptions":
        text = f'{kind} in version "{body.get("apiVersion", "")}" cannot be handled as a DeleteOptions: no kind "{kind}" is registered'
        raise errors.BadRequest(text)
    kept = {name: value for name, value in found.items() if name not in _OF_DELETE}
    for name in _OF_DELETE:
        value = body.get(name)
        if value is not None:
            kept[name] = _checked(name, value)
    return kept


_TYPES: dict[str, tuple[type, ...]] = {
    "gracePeriodSeconds": (int,),
    "propagationPolicy": (str,),
    "orphanDependents": (bool,),
    "preconditions": (dict,),
    "dryRun": (list,),
}


def _checked(name: str, value: Any) -> Any:
    if type(value) not in _TYPES[name]:
        raise errors.BadRequest(f"json: cannot unmarshal into Go struct field DeleteOptions.{name}")
    if name == "dryRun":
        return _dry_run(value)
    return value


def _dry_run(values: Sequence[Any]) -> str | None:
    return next((str(value) for value in values if value != "All"), "All") if values else None
