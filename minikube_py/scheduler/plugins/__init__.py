"""The default plugins of kube-scheduler, registered through the same hook as a stranger's. One module each, imported when used."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from minikube_py import kits
from minikube_py.plugin import hookimpl, late

if TYPE_CHECKING:
    from minikube_py.plugin.registries import Registry
    from minikube_py.scheduler.framework import Handle, SchedulerPlugin

# Name of the plugin, module here, class.
PLUGINS = (
    ("SchedulingGates", "scheduling_gates", "SchedulingGates"),
    ("PrioritySort", "priority_sort", "PrioritySort"),
    ("NodeUnschedulable", "node_unschedulable", "NodeUnschedulable"),
    ("NodeName", "node_name", "NodeName"),
    ("TaintToleration", "taint_toleration", "TaintToleration"),
    ("NodeAffinity", "node_affinity", "NodeAffinity"),
    ("NodePorts", "node_ports", "NodePorts"),
    ("NodeResourcesFit", "node_resources_fit", "NodeResourcesFit"),
    ("VolumeRestrictions", "volume_restrictions", "VolumeRestrictions"),
    ("VolumeBinding", "volume_binding", "VolumeBinding"),
    ("VolumeZone", "volume_zone", "VolumeZone"),
    ("PodTopologySpread", "pod_topology_spread", "PodTopologySpread"),
    ("InterPodAffinity", "inter_pod_affinity", "InterPodAffinity"),
    ("DefaultPreemption", "default_preemption", "DefaultPreemption"),
    ("NodeResourcesBalancedAllocation", "balanced_allocation", "BalancedAllocation"),
    ("ImageLocality", "image_locality", "ImageLocality"),
    ("DefaultBinder", "default_binder", "DefaultBinder"),
)


def _factory(module: str, kind: str) -> "Callable[[Mapping[str, Any], Handle], SchedulerPlugin]":
    def make(args: Mapping[str, Any], handle: "Handle") -> "SchedulerPlugin":
        plugin: SchedulerPlugin = getattr(kits.imported(f"{__name__}.{module}"), kind)(args, handle)
        return plugin

    return make


@hookimpl
def kctl_register_scheduler_plugins(registry: "Registry[Any]") -> None:
    """Register the built-in plugins."""
    for name, module, kind in PLUGINS:
        registry.add(name, _factory(module, kind))


@hookimpl
def kctl_register_controllers(registry: "Registry[Any]") -> None:
    """Register the loop that runs them."""
    watched = "namespaces nodes persistentvolumeclaims persistentvolumes pods services storageclasses.storage.k8s.io"
    registry.add("scheduler", late.Factory("minikube_py.scheduler.loop", "SchedulerLoop", watched, turn=late.SCHEDULER))
