"""DefaultBinder: binds through the pods/binding subresource."""

from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import CycleState, SchedulerPlugin, Status


class DefaultBinder(SchedulerPlugin):
    """Posts a Binding."""

    name = "DefaultBinder"

    def bind(self, state: CycleState, pod: Object, node_name: str) -> Status | None:
        """Bind the pod; errors of the API pass."""
        info = state.pod_info
        metadata = {"name": info.name, "namespace": info.namespace, "uid": info.uid}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": {"kind": "Node", "name": node_name}}
        self.handle.client.create_subresource("pods", info.name, info.namespace, "binding", binding)
        return None
