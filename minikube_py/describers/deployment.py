"""kubectl describe deployment."""

from typing import Any

from minikube_py.describers import conditions, events, golang, multiline, selecting, template
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.errors import StatusError
from minikube_py.machinery.meta import Object

_HASH_LABEL = "pod-template-hash"


def describe(deployment: Object, w: Writer, context: Context) -> None:
    """Write a deployment."""
    spec, status = deployment.get("spec") or {}, deployment.get("status") or {}
    w.field("Name", meta.name(deployment))
    w.field("Namespace", meta.namespace(deployment))
    w.field("CreationTimestamp", golang.rfc1123z(deployment["metadata"].get("creationTimestamp")))
    multiline.metadata(w, deployment)
    w.field("Selector", selecting.expression(spec.get("selector")))
    counts = {field: status.get(field) or 0 for field in ("updatedReplicas", "replicas", "availableReplicas", "unavailableReplicas")}
    w.field("Replicas", " | ".join([f"{spec.get('replicas') or 0} desired", *map(_count, counts.items())]))
    w.field("StrategyType", golang.at(spec, "strategy.type", ""))
    w.field("MinReadySeconds", spec.get("minReadySeconds") or 0)
    rolling = golang.at(spec, "strategy.rollingUpdate")
    if rolling is not None:
        bounds = rolling.get("maxUnavailable", "<nil>"), rolling.get("maxSurge", "<nil>")
        w.field("RollingUpdateStrategy", f"{bounds[0]} max unavailable, {bounds[1]} max surge")
    template.section(w, spec.get("template") or {})
    conditions.reasons(w, status.get("conditions"))
    _replica_sets(w, deployment, context)
    events.section(w, deployment, context)


def _count(entry: tuple[str, int]) -> str:
    words = {"updatedReplicas": "updated", "replicas": "total", "availableReplicas": "available", "unavailableReplicas": "unavailable"}
    return f"{entry[1]} {words[entry[0]]}"


def _replica_sets(w: Writer, deployment: Object, context: Context) -> None:
    owned = _owned(deployment, context)
    new = next((each for each in owned if _same_template(each, deployment)), None)
    if owned:
        w.field("OldReplicaSets", _listed([each for each in owned if each is not new]))
        w.field("NewReplicaSet", _listed([] if new is None else [new]))


def _owned(deployment: Object, context: Context) -> list[Object]:
    """Return the replica sets of a deployment, the oldest first."""
    selector = selecting.expression(golang.at(deployment, "spec.selector"))
    try:
        found = context.items("replicasets.apps", meta.namespace(deployment), label_selector=selector)
    except StatusError:
        return []
    owned = [each for each in found if meta.is_controlled_by(each, deployment)]
    return sorted(owned, key=lambda each: (each["metadata"].get("creationTimestamp") or "", meta.name(each)))


def _same_template(replica_set: Object, deployment: Object) -> bool:
    return bool(_comparable(golang.at(replica_set, "spec.template")) == _comparable(golang.at(deployment, "spec.template")))


def _comparable(pod_template: Any) -> Any:
    """Return a template without its hash label, and without what is the same as nothing: null and empty lists and maps."""
    bare = _bare(pod_template) or {}
    metadata = dict(bare.get("metadata") or {})
    labels = {key: value for key, value in (metadata.pop("labels", None) or {}).items() if key != _HASH_LABEL}
    return {**bare, "metadata": {**metadata, "labels": labels}}


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(part) for key, part in value.items() if part is not None and part != []}
    return [_bare(part) for part in value] if isinstance(value, list) else value


def _listed(replica_sets: list[Object]) -> str:
    texts = (f"{meta.name(each)} ({golang.at(each, 'status.replicas', 0)}/{golang.at(each, 'spec.replicas', 0)} replicas created)" for each in replica_sets)
    return ", ".join(texts) or "<none>"
