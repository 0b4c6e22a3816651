"""Values read by their schema: checked, merged and pruned as structured-merge-diff does it."""

from collections.abc import Iterator
from typing import Any

from minikube_py.kits import gofmt
from minikube_py.machinery.apply import fieldset, pathelement, shapes
from minikube_py.machinery.apply.fieldset import FieldSet
from minikube_py.machinery.apply.pathelement import PathError
from minikube_py.machinery.apply.shapes import Granular, Listed, Shape
from minikube_py.machinery.patch import listorder, values
from minikube_py.machinery.schemas import Schema

Value = Any


def problems(value: Value, schema: Schema | None, path: str = "") -> Iterator[str]:
    """Yield what keeps a configuration from being applied, each with its path."""
    if schema is None or value is None:
        return
    if schema.type == "array":
        yield from _list_problems(value, schema, path)
    elif schema.type == "object" or schema.is_struct:
        yield from _map_problems(value, schema, path)
    else:
        complaint = _scalar_problem(value, schema)
        if complaint:
            yield f"{path}: {complaint}" if path else complaint


def _scalar_problem(value: Value, schema: Schema) -> str:
    if schema.int_or_string or schema.format in ("quantity", "date-time", "micro-time"):
        return f"expected any scalar, got &{{{values.text(value)}}}" if isinstance(value, (dict, list)) else ""
    if schema.type in ("integer", "number") and (isinstance(value, bool) or not isinstance(value, (int, float))):
        return f"expected numeric (int or float), got {listorder.go_type(value)}"
    if schema.type == "string" and not isinstance(value, str):
        return f"expected string, got &value.valueUnstructured{{Value:{gofmt.syntax(value)}}}"
    if schema.type == "boolean" and not isinstance(value, bool):
        return f"expected boolean, got &{{{values.text(value)}}}"
    return ""


def _map_problems(value: Value, schema: Schema, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: expected map, got &{{{values.text(value)}}}" if path else f"expected map, got &{{{values.text(value)}}}"
        return
    free = schema.preserve_unknown or not schema.properties
    for key, item in sorted(value.items()):  # the first unknown field is told: the same one, however a client orders them
        child = schema.child(key)
        if child is None and not free:
            yield f"{path}.{key}: field not declared in schema"
            return
        yield from problems(item, child, f"{path}.{key}")


def _list_problems(value: Value, schema: Schema, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: expected list, got &{{{values.text(value)}}}"
        return
    shape = shapes.of(schema)
    seen: set[str] = set()
    for index, item in enumerate(value):
        element = f"[{index}]"
        if isinstance(shape, Listed):
            try:
                name = shape.name(item)
            except PathError as error:
                yield f"{path}: element {index}: {error}"
                return
            element = pathelement.text(name)
            if name in seen:
                yield f"{path}: duplicate entries for key {element}"
            seen.add(name)
        yield from problems(item, schema.items, path + element)


def merged(live: Value, config: Value, shape: Shape | None) -> Value:
    """Return the live value with the configuration laid over it; nothing that is only in the live value goes away."""
    if isinstance(shape, Granular) and isinstance(config, (dict, type(None))):
        if not isinstance(live, dict) or not live:
            return config
        return _merged_maps(live, config or {}, shape)
    if isinstance(shape, Listed) and isinstance(config, (list, type(None))):
        if not isinstance(live, list) or not live:
            return config
        return _merged_lists(live, config or [], shape)
    return config


def _merged_maps(live: dict[str, Value], config: dict[str, Value], shape: Granular) -> dict[str, Value]:
    out = dict(live)
    for key, item in config.items():
        out[key] = merged(live[key], item, shape.fields[key][1]) if key in live else item
    return out


def _merged_lists(live: list[Value], config: list[Value], shape: Listed) -> list[Value]:
    """Merge two lists: like the live one where the configuration agrees, its own order where it does not."""
    left, right = [shape.name(item) for item in live], [shape.name(item) for item in config]
    ours = dict(zip(right, config, strict=True))
    theirs = {name: items[0] if len(items) == 1 else None for name, items in shape.grouped(live).items()}
    shared = iter([name for name in right if name in theirs])
    expected = next(shared, None)
    done: set[str] = set()
    out: list[Value] = []
    i = j = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right):
            if left[i] == right[j]:
                done.add(left[i])
                out.append(merged(theirs[left[i]], ours[left[i]], shape.item))
                i, j, expected = i + 1, j + 1, next(shared, None)
                continue
            if left[i] in ours and expected is not None and expected != left[i]:
                i += 1
                continue
        if i < len(left):
            if left[i] not in ours:
                out.append(live[i])
                i += 1
                continue
            i += left[i] in done
        if j < len(right):
            name = right[j]
            done.add(name)
            out.append(merged(theirs[name], ours[name], shape.item) if name in theirs else ours[name])
            j += 1
            if name == expected:
                expected = next(shared, None)
    return out


def without(value: Value, fields: FieldSet, shape: Shape | None) -> Value:
    """Return a value without the items of a set; None where nothing is left of it."""
    if shape is None:
        return None if isinstance(value, (dict, list)) else value
    if isinstance(shape, Granular):
        return _map_without(value, fields, shape) if isinstance(value, dict) else None
    assert isinstance(shape, Listed)
    return _list_without(value, fields, shape) if isinstance(value, list) else None


def _map_without(value: dict[str, Value], fields: FieldSet, shape: Granular) -> Value:
    out: dict[str, Value] = {}
    for key, item in value.items():
        name, child = shape.fields[key]
        node = fields.get(name)
        if node is None:
            out[key] = item
        elif node and "." not in node:
            out[key] = without(item, node, child)
    return out or None


def _list_without(value: list[Value], fields: FieldSet, shape: Listed) -> Value:
    out: list[Value] = []
    for item in value:
        node = fields.get(shape.name(item))
        if node is None:
            out.append(item)
        elif node and "." not in node:
            out.append(without(item, node, shape.item))
    return out or None


def with_named_fields(fields: FieldSet, shape: Shape | None) -> FieldSet:
    """Return the set with the structs' fields that lead to its paths: with a.b in it, a belongs to it too."""
    out: FieldSet = {}
    for name, node in fields.items():
        if name == "." or not node:
            out[name] = node
            continue
        child: Shape | None = None
        declared = False
        if isinstance(shape, Granular) and name.startswith("f:"):
            child, declared = shape.fields[name[2:]][1], shape.declares(name[2:])
        elif isinstance(shape, Listed) and name.startswith("k:"):
            child = shape.item
        below = with_named_fields(node, child)
        out[name] = {".": {}, **below} if declared else below
    return out


def without_nulls(value: Value) -> Value:
    """Return a value without the fields that are null, as decoding into Go's structs leaves it."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value if item is not None]
    return value


def pruned(value: Value, last: FieldSet, owned: FieldSet, shape: Granular) -> Value:
    """Return a merged object without what the applier applied last time and nobody owns now.

    `owned` holds what anybody owns, the applier's new configuration included.
    """
    if not last:
        return value
    last = with_named_fields(last, shape)
    everything = with_named_fields(shape.applied(value), shape)
    bare = without(value, last, shape) or {}
    kept = fieldset.union(with_named_fields(shape.applied(bare), shape), with_named_fields(owned, shape))
    backed = without(value, fieldset.difference(everything, kept), shape) or {}
    gone = fieldset.difference(everything, with_named_fields(shape.applied(backed), shape))
    return without(value, fieldset.intersection(gone, last), shape) or {}
