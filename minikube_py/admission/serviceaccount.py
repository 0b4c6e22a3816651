"""ServiceAccount: each pod gets an account, its pull secrets, and (if wanted) a volume with its token."""

from typing import Any

from minikube_py.kits import digests
from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, meta, names
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

MIRROR = "kubernetes.io/config.mirror"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_DEFAULT = "default"
_PREFIX = "kube-api-access-"
_TOKEN_SECONDS = 3607  # an hour and a bit: kubelets treat it as renewable, older clients as they did before


class ServiceAccount(AdmissionPlugin):
    """plugin/pkg/admission/serviceaccount."""

    name = "ServiceAccount"
    operations = ("CREATE",)
    resources = ("pods",)

    def __init__(self) -> None:
        self._served = 0

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Complete the pod."""
        pod = attributes.object
        assert pod is not None
        spec = pod["spec"]
        if MIRROR in meta.annotations(pod):
            _check_mirror(attributes, pod)
            return
        name = spec.get("serviceAccountName") or _DEFAULT
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        account = reader.get("serviceaccounts", name, attributes.namespace)
        if account is None:
            cause = f'error looking up service account {attributes.namespace}/{name}: serviceaccount "{name}" not found'
            raise errors.Forbidden("pods", attributes.label, cause)
        if _wants_token(account, spec):
            _mount_token(pod, self._suffix(pod, attributes.namespace, clock))
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [dict(secret) for secret in account["imagePullSecrets"]]

    def _suffix(self, pod: Object, namespace: str, clock: Clock) -> str:
        """Return five characters as generated names have them: always the same for one name, never for names yet to be made."""
        text = f"{namespace}/{meta.name(pod)}"
        if not meta.name(pod):
            self._served += 1
            text = f"{text}{pod['metadata'].get('generateName')}/{clock.now()}/{self._served}"
        return names.safe(digests.blake2b(text.encode(), digest_size=5).digest())


def _check_mirror(attributes: Attributes, pod: Object) -> None:
    spec = pod["spec"]
    if spec.get("serviceAccountName"):
        raise errors.Forbidden("pods", attributes.label, "a mirror pod may not reference service accounts")
    for volume in spec.get("volumes") or ():
        if volume.get("secret"):
            raise errors.Forbidden("pods", attributes.label, "a mirror pod may not reference secrets")


def _wants_token(account: Object, spec: dict[str, Any]) -> bool:
    own = spec.get("automountServiceAccountToken")
    wanted = account.get("automountServiceAccountToken") if own is None else own
    return wanted is None or bool(wanted)


def _mount_token(pod: Object, suffix: str) -> None:
    spec = pod["spec"]
    volume = next((item["name"] for item in spec.get("volumes") or () if item["name"].startswith(_PREFIX)), "")
    name = volume or _PREFIX + suffix
    mounted = False
    for container in meta.containers(spec):
        mounts = container.get("volumeMounts") or []
        if any(mount.get("mountPath") == MOUNT_PATH for mount in mounts):
            continue
        container["volumeMounts"] = [*mounts, {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}]
        mounted = True
    if mounted and not volume:
        spec["volumes"] = [*(spec.get("volumes") or []), {"name": name, "projected": _projection()}]


def _projection() -> dict[str, Any]:
    field = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "defaultMode": 420,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": _TOKEN_SECONDS, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [field]}},
        ],
    }
