"""NamespaceLifecycle: nothing new in a namespace that is not there or on its way out; three namespaces stay for ever."""

from collections.abc import Container

from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, meta
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

IMMORTAL = ("default", "kube-system", "kube-public")


class _Everything(Container[str]):
    """All resources and subresources."""

    def __contains__(self, item: object) -> bool:
        return True


class NamespaceLifecycle(AdmissionPlugin):
    """plugin/pkg/admission/namespace/lifecycle."""

    name = "NamespaceLifecycle"
    operations = ("CREATE", "DELETE")
    resources = _Everything()  # type: ignore[assignment]

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Refuse what the namespace's life does not allow."""
        if attributes.operation == "DELETE":
            if attributes.resource == "namespaces" and attributes.name in IMMORTAL:
                raise errors.Forbidden("namespaces", attributes.name, "this namespace may not be deleted")
            return
        if not attributes.namespace or attributes.resource == "namespaces":
            return
        namespace = reader.get("namespaces", attributes.namespace)
        if namespace is None:
            raise errors.NotFound("namespaces", attributes.namespace)
        if meta.is_deleting(namespace):
            raise _terminating(attributes)


def _terminating(attributes: Attributes) -> errors.Forbidden:
    cause = f"unable to create new content in namespace {attributes.namespace} because it is being terminated"
    error = errors.Forbidden(attributes.resource, attributes.label, cause, attributes.group)
    detail = {"reason": "NamespaceTerminating", "message": f"namespace {attributes.namespace} is being terminated", "field": "metadata.namespace"}
    error.details["causes"] = [detail]
    return error
