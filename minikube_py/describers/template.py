"""The pod template of a workload."""

from minikube_py.describers import containers, multiline, topology, volumes
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_INDENT = "  "


def section(w: Writer, template: Object | None) -> None:
    """Write `Pod Template:` and what is in it."""
    w.line("Pod Template:")
    if template is None:
        w.write(1, "<unset>")
        return
    template = {"metadata": {}, **template}
    spec = template.get("spec") or {}
    multiline.labels(w, "  Labels", meta.labels(template))
    if meta.annotations(template):
        multiline.annotations(w, "  Annotations", meta.annotations(template))
    if spec.get("serviceAccountName"):
        w.field("Service Account", spec["serviceAccountName"], 1)
    if spec.get("initContainers"):
        containers.section(w, "Init Containers", spec["initContainers"], indent=_INDENT)
    containers.section(w, "Containers", spec.get("containers") or [], indent=_INDENT)
    volumes.section(w, spec.get("volumes"), _INDENT)
    topology.section(w, spec.get("topologySpreadConstraints"), _INDENT)
    if spec.get("priorityClassName"):
        w.field("Priority Class Name", spec["priorityClassName"], 1)
    multiline.labels(w, "  Node-Selectors", spec.get("nodeSelector"))
    multiline.tolerations(w, spec.get("tolerations"), _INDENT)
