"""What claims and volumes say, and their classes (component-helpers' storage/volume, pkg/volume/util)."""

from collections.abc import Iterable

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def class_of(obj: Object) -> str:
    """Return the class that a claim or volume names, the old annotation first; empty for none."""
    noted = meta.annotations(obj).get(BETA_CLASS)
    return noted if noted is not None else (obj.get("spec") or {}).get("storageClassName") or ""


def is_default(storage_class: Object) -> bool:
    """Tell whether a StorageClass is marked as the default one."""
    notes = meta.annotations(storage_class)
    return any(notes.get(mark) == "true" for mark in _DEFAULT)


def default_class(classes: Iterable[Object]) -> str | None:
    """Return the name of the default class; of several the newest, and of those the first by name."""
    defaults = [item for item in classes if is_default(item)]
    newest = max((item["metadata"]["creationTimestamp"] for item in defaults), default=None)
    return min((meta.name(item) for item in defaults if item["metadata"]["creationTimestamp"] == newest), default=None)


def access_modes(modes: Iterable[str] | None) -> str:
    """Return RWO,ROX,RWX,RWOP: the short names, each once, in this order."""
    wanted = set(modes or ())
    return ",".join(short for mode, short in _MODES.items() if mode in wanted)
