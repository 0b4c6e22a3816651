"""CSIStorageCapacities: how much room there is for volumes, and where."""

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.core import resourcenames
from minikube_py.registry.pod import gotext


class CSIStorageCapacities(kind.Kind):
    """The rules of CSIStorageCapacities."""

    allow_unconditional_update = False

    def contents(self, obj: Object) -> list[FieldError]:
        """Check topology, class and capacity."""
        found = objectmeta.label_selector(obj.get("nodeTopology"), "nodeTopology")
        name = obj.get("storageClassName") or ""
        found += checks.each("storageClassName", name, names.dns_subdomain(name))
        capacity = obj.get("capacity")
        return found if capacity is None else found + resourcenames.amount("capacity", "storage", capacity)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check contents, then hold what the capacity is for."""
        found = objectmeta.update(obj, old) + self.contents(obj)
        if obj.get("nodeTopology") != old.get("nodeTopology"):
            found.append(fielderrors.invalid("nodeTopology", gotext.label_selector(obj.get("nodeTopology")), checks.IMMUTABLE))
        name = obj.get("storageClassName") or ""
        return found + checks.immutable("storageClassName", name, old.get("storageClassName") or "")


STRATEGY = CSIStorageCapacities()
