"""The merging of a strategic patch into an object, or into another patch (mergeMap of apimachinery util/strategicpatch).

Works in place: the callers hand in copies.
"""

from typing import Any

from minikube_py.machinery import errors
from minikube_py.machinery.patch import listorder, patchmeta, values
from minikube_py.machinery.patch.listorder import Items, StrategicError
from minikube_py.machinery.patch.patchmeta import FieldMeta
from minikube_py.machinery.patch.strategicdiff import DELETE_FROM, DIRECTIVE, RETAIN_KEYS, SET_ORDER, Map
from minikube_py.machinery.schemas import Schema

_DROPPED = object()


def merge(original: Map, patch: Map, schema: Schema | None, *, into_patch: bool = False) -> Map:
    """Return `original` with the patch merged in; `into_patch` keeps nulls and directives, as `original` is a patch itself."""
    if DIRECTIVE in patch:
        return _by_directive(patch)
    _retain_keys(original, patch, into_patch=into_patch)
    for key in [key for key in patch if key.startswith(SET_ORDER)]:
        _ordered_list(original, patch, key, schema, into_patch=into_patch)
    for key, value in patch.items():
        deleting = key.startswith(DELETE_FROM)
        if deleting and into_patch:
            original[key] = value
        else:
            field = _after_slash(key, "invalid patch format of primitive list") if deleting else key
            _merge_field(original, field, value, schema, deleting=deleting, into_patch=into_patch)
    return original


def _by_directive(patch: Map) -> Map:
    directive = patch[DIRECTIVE]
    if directive == "replace":
        del patch[DIRECTIVE]
        return patch
    if directive == "delete":
        return {}
    raise StrategicError(f"unknown patch type: {values.text(directive)} in map: {values.text(patch)}")


def _after_slash(key: str, complaint: str) -> str:
    prefix, slash, rest = key.partition("/")
    if not slash or prefix not in (SET_ORDER, DELETE_FROM):
        raise errors.BadRequest(complaint)
    return rest


def _retain_keys(original: Map, patch: Map, *, into_patch: bool) -> None:
    if RETAIN_KEYS not in patch:
        return
    listed = patch.pop(RETAIN_KEYS)
    if into_patch:
        known = original.setdefault(RETAIN_KEYS, listed)
        if not values.same(known, listed):
            raise StrategicError(
                f"{values.text(known)} and {values.text(listed)} are not deep equal: this may happen when calculating the 3-way diff patch"
            )
        return
    if not isinstance(listed, list):
        raise errors.BadRequest("invalid patch format of retainKeys")
    kept = {key for key in listed if isinstance(key, str)}
    for key, value in patch.items():
        if value is not None and not key.startswith((DELETE_FROM, SET_ORDER)) and key not in kept:
            raise errors.BadRequest("invalid patch format of retainKeys")
    for key in [key for key in original if key not in kept]:
        del original[key]


def _ordered_list(original: Map, patch: Map, key: str, schema: Schema | None, *, into_patch: bool) -> None:
    """Merge a list whose order the patch sets; the list and the directive leave the patch."""
    order = patch.pop(key)
    if into_patch and not values.same(original.setdefault(key, order), order):
        raise errors.BadRequest("invalid patch format of setElementOrder list")
    if not isinstance(order, list):
        raise listorder.bad_type("[]interface {}", order)
    name = _after_slash(key, "invalid patch format of setElementOrder list")
    live = _list(original, name)
    patched = _list(patch, name)
    field = patchmeta.of(schema, name)
    _check_order(patched or [], order, field.merge_key)
    if patched is None and live is None:
        return
    patch.pop(name, None)
    before = list(live or ())
    if patched is None:
        merged = before
    elif live is None:
        merged = _without_directives(patched)
    else:
        merged = _merge_lists(list(live), patched, field, deleting=False, into_patch=into_patch)
        before = listorder.overwritten(before, patched, field.merge_key) if field.merges and field.merge_key else before
    from_patch, server_only = listorder.partition(merged, order, field.merge_key)
    original[name] = listorder.interleaved(from_patch, server_only, order, before, field.merge_key)


def _list(holder: Map, name: str) -> Items | None:
    found = holder.get(name)
    if name in holder and not isinstance(found, list):
        raise listorder.bad_type("[]interface {}", found)
    return found


