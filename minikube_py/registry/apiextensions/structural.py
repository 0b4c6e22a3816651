"""What is wrong with the schema of a custom resource: it must be structural, and free of what the server does not know.

Schemas have tens of thousands of nodes, so a path is a chain of pieces, spelled only where something is wrong.
"""

import re
from functools import lru_cache
from typing import Any

from minikube_py.kits import goregexps
from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError

Schema = dict[str, Any]
Path = tuple["Path | None", str]  # what is above, and a piece such as .items or .properties[spec]

_TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})
_ANYTHING: Schema = {"x-kubernetes-preserve-unknown-fields": True}
_LIST_TYPES = ("atomic", "map", "set")
_MAP_TYPES = ("atomic", "granular")
_UNKNOWN = ("id", "$ref", "additionalItems", "patternProperties", "definitions", "dependencies", "schema")
_LOGIC = ("allOf", "anyOf", "oneOf")
# What may not stand inside allOf, anyOf, oneOf and not.
_NOT_NESTED = ("type", "description", "title", "default", "nullable", "additionalProperties", "x-kubernetes-preserve-unknown-fields",
               "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
               "x-kubernetes-map-type")  # fmt: skip
# \p{Greek}: Go knows scripts by their names and goregexps none of them, so each is taken for letters.
_SCRIPT = re.compile(r"\\[pP]\{\^?[A-Z][a-z]\w+\}")
_ODD = frozenset(_UNKNOWN) | frozenset(_LOGIC) | {
    "not", "pattern", "uniqueItems", "default", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations",
    "additionalProperties",
}  # fmt: skip


def errors(schema: Schema, field: str) -> list[FieldError]:
    """Return what is wrong with an openAPIV3Schema that stands at `field`."""
    found: list[FieldError] = []
    root: Path = (None, field)
    kind = schema.get("type") or ""
    if not kind:
        found.append(fielderrors.required(f"{field}.type", "must not be empty at the root"))
    elif kind != "object":
        found.append(fielderrors.invalid(f"{field}.type", kind, "must be object at the root"))
    if schema.get("nullable"):
        found.append(fielderrors.forbidden(f"{field}.nullable", "nullable cannot be true at the root"))
    _node(schema, root, found, rooted=True)
    return found


def _spell(path: Path, more: str = "") -> str:
    pieces = [more]
    at: Path | None = path
    while at is not None:
        pieces.append(at[1])
        at = at[0]
    return "".join(reversed(pieces))


def _node(schema: Schema, path: Path, found: list[FieldError], rooted: bool = False) -> None:
    """Check a node that describes a value of its own, and all below it."""
    kind = schema.get("type") or ""
    if kind and kind not in _TYPES:
        found.append(fielderrors.not_supported(_spell(path, ".type"), kind, sorted(_TYPES)))
    if not _ODD.isdisjoint(schema):
        _extras(schema, path, found)
    if not kind and not rooted and not _free(schema):
        what = "specified array items" if path[1] == ".items" else "specified object fields"
        found.append(fielderrors.required(_spell(path, ".type"), f"must not be empty for {what}"))
    items, properties = schema.get("items"), schema.get("properties")
    if isinstance(items, list):
        found.append(fielderrors.forbidden(_spell(path, ".items"), "items must be a schema object and not an array"))
    elif isinstance(items, dict):  # what is neither, Go reads as nothing
        _node(items, (path, ".items"), found)
    elif kind == "array":
        found.append(fielderrors.required(_spell(path, ".items"), "must be specified"))
    if properties:
        for name, child in properties.items():
            if rooted and name == "metadata":
                _metadata(child, (path, ".properties[metadata]"), found)
            else:
                _node(child, (path, f".properties[{name}]"), found)


