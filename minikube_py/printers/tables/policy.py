"""The table of PodDisruptionBudgets."""

from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text


def _budget(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    bounds = ["N/A" if spec.get(field) is None else str(spec[field]) for field in ("minAvailable", "maxUnavailable")]
    return [obj["metadata"]["name"], *bounds, cells.number(cells.status(obj), "disruptionsAllowed"), cells.age(obj, now)]


TABLES = {
    "poddisruptionbudgets": Table(
        (
            NAME,
            text("Min Available", "Pods that must stay."),
            text("Max Unavailable", "Pods that may go."),
            text("Allowed Disruptions", "Pods that may go now.", "integer"),
            AGE,
        ),
        _budget,
    )
}
