"""Client-side apply: the last-applied annotation, and the patch that kubectl apply sends."""

import json
from typing import Any, NamedTuple

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import mergepatch, strategic, values
from minikube_py.machinery.schemas import Schema

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"


class Patch(NamedTuple):
    """A patch and its media type. An empty body means that nothing changes."""

    body: dict[str, Any]
    media_type: str

    def written(self) -> str:
        """Return the bytes that kubectl would send, as text."""
        return values.marshal(self.body)


def last_applied(obj: Object) -> Object | None:
    """Return the configuration applied last, or None without annotation; ValueError where it is no JSON object."""
    written = meta.annotations(obj).get(ANNOTATION)
    if not written:
        return None
    try:
        found = json.loads(written)
    except json.JSONDecodeError:
        raise ValueError("invalid JSON document") from None
    if not isinstance(found, dict):
        raise ValueError("the last-applied configuration is not an object")
    return found


def encoded(obj: Object) -> str:
    """Return what the annotation holds for a configuration: the object without the annotation, and with an annotations map."""
    metadata = dict(obj.get("metadata") or {})
    metadata["annotations"] = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != ANNOTATION}
    return values.marshal({**obj, "metadata": metadata}) + "\n"


def with_last_applied(obj: Object) -> Object:
    """Return a copy of a configuration that carries itself as annotation."""
    annotated = meta.clone(obj)
    metadata = annotated.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        return annotated  # a server says what is wrong with that
    metadata["annotations"] = {**(metadata.get("annotations") or {}), ANNOTATION: encoded(obj)}
    return annotated


def patch(modified: Object, current: Object, schema: Schema | None, *, overwrite: bool = True) -> Patch:
    """Return the patch that apply sends for `modified` (as `with_last_applied` made it) over the live object."""
    original = last_applied(current) or {}
    if schema is None:
        return Patch(mergepatch.create_three_way(original, modified, current), MERGE)
    return Patch(strategic.create_three_way(original, modified, current, schema, overwrite), STRATEGIC)
