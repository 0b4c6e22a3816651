"""PersistentVolumeClaimResize: only bound claims grow, and only where their StorageClass allows it."""

from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, meta, persistentvolumes, quantity
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

_UNBOUND = "Only bound persistent volume claims can be expanded"
_UNABLE = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"


class PersistentVolumeClaimResize(AdmissionPlugin):
    """plugin/pkg/admission/storage/persistentvolume/resize."""

    name = "PersistentVolumeClaimResize"
    operations = ("UPDATE",)
    resources = ("persistentvolumeclaims",)

    def validate(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Refuse to let a claim grow that cannot."""
        claim, old = attributes.object, attributes.old_object
        assert claim is not None and old is not None
        if _size(claim) <= _size(old):
            return
        if meta.phase(old) != "Bound":
            raise errors.Forbidden(attributes.resource, attributes.label, _UNBOUND)
        name = persistentvolumes.class_of(claim)
        found = reader.get("storageclasses.storage.k8s.io", name) if name and name == persistentvolumes.class_of(old) else None
        if found is None or not found.get("allowVolumeExpansion"):
            raise errors.Forbidden(attributes.resource, attributes.label, _UNABLE)


def _size(claim: Object) -> quantity.Quantity:
    return quantity.parse(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage") or "0")
