"""StorageObjectInUseProtection: new claims and volumes get the finalizers that keep them while they are in use."""

from minikube_py.kits.clock import Clock
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

_FINALIZERS = {"persistentvolumeclaims": "kubernetes.io/pvc-protection", "persistentvolumes": "kubernetes.io/pv-protection"}


class StorageObjectInUseProtection(AdmissionPlugin):
    """plugin/pkg/admission/storage/storageobjectinuseprotection."""

    name = "StorageObjectInUseProtection"
    operations = ("CREATE",)
    resources = tuple(_FINALIZERS)

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Add the kind's finalizer."""
        assert attributes.object is not None
        metadata, finalizer = attributes.object["metadata"], _FINALIZERS[attributes.resource]
        finalizers = metadata.get("finalizers") or []
        if finalizer not in finalizers:
            metadata["finalizers"] = [*finalizers, finalizer]
