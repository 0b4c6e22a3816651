"""The Node authorizer: a kubelet may touch what its own node and the pods on it need (plugin/pkg/auth/authorizer/node)."""

from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth
from minikube_py.plugin.auth import Attributes, Decision
from minikube_py.plugin.reader import Reader

GROUP = "system:nodes"
PREFIX = "system:node:"
_READ = ("get", "list", "watch")
_ANYWHERE = {
    ("", "services"): _READ,
    ("", "nodes"): ("create", *_READ, "update", "patch"),
    ("", "nodes/status"): ("update", "patch"),
    ("", "pods"): (*_READ, "create", "delete"),
    ("", "pods/status"): ("update", "patch"),
    ("", "pods/eviction"): ("create",),
    ("", "events"): ("create", "patch", "update", "get"),
    ("", "persistentvolumeclaims"): ("get",),
    ("", "persistentvolumes"): ("get",),
    ("", "configmaps"): _READ,
    ("", "secrets"): _READ,
    ("", "serviceaccounts/token"): ("create",),
    ("coordination.k8s.io", "leases"): ("create", "get", "update", "patch", "delete"),
    ("storage.k8s.io", "csinodes"): ("create", "get", "update", "patch", "delete"),
    ("storage.k8s.io", "csidrivers"): _READ,
    ("storage.k8s.io", "volumeattachments"): ("get",),
    ("node.k8s.io", "runtimeclasses"): _READ,
    ("certificates.k8s.io", "certificatesigningrequests"): ("create", *_READ),
    ("authentication.k8s.io", "tokenreviews"): ("create",),
    ("authorization.k8s.io", "subjectaccessreviews"): ("create",),
    ("authorization.k8s.io", "localsubjectaccessreviews"): ("create",),
}
_OWN = frozenset({"nodes", "leases", "csinodes"})


class NodeAuthorizer:
    """Has no opinion on anybody but nodes; denies them nothing that another authorizer allows."""

    name = "Node"

    def __init__(self) -> None:
        self._witnesses: dict[tuple[str, str, str, str], str] = {}  # the pod that was last found to need an object

    def authorize(self, attributes: Attributes, reader: Reader) -> Decision:
        """Return allow for what a node needs."""
        user = attributes.user
        if GROUP not in user.groups:
            return Decision(auth.NO_OPINION)
        if not user.name.startswith(PREFIX):
            own_loop = user.name == "system:node" and attributes.resource == "pods" and attributes.verb == "get"
            return Decision(auth.ALLOW) if own_loop else Decision(auth.NO_OPINION, "unknown node")
        node = user.name[len(PREFIX) :]
        resource = attributes.resource + (f"/{attributes.subresource}" if attributes.subresource else "")
        if attributes.verb not in _ANYWHERE.get((attributes.group, resource), ()):
            return Decision(auth.NO_OPINION)
        return self._own(attributes, node, reader)

    def _own(self, attributes: Attributes, node: str, reader: Reader) -> Decision:
        kind = attributes.resource
        if kind == "leases" and attributes.namespace != "kube-node-lease":
            return _refused("can only access leases in the \"kube-node-lease\" system namespace")
        if attributes.subresource == "token":
            return self._account(attributes, node, reader)
        writes = attributes.verb not in _READ
        if kind in _OWN and writes and attributes.name not in ("", node):
            return _refused(f"node '{node}' is not allowed to modify {kind} '{attributes.name}'")
        if kind == "nodes" and not writes and attributes.name != node:
            what = f"'{attributes.name}'" if attributes.name else "all nodes"
            return _refused(f"node '{node}' cannot read {what}, only its own Node object")
        if kind in ("configmaps", "secrets", "persistentvolumeclaims"):
            return self._needed(attributes, node, reader)
        if kind == "pods" and writes and attributes.name and attributes.verb != "create":
            pod = reader.get("pods", attributes.name, attributes.namespace)
            if pod is not None and pod["spec"].get("nodeName") != node:
                return _refused(f"node '{node}' can only change pods bound to itself")
        return Decision(auth.ALLOW)

    @staticmethod
    def _account(attributes: Attributes, node: str, reader: Reader) -> Decision:
        """Allow a token for an account that some pod of the node runs as."""
        for pod in reader.list("pods", attributes.namespace, index=("node", node)) if attributes.name else ():
            if pod["spec"].get("serviceAccountName") == attributes.name:
                return Decision(auth.ALLOW)
        return _refused(f"no relationship found between node '{node}' and this object")

    def _needed(self, attributes: Attributes, node: str, reader: Reader) -> Decision:
        wanted = (node, attributes.resource, attributes.namespace, attributes.name)
        witness = reader.get("pods", self._witnesses[wanted], attributes.namespace) if wanted in self._witnesses else None
        if witness is not None and witness["spec"].get("nodeName") == node and _refers(witness, attributes.resource, attributes.name):
            return Decision(auth.ALLOW)
        for pod in reader.list("pods", attributes.namespace, index=("node", node)) if attributes.name else ():
            if _refers(pod, attributes.resource, attributes.name):
                self._witnesses[wanted] = pod["metadata"]["name"]
                return Decision(auth.ALLOW)
        self._witnesses.pop(wanted, None)
        return _refused(f"no relationship found between node '{node}' and this object")


def _refused(reason: str) -> Decision:
    return Decision(auth.NO_OPINION, reason)


def _refers(pod: Object, resource: str, name: str) -> bool:
    """Tell whether a pod's spec names a config map, secret or claim."""
    spec = pod["spec"]
    if resource == "secrets" and any(item.get("name") == name for item in spec.get("imagePullSecrets") or ()):
        return True
    return _names(spec, {"configmaps": _CONFIG, "secrets": _SECRET, "persistentvolumeclaims": _CLAIM}[resource], name)


_CONFIG = {"configMap": "name", "configMapRef": "name", "configMapKeyRef": "name"}
_SECRET = {"secret": "secretName", "secretRef": "name", "secretKeyRef": "name", "secretName": ""}
_CLAIM = {"persistentVolumeClaim": "claimName"}


def _names(value: object, fields: dict[str, str], name: str) -> bool:
    """Tell whether some reference of the given kinds, anywhere below, has this name."""
    if isinstance(value, list):
        return any(_names(item, fields, name) for item in value)
    if not isinstance(value, dict):
        return False
    for field, item in value.items():
        if field in fields and (item == name or (isinstance(item, dict) and name in (item.get(fields[field]), item.get("name")))):
            return True
        if _names(item, fields, name):
            return True
    return False
