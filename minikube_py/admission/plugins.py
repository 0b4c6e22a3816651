"""Registers the built-in admission plugins, in kube-apiserver's recommended order."""

from minikube_py.admission.certificatesubject import CertificateSubjectRestriction
from minikube_py.admission.claimresize import PersistentVolumeClaimResize
from minikube_py.admission.defaultingressclass import DefaultIngressClass
from minikube_py.admission.defaultstorageclass import DefaultStorageClass
from minikube_py.admission.defaulttolerationseconds import DefaultTolerationSeconds
from minikube_py.admission.limitranger import LimitRanger
from minikube_py.admission.namespacelifecycle import NamespaceLifecycle
from minikube_py.admission.podsecurity import PodSecurity
from minikube_py.admission.priority import Priority
from minikube_py.admission.resourcequota import ResourceQuota
from minikube_py.admission.runtimeclass import RuntimeClass
from minikube_py.admission.serviceaccount import ServiceAccount
from minikube_py.admission.storageobjectinuse import StorageObjectInUseProtection
from minikube_py.plugin import hookimpl
from minikube_py.plugin.admission import AdmissionPlugin
from minikube_py.plugin.registries import Registry

# kube-apiserver's order (pkg/kubeapiserver/options/plugins.go) as far as the plugins are built.
ORDER: tuple[type[AdmissionPlugin], ...] = (
    NamespaceLifecycle,
    LimitRanger,
    ServiceAccount,
    PodSecurity,
    Priority,
    DefaultTolerationSeconds,
    DefaultStorageClass,
    StorageObjectInUseProtection,
    PersistentVolumeClaimResize,
    RuntimeClass,
    CertificateSubjectRestriction,
    DefaultIngressClass,
    ResourceQuota,
)


@hookimpl
def kctl_register_admission_plugins(registry: Registry[AdmissionPlugin]) -> None:
    """Add one instance of each."""
    for plugin in ORDER:
        registry.add(plugin.name, plugin())
