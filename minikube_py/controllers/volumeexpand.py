"""Claims that grow: kube-controller-manager leaves them to the driver (pkg/controller/volume/expand), as whose resizer kctl stands in."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.controllers import storageprovisioner, volumematch
from minikube_py.machinery import meta, quantity
from minikube_py.machinery.meta import Object

_CLAIMS, _VOLUMES = "persistentvolumeclaims", "persistentvolumes"
_IGNORED = "Ignoring the PVC: didn't find a plugin capable of expanding the volume; waiting for an external controller to process this PVC."


class VolumeExpander(Loop):
    """Keys are namespace/name of a claim."""

    name = "persistentvolume-expander-controller"
    user = "system:serviceaccount:kube-system:expand-controller"
    component = "volume_expand"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes the controller: claims that ask for more than they have."""
        return {_CLAIMS: self._claim_changed}

    @staticmethod
    def _claim_changed(change: Change) -> Iterable[str]:
        return object_key(change) if change.type != "DELETED" and _wants_more(change.object) else ()

    def reconcile(self, key: str) -> float | None:
        """Let the volume grow, and then its claim; where somebody else's driver has to do it, say so."""
        space, name = meta.split_key(key)
        claim = self.client.find(_CLAIMS, name, space)
        volume = self.client.find(_VOLUMES, claim["spec"].get("volumeName", "")) if claim is not None and _wants_more(claim) else None
        if claim is None or volume is None:
            return None
        self.recorder.event(claim, "Normal", "ExternalExpanding", _IGNORED)
        if storageprovisioner.stands_in(self.context.config, meta.annotations(volume).get(volumematch.PROVISIONED_BY, "")):
            self._grow(claim, volume)
        return None

    def _grow(self, claim: Object, volume: Object) -> None:
        size = volumematch.requested(claim)
        if volumematch.capacity(volume) < size:
            self.recorder.event(claim, "Normal", "Resizing", f"External resizer is resizing volume {meta.name(volume)}")
            spec = {**volume["spec"], "capacity": {**volume["spec"]["capacity"], "storage": str(size)}}
            volume = self.client.update({**volume, "spec": spec})
        status = {**claim["status"], "capacity": {**claim["status"]["capacity"], "storage": str(volumematch.capacity(volume))}}
        self.client.update_status({**claim, "status": status})
        self.recorder.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")


def _wants_more(claim: Object) -> bool:
    """Tell whether a bound claim asks for more than it has been given."""
    given = ((claim.get("status") or {}).get("capacity") or {}).get("storage")
    return volumematch.phase(claim) == "Bound" and given is not None and volumematch.requested(claim) > quantity.parse(given)
