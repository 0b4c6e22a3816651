"""What the tests of pods and workloads share."""

import json
import random
from typing import Any

from minikube_py import registry
from minikube_py.kits.clock import SystemClock
from minikube_py.registry.strategy import Context, Strategy

Object = dict[str, Any]


class Nothing:
    """A Reader of an empty cluster."""

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        return None

    def list(self, resource: str, namespace: str = "", *, index: tuple[str, str] | None = None) -> list[Object]:
        return []


CONTEXT = Context(Nothing(), SystemClock(), random.Random(1), "tester", list[str]().append)


def copy(obj: Object) -> Object:
    return json.loads(json.dumps(obj))


def patched(obj: Object, changes: Object) -> Object:
    """Return a copy with values set at dotted paths; a value of None removes."""
    new = copy(obj)
    for path, value in changes.items():
        place: Any = new
        *parents, last = path.split(".")
        for part in parents:
            place = place[int(part)] if part.isdigit() else place.setdefault(part, {})
        if value is None:
            del place[last]
        else:
            place[int(last) if last.isdigit() else last] = value
    return new


def created(strategy: Strategy, obj: Object) -> Object:
    """Return an object as it is when validated: with defaults and prepared."""
    new = copy(obj)
    new["metadata"].setdefault("namespace", "default")
    new["metadata"].setdefault("uid", "1234")
    strategy.default(new)
    strategy.prepare_create(new, CONTEXT)
    return new


def errors(strategy: Strategy, obj: Object) -> list[str]:
    """Return what validation says about a new object."""
    return [str(error) for error in strategy.validate(created(strategy, obj))]


def update_errors(strategy: Strategy, obj: Object, changes: Object) -> list[str]:
    """Return what validation says about changes of a stored object."""
    old = created(strategy, obj)
    old["metadata"]["resourceVersion"] = "1"
    new = patched(old, changes)
    strategy.default(new)
    strategy.prepare_update(new, old, CONTEXT)
    return [str(error) for error in strategy.validate_update(new, old)]


def strategy(group: str, plural: str) -> Strategy:
    return registry.strategy(group, plural)
