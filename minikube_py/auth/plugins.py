"""Registers the built-in authenticators and authorizers."""

from minikube_py.auth.rbac import RBACAuthorizer
from minikube_py.plugin import hookimpl
from minikube_py.plugin.auth import Authorizer
from minikube_py.plugin.registries import Registry


@hookimpl
def kctl_register_authorizers(registry: Registry[Authorizer]) -> None:
    """Add RBAC, as `--authorization-mode=RBAC`."""
    registry.add("RBAC", RBACAuthorizer())
