"""DefaultTolerationSeconds: pods stay five minutes on a node that is not ready or unreachable."""

from minikube_py.kits.clock import Clock
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
SECONDS = 300


class DefaultTolerationSeconds(AdmissionPlugin):
    """plugin/pkg/admission/defaulttolerationseconds."""

    name = "DefaultTolerationSeconds"
    operations = ("CREATE", "UPDATE")
    resources = ("pods",)

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Add the tolerations that the pod does not have in some form."""
        pod = attributes.object
        assert pod is not None
        tolerations = pod["spec"].get("tolerations") or []
        missing = [key for key in TAINTS if not any(_covers(item, key) for item in tolerations)]
        if missing:
            added = [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS} for key in missing]
            pod["spec"]["tolerations"] = [*tolerations, *added]


def _covers(toleration: dict[str, str], key: str) -> bool:
    return toleration.get("key", "") in ("", key) and toleration.get("effect", "") in ("", "NoExecute")
