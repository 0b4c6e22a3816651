"""CSINodes: which storage drivers run on a node."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind
from minikube_py.registry.pod import gotext, volumes

_MAX_NODE_ID = 256


class CSINodes(kind.Kind):
    """The rules of CSINodes."""

    namespaced = False
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        """The list of drivers is shown even when there are none."""
        spec = obj.setdefault("spec", {})
        spec.setdefault("drivers", None)
        for driver in spec["drivers"] or ():
            driver.setdefault("topologyKeys", None)  # Go always writes it

    def contents(self, obj: Object) -> list[FieldError]:
        """Check each driver."""
        found: list[FieldError] = []
        seen: set[str] = set()
        for number, driver in enumerate((obj.get("spec") or {}).get("drivers") or ()):
            field, name = f"spec.drivers[{number}]", driver.get("name", "")
            found += volumes.csi_driver(name, f"{field}.name") + _driver(field, driver)
            if name in seen:
                found.append(fielderrors.duplicate(f"{field}.name", name))
            seen.add(name)
            found += _topology(field, driver.get("topologyKeys") or ())
        return found

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold drivers: they may only come and go."""
        drivers, before = ((some.get("spec") or {}).get("drivers") or () for some in (obj, old))
        return [
            fielderrors.invalid("spec.drivers", _go_driver(driver), checks.IMMUTABLE)
            for former in before
            for driver in drivers
            if driver.get("name") == former.get("name") and driver != former
        ]


def _go_driver(driver: dict[str, Any]) -> fielderrors.GoText:
    name, node_id, keys = gotext.quote(driver.get("name", "")), gotext.quote(driver.get("nodeID", "")), driver.get("topologyKeys")
    shown = "[]string(nil)" if keys is None else gotext.string_list(keys)
    room = driver.get("allocatable")
    pointed = "(*storage.VolumeNodeResources)(nil)" if room is None else gotext.struct("", room)
    return fielderrors.GoText(f"storage.CSINodeDriver{{Name:{name}, NodeID:{node_id}, TopologyKeys:{shown}, Allocatable:{pointed}}}")


def _driver(field: str, driver: dict[str, Any]) -> list[FieldError]:
    node_id = driver.get("nodeID") or ""
    found = [] if node_id else [fielderrors.required(f"{field}.nodeID")]
    if len(node_id) > _MAX_NODE_ID:
        found.append(fielderrors.invalid(f"{field}.nodeID", node_id, f"must be {_MAX_NODE_ID} characters or less"))
    return found + checks.nonnegative(f"{field}.allocatable.count", (driver.get("allocatable") or {}).get("count"))


def _topology(field: str, keys: Any) -> list[FieldError]:
    found: list[FieldError] = []
    for number, key in enumerate(keys):
        if not key:
            found.append(fielderrors.required(field))
        if key in keys[:number]:
            found.append(fielderrors.duplicate(field, key))
        found += checks.each(field, key, names.qualified_name(key))
    return found


STRATEGY = CSINodes()
