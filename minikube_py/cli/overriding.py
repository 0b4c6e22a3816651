"""--overrides: what run and expose generate, patched by what the command line says (kubectl pkg/cmd/util/override_options.go)."""

import json
from typing import Any

from minikube_py.cli import fileobjects, typedjson, typedobjects
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery import errors, schemas
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

FLAGS = (
    Flag("override-type", default="merge", usage="The method used to override the generated object: json, merge, or strategic."),
    Flag("overrides", usage="An inline JSON override for the generated object."),
)


def applied(obj: Object, values: Values) -> Object:
    """Return the object with --overrides, as its struct is written."""
    text, kind = values["overrides"], values["override-type"] or "merge"
    made = typedobjects.of(obj)
    if not text:
        return made
    if kind not in _METHODS:
        raise KctlError(f"invalid override type: {kind}")
    try:
        return _decoded(_METHODS[kind](made, text))
    except errors.StatusError as error:
        raise KctlError(error.message) from error


def _json(obj: Object, text: str) -> Any:
    from minikube_py.machinery.patch import jsonpatch

    try:
        operations = _parsed(text)
    except ValueError as error:
        raise KctlError(str(error)) from error
    if operations is None:
        return obj
    jsonpatch.check(operations)
    return jsonpatch.patched(obj, operations)


def _merge(obj: Object, text: str) -> Any:
    from minikube_py.machinery.patch import mergepatch

    patch = _document(text, (dict, list), "Invalid JSON Patch")
    return patch if isinstance(patch, list) else mergepatch.apply(obj, patch)


def _strategic(obj: Object, text: str) -> Any:
    from minikube_py.machinery.patch import strategic

    patch = _document(text, (dict, type(None)), "invalid JSON document")
    return strategic.apply(obj, patch or {}, schemas.for_kind(obj["apiVersion"], obj["kind"]))


_METHODS = {"json": _json, "merge": _merge, "strategic": _strategic}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        from minikube_py.kits import jsonscan

        position, problem = jsonscan.explain(text, 0)
        raise ValueError(problem if position else "unexpected end of JSON input") from error


def _document(text: str, allowed: tuple[type, ...], problem: str) -> Any:
    """Return a JSON value of one of the types."""
    try:
        found = _parsed(text)
    except ValueError as error:
        raise KctlError(problem) from error
    if not isinstance(found, allowed):
        raise KctlError(problem)
    return found


def _decoded(value: Any) -> Object:
    """Return what was patched as its struct is written; KctlError where it no longer is an object of a kind that kubectl knows."""
    from minikube_py.machinery import decode, gotypes

    try:
        gotypes.check_type_meta(value)
    except ValueError as error:
        raise KctlError(f"couldn't get version/kind; json parse error: {error}") from error
    for field, spelled in (("kind", "Kind"), ("apiVersion", "apiVersion")):
        if not value.get(field):
            raise KctlError(f"Object '{spelled}' is missing in '{typedjson.compact(value)}'")
    schema = schemas.for_kind(value["apiVersion"], value["kind"])
    if schema is None:
        raise KctlError(fileobjects.no_type(value["apiVersion"], value["kind"]))
    found = decode.decode(value, schema)
    if found.error:
        raise KctlError(found.error)
    return typedobjects.of(found.obj)
