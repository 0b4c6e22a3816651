"""The fields that kustomize's transformers know by themselves: where labels, names, images and references to names stand."""

from collections.abc import Iterator

from minikube_py.kustomize.fieldspecs import FieldSpec
from minikube_py.kustomize.ids import Gvk

_POD_SPECS = {
    "Pod": "spec", "PodTemplate": "template/spec", "Deployment": "spec/template/spec", "ReplicaSet": "spec/template/spec",
    "DaemonSet": "spec/template/spec", "StatefulSet": "spec/template/spec", "Job": "spec/template/spec", "CronJob": "spec/jobTemplate/spec/template/spec",
    "ReplicationController": "spec/template/spec",
}  # fmt: skip
_WORKLOADS = ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "CronJob")
_ACCOUNTED = ("Pod", "StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet")
_RBAC, _ADMISSION, _NETWORKING, _STORAGE = "rbac.authorization.k8s.io", "admissionregistration.k8s.io", "networking.k8s.io", "storage.k8s.io"


def _spec(path: str, kind: str = "", group: str = "", version: str = "", *, create: bool = False) -> FieldSpec:
    return FieldSpec(Gvk(group, version, kind), path, create)


def name_prefix() -> list[FieldSpec]:
    """Return what a prefix is put before, and a suffix behind."""
    return [_spec("metadata/name")]


def _templates(field: str) -> Iterator[FieldSpec]:
    """Yield metadata.FIELD of objects and of the templates within them."""
    sets = "apps" if field == "labels" else ""
    yield _spec(f"metadata/{field}", create=True)
    yield _spec(f"spec/template/metadata/{field}", "ReplicationController", version="v1", create=True)
    for kind in ("Deployment", "ReplicaSet", "DaemonSet"):
        yield _spec(f"spec/template/metadata/{field}", kind, create=True)
    yield _spec(f"spec/template/metadata/{field}", "StatefulSet", sets, create=True)
    if field == "labels":
        yield _spec("spec/volumeClaimTemplates[]/metadata/labels", "StatefulSet", "apps", create=True)
    yield _spec(f"spec/template/metadata/{field}", "Job", "batch", create=True)
    yield _spec(f"spec/jobTemplate/metadata/{field}", "CronJob", "batch", create=True)
    yield _spec(f"spec/jobTemplate/spec/template/metadata/{field}", "CronJob", "batch", create=True)


def common_annotations() -> list[FieldSpec]:
    """Return where commonAnnotations go."""
    return list(_templates("annotations"))


def template_labels() -> list[FieldSpec]:
    """Return where labels with includeTemplates go."""
    return list(_templates("labels"))


def common_labels() -> list[FieldSpec]:
    """Return where labels with includeSelectors go."""
    found = [_spec("spec/selector", kind, version="v1", create=True) for kind in ("Service", "ReplicationController")]
    found += [_spec("spec/selector/matchLabels", kind, create=True) for kind in ("Deployment", "ReplicaSet", "DaemonSet")]
    found.append(_spec("spec/selector/matchLabels", "StatefulSet", "apps", create=True))
    for kind in ("Deployment", "StatefulSet"):
        for affinity in ("podAffinity", "podAntiAffinity"):
            for when in ("preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm", "requiredDuringSchedulingIgnoredDuringExecution"):
                found.append(_spec(f"spec/template/spec/affinity/{affinity}/{when}/labelSelector/matchLabels", kind, "apps"))
        found.append(_spec("spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels", kind, "apps"))
    found.append(_spec("spec/selector/matchLabels", "Job", "batch"))
    found.append(_spec("spec/jobTemplate/spec/selector/matchLabels", "CronJob", "batch"))
    found.append(_spec("spec/selector/matchLabels", "PodDisruptionBudget", "policy"))
    for path in ("podSelector", "ingress/from/podSelector", "egress/to/podSelector"):
        found.append(_spec(f"spec/{path}/matchLabels", "NetworkPolicy", _NETWORKING))
    return found + template_labels()


def namespace() -> list[FieldSpec]:
    """Return where a namespace goes besides metadata.namespace."""
    return [
        _spec("metadata/name", "Namespace", create=True),
        _spec("spec/service/namespace", "APIService", "apiregistration.k8s.io", create=True),
        _spec("spec/conversion/webhook/clientConfig/service/namespace", "CustomResourceDefinition", "apiextensions.k8s.io"),
    ]


def images() -> list[FieldSpec]:
    """Return where images stand, besides every containers and initContainers."""
    return [_spec(f"{pod}/{field}[]/image", create=True) for pod in ("spec", "spec/template/spec") for field in ("containers", "initContainers")]


