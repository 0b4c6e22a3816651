"""ControllerRevisions: snapshots that StatefulSets and DaemonSets keep."""

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import gotext
from minikube_py.registry.strategy import Strategy


class ControllerRevisions(Strategy):
    """ControllerRevisions of apps/v1."""

    labels_indexed = True

    def validate(self, obj: Object) -> list[FieldError]:
        """Check metadata, data and revision."""
        found = objectmeta.validate(obj["metadata"])
        if obj.get("data") is None:
            found.append(fielderrors.required("data", "data is mandatory"))
        number = obj.get("revision") or 0
        return [*found, fielderrors.invalid("revision", number, fielderrors.NEGATIVE)] if number < 0 else found

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the change: data stays."""
        found = objectmeta.update(obj, old) + self.validate(obj)
        if obj.get("data") != old.get("data"):
            shown = gotext.struct("runtime.RawExtension", obj.get("data") or {})
            found.append(fielderrors.invalid("data", shown, objectmeta.IMMUTABLE))
        return found


STRATEGY = ControllerRevisions()
