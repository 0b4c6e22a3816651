"""kubectl describe statefulset."""

from minikube_py.describers import events, golang, multiline, podcounts, selecting, template, volumeclaims
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object


def describe(stateful_set: Object, w: Writer, context: Context) -> None:
    """Write a stateful set."""
    spec = stateful_set.get("spec") or {}
    selector = selecting.expression(spec.get("selector"))
    counts = podcounts.text(stateful_set, selector, context)
    w.field("Name", meta.name(stateful_set))
    w.field("Namespace", meta.namespace(stateful_set))
    w.field("CreationTimestamp", golang.rfc1123z(stateful_set["metadata"].get("creationTimestamp")))
    w.field("Selector", selector)
    multiline.metadata(w, stateful_set)
    w.field("Replicas", f"{spec.get('replicas') or 0} desired | {golang.at(stateful_set, 'status.replicas', 0)} total")
    w.field("Update Strategy", golang.at(spec, "updateStrategy.type", ""))
    rolling = golang.at(spec, "updateStrategy.rollingUpdate", {})
    if rolling.get("partition") is not None:
        w.field("Partition", rolling["partition"], 1)
        if rolling.get("maxUnavailable") is not None:
            w.field("MaxUnavailable", rolling["maxUnavailable"], 1)
    w.field("Pods Status", counts)
    template.section(w, spec.get("template") or {})
    volumeclaims.templates(w, spec.get("volumeClaimTemplates"))
    events.section(w, stateful_set, context)