def replicas() -> list[FieldSpec]:
    """Return where replica counts stand."""
    return [_spec("spec/replicas", kind, create=True) for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")]


def var_reference() -> list[FieldSpec]:
    """Return the fields in which $(VAR) is replaced."""
    found = []
    for kind in ("CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"):
        pod = _POD_SPECS[kind]
        for containers in ("containers", "initContainers"):
            for field in ("args", "command", "env/value", "volumeMounts/mountPath"):
                found.append(_spec(f"{pod}/{containers}/{field}", kind))
        # The paths of the CronJob and the StatefulSet are wrong, and kustomize's own.
        odd = {"CronJob": "spec/jobTemplate/spec/template/volumes/nfs/server", "StatefulSet": "spec/volumeClaimTemplates/spec/nfs/server"}
        found.append(_spec(odd.get(kind, f"{pod}/volumes/nfs/server"), kind))
    found.append(_spec("spec/template/metadata/annotations", "Deployment"))
    found += [_spec(f"spec/{path}", "Ingress") for path in ("rules/host", "tls/hosts", "tls/secretName")]
    found += [_spec(f"spec/ports/{field}", "Service") for field in ("port", "targetPort")]
    return [*found, _spec("spec/nfs/server", "PersistentVolume"), _spec("metadata/labels"), _spec("metadata/annotations")]


def _in_pods(*fields: str, kinds: tuple[str, ...]) -> Iterator[FieldSpec]:
    for kind in kinds:
        for field in fields:
            yield _spec(f"{_POD_SPECS[kind]}/{field}", kind)


def _config_map() -> list[FieldSpec]:
    fields = ["volumes/configMap/name", "volumes/projected/sources/configMap/name"]
    for containers in ("containers", "initContainers"):
        fields += [f"{containers}/env/valueFrom/configMapKeyRef/name", f"{containers}/envFrom/configMapRef/name"]
    return [
        *(_spec(f"spec/{field}", "Pod", version="v1") for field in fields),
        *_in_pods(*fields, kinds=("PodTemplate", *_WORKLOADS)),
        _spec("spec/configSource/configMap", "Node"),
        _spec("rules/resourceNames", "Role"),
        _spec("rules/resourceNames", "ClusterRole"),
        _spec(r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap", "Ingress"),
    ]


def _secret() -> list[FieldSpec]:
    fields = ["volumes/secret/secretName", "imagePullSecrets/name", "volumes/projected/sources/secret/name"]
    for containers in ("containers", "initContainers"):
        fields += [f"{containers}/env/valueFrom/secretKeyRef/name", f"{containers}/envFrom/secretRef/name"]
    annotations = (r"ingress.kubernetes.io\/auth-secret", r"nginx.ingress.kubernetes.io\/auth-secret", r"nginx.ingress.kubernetes.io\/auth-tls-secret")
    return [
        *(_spec(f"spec/{field}", "Pod", version="v1") for field in fields),
        *_in_pods(*fields, kinds=("PodTemplate", *_WORKLOADS)),
        _spec("spec/tls/secretName", "Ingress"),
        *(_spec(f"metadata/annotations/{annotation}", "Ingress") for annotation in annotations),
        _spec("imagePullSecrets/name", "ServiceAccount"),
        *(_spec(f"parameters/{field}", "StorageClass") for field in ("secretName", "adminSecretName", "userSecretName", "secretRef")),
        _spec("rules/resourceNames", "Role"),
        _spec("rules/resourceNames", "ClusterRole"),
        _spec("spec/template/spec/containers/env/valueFrom/secretKeyRef/name", "Service", "serving.knative.dev", "v1"),
        _spec("spec/azureFile/secretName", "PersistentVolume"),
    ]


def _service() -> list[FieldSpec]:
    backends = ("rules/http/paths/backend/serviceName", "backend/serviceName", "rules/http/paths/backend/service/name", "defaultBackend/service/name")
    return [
        _spec("spec/serviceName", "StatefulSet", "apps"),
        *(_spec(f"spec/{path}", "Ingress") for path in backends),
        _spec("spec/service/name", "APIService", "apiregistration.k8s.io"),
        *(_spec("webhooks/clientConfig/service", f"{what}WebhookConfiguration", _ADMISSION) for what in ("Validating", "Mutating")),
    ]


def name_reference() -> dict[Gvk, list[FieldSpec]]:
    """Return by what is named the fields that name it."""
    scaled = [_spec("spec/scaleTargetRef/name", "HorizontalPodAutoscaler")]
    role, cluster_role = _spec("roleRef/name", "RoleBinding", _RBAC), _spec("roleRef/name", "ClusterRoleBinding", _RBAC)
    accounts = [_spec("subjects", "RoleBinding", _RBAC), _spec("subjects", "ClusterRoleBinding", _RBAC), *_in_pods("serviceAccountName", kinds=_ACCOUNTED)]
    classes = [("spec/storageClassName", "PersistentVolume"), ("spec/storageClassName", "PersistentVolumeClaim"),
               ("spec/volumeClaimTemplates/spec/storageClassName", "StatefulSet")]  # fmt: skip
    return {
        **{Gvk(kind=kind): scaled for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")},
        Gvk("", "v1", "ConfigMap"): _config_map(),
        Gvk("", "v1", "Secret"): _secret(),
        Gvk("", "v1", "Service"): _service(),
        Gvk(_RBAC, "", "Role"): [role],
        Gvk(_RBAC, "", "ClusterRole"): [role, cluster_role],
        Gvk("", "v1", "ServiceAccount"): accounts,
        Gvk("", "v1", "PersistentVolumeClaim"): list(_in_pods("volumes/persistentVolumeClaim/claimName", kinds=_ACCOUNTED)),
        Gvk("", "v1", "PersistentVolume"): [_spec("spec/volumeName", "PersistentVolumeClaim"), _spec("rules/resourceNames", "ClusterRole")],
        Gvk(_STORAGE, "v1", "StorageClass"): [_spec(path, kind) for path, kind in classes],
        Gvk("scheduling.k8s.io", "v1", "PriorityClass"): list(_in_pods("priorityClassName", kinds=_ACCOUNTED)),
        # The group is kustomize's: no kind has it, and so no IngressClass is ever followed.
        Gvk("networking.k8s.io/v1", "v1", "IngressClass"): [_spec("spec/ingressClassName", "Ingress")],
        Gvk(_ADMISSION, "", "ValidatingAdmissionPolicy"): [_spec("spec/policyName", "ValidatingAdmissionPolicyBinding", _ADMISSION)],
    }
