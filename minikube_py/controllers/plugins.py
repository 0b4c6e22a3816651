"""Registers the built-in controllers, the scheduler's loop included."""

from typing import Any

from minikube_py.plugin import hookimpl
from minikube_py.plugin.registries import Registry


@hookimpl
def kctl_register_controllers(registry: Registry[Any]) -> None:
    """Add one loop each."""
    from minikube_py.controllers.deployment import DeploymentController
    from minikube_py.controllers.replicaset import ReplicaSetController, ReplicationControllerController

    for loop in (DeploymentController, ReplicaSetController, ReplicationControllerController):
        registry.add(loop.name, loop)
