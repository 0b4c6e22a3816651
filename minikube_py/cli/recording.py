"""--record: the command line as an annotation of what it changed. kubectl 1.33 still has it, with a word that it will go."""

from typing import Any

from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.meta import Object

RECORD = Flag("record", "bool", hidden=True, deprecated="--record will be removed in the future")
CHANGE_CAUSE = "kubernetes.io/change-cause"


def noted(values: Values, obj: Object) -> Object:
    """Return the object with the command line that changes it, if the command line asks for that."""
    if "record" not in values.flags or not values["record"]:
        return obj
    metadata: dict[str, Any] = obj.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), CHANGE_CAUSE: _cause(values)}
    return {**obj, "metadata": {**metadata, "annotations": annotations}}


def patch(values: Values, obj: Object) -> Object:
    """Return the merge patch that notes the command line; empty where nothing is to be noted."""
    there = ((obj.get("metadata") or {}).get("annotations") or {}).get(CHANGE_CAUSE)
    if not values["record"] or there == _cause(values):
        return {}
    return {"metadata": {"annotations": {CHANGE_CAUSE: _cause(values)}}}


def _cause(values: Values) -> str:
    flags = [f"--{name}={text}" for name, text in values.given]
    return " ".join(["kctl", *values.path.split(), *values.arguments, *flags])
