"""Tables of scheduling.k8s.io and node.k8s.io."""

from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text


def _priority_class(obj: Object, now: float) -> Cells:
    return [
        obj["metadata"]["name"], cells.number(obj, "value"), bool(obj.get("globalDefault")), cells.age(obj, now),
        obj.get("preemptionPolicy") or "",
    ]  # fmt: skip


def _runtime_class(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], obj.get("handler", ""), cells.age(obj, now)]


TABLES = {
    "priorityclasses": Table(
        (
            NAME,
            text("Value", "Higher ones go first.", "integer"),
            text("Global-Default", "Whether pods without a class have it.", "boolean"),
            AGE,
            text("PreemptionPolicy", "Whether pods of it make others go."),
        ),
        _priority_class,
    ),
    "runtimeclasses": Table((NAME, text("Handler", "Name that the container runtime knows."), AGE), _runtime_class),
}
