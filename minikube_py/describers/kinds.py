"""Which module describes which kind: "module", or "module:function". All other kinds go to the generic describer."""

GENERIC = "generic"

_BY_GROUP = {
    "": {
        "ConfigMap": "configmap",
        "Endpoints": "endpoints",
        "LimitRange": "limitrange",
        "Namespace": "namespace",
        "Node": "node",
        "PersistentVolume": "persistentvolume",
        "PersistentVolumeClaim": "persistentvolumeclaim",
        "Pod": "pod",
        "ReplicationController": "replicaset:describe_replication_controller",
        "ResourceQuota": "resourcequota",
        "Secret": "secret",
        "Service": "service",
        "ServiceAccount": "serviceaccount",
    },
    "apps": {"DaemonSet": "daemonset", "Deployment": "deployment", "ReplicaSet": "replicaset", "StatefulSet": "statefulset"},
    "autoscaling": {"HorizontalPodAutoscaler": "hpa"},
    "batch": {"CronJob": "cronjob", "Job": "job"},
    "certificates.k8s.io": {"CertificateSigningRequest": "csr"},
    "discovery.k8s.io": {"EndpointSlice": "endpoints:describe_slice"},
    "networking.k8s.io": {
        "IPAddress": "addresses:describe_ip_address",
        "Ingress": "ingress",
        "IngressClass": "ingress:describe_class",
        "NetworkPolicy": "networkpolicy",
        "ServiceCIDR": "addresses:describe_service_cidr",
    },
    "policy": {"PodDisruptionBudget": "pdb"},
    "rbac.authorization.k8s.io": {
        "ClusterRole": "role",
        "ClusterRoleBinding": "role:describe_binding",
        "Role": "role",
        "RoleBinding": "role:describe_binding",
    },
    "scheduling.k8s.io": {"PriorityClass": "priorityclass"},
    "storage.k8s.io": {
        "CSINode": "storageclass:describe_csi_node",
        "StorageClass": "storageclass",
        "VolumeAttributesClass": "storageclass:describe_attributes_class",
    },
}

DESCRIBERS = {(group, kind): where for group, kinds in _BY_GROUP.items() for kind, where in kinds.items()}
