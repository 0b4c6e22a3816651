"""The hooks, in the order in which a request meets them. Each is called once in a process, to fill a registry.

Upper types are named under TYPE_CHECKING only: this layer knows nothing above it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minikube_py.plugin.registries import Registry


def kctl_register_commands(registry: "Registry[Any]") -> None:
    """Add command families: registry.add("name", "package.module:app") where app is a typer.Typer."""


def kctl_register_storage_backends(registry: "Registry[Any]") -> None:
    """Add stores: registry.add("etcd", factory) where factory(config) returns a storage.api.Backend."""


def kctl_register_authenticators(registry: "Registry[Any]") -> None:
    """Add authenticators: registry.add(name, plugin.auth.Authenticator). All are asked in order until one knows the credentials."""


def kctl_register_authorizers(registry: "Registry[Any]") -> None:
    """Add authorizers: registry.add(name, plugin.auth.Authorizer). The first allow or deny counts; none means deny."""


def kctl_register_admission_plugins(registry: "Registry[Any]") -> None:
    """Add admission plugins: registry.add(name, plugin.admission.AdmissionPlugin). All that handle the request are called in order."""


def kctl_register_controllers(registry: "Registry[Any]") -> None:
    """Add control loops: registry.add(name, factory) where factory(LoopContext) returns a client.loops.Loop."""


def kctl_register_scheduler_plugins(registry: "Registry[Any]") -> None:
    """Add scheduler plugins: registry.add(name, factory) where factory(args, handle) returns a scheduler.framework.SchedulerPlugin."""


def kctl_register_runtimes(registry: "Registry[Any]") -> None:
    """Add container runtimes: registry.add("docker", factory) where factory(config) returns a kubelet.runtime.Runtime."""
