"""The last-applied annotation of commands other than apply: --save-config, and configurations that carry it already."""

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import threeway


def noted(obj: Object, save: bool) -> Object:
    """Return an object with the annotation: where --save-config asks for it, and brought up to date where it was there."""
    metadata = obj.get("metadata")
    if save or (isinstance(metadata, dict) and meta.annotations(obj).get(threeway.ANNOTATION)):
        return threeway.with_last_applied(obj)
    return obj


def generated(obj: Object, save: bool) -> Object:
    """Return a generated object with the annotation, in the order of Go's fields, in which kubectl writes what it generates."""
    if not save:
        return obj
    from minikube_py.cli import typedjson

    annotated = meta.clone(obj)
    metadata = annotated["metadata"]
    written = typedjson.compact(obj) + "\n"
    annotations = {**(metadata.get("annotations") or {}), threeway.ANNOTATION: written}
    metadata["annotations"] = annotations
    return annotated
