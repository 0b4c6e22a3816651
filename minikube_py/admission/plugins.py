"""Registers the built-in admission plugins, in kube-apiserver's recommended order."""

from typing import Any

from minikube_py.plugin import hookimpl, late
from minikube_py.plugin.registries import Registry

_CONTROLLERS = "replicationcontrollers podtemplates replicasets.apps deployments.apps statefulsets.apps daemonsets.apps jobs.batch cronjobs.batch"

# kube-apiserver's order (pkg/kubeapiserver/options/plugins.go) as far as the plugins are built: module here, class, and what it handles,
# as the class says itself. It is imported with the first such request; the two that handle everything at once.
ORDER = (
    ("namespacelifecycle", "NamespaceLifecycle", "", ""),
    ("limitranger", "LimitRanger", "CREATE UPDATE", "pods persistentvolumeclaims pods/resize"),
    ("serviceaccount", "ServiceAccount", "CREATE", "pods"),
    ("podsecurity", "PodSecurity", "CREATE UPDATE", "namespaces pods pods/ephemeralcontainers pods/resize " + _CONTROLLERS),
    ("priority", "Priority", "CREATE UPDATE", "pods priorityclasses.scheduling.k8s.io"),
    ("defaulttolerationseconds", "DefaultTolerationSeconds", "CREATE UPDATE", "pods"),
    ("defaultstorageclass", "DefaultStorageClass", "CREATE", "persistentvolumeclaims"),
    ("storageobjectinuse", "StorageObjectInUseProtection", "CREATE", "persistentvolumeclaims persistentvolumes"),
    ("claimresize", "PersistentVolumeClaimResize", "UPDATE", "persistentvolumeclaims"),
    ("runtimeclass", "RuntimeClass", "CREATE", "pods"),
    ("certificatesubject", "CertificateSubjectRestriction", "CREATE", "certificatesigningrequests.certificates.k8s.io"),
    ("defaultingressclass", "DefaultIngressClass", "CREATE", "ingresses.networking.k8s.io"),
    ("resourcequota", "ResourceQuota", "", ""),
)


@hookimpl
def kctl_register_admission_plugins(registry: Registry[Any]) -> None:
    """Add one instance of each."""
    for module, kind, operations, resources in ORDER:
        known = {"operations": tuple(operations.split()), "resources": tuple(resources.split())} if resources else {}
        registry.add(kind, late.Instance(f"{__package__}.{module}", kind, **known))
