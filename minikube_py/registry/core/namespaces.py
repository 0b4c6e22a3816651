"""Namespaces, which end in two steps.

A DELETE marks a namespace (deletionTimestamp, phase Terminating) while spec.finalizers hold it; the namespace controller deletes the content
and takes its finalizer away through PUT /api/v1/namespaces/NAME/finalize, the only way to change spec.finalizers; the write that leaves
neither spec.finalizers nor metadata.finalizers removes it. The handlers of delete and update see to marking and removal, this module to the rest.
"""

from minikube_py.machinery import fielderrors, meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.strategy import Context

FINALIZER = "kubernetes"
NAME_LABEL = "kubernetes.io/metadata.name"


class Namespaces(kind.Kind):
    """The rules of Namespaces."""

    namespaced = False
    has_status = True
    name_rule = staticmethod(names.is_dns_label)

    def default(self, obj: Object) -> None:
        """Label the namespace with its own name."""
        name = obj["metadata"].get("name")
        if name:
            labels = obj["metadata"].get("labels")
            if labels is None:
                labels = obj["metadata"]["labels"] = {}
            labels[NAME_LABEL] = name

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Start as Active, held by the namespace controller's finalizer. The label is set again for a generated name."""
        self.default(obj)
        obj["status"] = {"phase": "Active"}
        finalizers = list((obj.get("spec") or {}).get("finalizers") or ())
        if FINALIZER not in finalizers:
            finalizers.append(FINALIZER)
        obj["spec"] = (obj.get("spec") or {}) | {"finalizers": finalizers}

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep finalizers and status."""
        super().prepare_update(obj, old, context)
        obj["spec"] = old.get("spec") or {}

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Let /finalize change spec.finalizers, /status the status."""
        if subresource == "finalize":
            finalizers = (obj.get("spec") or {}).get("finalizers")
            obj.clear()
            obj.update(old | {"spec": {"finalizers": finalizers} if finalizers else {}})
        else:
            super().prepare_subresource(subresource, obj, old, context)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check finalizers."""
        found: list[FieldError] = []
        for name in (obj.get("spec") or {}).get("finalizers") or ():
            found += _finalizer_errors("spec.finalizers", name)
        return found

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the change of metadata: all else is kept."""
        return objectmeta.update(obj, old)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check finalizers, or that the phase fits."""
        found = objectmeta.update(obj, old)
        if subresource == "finalize":
            for number, name in enumerate((obj.get("spec") or {}).get("finalizers") or ()):
                found += _finalizer_errors(f"spec.finalizers[{number}]", name)
        elif subresource == "status":
            found += _phase_errors(obj)
        return found

    def fields(self, obj: Object) -> dict[str, str]:
        """Return the phase, and `name`, which is an old alias."""
        return {"status.phase": meta.phase(obj), "name": obj["metadata"].get("name", "")}


def _finalizer_errors(field: str, name: str) -> list[FieldError]:
    found = checks.each(field, name, names.qualified_name(name))
    if "/" not in name and name not in (FINALIZER, "orphan", "foregroundDeletion"):
        found.append(fielderrors.invalid(field, name, "name is neither a standard finalizer name nor is it fully qualified"))
    return found


def _phase_errors(obj: Object) -> list[FieldError]:
    phase = meta.phase(obj)
    if not obj["metadata"].get("deletionTimestamp"):
        if phase != "Active":
            return [fielderrors.invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty")]
    elif phase != "Terminating":
        return [fielderrors.invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")]
    return []


STRATEGY = Namespaces()
