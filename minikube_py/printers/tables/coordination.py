"""Tables of coordination.k8s.io."""

from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text


def _lease(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], cells.spec(obj).get("holderIdentity") or "", cells.age(obj, now)]


def _candidate(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    said = [spec.get(field, "") for field in ("leaseName", "binaryVersion", "emulationVersion")]
    return [obj["metadata"]["name"], *said, cells.age(obj, now)]


TABLES = {
    "leases": Table((NAME, text("Holder", "Who holds the lease."), AGE), _lease),
    "leasecandidates": Table(
        (
            NAME,
            text("LeaseName", "Lease that is sought."),
            text("BinaryVersion", "Version of the candidate."),
            text("EmulationVersion", "Version that it emulates."),
            AGE,
        ),
        _candidate,
    ),
}
