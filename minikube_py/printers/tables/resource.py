"""Tables of resource.k8s.io."""

from minikube_py.machinery import durations
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text


def _state(claim: Object) -> str:
    status, deleted = cells.status(claim), bool(claim["metadata"].get("deletionTimestamp"))
    states = ["deleted"] if deleted else []
    if status.get("allocation") is not None:
        states += ["allocated"] + ["reserved"] * bool(status.get("reservedFor"))
    elif not deleted:
        states.append("pending")
    return ",".join(states)


def _claim(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], _state(obj), cells.age(obj, now)]


def _slice(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    pool = (spec.get("pool") or {}).get("name", "")
    return [obj["metadata"]["name"], spec.get("nodeName") or "", spec.get("driver", ""), pool, cells.age(obj, now)]


def _taint(obj: Object, now: float) -> Cells:
    taint = cells.spec(obj).get("taint") or {}
    added = durations.since(taint["timeAdded"], now) if taint.get("timeAdded") else ""
    return [obj["metadata"]["name"], taint.get("key", ""), taint.get("value", ""), taint.get("effect", ""), added, cells.age(obj, now)]


TABLES = {
    "resourceclaims": Table((NAME, text("State", "Pending, allocated, reserved, deleted."), AGE), _claim),
    "devicetaintrules": Table(
        (NAME, text("Key", "Key of the taint."), text("Value", "Its value."), text("Effect", "What it does."), text("TimeAdded", "Since when."), AGE),
        _taint,
    ),
    "resourceslices": Table((NAME, text("Node", "Node."), text("Driver", "Driver."), text("Pool", "Pool of devices."), AGE), _slice),
}
