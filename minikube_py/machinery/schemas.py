"""The structure of every kind: types, merge keys, list and map types. Built-in ones are data; custom ones come from their CRD.

A Schema resolves its references lazily, so that a recursive type costs nothing and asking for a Deployment reads three files.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from minikube_py.kits import datafiles

Lookup = Callable[[str], "Schema"]
_NO_RAW: dict[str, Any] = {}


class Schema:
    """The structure of one value.

    `type` is object, array, string, integer, number, boolean, or "" where any JSON is allowed (or an int-or-string).
    `properties`, `items` and `additional` (the schema of a map's values) are resolved when first touched; a list has
    `items`, a map has `additional`, a struct has `properties`. `format` is int32, int64, double, byte, date-time,
    micro-time, quantity, int-or-string or None. `name` is the definition (`io.k8s.api.apps.v1.DeploymentSpec`) or "".
    `list_type` is atomic, set, map or None (atomic); `map_type` atomic, granular or None (granular). `patch_strategy` is
    as Kubernetes writes it (`merge`, `replace`, `retainKeys`, `merge,retainKeys`); `strategies` are its parts.
    `key_defaults` are the defaults of list-map keys, such as {"protocol": "TCP"} of a container's ports.
    """

    __slots__ = (
        "name", "type", "format", "required", "list_type", "list_map_keys", "map_type", "patch_strategy", "patch_merge_key",
        "int_or_string", "preserve_unknown", "embedded", "default", "has_default", "raw",
        "properties", "items", "additional", "key_defaults", "compiled", "_lookup",
    )  # fmt: skip

    properties: dict[str, "Schema"]
    items: "Schema | None"
    additional: "Schema | None"
    key_defaults: dict[str, Any]
    compiled: Any  # what machinery.typecheck keeps here

    def __init__(self, raw: dict[str, Any], lookup: Lookup, name: str = "") -> None:
        get = raw.get
        self.name = name
        self.type: str = get("type", "")
        self.format: str | None = get("format")
        self.required: tuple[str, ...] = tuple(get("required", ()))
        self.list_type: str | None = get("x-kubernetes-list-type")
        self.list_map_keys: tuple[str, ...] = tuple(get("x-kubernetes-list-map-keys", ()))
        self.map_type: str | None = get("x-kubernetes-map-type")
        self.patch_strategy: str | None = get("x-kubernetes-patch-strategy")
        self.patch_merge_key: str | None = get("x-kubernetes-patch-merge-key")
        self.int_or_string: bool = bool(get("x-kubernetes-int-or-string"))
        self.preserve_unknown: bool = bool(get("x-kubernetes-preserve-unknown-fields"))
        self.embedded: bool = bool(get("x-kubernetes-embedded-resource"))
        self.has_default: bool = "default" in raw
        self.default: Any = get("default")
        self.raw = raw
        self._lookup = lookup

    def __getattr__(self, attribute: str) -> Any:
        # Only slots that are still empty come here: resolve once, then it is a plain attribute.
        resolve = _LAZY.get(attribute)
        if resolve is None:
            raise AttributeError(attribute)
        value = resolve(self)
        setattr(self, attribute, value)
        return value

    def __repr__(self) -> str:
        return f"Schema({self.name or self.type or 'any'!r})"

    @property
    def strategies(self) -> tuple[str, ...]:
        """Return the parts of `patch_strategy`."""
        return tuple(self.patch_strategy.split(",")) if self.patch_strategy else ()

    @property
    def is_struct(self) -> bool:
        """Tell whether fields are named one by one; False for maps, lists, scalars and opaque values."""
        return "properties" in self.raw

    @property
    def is_atomic(self) -> bool:
        """Tell whether server-side apply replaces the value as a whole."""
        if self.type == "array":
            return self.list_type in (None, "atomic")
        if self.type == "object" or self.is_struct:
            return self.map_type == "atomic"
        return True

    def child(self, field: str) -> "Schema | None":
        """Return the schema of a field of a struct or of a map's value; None where it is unknown."""
        found = self.properties.get(field)
        return found if found is not None else self.additional

    def at(self, *path: str) -> "Schema | None":
        """Return the schema at a path of fields; lists are passed through to their items."""
        schema: Schema | None = self
        for field in path:
            while schema is not None and schema.items is not None:
                schema = schema.items
            schema = schema.child(field) if schema is not None else None
        return schema

    def _sub(self, raw: dict[str, Any]) -> "Schema":
        reference = raw.get("$ref")
        if reference is None:
            return Schema(raw, self._lookup)
        target = self._lookup(reference)
        if len(raw) == 1:
            return target
        beside = {key: value for key, value in raw.items() if key != "$ref"}
        return Schema({**target.raw, **beside}, self._lookup, target.name)


def _properties(schema: Schema) -> dict[str, Schema]:
    return {name: schema._sub(raw) for name, raw in schema.raw.get("properties", _NO_RAW).items()}


def _items(schema: Schema) -> Schema | None:
    raw = schema.raw.get("items")
    return schema._sub(raw) if isinstance(raw, dict) else None


def _additional(schema: Schema) -> Schema | None:
    raw = schema.raw.get("additionalProperties")
    return schema._sub(raw) if isinstance(raw, dict) else None


def _key_defaults(schema: Schema) -> dict[str, Any]:
    if not schema.list_map_keys or schema.items is None:
        return {}
    fields = schema.items.properties
    found = {key: fields[key].default for key in schema.list_map_keys if key in fields and fields[key].has_default}
    # What Go writes in any case is its type's zero where it was not set; the schemas of custom kinds know no such thing.
    always = schema.items.required if schema.items.name else ()
    return {key: _ZEROS.get(fields[key].type) for key in schema.list_map_keys if key in always} | found


_ZEROS = {"string": "", "integer": 0}


def _compiled(_: Schema) -> None:
    return None


_LAZY: dict[str, Callable[[Schema], Any]] = {
    "properties": _properties,
    "items": _items,
    "additional": _additional,
    "key_defaults": _key_defaults,
    "compiled": _compiled,
}


@cache
def _package(package: str) -> dict[str, Any]:
    return json.loads(datafiles.read_text("schemas", "definitions", package + ".json"))  # type: ignore[no-any-return]


@cache
def definition(name: str) -> Schema:
    """Return a definition by its full name, such as io.k8s.api.core.v1.PodSpec; KeyError where there is none."""
    return Schema(_package(name.rpartition(".")[0])[name], definition, name)


@cache
def for_kind(api_version: str, kind: str) -> Schema | None:
    """Return the structure of a built-in kind; None for custom and unknown ones."""
    name = _package("index").get(f"{api_version}/{kind}")
    return definition(name) if name is not None else None


OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def from_openapi(raw: dict[str, Any]) -> Schema:
    """Return a Schema of a CRD's openAPIV3Schema (structural: no $ref). The three fields of every object are put in."""
    properties = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}} | raw.get("properties", {})
    return Schema({"type": "object"} | raw | {"properties": properties | {"metadata": {"$ref": OBJECT_META}}}, definition)
