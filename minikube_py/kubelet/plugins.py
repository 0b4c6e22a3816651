"""Registers the kubelet loop and the built-in runtimes."""

from functools import partial
from typing import TYPE_CHECKING, Any

from minikube_py.plugin import hookimpl, late

if TYPE_CHECKING:
    from minikube_py.client.loops import LoopContext
    from minikube_py.kubelet.runtime import Runtime
    from minikube_py.plugin.registries import Registry


@hookimpl
def kctl_register_runtimes(registry: "Registry[Any]") -> None:
    """Add dry-run, the runtime that needs nothing, and those on container engines."""
    registry.add("dryrun", _dry_run)
    for kind in ("docker", "podman"):
        registry.add(kind, partial(_on_engine, kind))


def _dry_run(context: "LoopContext") -> "Runtime":
    from minikube_py.kubelet.runtimes.dryrun import DryRunRuntime

    return DryRunRuntime(context.state, context.clock)


def _on_engine(kind: str, context: "LoopContext") -> "Runtime":
    from minikube_py.kubelet.runtimes import opening

    return opening.of_loop(kind, context)


@hookimpl
def kctl_register_controllers(registry: "Registry[Any]") -> None:
    """Add the loop that plays all kubelets of a cluster."""
    registry.add("kubelet", late.Factory("minikube_py.kubelet.loop", "KubeletLoop", "configmaps nodes persistentvolumeclaims pods secrets", turn=late.KUBELETS))
