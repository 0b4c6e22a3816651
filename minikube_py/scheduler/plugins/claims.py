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


def reaches(volume: Object, labels: Mapping[str, str], node: str) -> bool:
    """Tell whether a volume's node affinity allows a node."""
    required = ((volume["spec"].get("nodeAffinity") or {}).get("required")) or None
    return required is None or labelmatch.node_terms(required.get("nodeSelectorTerms"), labels, node)


def topology_allows(kind: Object, labels: Mapping[str, str]) -> bool:
    """Tell whether a storage class' allowedTopologies allow a node."""
    terms = kind.get("allowedTopologies") or ()
    return not terms or any(
        all(labels.get(item["key"]) in (item.get("values") or ()) for item in term.get("matchLabelExpressions") or ()) for term in terms
    )


def can_serve(volume: Object, claim: Object) -> bool:
    """Tell whether an unbound volume satisfies a claim, or is reserved for it."""
    spec, wanted, reference = volume["spec"], claim["spec"], volume["spec"].get("claimRef")
    if meta.is_deleting(volume):
        return False
    if reference:
        ours = (reference.get("namespace"), reference.get("name")) == (meta.namespace(claim), meta.name(claim))
        return ours and reference.get("uid") in (None, "", meta.uid(claim))
    if meta.phase(volume) != "Available" or persistentvolumes.class_of(volume) != persistentvolumes.class_of(claim):
        return False
    if (spec.get("volumeMode") or "Filesystem") != (wanted.get("volumeMode") or "Filesystem"):
        return False
    if not set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ()):
        return False
    if wanted.get("selector") and not labelmatch.matches(wanted["selector"], meta.labels(volume)):
        return False
    return size(spec.get("capacity")) >= size((wanted.get("resources") or {}).get("requests"))


def size(amounts: Mapping[str, Any] | None) -> int:
    """Return the bytes of storage."""
    return podresources.whole((amounts or {}).get("storage") or 0)
