"""Registers the built-in controllers. The order is that in which they take their turns."""

import importlib
from typing import Any

from minikube_py.plugin import hookimpl
from minikube_py.plugin.registries import Registry

# Who makes what others wait for comes first; who only reports on others comes last.
LOOPS = (
    ("namespace", "NamespaceController"),
    ("serviceaccount", "ServiceAccountController"),
    ("tokens", "TokensController"),
    ("rootca", "RootCACertPublisher"),
    ("deployment", "DeploymentController"),
    ("replicaset", "ReplicaSetController"),
    ("replicaset", "ReplicationControllerController"),
    ("statefulset", "StatefulSetController"),
    ("daemonset", "DaemonSetController"),
    ("job", "JobController"),
    ("cronjob", "CronJobController"),
    ("ephemeralvolume", "EphemeralVolumeController"),
    ("persistentvolume", "PersistentVolumeBinder"),
    ("storageprovisioner", "StorageProvisioner"),
    ("volumeprotection", "ClaimProtection"),
    ("volumeprotection", "VolumeProtection"),
    ("endpoints", "EndpointController"),
    ("endpointslice", "EndpointSliceController"),
    ("endpointslicemirroring", "EndpointSliceMirroringController"),
    ("kubernetesservice", "KubernetesService"),
    ("servicecidr", "ServiceCIDRController"),
    ("flowschema", "FlowSchemaController"),
    ("disruption", "DisruptionController"),
    ("resourcequota", "ResourceQuotaController"),
    ("horizontalautoscaler", "HorizontalPodAutoscalerController"),
    ("nodelifecycle", "NodeLifecycleController"),
    ("nodelifecycle", "TTLController"),
    ("tainteviction", "TaintEvictionController"),
    ("podgc", "PodGarbageCollector"),
    ("aggregation", "ClusterRoleAggregationController"),
    ("ttlafterfinished", "TTLAfterFinishedController"),
    ("eventexpiry", "EventExpiry"),
    ("garbagecollector", "GarbageCollector"),
)


@hookimpl
def kctl_register_controllers(registry: Registry[Any]) -> None:
    """Add one loop each."""
    for module, name in LOOPS:
        loop = getattr(importlib.import_module(f"minikube_py.controllers.{module}"), name)
        registry.add(loop.name, loop)
