"""Registers the built-in controllers. Each of the two orders is that in which they take their turns, one before the scheduler, the other after kubelets."""

from typing import Any

from minikube_py.plugin import hookimpl, late
from minikube_py.plugin.registries import Registry

# What they make pods wait for, and they tell the scheduler what it has to know. Who makes what others wait for comes first.
# Module here, class, name, and all resources that it watches (cluster/lateloops.py): it is imported once there is something for it. Without any, at once.
LOOPS = (
    ("namespace", "NamespaceController", "namespace-controller", ""),
    ("serviceaccount", "ServiceAccountController", "service-account-controller", "namespaces serviceaccounts"),
    ("tokens", "TokensController", "token-controller", "secrets serviceaccounts"),
    ("rootca", "RootCACertPublisher", "root-ca-certificate-publisher", "configmaps namespaces"),
    ("ephemeralvolume", "EphemeralVolumeController", "ephemeral-volume-controller", "persistentvolumeclaims pods:ephemeral"),
    ("persistentvolume", "PersistentVolumeBinder", "persistent-volume-binder", "persistentvolumeclaims persistentvolumes storageclasses.storage.k8s.io"),
    ("storageprovisioner", "StorageProvisioner", "storage-provisioner", "persistentvolumeclaims persistentvolumes"),
    ("volumeexpand", "VolumeExpander", "persistentvolume-expander-controller", "persistentvolumeclaims"),
    ("volumeprotection", "ClaimProtection", "pvc-protection-controller", "persistentvolumeclaims pods:ephemeral:persistentVolumeClaim"),
    ("volumeprotection", "VolumeProtection", "pv-protection-controller", "persistentvolumes"),
    ("kubernetesservice", "KubernetesService", "kubernetes-service", "endpoints endpointslices.discovery.k8s.io nodes"),
    ("servicecidr", "ServiceCIDRController", "service-cidr-controller", "ipaddresses.networking.k8s.io servicecidrs.networking.k8s.io"),
    ("flowschema", "FlowSchemaController", "flow-schema-status", " ".join(
        f"{kind}.flowcontrol.apiserver.k8s.io" for kind in ("flowschemas", "prioritylevelconfigurations"))),
    ("disruption", "DisruptionController", "disruption-controller",
     "deployments.apps poddisruptionbudgets.policy! pods replicasets.apps replicationcontrollers statefulsets.apps"),
    ("resourcequota", "ResourceQuotaController", "resourcequota-controller", ""),
    ("nodelifecycle", "NodeLifecycleController", "node-controller", "nodes"),
    ("nodelifecycle", "TTLController", "ttl-controller", "nodes"),
    ("nodeipam", "NodeIPAMController", "node-ipam-controller", "nodes"),
    ("tainteviction", "TaintEvictionController", "taint-eviction-controller", "nodes pods"),
    ("podgc", "PodGarbageCollector", "pod-garbage-collector", "nodes pods"),
    ("aggregation", "ClusterRoleAggregationController", "clusterrole-aggregation-controller", "clusterroles.rbac.authorization.k8s.io"),
    ("certificates", "CertificateApprover", "certificatesigningrequest-approving-controller", "certificatesigningrequests.certificates.k8s.io"),
    ("certificates", "CertificateSigner", "certificatesigningrequest-signing-controller", "certificatesigningrequests.certificates.k8s.io"),
    ("certificates", "RequestCleaner", "certificatesigningrequest-cleaner-controller", "certificatesigningrequests.certificates.k8s.io"),
    ("ttlafterfinished", "TTLAfterFinishedController", "ttl-after-finished-controller", "jobs.batch"),
    ("eventexpiry", "EventExpiry", "event-expiry", "events"),
    ("garbagecollector", "GarbageCollector", "generic-garbage-collector", ""),
)
# They look at what has become of pods, whose kubelets come before them: the nearest to the pods first, so that each finds the others done.
LOOPS_OVER_PODS = (
    ("endpoints", "EndpointController", "endpoint-controller", "endpoints pods services"),
    ("endpointslice", "EndpointSliceController", "endpointslice-controller", "endpointslices.discovery.k8s.io nodes pods services"),
    ("endpointslicemirroring", "EndpointSliceMirroringController", "endpointslice-mirroring-controller", "endpoints endpointslices.discovery.k8s.io services"),
    ("replicaset", "ReplicaSetController", "replicaset-controller", "pods replicasets.apps"),
    ("replicaset", "ReplicationControllerController", "replication-controller", "pods/ReplicationController replicationcontrollers!"),
    ("statefulset", "StatefulSetController", "statefulset-controller", "pods/StatefulSet statefulsets.apps!"),
    ("daemonset", "DaemonSetController", "daemon-set-controller", "daemonsets.apps! nodes pods/DaemonSet"),
    ("job", "JobController", "job-controller", "jobs.batch pods/Job"),
    ("cronjob", "CronJobController", "cronjob-controller", "cronjobs.batch jobs.batch"),
    ("deployment", "DeploymentController", "deployment-controller", "deployments.apps pods replicasets.apps"),
    ("horizontalautoscaler", "HorizontalPodAutoscalerController", "horizontal-pod-autoscaler-controller",
     "deployments.apps horizontalpodautoscalers.autoscaling! replicasets.apps replicationcontrollers statefulsets.apps"),
)


@hookimpl
def kctl_register_controllers(registry: Registry[Any]) -> None:
    """Add one loop each."""
    for turn, loops in ((late.BEFORE_PODS, LOOPS), (late.OVER_PODS, LOOPS_OVER_PODS)):
        for module, kind, name, watched in loops:
            registry.add(name, late.Factory(f"{__package__}.{module}", kind, watched, turn))
