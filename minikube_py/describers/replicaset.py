"""kubectl describe replicaset, and replicationcontroller."""

from minikube_py.describers import conditions, events, golang, multiline, podcounts, selecting, template
from minikube_py.describers.context import Context
from minikube_py.describers.pod import controller
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.errors import StatusError
from minikube_py.machinery.meta import Object


def describe(replica_set: Object, w: Writer, context: Context) -> None:
    """Write a replica set."""
    selector = golang.at(replica_set, "spec.selector")
    try:
        counts = podcounts.text(replica_set, selecting.expression(selector), context)
    except StatusError as error:
        counts = f"error in fetching pods: {error}"
    _page(replica_set, selecting.text(selector), counts, w, context)


def describe_replication_controller(obj: Object, w: Writer, context: Context) -> None:
    """Write a replication controller."""
    labels = golang.at(obj, "spec.selector", {})
    expression = selecting.expression({"matchLabels": labels})
    _page(obj, selecting.pairs(labels), podcounts.text(obj, expression, context), w, context)


def _page(obj: Object, selector: str, counts: str, w: Writer, context: Context) -> None:
    w.field("Name", meta.name(obj))
    w.field("Namespace", meta.namespace(obj))
    w.field("Selector", selector)
    multiline.metadata(w, obj)
    owner = controller(obj)
    if owner and obj["kind"] == "ReplicaSet":
        w.field("Controlled By", owner)
    w.field("Replicas", f"{golang.at(obj, 'status.replicas', 0)} current / {golang.at(obj, 'spec.replicas', 0)} desired")
    w.field("Pods Status", counts)
    template.section(w, golang.at(obj, "spec.template", {} if obj["kind"] == "ReplicaSet" else None))
    conditions.reasons(w, golang.at(obj, "status.conditions"))
    events.section(w, obj, context)
