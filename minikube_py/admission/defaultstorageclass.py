"""DefaultStorageClass: a claim that names no class gets the default one."""

from minikube_py.kits.clock import Clock
from minikube_py.machinery import meta, persistentvolumes
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader


class DefaultStorageClass(AdmissionPlugin):
    """plugin/pkg/admission/storage/storageclass/setdefault."""

    name = "DefaultStorageClass"
    operations = ("CREATE",)
    resources = ("persistentvolumeclaims",)

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Set spec.storageClassName where it is not set; an empty one is a wish for no class."""
        claim = attributes.object
        assert claim is not None
        if claim["spec"].get("storageClassName") is not None or persistentvolumes.BETA_CLASS in meta.annotations(claim):
            return
        name = persistentvolumes.default_class(reader.list("storageclasses.storage.k8s.io"))
        if name is not None:
            claim["spec"]["storageClassName"] = name
