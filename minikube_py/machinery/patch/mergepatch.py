"""Merge patch (RFC 7386), and the three-way kind that kubectl apply sends for kinds without merge keys.

apimachinery util/jsonmergepatch over evanphx/json-patch v4.
"""

from typing import Any

from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import values

Patch = dict[str, Any]


def apply(obj: Object, patch: Any) -> Object:
    """Return the merged object; BadRequest where the patch is not an object."""
    if not isinstance(patch, dict):
        raise errors.BadRequest("Invalid JSON Patch")
    document = meta.clone(obj)
    _merge(document, meta.clone(patch))
    return document


def _merge(document: Object, patch: Patch) -> None:
    for key, value in patch.items():
        current = document.get(key)
        if value is None:
            document.pop(key, None)
        elif isinstance(current, dict) and isinstance(value, dict):
            _merge(current, value)
        else:
            # What replaces an object is taken as it is; everything else new loses the nulls of its objects.
            if not isinstance(current, dict):
                values.drop_nulls(value)
            document[key] = value


def create(original: Object, modified: Object) -> Patch:
    """Return the patch that makes `modified` out of `original`."""
    return meta.clone(_difference(original, modified))


def _difference(original: Object, modified: Object) -> Patch:
    patch: Patch = {}
    for key, value in modified.items():
        current = original.get(key)
        if key not in original:
            patch[key] = value
        elif isinstance(value, dict) and isinstance(current, dict):
            inner = _difference(current, value)
            if inner:
                patch[key] = inner
        elif not values.same(current, value):
            patch[key] = value
    for key in original:
        if key not in modified:
            patch[key] = None
    return patch


def create_three_way(original: Object, modified: Object, current: Object) -> Patch:
    """Return what kubectl apply sends for a custom kind: changes from `current`, deletions since `original` (last applied)."""
    patch = meta.clone(_only_deletions(_difference(original, modified)))
    _merge(patch, meta.clone(_only_changes(_difference(current, modified))))
    return patch


def _only_changes(patch: Patch) -> Patch:
    kept: Patch = {}
    for key, value in patch.items():
        if isinstance(value, dict) and value:
            inner = _only_changes(value)
            if inner:
                kept[key] = inner
        elif value is not None:
            kept[key] = value
    return kept


def _only_deletions(patch: Patch) -> Patch:
    kept: Patch = {}
    for key, value in patch.items():
        if value is None:
            kept[key] = None
        elif isinstance(value, dict):
            inner = _only_deletions(value)
            if inner:
                kept[key] = inner
    return kept


def touches_identity(patch: Patch) -> bool:
    """Tell whether a patch changes apiVersion, kind or metadata.name, which kubectl apply refuses to send for custom kinds."""
    metadata = patch.get("metadata")
    return "apiVersion" in patch or "kind" in patch or (isinstance(metadata, dict) and "name" in metadata)


IDENTITY_CHANGED = "At least one of apiVersion, kind and name was changed"
