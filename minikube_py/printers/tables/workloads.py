"""Tables of what makes pods: Deployments, ReplicaSets, StatefulSets, DaemonSets, their revisions and relatives."""

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.cells import number
from minikube_py.printers.tables.columns import AGE, CONTAINERS, IMAGES, NAME, SELECTOR, Cells, Table, text


def _deployment(obj: Object, now: float) -> Cells:
    spec, status = cells.spec(obj), cells.status(obj)
    shown = cells.selector_text(spec.get("selector"))
    return [
        obj["metadata"]["name"], f"{number(status, 'readyReplicas')}/{number(spec, 'replicas')}", number(status, "updatedReplicas"),
        number(status, "availableReplicas"), cells.age(obj, now), *cells.containers(cells.template_spec(spec)),
        "<invalid>" if shown is None else shown,
    ]  # fmt: skip


def _replicas(obj: Object, now: float) -> Cells:
    spec, status = cells.spec(obj), cells.status(obj)
    counts = [number(spec, "replicas"), number(status, "replicas"), number(status, "readyReplicas")]
    return [obj["metadata"]["name"], *counts, cells.age(obj, now), *cells.containers(cells.template_spec(spec))]


def _replica_set(obj: Object, now: float) -> Cells:
    return [*_replicas(obj, now), cells.selector(cells.spec(obj).get("selector"))]


def _replication_controller(obj: Object, now: float) -> Cells:
    return [*_replicas(obj, now), cells.labels(cells.spec(obj).get("selector"))]


def _stateful_set(obj: Object, now: float) -> Cells:
    spec, status = cells.spec(obj), cells.status(obj)
    ready = f"{number(status, 'readyReplicas')}/{number(spec, 'replicas')}"
    return [obj["metadata"]["name"], ready, cells.age(obj, now), *cells.containers(cells.template_spec(spec))]


_DAEMON_COUNTS = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable")


def _daemon_set(obj: Object, now: float) -> Cells:
    spec, status = cells.spec(obj), cells.status(obj)
    pod_spec = cells.template_spec(spec)
    return [
        obj["metadata"]["name"], *(number(status, field) for field in _DAEMON_COUNTS), cells.labels(pod_spec.get("nodeSelector")),
        cells.age(obj, now), *cells.containers(pod_spec), cells.selector(spec.get("selector")),
    ]  # fmt: skip


def _controller_revision(obj: Object, now: float) -> Cells:
    owner = meta.controller_of(obj)
    shown = f"{cells.group_kind(owner['apiVersion'], owner['kind'])}/{owner['name']}" if owner else cells.NONE
    return [obj["metadata"]["name"], shown, number(obj, "revision"), cells.age(obj, now)]


def _pod_template(obj: Object, now: float) -> Cells:
    template = obj.get("template") or {}
    return [obj["metadata"]["name"], *cells.containers(template.get("spec")), cells.labels((template.get("metadata") or {}).get("labels"))]


_REPLICAS = (
    NAME, text("Desired", "Pods that should be.", "integer"), text("Current", "Pods that are.", "integer"),
    text("Ready", "Pods that are ready.", "integer"), AGE, CONTAINERS, IMAGES, SELECTOR,
)  # fmt: skip

TABLES = {
    "deployments": Table(
        (
            NAME,
            text("Ready", "Ready pods of those that should be."),
            text("Up-to-date", "Pods of the newest template."),
            text("Available", "Pods that have been ready long enough."),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ),
        _deployment,
    ),
    "replicasets": Table(_REPLICAS, _replica_set),
    "replicationcontrollers": Table(_REPLICAS, _replication_controller),
    "statefulsets": Table((NAME, text("Ready", "Ready pods of those that should be."), AGE, CONTAINERS, IMAGES), _stateful_set),
    "daemonsets": Table(
        (
            NAME,
            text("Desired", "Nodes that should run a pod.", "integer"),
            text("Current", "Nodes that have a pod.", "integer"),
            text("Ready", "Nodes whose pod is ready.", "integer"),
            text("Up-to-date", "Nodes whose pod is of the newest template.", "integer"),
            text("Available", "Nodes whose pod has been ready long enough.", "integer"),
            text("Node Selector", "Labels that a node must have."),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ),
        _daemon_set,
    ),
    "controllerrevisions": Table((NAME, text("Controller", "Whose revision it is."), text("Revision", "Number of the revision."), AGE), _controller_revision),
    "podtemplates": Table(
        (
            NAME,
            text("Containers", "Names of the containers in the template."),
            text("Images", "Images of the containers in the template."),
            text("Pod Labels", "Labels of the template."),
        ),
        _pod_template,
    ),
}
