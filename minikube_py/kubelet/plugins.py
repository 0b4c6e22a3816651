"""Registers the kubelet loop and the built-in runtimes."""

from functools import partial
from typing import Any

from minikube_py.client.loops import LoopContext
from minikube_py.kubelet.loop import KubeletLoop
from minikube_py.kubelet.runtime import Runtime
from minikube_py.kubelet.runtimes.dryrun import DryRunRuntime
from minikube_py.plugin import hookimpl
from minikube_py.plugin.registries import Registry


@hookimpl
def kctl_register_runtimes(registry: Registry[Any]) -> None:
    """Add dry-run, the runtime that needs nothing, and those on container engines."""
    registry.add("dryrun", lambda context: DryRunRuntime(context.state, context.clock))
    for kind in ("docker", "podman"):
        registry.add(kind, partial(_on_engine, kind))


def _on_engine(kind: str, context: LoopContext) -> Runtime:
    from minikube_py.kubelet.runtimes import opening

    return opening.of_loop(kind, context)


@hookimpl
def kctl_register_controllers(registry: Registry[Any]) -> None:
    """Add the loop that plays all kubelets of a cluster."""
    registry.add(KubeletLoop.name, KubeletLoop)
