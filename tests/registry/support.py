"""What tests of strategies share: a reader over a list, a context, and one call that defaults and validates."""

import random
from typing import Any

from minikube_py import registry
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.registry.strategy import Context

NOW = 1_767_323_045.0  # 2026-01-02T03:04:05Z


class FixedClock:
    """A clock that stands still."""

    def now(self) -> float:
        return NOW


class ListReader:
    """A Reader over the objects that it was given."""

    def __init__(self) -> None:
        self.objects: dict[str, list[Object]] = {}

    def add(self, resource: str, obj: Object) -> Object:
        self.objects.setdefault(resource, []).append(obj)
        return obj

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        return next((obj for obj in self.list(resource, namespace) if meta.name(obj) == name), None)

    def list(self, resource: str, namespace: str = "", *, index: tuple[str, str] | None = None) -> list[Object]:
        plural, _, group = resource.partition(".")
        strategy = registry.strategy(group, plural)
        return [
            obj
            for obj in self.objects.get(resource, [])
            if namespace in ("", meta.namespace(obj)) and (index is None or index in list(strategy.indexes(obj)))
        ]


def context(reader: ListReader | None = None, user: str = "alice") -> Context:
    """Return a context of a fixed time and repeatable chance."""
    return Context(reader or ListReader(), FixedClock(), random.Random(1), user, list[str]().append)


def created(group: str, plural: str, obj: Object, reader: ListReader | None = None) -> Object:
    """Take an object through defaults and prepare_create, as a create does."""
    strategy = registry.strategy(group, plural)
    obj = meta.clone(obj)
    if strategy.namespaced:
        obj["metadata"].setdefault("namespace", "default")
    strategy.default(obj)
    strategy.prepare_create(obj, context(reader))
    return obj


def updated(group: str, plural: str, obj: Object, old: Object, reader: ListReader | None = None) -> Object:
    """Take an object through defaults and prepare_update, as an update does."""
    strategy = registry.strategy(group, plural)
    obj = meta.clone(obj)
    for field in ("namespace", "uid", "generation"):
        if field in old["metadata"]:
            obj["metadata"].setdefault(field, old["metadata"][field])
    obj["metadata"]["resourceVersion"] = old["metadata"].setdefault("resourceVersion", "1")
    strategy.default(obj)
    strategy.prepare_update(obj, old, context(reader))
    return obj


def errors(group: str, plural: str, obj: Object) -> list[str]:
    """Return what a create of `obj` (its name and namespace filled in) is told."""
    obj = {"metadata": {"name": "a"}} | meta.clone(obj)
    obj["metadata"].setdefault("name", "a")
    return [str(error) for error in registry.strategy(group, plural).validate(created(group, plural, obj))]


def update_errors(group: str, plural: str, obj: Object, old: Object) -> list[str]:
    """Return what an update from `old` (created first) to `obj` is told."""
    named: dict[str, Any] = {"metadata": {"name": "a"}}
    was = created(group, plural, named | meta.clone(old))
    was["metadata"]["resourceVersion"] = "1"
    if "status" in old:
        was["status"] = meta.clone(old)["status"]
    now = updated(group, plural, named | meta.clone(obj), was)
    return [str(error) for error in registry.strategy(group, plural).validate_update(now, was)]
