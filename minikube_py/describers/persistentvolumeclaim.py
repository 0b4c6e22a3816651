"""kubectl describe persistentvolumeclaim."""

from minikube_py.describers import conditions, events, golang, multiline, persistentvolume, volumeclaims
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta, persistentvolumes
from minikube_py.machinery.meta import Object


def describe(claim: Object, w: Writer, context: Context) -> None:
    """Write a claim and the pods that use it."""
    pods = context.items("pods", meta.namespace(claim))
    w.field("Name", meta.name(claim))
    w.field("Namespace", meta.namespace(claim))
    w.field("StorageClass", persistentvolumes.class_of(claim))
    w.field("Status", persistentvolume.phase(claim, context))
    w.field("Volume", golang.at(claim, "spec.volumeName", ""))
    multiline.metadata(w, claim)
    w.field("Finalizers", golang.listing(claim["metadata"].get("finalizers")))
    volumeclaims.details(w, claim)
    multiline.values(w, "Used By", sorted(_users(claim, pods)))
    conditions.stamped(w, golang.at(claim, "status.conditions"), "LastProbeTime")
    events.section(w, claim, context)


def _users(claim: Object, pods: list[Object]) -> list[str]:
    """Return the names of the pods that mount the claim (once for each volume), and of those that own it."""
    names = [
        meta.name(pod)
        for pod in pods
        for volume in golang.at(pod, "spec.volumes", ())
        if golang.at(volume, "persistentVolumeClaim.claimName") == meta.name(claim)
    ]
    owners = {owner.get("uid") for owner in claim["metadata"].get("ownerReferences") or () if owner.get("kind") == "Pod"}
    return names + [meta.name(pod) for pod in pods if meta.uid(pod) in owners and meta.name(pod) not in names]
