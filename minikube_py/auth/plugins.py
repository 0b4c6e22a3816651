"""Registers the built-in authenticators and authorizers."""

from minikube_py.auth.node import NodeAuthorizer
from minikube_py.auth.rbac import RBACAuthorizer
from minikube_py.plugin import hookimpl
from minikube_py.plugin.auth import Authorizer
from minikube_py.plugin.registries import Registry


@hookimpl
def kctl_register_authorizers(registry: Registry[Authorizer]) -> None:
    """Add Node and RBAC, as `--authorization-mode=Node,RBAC`."""
    registry.add("Node", NodeAuthorizer())
    registry.add("RBAC", RBACAuthorizer())
