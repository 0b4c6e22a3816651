"""Generic ephemeral volumes: a claim for each, which goes with its pod (pkg/controller/volume/ephemeral)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, controller_key, object_key
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object


class EphemeralVolumeController(Loop):
    """Keys are namespace/name of a pod."""

    name = "ephemeral-volume-controller"
    user = "system:serviceaccount:kube-system:ephemeral-volume-controller"
    component = "ephemeral_volume"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which pod."""
        return {"pods": self._pod_changed, "persistentvolumeclaims": self._claim_changed}

    @staticmethod
    def _pod_changed(change: Change) -> Iterable[str]:
        return object_key(change) if change.type == "ADDED" and any(_ephemeral(change.object)) else ()

    @staticmethod
    def _claim_changed(change: Change) -> Iterable[str]:
        return controller_key("Pod")(change) if change.type == "DELETED" else ()

    def reconcile(self, key: str) -> float | None:
        """Make the claims that are missing."""
        space, name = meta.split_key(key)
        pod = self.client.find("pods", name, space)
        if pod is None or meta.is_deleting(pod):
            return None
        for volume in _ephemeral(pod):
            self._ensure(pod, volume)
        return None

    def _ensure(self, pod: Object, volume: Object) -> None:
        name = f"{meta.name(pod)}-{volume['name']}"
        found = self.client.find("persistentvolumeclaims", name, meta.namespace(pod))
        if found is not None:
            if not meta.is_controlled_by(found, pod):
                text = f"PVC {meta.namespace(pod)}/{name} was not created for pod {meta.key(pod)} (pod is not owner)"
                self.recorder.event(pod, "Warning", "FailedBinding", f"ephemeral volume controller: {text}")
            return
        template = volume["ephemeral"]["volumeClaimTemplate"]
        wanted = {field: value for field, value in (template.get("metadata") or {}).items() if field in ("labels", "annotations")}
        metadata = {**wanted, "name": name, "namespace": meta.namespace(pod), "ownerReferences": [meta.controller_reference(pod)]}
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": meta.clone(template["spec"])}
        try:
            self.client.create(claim)
        except errors.StatusError as error:
            self.recorder.event(pod, "Warning", "FailedBinding", f"ephemeral volume controller: create PVC {name}: {error}")
            raise


def _ephemeral(pod: Object) -> list[Object]:
    return [volume for volume in pod["spec"].get("volumes") or () if volume.get("ephemeral")]
