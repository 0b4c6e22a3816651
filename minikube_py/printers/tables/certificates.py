"""Tables of certificates.k8s.io."""

from minikube_py.machinery import durations
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text


def condition_text(csr: Object) -> str:
    """Return Pending, Approved or Denied, then Failed and Issued where they hold."""
    status = cells.status(csr)
    kinds = {condition.get("type") for condition in status.get("conditions") or ()}
    words = ["Denied" if "Denied" in kinds else "Approved" if "Approved" in kinds else "Pending"]
    if "Failed" in kinds:
        words.append("Failed")
    if status.get("certificate"):
        words.append("Issued")
    return ",".join(words)


def _request(csr: Object, now: float) -> Cells:
    spec = cells.spec(csr)
    seconds = spec.get("expirationSeconds")
    asked = cells.NONE if seconds is None else durations.human(seconds)
    return [
        csr["metadata"]["name"], cells.age(csr, now), spec.get("signerName") or cells.NONE, spec.get("username", ""), asked,
        condition_text(csr),
    ]  # fmt: skip


def _bundle(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], cells.spec(obj).get("signerName") or cells.NONE]


TABLES = {
    "certificatesigningrequests": Table(
        (
            NAME,
            AGE,
            text("SignerName", "Who is asked to sign."),
            text("Requestor", "Who asks."),
            text("RequestedDuration", "How long it should be valid."),
            text("Condition", "What became of the request."),
        ),
        _request,
    ),
    "clustertrustbundles": Table((NAME, text("SignerName", "Whose certificates the bundle is for.")), _bundle),
}
