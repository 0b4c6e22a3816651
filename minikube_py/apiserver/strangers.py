"""What an admission plugin that is not built in may change: the contents of the object, into nothing but a valid object of its kind."""

import json
from typing import TYPE_CHECKING, Any

from minikube_py.machinery import decode, errors, schemas
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.plugin.admission import Attributes

_IDENTITY = ("name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
             "deletionGracePeriodSeconds")  # fmt: skip


def take_over(plugin: str, given: "Attributes", attributes: "Attributes") -> None:
    """Take what a plugin made of the copy it was given into the object, or raise InternalError."""
    before = attributes.object
    if before is None:
        return
    after = given.offered
    if given.object is not after or after is None:
        raise errors.InternalError(f'plugin "{plugin}" replaced the object: an admission plugin changes it in place')
    if _plain(plugin, after) == _spelled(before):
        return
    _check_identity(plugin, after, before)
    schema = schemas.for_kind(str(before.get("apiVersion")), str(before.get("kind")))
    if schema is not None:
        found = decode.decode(after, schema)
        problem = found.error or (decode.strict_error(found.findings) if found.findings else "")
        if problem:
            raise errors.InternalError(f'plugin "{plugin}" made no valid {before["kind"]} of it: {problem}')
        after = found.obj
    noted = before["metadata"].get("managedFields")
    before.clear()
    before.update(after)
    before["metadata"].pop("managedFields", None)
    if noted is not None:
        before["metadata"]["managedFields"] = noted


def _spelled(obj: Object) -> str:
    return json.dumps(obj, allow_nan=False, sort_keys=True)


def _plain(plugin: str, obj: Object) -> str:
    """Return the JSON of an object that holds nothing but JSON."""
    try:
        text = _spelled(obj)
        read: Any = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise errors.InternalError(f'plugin "{plugin}" put into the object what is no JSON: {error}') from error
    if read != obj:
        raise errors.InternalError(f'plugin "{plugin}" put into the object what is no JSON')
    return text


def _check_identity(plugin: str, after: Object, before: Object) -> None:
    for field in ("apiVersion", "kind"):
        if after.get(field) != before.get(field):
            raise errors.InternalError(f'plugin "{plugin}" changed {field}')
    metadata = after.get("metadata")
    if not isinstance(metadata, dict):
        raise errors.InternalError(f'plugin "{plugin}" left no object behind')
    for field in _IDENTITY:
        if metadata.get(field) != before["metadata"].get(field):
            raise errors.InternalError(f'plugin "{plugin}" changed metadata.{field}')
