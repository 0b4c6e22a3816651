"""kubectl describe pod."""

from typing import Any

from minikube_py.describers import containers, events, golang, multiline, podresources, topology, volumes
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_MIRROR = "kubernetes.io/config.mirror"  # on the mirror of a static pod: the uid under which its kubelet writes events
_OPTIONAL = (
    ("Priority Class Name", "priorityClassName"),
    ("Runtime Class Name", "runtimeClassName"),
    ("Service Account", "serviceAccountName"),
)


def describe_missing(name: str, namespace: str, problem: str, context: Context) -> str:
    """Return what events tell of a pod that is no more; "" where there are none."""
    gone: Object = {"kind": "Pod", "metadata": {"name": name, "namespace": namespace}}
    found = events.search(context, gone, kind="", uid="")
    if not found:
        return ""
    w = Writer()
    w.write(0, f"Pod '{name}': error '{problem}', but found events.\n")
    events.table(w, found, context)
    return w.text()


def describe(pod: Object, w: Writer, context: Context) -> None:
    """Write a pod."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    _identity(w, pod, spec, status)
    _phase(w, pod, status, context)
    _addresses(w, pod, spec, status)
    if spec.get("resources") is not None:
        w.line("Resources:")
        containers.resources(w, spec["resources"], 1)
    for title, field, known in (
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ):
        if spec.get(field) or field == "containers":
            containers.section(w, title, spec.get(field) or [], status.get(known) or (), pod)
    _gates(w, spec.get("readinessGates"), status.get("conditions") or ())
    _conditions(w, status.get("conditions"))
    volumes.section(w, spec.get("volumes"))
    w.field("QoS Class", status.get("qosClass") or podresources.qos_class(spec))
    multiline.labels(w, "Node-Selectors", spec.get("nodeSelector"))
    multiline.tolerations(w, spec.get("tolerations"))
    topology.section(w, spec.get("topologySpreadConstraints"))
    if context.show_events:
        uid = meta.annotations(pod).get(_MIRROR)
        events.table(w, events.search(context, pod, kind="", uid=uid), context)


def _identity(w: Writer, pod: Object, spec: dict[str, Any], status: dict[str, Any]) -> None:
    w.field("Name", meta.name(pod))
    w.field("Namespace", meta.namespace(pod))
    if spec.get("priority") is not None:
        w.field("Priority", spec["priority"])
    for label, field in _OPTIONAL:
        if spec.get(field):
            w.field(label, spec[field])
    w.field("Node", f"{spec['nodeName']}/{status.get('hostIP') or ''}" if spec.get("nodeName") else "<none>")
    if status.get("startTime"):
        w.field("Start Time", golang.rfc1123z(status["startTime"]))
    multiline.metadata(w, pod)


def _phase(w: Writer, pod: Object, status: dict[str, Any], context: Context) -> None:
    if meta.is_deleting(pod) and status.get("phase") not in ("Failed", "Succeeded"):
        w.field("Status", f"Terminating (lasts {context.age(pod['metadata']['deletionTimestamp'])})")
        w.field("Termination Grace Period", f"{pod['metadata'].get('deletionGracePeriodSeconds') or 0}s")
    else:
        w.field("Status", status.get("phase") or "")
    for label, field in (("Reason", "reason"), ("Message", "message")):
        if status.get(field):
            w.field(label, status[field])


def _addresses(w: Writer, pod: Object, spec: dict[str, Any], status: dict[str, Any]) -> None:
    profile = golang.at(spec, "securityContext.seccompProfile")
    if profile is not None:
        w.field("SeccompProfile", profile.get("type") or "")
        if profile.get("type") == "Localhost":
            w.field("LocalhostProfile", profile.get("localhostProfile") or "")
    w.field("IP", status.get("podIP") or "")
    addresses = status.get("podIPs") or ()
    w.write(0, "IPs:\n" if addresses else "IPs:\t<none>\n")
    for address in addresses:
        w.field("IP", address.get("ip") or "", 1)
    owner = controller(pod)
    if owner:
        w.field("Controlled By", owner)
    if status.get("nominatedNodeName"):
        w.field("NominatedNodeName", status["nominatedNodeName"])


def controller(obj: Object) -> str:
    """Return ReplicaSet/web-5d59d67564 of what controls an object, or an empty string."""
    owner = meta.controller_of(obj)
    return f"{owner['kind']}/{owner['name']}" if owner else ""


def _gates(w: Writer, gates: list[dict[str, Any]] | None, conditions: Any) -> None:
    if not gates:
        return
    w.write(0, "Readiness Gates:\n  Type\tStatus\n")
    for gate in gates:
        statuses = [condition.get("status") or "" for condition in conditions if condition.get("type") == gate.get("conditionType")]
        w.row(1, f"{gate.get('conditionType') or ''} ", f"{statuses[0] if statuses else '<none>'} ")


def _conditions(w: Writer, conditions: list[dict[str, Any]] | None) -> None:
    if not conditions:
        return
    w.write(0, "Conditions:\n  Type\tStatus\n")
    for condition in conditions:
        w.row(1, f"{condition.get('type') or ''} ", f"{condition.get('status') or ''} ")