def _check_order(patched: Items, order: Items, merge_key: str) -> None:
    """The patch's elements must stand in the order that it sets."""
    if not patched or not order:
        return
    if merge_key:
        listorder.as_maps(patched)
        listorder.as_maps(order, merge_key)
    wanted = [item for item in patched if not (merge_key and DIRECTIVE in item)]
    if merge_key:
        listorder.as_maps(wanted, merge_key)
    keys = iter(listorder.tokens(order, merge_key))
    if not all(any(key == known for known in keys) for key in listorder.tokens(wanted, merge_key)):
        raise StrategicError(
            f"The order in patch list:\n{values.text(patched)}\n doesn't match {SET_ORDER} list:\n{values.text(order)}\n"
        )


def _merge_field(original: Map, key: str, value: Any, schema: Schema | None, *, deleting: bool, into_patch: bool) -> None:
    if value is None:
        original.pop(key, None)
        if not into_patch:
            return
    current = original.get(key)
    if key not in original or not values.same_kind(current, value):
        if not deleting:
            if not into_patch:
                values.drop_nulls(value)
            _put(original, key, value)
    elif isinstance(value, dict):
        field = patchmeta.of(schema, key)
        replace = field.strategy == "replace"
        original[key] = value if replace else merge(original[key], value, field.schema, into_patch=into_patch)
    elif isinstance(value, list):
        original[key] = _merge_lists(original[key], value, patchmeta.of(schema, key), deleting=deleting, into_patch=into_patch)
    else:
        original[key] = value


def _put(holder: Map, key: str, value: Any) -> None:
    kept = _without_directives(value)
    if kept is _DROPPED:
        holder.pop(key, None)
    else:
        holder[key] = kept


def _without_directives(value: Any) -> Any:
    """Return the value without the maps that carry a directive; _DROPPED where it is one itself."""
    if isinstance(value, dict):
        if DIRECTIVE in value:
            return _DROPPED
        for key in list(value):
            _put(value, key, value[key])
        return value
    if isinstance(value, list):
        return [kept for kept in map(_without_directives, value) if kept is not _DROPPED]
    return value


def _merge_lists(live: Items, patch: Items, field: FieldMeta, *, deleting: bool, into_patch: bool) -> Items:
    if not (field.merges or deleting):
        return patch
    if not live and not patch:
        return live
    merge_key = ""
    before = list(live)
    if not listorder.holds_maps(live, patch):
        if deleting and not into_patch:
            return listorder.partition(live, patch, "")[1]
        merged = listorder.deduplicated(live + patch)
    else:
        merge_key = field.merge_key
        if not merge_key:
            raise StrategicError("cannot merge lists without merge key for Struct")
        before, patch = _special_elements(live, patch, merge_key)
        merged = _merge_elements(list(before), patch, field, into_patch=into_patch)
    from_patch, server_only = listorder.partition(merged, patch, merge_key)
    return listorder.interleaved(from_patch, server_only, patch, before, merge_key)


def _special_elements(live: Items, patch: Items, merge_key: str) -> tuple[Items, Items]:
    """Carry out the elements that are directives; return the live list and the patch that are left."""
    plain = [item for item in patch if DIRECTIVE not in item]
    replace = False
    for item in patch:
        directive = item.get(DIRECTIVE)
        if directive == "delete":
            if merge_key not in item:
                raise listorder.no_merge_key(item, merge_key)
            live = listorder.partition(live, [item], merge_key)[1]
        elif directive == "replace":
            replace = True
        elif directive == "merge":
            raise StrategicError("merging lists cannot yet be specified in the patch")
        elif DIRECTIVE in item:
            raise StrategicError(f"unknown patch type: {values.text(directive)} in map: {values.text(item)}")
    return (plain, []) if replace else (live, plain)


def _merge_elements(live: Items, patch: Items, field: FieldMeta, *, into_patch: bool) -> Items:
    listorder.as_maps(patch, field.merge_key)
    where = listorder.positions(live, field.merge_key)
    for item, key in zip(patch, listorder.tokens(patch, field.merge_key), strict=True):
        at = where.get(key)
        if at is None:
            if not into_patch:
                values.drop_nulls(item)  # Go leaves them to the decoding into structs.
            where[key] = len(live)
            live.append(item)
        else:
            live[at] = merge(live[at], item, field.schema, into_patch=into_patch)
    return live
