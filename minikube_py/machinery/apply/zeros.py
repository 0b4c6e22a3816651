"""What an object of each built-in kind holds before anything is set, as far as Go writes it.

Ownership on create is the difference from this: a struct that is not behind a pointer, and a field without `omitempty`, is always
there, so its creator does not own the field itself (`f:spec` has no "."), only what is below. From the Go types of k8s.io/api v0.33.
metadata is always a plain struct and left out here.
"""

from typing import Any

from minikube_py.machinery import meta

Zero = dict[str, Any]

_TEMPLATE: Zero = {"metadata": {"creationTimestamp": None}, "spec": {"containers": None}}
NOTHING: Zero = {}

_SPEC_ONLY: Zero = {"spec": {}}
_SPEC_AND_STATUS: Zero = {"spec": {}, "status": {}}

ZEROS: dict[str, Zero] = {
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": _SPEC_AND_STATUS,
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": _SPEC_ONLY,
    "admissionregistration.k8s.io/v1alpha1/MutatingAdmissionPolicy": _SPEC_ONLY,
    "admissionregistration.k8s.io/v1alpha1/MutatingAdmissionPolicyBinding": _SPEC_ONLY,
    "admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicy": _SPEC_AND_STATUS,
    "admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicyBinding": _SPEC_ONLY,
    "apiextensions.k8s.io/v1/CustomResourceDefinition": {
        "spec": {"group": "", "names": {"plural": "", "kind": ""}, "scope": "", "versions": None},
        "status": {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": None},
    },
    "apiregistration.k8s.io/v1/APIService": {"spec": {"groupPriorityMinimum": 0, "versionPriority": 0}, "status": {}},
    "apps/v1/ControllerRevision": {"data": None, "revision": 0},
    "apps/v1/DaemonSet": {
        "spec": {"selector": None, "template": _TEMPLATE, "updateStrategy": {}},
        "status": {"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0},
    },
    "apps/v1/Deployment": {"spec": {"selector": None, "template": _TEMPLATE, "strategy": {}}, "status": {}},
    "apps/v1/ReplicaSet": {"spec": {"selector": None, "template": _TEMPLATE}, "status": {"replicas": 0}},
    "apps/v1/StatefulSet": {
        "spec": {"selector": None, "template": _TEMPLATE, "serviceName": "", "updateStrategy": {}},
        "status": {"replicas": 0, "availableReplicas": 0},
    },
    "autoscaling/v1/HorizontalPodAutoscaler": {
        "spec": {"scaleTargetRef": {"kind": "", "name": ""}, "maxReplicas": 0},
        "status": {"currentReplicas": 0, "desiredReplicas": 0},
    },
    "autoscaling/v2/HorizontalPodAutoscaler": {
        "spec": {"scaleTargetRef": {"kind": "", "name": ""}, "maxReplicas": 0},
        "status": {"desiredReplicas": 0, "currentMetrics": None},
    },
    "batch/v1/CronJob": {
        "spec": {"schedule": "", "jobTemplate": {"metadata": {"creationTimestamp": None}, "spec": {"template": _TEMPLATE}}},
        "status": {},
    },
    "batch/v1/Job": {"spec": {"template": _TEMPLATE}, "status": {}},
    "certificates.k8s.io/v1/CertificateSigningRequest": {"spec": {"request": None, "signerName": ""}, "status": {}},
    "certificates.k8s.io/v1alpha1/ClusterTrustBundle": {"spec": {"trustBundle": ""}},
    "certificates.k8s.io/v1beta1/ClusterTrustBundle": {"spec": {"trustBundle": ""}},
    "coordination.k8s.io/v1/Lease": _SPEC_ONLY,
    "coordination.k8s.io/v1alpha2/LeaseCandidate": {"spec": {"leaseName": "", "binaryVersion": ""}},
    "coordination.k8s.io/v1beta1/LeaseCandidate": {"spec": {"leaseName": "", "binaryVersion": ""}},
    "discovery.k8s.io/v1/EndpointSlice": {"addressType": "", "endpoints": None, "ports": None},
    "events.k8s.io/v1/Event": {
        "eventTime": None,
        "regarding": {},
        "deprecatedSource": {},
        "deprecatedFirstTimestamp": None,
        "deprecatedLastTimestamp": None,
    },
    "flowcontrol.apiserver.k8s.io/v1/FlowSchema": {
        "spec": {"priorityLevelConfiguration": {"name": ""}, "matchingPrecedence": 0},
        "status": {},
    },
    "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration": {"spec": {"type": ""}, "status": {}},
    "networking.k8s.io/v1/IPAddress": _SPEC_ONLY,
    "networking.k8s.io/v1/Ingress": {"spec": {}, "status": {"loadBalancer": {}}},
    "networking.k8s.io/v1/IngressClass": _SPEC_ONLY,
    "networking.k8s.io/v1/NetworkPolicy": {"spec": {"podSelector": {}}},
    "networking.k8s.io/v1/ServiceCIDR": _SPEC_AND_STATUS,
    "networking.k8s.io/v1beta1/IPAddress": _SPEC_ONLY,
    "networking.k8s.io/v1beta1/ServiceCIDR": _SPEC_AND_STATUS,
    "node.k8s.io/v1/RuntimeClass": {"handler": ""},
    "policy/v1/PodDisruptionBudget": {
        "spec": {},
        "status": {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
    },
    "rbac.authorization.k8s.io/v1/ClusterRole": {"rules": None},
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": {"roleRef": {"apiGroup": "", "kind": "", "name": ""}},
    "rbac.authorization.k8s.io/v1/Role": {"rules": None},
    "rbac.authorization.k8s.io/v1/RoleBinding": {"roleRef": {"apiGroup": "", "kind": "", "name": ""}},
    "resource.k8s.io/v1alpha3/DeviceClass": _SPEC_ONLY,
    "resource.k8s.io/v1alpha3/DeviceTaintRule": {"spec": {"taint": {"key": "", "effect": ""}}},
    "resource.k8s.io/v1alpha3/ResourceClaim": {"spec": {"devices": {"requests": None}}, "status": {}},
    "resource.k8s.io/v1alpha3/ResourceClaimTemplate": {
        "spec": {"metadata": {"creationTimestamp": None}, "spec": {"devices": {"requests": None}}},
    },
    "resource.k8s.io/v1alpha3/ResourceSlice": {
        "spec": {"driver": "", "pool": {"name": "", "generation": 0, "resourceSliceCount": 0}, "devices": None},
    },
    "resource.k8s.io/v1beta1/DeviceClass": _SPEC_ONLY,
    "resource.k8s.io/v1beta1/ResourceClaim": {"spec": {"devices": {"requests": None}}, "status": {}},
    "resource.k8s.io/v1beta1/ResourceClaimTemplate": {
        "spec": {"metadata": {"creationTimestamp": None}, "spec": {"devices": {"requests": None}}},
    },
    "resource.k8s.io/v1beta1/ResourceSlice": {
        "spec": {"driver": "", "pool": {"name": "", "generation": 0, "resourceSliceCount": 0}, "devices": None},
    },
    "resource.k8s.io/v1beta2/DeviceClass": _SPEC_ONLY,
    "resource.k8s.io/v1beta2/ResourceClaim": {"spec": {"devices": {"requests": None}}, "status": {}},
    "resource.k8s.io/v1beta2/ResourceClaimTemplate": {
        "spec": {"metadata": {"creationTimestamp": None}, "spec": {"devices": {"requests": None}}},
    },
    "resource.k8s.io/v1beta2/ResourceSlice": {
        "spec": {"driver": "", "pool": {"name": "", "generation": 0, "resourceSliceCount": 0}, "devices": None},
    },
    "scheduling.k8s.io/v1/PriorityClass": {"value": 0},
    "storage.k8s.io/v1/CSIDriver": _SPEC_ONLY,
    "storage.k8s.io/v1/CSINode": {"spec": {"drivers": None}},
    "storage.k8s.io/v1/CSIStorageCapacity": {"storageClassName": ""},
    "storage.k8s.io/v1/StorageClass": {"provisioner": ""},
    "storage.k8s.io/v1/VolumeAttachment": {"spec": {"attacher": "", "source": {}, "nodeName": ""}, "status": {"attached": False}},
    "storage.k8s.io/v1alpha1/VolumeAttributesClass": {"driverName": ""},
    "storage.k8s.io/v1beta1/VolumeAttributesClass": {"driverName": ""},
    "storagemigration.k8s.io/v1alpha1/StorageVersionMigration": {"spec": {"resource": {}}, "status": {}},
    "v1/Event": {
        "involvedObject": {},
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
    },
    "v1/LimitRange": {"spec": {"limits": None}},
    "v1/Namespace": _SPEC_AND_STATUS,
    "v1/Node": {
        "spec": {},
        "status": {
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
            "nodeInfo": {
                "machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "", "osImage": "", "containerRuntimeVersion": "",
                "kubeletVersion": "", "kubeProxyVersion": "", "operatingSystem": "", "architecture": "",
            },
        },
    },
    "v1/PersistentVolume": _SPEC_AND_STATUS,
    "v1/PersistentVolumeClaim": {"spec": {"resources": {}}, "status": {}},
    "v1/Pod": {"spec": {"containers": None}, "status": {}},
    "v1/PodTemplate": {"template": _TEMPLATE},
    "v1/ReplicationController": {"spec": {}, "status": {"replicas": 0}},
    "v1/ResourceQuota": _SPEC_AND_STATUS,
    "v1/Service": {"spec": {}, "status": {"loadBalancer": {}}},
}  # fmt: skip


def of(api_version: str, kind: str) -> Zero:
    """Return the zero object of a kind without its metadata; NOTHING for custom kinds."""
    return ZEROS.get(f"{api_version}/{kind}", NOTHING)


def fill(obj: dict[str, Any]) -> None:
    """Put into an object the structs that it came without, and what Go writes in them; what is there stays."""
    _fill(obj, of(obj.get("apiVersion", ""), obj.get("kind", "")))


def _fill(obj: dict[str, Any], zero: Zero) -> None:
    for field, value in zero.items():
        if not isinstance(value, dict):
            obj.setdefault(field, value)
        elif obj.get(field) is None:
            obj[field] = meta.clone(value)
        else:
            _fill(obj[field], value)
