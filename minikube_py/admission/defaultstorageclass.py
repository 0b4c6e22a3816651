"""DefaultStorageClass: a claim that names no class gets the default one."""

from minikube_py.kits.clock import Clock
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

DEFAULT = "storageclass.kubernetes.io/is-default-class"
_BETA_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class"
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


class DefaultStorageClass(AdmissionPlugin):
    """plugin/pkg/admission/storage/storageclass/setdefault."""

    name = "DefaultStorageClass"
    operations = ("CREATE",)
    resources = ("persistentvolumeclaims",)

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Set spec.storageClassName where it is not set; an empty one is a wish for no class."""
        claim = attributes.object
        assert claim is not None
        if claim["spec"].get("storageClassName") is not None or _BETA_CLASS in meta.annotations(claim):
            return
        defaults = [item for item in reader.list("storageclasses.storage.k8s.io") if is_default(item)]
        if defaults:
            newest = max(item["metadata"]["creationTimestamp"] for item in defaults)
            names = sorted(meta.name(item) for item in defaults if item["metadata"]["creationTimestamp"] == newest)
            claim["spec"]["storageClassName"] = names[0]


def is_default(storage_class: Object) -> bool:
    """Tell whether a StorageClass is marked as the default one."""
    notes = meta.annotations(storage_class)
    return "true" in (notes.get(DEFAULT), notes.get(_BETA_DEFAULT))
