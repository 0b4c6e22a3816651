"""What changes mean to pods that found no node: cluster events, matched against what the plugins that refused them wait for."""

from typing import NamedTuple

from minikube_py.client.loops import Change
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import nodeinfo
from minikube_py.scheduler.queue import QueuedPod
from minikube_py.scheduler.runtime import Framework, PluginFailure


class Happened(NamedTuple):
    """An event: on which resource, which of the actions of framework.ClusterEvent, the object before and after."""

    resource: str
    actions: frozenset[str]
    old: Object | None
    new: Object | None


_ADD = frozenset(("Add",))
_DELETE = frozenset(("Delete",))


def of_node(change: Change) -> Happened | None:
    """Return what a node's change means; None for a mere heartbeat."""
    new, old = change.object, change.old
    if change.type == "DELETED":
        return Happened("Node", _DELETE, new, None)
    if old is None:
        return Happened("Node", _ADD, None, new)
    actions = set()
    if (old.get("status") or {}).get("allocatable") != (new.get("status") or {}).get("allocatable"):
        actions.add("UpdateAllocatable")
    for field, action in (("labels", "UpdateLabel"), ("annotations", "UpdateAnnotation")):
        if old["metadata"].get(field) != new["metadata"].get(field):
            actions.add(action)
    before, after = old.get("spec") or {}, new.get("spec") or {}
    if before.get("taints") != after.get("taints") or bool(before.get("unschedulable")) != bool(after.get("unschedulable")):
        actions.add("UpdateTaint")
    return Happened("Node", frozenset(actions | {"Update"}), old, new) if actions else None


def of_assigned(change: Change) -> Happened | None:
    """Return what the change of a pod with a node means to others."""
    new, old = change.object, change.old
    if change.type == "DELETED" or (meta.is_over(new) and (old is None or not meta.is_over(old))):
        return Happened("AssignedPod", _DELETE, new, None)
    if old is None or not nodeinfo.node_name(old):
        return Happened("AssignedPod", _ADD, None, new)
    actions = set()
    if old["metadata"].get("labels") != new["metadata"].get("labels"):
        actions.add("UpdateLabel")
    if _asked(old) != _asked(new):  # A resize in place: in the spec, or carried out.
        actions.add("UpdateScaleDown")
    if bool(old["metadata"].get("deletionTimestamp")) != bool(new["metadata"].get("deletionTimestamp")):
        actions.add("UpdateDeletion")
    return Happened("AssignedPod", frozenset(actions | {"Update"}), old, new) if actions else None


def of_pending(old: Object, new: Object) -> Happened | None:
    """Return what the change of a pending pod means to itself; None where only its status changed."""
    before, after = old["spec"], new["spec"]
    actions = set()
    if old["metadata"].get("labels") != new["metadata"].get("labels"):
        actions.add("UpdateLabel")
    if before.get("tolerations") != after.get("tolerations"):
        actions.add("UpdateTolerations")
    if (before.get("schedulingGates") or []) != (after.get("schedulingGates") or []):
        actions.add("UpdateGates")
    if _asked(old) != _asked(new):
        actions.add("UpdateScaleDown")
    if old["metadata"].get("annotations") != new["metadata"].get("annotations") or (not actions and before != after):
        actions.add("UpdateOther")
    return Happened("UnscheduledPod", frozenset(actions | {"Update"}), old, new) if actions else None


def of_other(resource: str, change: Change) -> Happened:
    """Return what the change of a claim, volume or class means."""
    if change.type == "DELETED":
        return Happened(resource, _DELETE, change.object, None)
    return Happened(resource, _ADD if change.old is None else frozenset(("Update",)), change.old, change.object)


def _asked(pod: Object) -> list[object]:
    spec = [(container.get("resources") or {}).get("requests") for container in pod["spec"].get("containers") or ()]
    held = [(status.get("resources") or {}).get("requests") for status in (pod.get("status") or {}).get("containerStatuses") or ()]
    return spec + [requests for requests in held if requests]


def helps(framework: Framework, queued: QueuedPod, pod: Object, event: Happened) -> bool:
    """Tell whether an event may help a pod: one of the plugins that refused it waits for the like."""
    if not queued.rejectors:
        return True
    for plugin in queued.rejectors:
        registered = framework.events.get(plugin)
        if registered is None:
            return True
        for wanted in registered:
            if wanted.resource != event.resource or not event.actions.intersection(wanted.actions):
                continue
            if wanted.hint is None:
                return True
            try:
                if framework.call(framework.slots[plugin], "hint", wanted.hint, pod, event.old, event.new):
                    return True
            except PluginFailure:
                return True  # As kube-scheduler: a hint that fails counts as help; the next cycle reports the plugin.
    return False
