"""What a schema means for ownership: which values are leaves, which are granular, and how the elements of lists are told apart.

A Shape is a Schema seen by server-side apply, compiled once. This is the hot part of every write: a value is walked only as far
as it differs, comparisons are dict and list equality, and the results are FieldsV1 nodes.
"""

from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Protocol

from minikube_py.machinery.apply import pathelement
from minikube_py.machinery.apply.fieldset import FieldSet
from minikube_py.machinery.schemas import Schema

Value = Any
NOTHING: frozenset[str] = frozenset()
_MISSING = object()


class Change(NamedTuple):
    """What differs between two values: paths that were added or changed, and paths that are gone."""

    changed: FieldSet
    removed: FieldSet


class Shape(Protocol):
    """How a granular value is walked. None stands for a leaf: a scalar, or an atomic list or map."""

    def added(self, value: Value) -> FieldSet:
        """Return the node of a value that is new as a whole; it and all below belong to whoever wrote it."""

    def applied(self, value: Value) -> FieldSet:
        """Return what the set of an applied configuration holds for a value: leaves, items, keys of maps; not structs."""

    def compare(self, old: Value, new: Value) -> Change:
        """Return what differs between two values that are not equal."""


class _Fields(dict[str, tuple[str, "Shape | None"]]):
    """Field name -> (path element, shape) of a struct or map; looked up in the schema when first asked for."""

    def __init__(self, schema: Schema | None) -> None:
        super().__init__()
        self.schema = schema

    def __missing__(self, key: str) -> tuple[str, Shape | None]:
        schema = self.schema
        found = schema.properties.get(key) if schema is not None else None
        if found is not None:
            known = self[key] = ("f:" + key, of(found))
            return known
        return "f:" + key, self.other

    @cached_property
    def other(self) -> Shape | None:
        """Return the shape of what the schema does not name."""
        if self.schema is not None and self.schema.additional is not None:
            return of(self.schema.additional)
        return FREE


class Granular:
    """A struct, a map or a free-form object: every field has owners of its own."""

    __slots__ = ("fields", "schema")

    def __init__(self, schema: Schema | None) -> None:
        self.schema = schema
        self.fields = _Fields(schema)

    def added(self, value: Value) -> FieldSet:
        if value.__class__ is not dict:
            return {}
        node: FieldSet = {".": {}}
        fields = self.fields
        for key, item in value.items():
            name, shape = fields[key]
            node[name] = shape.added(item) if shape is not None and item else {}
        return node

    def applied(self, value: Value) -> FieldSet:
        node: FieldSet = {}
        for key, item in value.items():
            name, shape = self.fields[key]
            if shape is None or not _fits(shape, item):
                node[name] = {}
                continue
            below = shape.applied(item)
            if not self.declares(key):
                node[name] = {".": {}, **below} if below else {}
            elif below or item == {}:
                node[name] = below
        return node

    def declares(self, key: str) -> bool:
        """Tell whether the schema names the field."""
        return self.schema is not None and key in self.schema.properties

    def compare(self, old: Value, new: Value, skip: frozenset[str] = NOTHING, zero: Value = None) -> Change:
        """`skip` names fields that nobody owns; `zero` holds what Go writes for fields that were never set."""
        if new.__class__ is not dict:
            return Change({}, self._all(old)) if old.__class__ is dict else Change({}, {})
        before = old if old.__class__ is dict else {}
        fields = self.fields
        changed: FieldSet = {}
        removed: FieldSet = {}
        for key, item in new.items():
            past = before.get(key, _MISSING)
            if past is item or past == item or key in skip:
                continue
            if past is _MISSING and zero:
                past = zero.get(key, _MISSING)
                if past == item:
                    continue
            name, shape = fields[key]
            if past is _MISSING:
                changed[name] = shape.added(item) if shape is not None and item else {}
            else:
                _note(name, shape, past, item, changed, removed, zero.get(key) if zero else None)
        for key, past in before.items():
            if key not in new and key not in skip:
                name, shape = fields[key]
                removed[name] = shape.added(past) if shape is not None and past else {}
        return Change(changed, removed)

    def _all(self, value: Value) -> FieldSet:
        return {name: node for name, node in self.added(value).items() if name != "."}


