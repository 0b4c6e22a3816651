"""Registers the built-in authenticators and authorizers."""

from minikube_py import kits
from minikube_py.auth.node import NodeAuthorizer
from minikube_py.auth.rbac import RBACAuthorizer
from minikube_py.plugin import hookimpl
from minikube_py.plugin.auth import Authenticator, Authorizer
from minikube_py.plugin.registries import Registry

# In the order in which they are asked, as kube-apiserver's. Imported when somebody comes with credentials: commands on this machine do not.
AUTHENTICATORS = (
    ("x509", "CertificateAuthenticator"),
    ("files", "TokenFileAuthenticator"),
    ("files", "PasswordFileAuthenticator"),
    ("serviceaccounts", "ServiceAccountAuthenticator"),
    ("bootstraptokens", "BootstrapTokenAuthenticator"),
)


@hookimpl
def kctl_register_authenticators(registry: Registry[Authenticator]) -> None:
    """Add client certificates, files of tokens and passwords, service account tokens and bootstrap tokens."""
    for module, name in AUTHENTICATORS:
        authenticator: Authenticator = getattr(kits.imported(f"minikube_py.auth.{module}"), name)()
        registry.add(authenticator.name, authenticator)


@hookimpl
def kctl_register_authorizers(registry: Registry[Authorizer]) -> None:
    """Add Node and RBAC, as `--authorization-mode=Node,RBAC`."""
    registry.add("Node", NodeAuthorizer())
    registry.add("RBAC", RBACAuthorizer())
