"""The table of nodes."""

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text, wide


def status_text(node: Object) -> str:
    """Return what `kubectl get nodes` shows under STATUS."""
    ready = {"": "Unknown", "True": "Ready"}.get(cells.condition_status(node, "Ready"), "NotReady")
    return f"{ready},SchedulingDisabled" if cells.spec(node).get("unschedulable") else ready


def address(node: Object, kind: str) -> str:
    """Return the first address of a kind such as InternalIP; `<none>` where there is none."""
    for item in cells.status(node).get("addresses") or ():
        if item.get("type") == kind:
            return item.get("address", "")  # type: ignore[no-any-return]
    return cells.NONE


def _cells(node: Object, now: float) -> Cells:
    info = cells.status(node).get("nodeInfo") or {}
    seen = [info.get(field) or "<unknown>" for field in ("osImage", "kernelVersion", "containerRuntimeVersion")]
    return [
        node["metadata"]["name"], status_text(node), ",".join(meta.node_roles(node)) or cells.NONE, cells.age(node, now),
        info.get("kubeletVersion", ""), address(node, "InternalIP"), address(node, "ExternalIP"), *seen,
    ]  # fmt: skip


TABLES = {
    "nodes": Table(
        (
            NAME,
            text("Status", "Whether the node is ready and takes new pods."),
            text("Roles", "Roles, from the node's labels."),
            AGE,
            text("Version", "Version of the kubelet."),
            wide("Internal-IP", "Address inside the cluster."),
            wide("External-IP", "Address outside the cluster."),
            wide("OS-Image", "Operating system."),
            wide("Kernel-Version", "Kernel."),
            wide("Container-Runtime", "Container runtime and its version."),
        ),
        _cells,
    )
}
