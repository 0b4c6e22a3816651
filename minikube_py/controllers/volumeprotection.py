"""Claims stay while a pod uses them, volumes while a claim is bound to them (pkg/controller/volume/pvcprotection, pvprotection)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.controllers import volumematch
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

CLAIM_FINALIZER, VOLUME_FINALIZER = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"


class Protection(Loop):
    """Adds a finalizer to all objects of a kind, and takes it from those that are deleted once nobody uses them."""

    resource = ""
    finalizer = ""

    def reconcile(self, key: str) -> float | None:
        """Set one object's finalizer right."""
        space, name = meta.split_key(key)
        obj = self.client.find(self.resource, name, space)
        if obj is None:
            return None
        finalizers = obj["metadata"].get("finalizers") or []
        if meta.is_deleting(obj):
            if self.finalizer in finalizers and not self._in_use(obj):
                self._write(obj, [item for item in finalizers if item != self.finalizer])
        elif self.finalizer not in finalizers:
            self._write(obj, [*finalizers, self.finalizer])
        return None

    def _in_use(self, obj: Object) -> bool:
        raise TypeError(f"{type(self).__name__} lacks _in_use")

    def _write(self, obj: Object, finalizers: list[str]) -> None:
        self.client.update({**obj, "metadata": {**obj["metadata"], "finalizers": finalizers}})

    def _changed(self, change: Change) -> Iterable[str]:
        obj = change.object
        needed = change.type != "DELETED" and meta.is_deleting(obj) == (self.finalizer in (obj["metadata"].get("finalizers") or ()))
        return object_key(change) if needed else ()


class ClaimProtection(Protection):
    """Keys are namespace/name of a claim. A claim is in use while there is a pod that names it and was given a node."""

    name = "pvc-protection-controller"
    user = "system:serviceaccount:kube-system:pvc-protection-controller"
    resource = "persistentvolumeclaims"
    finalizer = CLAIM_FINALIZER

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which claim."""
        return {"persistentvolumeclaims": self._changed, "pods": self._pod_changed}

    @staticmethod
    def _pod_changed(change: Change) -> Iterable[str]:
        if change.type != "DELETED":
            return ()
        space = meta.namespace(change.object)
        return [f"{space}/{name}" for name in claims_of(change.object)]

    def _in_use(self, obj: Object) -> bool:
        pods = self.client.items("pods", meta.namespace(obj))
        return any(pod["spec"].get("nodeName") and meta.name(obj) in claims_of(pod) for pod in pods)


class VolumeProtection(Protection):
    """Keys are names of volumes. A volume is in use while it is bound."""

    name = "pv-protection-controller"
    user = "system:serviceaccount:kube-system:pv-protection-controller"
    resource = "persistentvolumes"
    finalizer = VOLUME_FINALIZER

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which volume."""
        return {"persistentvolumes": self._changed}

    def _in_use(self, obj: Object) -> bool:
        return volumematch.phase(obj) == "Bound"


def claims_of(pod: Object) -> list[str]:
    """Return the names of the claims that a pod uses, those made for it included."""
    names = []
    for volume in pod["spec"].get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            names.append(volume["persistentVolumeClaim"].get("claimName", ""))
        elif volume.get("ephemeral"):
            names.append(f"{meta.name(pod)}-{volume['name']}")
    return names