class Listed:
    """A list whose elements have owners of their own: told apart by keys, or a set of scalars where `keys` is empty."""

    __slots__ = ("defaults", "item", "keys")

    def __init__(self, schema: Schema) -> None:
        self.keys = tuple(sorted(schema.list_map_keys)) if schema.list_type == "map" else ()
        self.defaults = schema.key_defaults if self.keys else {}
        self.item: Shape | None = of(schema.items) if self.keys and schema.items is not None else None

    def name(self, item: Value) -> str:
        """Return the path element of an item; PathError where it has none."""
        return pathelement.for_keys(item, self.keys, self.defaults) if self.keys else pathelement.for_value(item)

    def added(self, value: Value) -> FieldSet:
        if value.__class__ is not list:
            return {}
        node: FieldSet = {".": {}}
        shape = self.item
        for item in value:
            name = self.name(item)
            # What stands there twice is owned as one opaque thing.
            node[name] = shape.added(item) if shape is not None and name not in node else {}
        return node

    def applied(self, value: Value) -> FieldSet:
        node: FieldSet = {}
        for item in value:
            name = self.name(item)
            below = self.item.applied(item) if self.item is not None and name not in node else {}
            node[name] = {".": {}, **below} if below else {}
        return node

    def compare(self, old: Value, new: Value) -> Change:
        changed: FieldSet = {}
        removed: FieldSet = {}
        if old.__class__ is list and new.__class__ is list and len(old) == len(new):
            names = [self.name(item) for item in new]
            pairs = [(name, past, item) for name, past, item in zip(names, old, new, strict=True) if past is not item and past != item]
            if len(set(names)) == len(names) and all(self.name(past) == name for name, past, _ in pairs):
                for name, past, item in pairs:
                    _note(name, self.item, past, item, changed, removed)
                return Change(changed, removed)
        before = self.grouped(old)
        after = self.grouped(new)
        for name, items in after.items():
            earlier = before.get(name, [])
            if len(items) == 1 == len(earlier):
                if items != earlier:
                    _note(name, self.item, earlier[0], items[0], changed, removed)
            elif earlier and (len(items) == 1 or len(earlier) == 1):
                # Twice before and once now, or the other way: the twins' path stands for both, and for nothing below.
                changed[name], removed[name] = self._one(items), self._one(earlier)
            elif items != earlier:
                changed[name] = self._one(items)
        for name, earlier in before.items():
            if name not in after:
                removed[name] = self._one(earlier)
        return Change(changed, removed)

    def _one(self, items: Any) -> FieldSet:
        return self.item.added(items[0]) if len(items) == 1 and self.item is not None else {}

    def grouped(self, value: Value) -> dict[str, list[Value]]:
        """Return the items by path element."""
        groups: dict[str, list[Value]] = {}
        for item in value if value.__class__ is list else ():
            groups.setdefault(self.name(item), []).append(item)
        return groups


def _below(node: FieldSet) -> FieldSet:
    return {name: child for name, child in node.items() if name != "."}


def _note(name: str, shape: Shape | None, past: Value, item: Value, changed: FieldSet, removed: FieldSet, zero: Value = None) -> None:
    """Enter the difference of two unequal values below a path element."""
    if shape is None or (not past and not item):
        changed[name] = {}
        return
    fits = _fits(shape, item), _fits(shape, past)
    if not any(fits) or (not fits[0] and item is not None) or (not fits[1] and past is not None):
        # From a scalar to a map or back: the path itself changed, too.
        changed[name] = shape.added(item) if fits[0] else {}
        if fits[1]:
            gone = _below(shape.added(past))
            if gone:
                removed[name] = gone
        return
    difference = shape.compare(past, item, zero=zero) if zero and isinstance(shape, Granular) else shape.compare(past, item)
    if difference.changed:
        changed[name] = difference.changed
    if difference.removed:
        removed[name] = difference.removed


def _fits(shape: Shape, value: Value) -> bool:
    return value.__class__ is (list if isinstance(shape, Listed) else dict)


# What no schema describes: maps are granular, lists are atomic.
FREE = Granular(None)


@lru_cache(maxsize=8192)
def of(schema: Schema) -> Shape | None:
    """Return the shape of a schema; None for a leaf."""
    if schema.type == "array":
        return Listed(schema) if schema.list_type in ("map", "set") else None
    if schema.is_atomic:
        # An untyped value of a custom kind that keeps what it does not know is free-form; everything else is a leaf.
        untyped = not (schema.type or schema.is_struct or schema.name or schema.int_or_string)
        return FREE if untyped and schema.preserve_unknown else None
    if schema.preserve_unknown and not schema.is_struct:
        # RawExtension and its like are opaque; the same in a custom kind is free-form.
        return None if schema.name else FREE
    return Granular(schema)


def root(schema: Schema | None) -> Granular:
    """Return the shape of a whole object."""
    shape = of(schema) if schema is not None else FREE
    return shape if isinstance(shape, Granular) else FREE
