"""The persistent volume claims of a pod, and whether a volume can serve one."""

from collections.abc import Iterator, Mapping
from typing import Any

from minikube_py.client.api import Client
from minikube_py.machinery import labelmatch, meta, persistentvolumes, podresources
from minikube_py.machinery.meta import Object

NO_PROVISIONER = "kubernetes.io/no-provisioner"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
_BOUND = "pv.kubernetes.io/bind-completed"


def names(pod: Object) -> Iterator[tuple[str, bool]]:
    """Yield (claim name, whether it is made for the pod by the ephemeral volume controller)."""
    for volume in pod["spec"].get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            yield volume["persistentVolumeClaim"].get("claimName", ""), False
        elif volume.get("ephemeral"):
            yield f"{pod['metadata']['name']}-{volume['name']}", True


def uses(pod: Object, claim: str) -> bool:
    """Tell whether the pod uses a claim of that name."""
    return any(name == claim for name, _ in names(pod))


def concerns(pod: Object, old: Object | None, new: Object | None) -> bool:
    """Tell whether a claim that comes or changes is one of the pod's: the hint of plugins that refuse for claims."""
    return new is not None and meta.namespace(new) == meta.namespace(pod) and uses(pod, meta.name(new))


def is_bound(claim: Object) -> bool:
    """Tell whether the binding is complete on the claim's side."""
    if not claim["spec"].get("volumeName"):
        return False
    return _BOUND in meta.annotations(claim) or meta.phase(claim) == "Bound"


def storage_class(client: Client, claim: Object) -> Object | None:
    """Return the claim's storage class object."""
    name = persistentvolumes.class_of(claim)
    return client.find("storageclasses.storage.k8s.io", name) if name else None


def waits_for_consumer(kind: Object | None) -> bool:
    """Tell whether a storage class binds only once a pod is scheduled."""
    return kind is not None and kind.get("volumeBindingMode") == "WaitForFirstConsumer"


def reaches(volume: Object, labels: Mapping[str, str]) -> bool:
    """Tell whether a volume's node affinity allows a node with these labels; fields are not looked at (CheckNodeAffinity)."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    if not required:
        return True
    terms = (term for term in required.get("nodeSelectorTerms") or () if term.get("matchExpressions") or term.get("matchFields"))
    return any(all(labelmatch.requirement(item, labels) for item in term.get("matchExpressions") or ()) for term in terms)


def topology_allows(kind: Object, labels: Mapping[str, str]) -> bool:
    """Tell whether a storage class' allowedTopologies allow a node."""
    terms = kind.get("allowedTopologies") or ()
    return not terms or any(
        all(labels.get(item["key"]) in (item.get("values") or ()) for item in term.get("matchLabelExpressions") or ()) for term in terms
    )


def can_serve(volume: Object, claim: Object) -> bool:
    """Tell whether an unbound volume satisfies a claim, or is reserved for it (FindMatchingVolume)."""
    spec, wanted = volume["spec"], claim["spec"]
    if meta.is_deleting(volume) or persistentvolumes.class_of(volume) != persistentvolumes.class_of(claim):
        return False
    if (spec.get("volumeMode") or "Filesystem") != (wanted.get("volumeMode") or "Filesystem"):
        return False
    if size(spec.get("capacity")) < wanted_size(claim):
        return False
    if spec.get("claimRef"):
        return is_reserved(volume, claim)
    if meta.phase(volume) != "Available" or not set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ()):
        return False
    return not wanted.get("selector") or labelmatch.matches(wanted["selector"], meta.labels(volume))


def is_reserved(volume: Object, claim: Object) -> bool:
    """Tell whether a volume names a claim as the one that it is for."""
    reference = volume["spec"].get("claimRef") or {}
    same = (reference.get("namespace"), reference.get("name")) == (meta.namespace(claim), meta.name(claim))
    return same and reference.get("uid") in (None, "", meta.uid(claim))


def wanted_size(claim: Object) -> int:
    """Return the bytes that a claim asks for."""
    return size((claim["spec"].get("resources") or {}).get("requests"))


def size(amounts: Mapping[str, Any] | None) -> int:
    """Return the bytes of storage."""
    return podresources.whole((amounts or {}).get("storage") or 0)
