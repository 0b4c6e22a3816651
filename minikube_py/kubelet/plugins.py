"""Registers the kubelet loop and the built-in runtimes."""

from typing import Any

from minikube_py.kubelet.loop import KubeletLoop
from minikube_py.kubelet.runtimes.dryrun import DryRunRuntime
from minikube_py.plugin import hookimpl
from minikube_py.plugin.registries import Registry


@hookimpl
def kctl_register_runtimes(registry: Registry[Any]) -> None:
    """Add dry-run, the runtime that needs nothing."""
    registry.add("dryrun", lambda context: DryRunRuntime(context.state, context.clock))


@hookimpl
def kctl_register_controllers(registry: Registry[Any]) -> None:
    """Add the loop that plays all kubelets of a cluster."""
    registry.add(KubeletLoop.name, KubeletLoop)
