"""kubectl describe daemonset."""

from minikube_py.describers import events, golang, multiline, podcounts, selecting, template
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_COUNTS = (
    ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
    ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
    ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
    ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
    ("Number of Nodes Misscheduled", "numberMisscheduled"),
)


def describe(daemon_set: Object, w: Writer, context: Context) -> None:
    """Write a daemon set."""
    selector = selecting.expression(golang.at(daemon_set, "spec.selector"))
    pods = podcounts.text(daemon_set, selector, context)
    w.field("Name", meta.name(daemon_set))
    w.field("Namespace", meta.namespace(daemon_set))
    w.field("Selector", selector)
    w.field("Node-Selector", selecting.pairs(golang.at(daemon_set, "spec.template.spec.nodeSelector")))
    multiline.metadata(w, daemon_set)
    for label, field in _COUNTS:
        w.write(0, f"{label}: {golang.at(daemon_set, f'status.{field}', 0)}\n")
    w.field("Pods Status", pods)
    template.section(w, golang.at(daemon_set, "spec.template", {}))
    events.section(w, daemon_set, context)