def _free(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields"))


def _extras(schema: Schema, path: Path, found: list[FieldError]) -> None:
    for field in _UNKNOWN:
        if schema.get(field):
            found.append(fielderrors.forbidden(_spell(path, f".{field}"), f"{field} is not supported"))
    if schema.get("uniqueItems"):
        text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        found.append(fielderrors.forbidden(_spell(path, ".uniqueItems"), text))
    if problem := _pattern_problem(schema.get("pattern") or ""):
        found.append(fielderrors.invalid(_spell(path, ".pattern"), schema["pattern"], problem))
    additional = schema.get("additionalProperties")
    if additional is not None:
        if schema.get("properties") and additional is not True:
            text = "additionalProperties and properties are mutual exclusive"
            found.append(fielderrors.forbidden(_spell(path, ".additionalProperties"), text))
        if isinstance(additional, dict):
            _node(additional, (path, ".additionalProperties"), found)
    _extensions(schema, path, found)
    for field in _LOGIC:
        for number, part in enumerate(schema.get(field) or ()):
            _nested(part, schema, (path, f".{field}[{number}]"), found)
    if schema.get("not") is not None:
        _nested(schema["not"], schema, (path, ".not"), found)


def _extensions(schema: Schema, path: Path, found: list[FieldError]) -> None:
    kind = schema.get("type") or ""
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        found.append(fielderrors.invalid(_spell(path, ".x-kubernetes-preserve-unknown-fields"), False, "must be true or undefined"))
    if schema.get("x-kubernetes-int-or-string") and kind:
        found.append(fielderrors.forbidden(_spell(path, ".type"), "must be empty if x-kubernetes-int-or-string is true"))
    if schema.get("x-kubernetes-embedded-resource"):
        _embedded(schema, kind, path, found)
    map_type = schema.get("x-kubernetes-map-type")
    if map_type is not None:
        if kind != "object":
            text = "must be object if x-kubernetes-map-type is specified"
            found.append(fielderrors.invalid(_spell(path, ".type"), kind, text))
        if map_type not in _MAP_TYPES:
            found.append(fielderrors.not_supported(_spell(path, ".x-kubernetes-map-type"), map_type, _MAP_TYPES))
    _list(schema, kind, path, found)
    for number, rule in enumerate(schema.get("x-kubernetes-validations") or ()):
        if not (rule.get("rule") or "").strip():
            found.append(fielderrors.required(_spell(path, f".x-kubernetes-validations[{number}].rule"), "rule is not specified"))


def _embedded(schema: Schema, kind: str, path: Path, found: list[FieldError]) -> None:
    if kind != "object":
        found.append(fielderrors.invalid(_spell(path, ".type"), kind, "must be object if x-kubernetes-embedded-resource is true"))
    if not schema.get("properties") and not schema.get("x-kubernetes-preserve-unknown-fields"):
        text = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        found.append(fielderrors.required(_spell(path, ".properties"), text))


def _list(schema: Schema, kind: str, path: Path, found: list[FieldError]) -> None:
    list_type, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys") or ()
    if list_type is None:
        if keys:
            text = "must be map if x-kubernetes-list-map-keys is non-empty"
            found.append(fielderrors.required(_spell(path, ".x-kubernetes-list-type"), text))
        return
    if kind != "array":
        text = "must be array if x-kubernetes-list-type is specified"
        found.append(fielderrors.invalid(_spell(path, ".type"), kind, text))
    if list_type not in _LIST_TYPES:
        found.append(fielderrors.not_supported(_spell(path, ".x-kubernetes-list-type"), list_type, _LIST_TYPES))
    if list_type != "map":
        if keys:
            text = "must be map if x-kubernetes-list-map-keys is non-empty"
            found.append(fielderrors.invalid(_spell(path, ".x-kubernetes-list-type"), list_type, text))
        return
    if not keys:
        text = "must not be empty if x-kubernetes-list-type is map"
        found.append(fielderrors.required(_spell(path, ".x-kubernetes-list-map-keys"), text))
    items = schema.get("items")
    if isinstance(items, dict):
        _map_keys(items, keys, path, found)


def _map_keys(items: Schema, keys: Any, path: Path, found: list[FieldError]) -> None:
    if items.get("type") != "object":
        text = "must be object if parent array's x-kubernetes-list-type is map"
        found.append(fielderrors.invalid(_spell(path, ".items.type"), items.get("type") or "", text))
    properties, required = items.get("properties") or {}, items.get("required") or ()
    for number, key in enumerate(keys):
        if key not in properties:
            text = "entries must all be names of item properties"
            found.append(fielderrors.invalid(_spell(path, f".x-kubernetes-list-map-keys[{number}]"), key, text))
        elif key not in required and properties[key].get("default") is None:
            text = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            found.append(fielderrors.required(_spell(path, f".items.properties[{key}].default"), text))


def _nested(schema: Schema, whole: Schema, path: Path, found: list[FieldError]) -> None:
    """Check what stands inside allOf, anyOf, oneOf or not: it may only constrain what is described outside."""
    int_or_string = whole.get("x-kubernetes-int-or-string")
    for field in _NOT_NESTED:
        if field in schema and schema[field] not in (None, False, "") and not (field == "type" and int_or_string):
            found.append(fielderrors.forbidden(_spell(path, f".{field}"), "must be empty to be structural"))
    if problem := _pattern_problem(schema.get("pattern") or ""):
        found.append(fielderrors.invalid(_spell(path, ".pattern"), schema["pattern"], problem))
    described = whole.get("properties") or {}
    for name, child in (schema.get("properties") or {}).items():
        piece = f".properties[{name}]"
        if name not in described and not whole.get("x-kubernetes-preserve-unknown-fields"):
            found.append(fielderrors.required(_outer(path) + piece, f"because it is defined in {_spell(path, piece)}"))
        _nested(child, described.get(name) or _ANYTHING, (path, piece), found)
    if isinstance(schema.get("items"), dict):
        items = whole.get("items")
        _nested(schema["items"], items if items and isinstance(items, dict) else _ANYTHING, (path, ".items"), found)
    for field in _LOGIC:
        for number, part in enumerate(schema.get(field) or ()):
            _nested(part, whole, (path, f".{field}[{number}]"), found)
    if schema.get("not") is not None:
        _nested(schema["not"], whole, (path, ".not"), found)


def _outer(path: Path) -> str:
    """Return the path without the logical part: where the same value must be described."""
    pieces: list[str] = []
    at: Path | None = path
    while at is not None:
        if at[0] is None or not re.match(r"\.((allOf|anyOf|oneOf)\[|not$)", at[1]):
            pieces.append(at[1])
        at = at[0]
    return "".join(reversed(pieces))


def _metadata(schema: Schema, path: Path, found: list[FieldError]) -> None:
    """Check the root's metadata: only name and generateName may be restricted."""
    kind = schema.get("type") or ""
    if kind != "object":
        found.append(fielderrors.invalid(_spell(path, ".type"), kind, "must be object"))
    for name in schema.get("properties") or ():
        if name not in ("name", "generateName"):
            text = "must not specify anything other than name and generateName, but metadata is implicitly specified"
            found.append(fielderrors.forbidden(_spell(path), text))
            break
    if not _ODD.isdisjoint(schema):
        _extras(schema, path, found)


@lru_cache(maxsize=4096)
def _pattern_problem(pattern: str) -> str:
    """Return why Go would not take a pattern as a regular expression."""
    try:
        goregexps.compiled(_SCRIPT.sub(r"\\pL", pattern))
    except goregexps.RegexpError as error:
        return f"must be a valid regular expression, but isn't: {error}"
    return ""
