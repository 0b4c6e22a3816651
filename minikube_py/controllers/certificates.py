"""CertificateSigningRequests: what was approved is signed, what lies about is thrown away (pkg/controller/certificates)."""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.kits import pki
from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_REQUESTS = "certificatesigningrequests.certificates.k8s.io"
_USER = "system:serviceaccount:kube-system:certificate-controller"
_CLIENT, _KUBELET, _SERVING = (f"kubernetes.io/{name}" for name in ("kube-apiserver-client", "kube-apiserver-client-kubelet", "kubelet-serving"))
_USAGES = {"digital signature": "digital signature", "key encipherment": "key encipherment", "client auth": pki.CLIENT, "server auth": pki.SERVER}
_LONGEST = 365 * pki.DAY  # --cluster-signing-duration
_HOUR = 3600.0
_KEPT = {"Approved": _HOUR, "Denied": _HOUR, "Failed": _HOUR}
_PENDING = 24 * _HOUR


class CertificateApprover(Loop):
    """Approves what kubelets ask for to become clients, where who asks may have that. Keys are names of requests."""

    name = "certificatesigningrequest-approving-controller"
    user = _USER

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes the approver."""
        return {_REQUESTS: lambda change: object_key(change) if change.type != "DELETED" else ()}

    def reconcile(self, key: str) -> float | None:
        """Approve one request, if it is a kubelet's."""
        request = self.client.find(_REQUESTS, key)
        status = (request or {}).get("status") or {}
        if request is None or status.get("certificate") or any(item["type"] in ("Approved", "Denied") for item in status.get("conditions") or ()):
            return None
        for subresource, message in _recognized(request["spec"]):
            if self._may(request["spec"], subresource):
                approved = {"type": "Approved", "status": "True", "reason": "AutoApproved", "message": message}
                conditions = [*(status.get("conditions") or ()), approved]
                self.client.update({**request, "status": {**status, "conditions": conditions}}, subresource="approval")
                break
        return None

    def _may(self, spec: Mapping[str, Any], subresource: str) -> bool:
        """Tell whether who asks may create such requests, without anybody's approval."""
        group, resource = "certificates.k8s.io", "certificatesigningrequests"
        asked = {field: spec[name] for field, name in (("user", "username"), ("uid", "uid"), ("groups", "groups"), ("extra", "extra")) if spec.get(name)}
        asked["resourceAttributes"] = {"group": group, "resource": resource, "subresource": subresource, "verb": "create", "version": "*"}
        review = self.client.create({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {}, "spec": asked})
        return bool(review["status"]["allowed"])


def _recognized(spec: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield what permissions let a request be approved, and what is said then."""
    if spec.get("signerName") != _KUBELET:
        return
    try:
        asked = pki.read_request(base64.b64decode(spec["request"]))
        _check(spec, asked)
    except ValueError:
        return
    if spec.get("username") == asked.common_name:
        yield "selfnodeclient", "Auto approving self kubelet client certificate after SubjectAccessReview."
    yield "nodeclient", "Auto approving kubelet client certificate after SubjectAccessReview."


class CertificateSigner(Loop):
    """Signs for Kubernetes' own signers, with the cluster's authority. Keys are names of requests."""

    name = "certificatesigningrequest-signing-controller"
    user = _USER
    component = "certificate-controller"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes the signer."""
        return {_REQUESTS: lambda change: object_key(change) if change.type != "DELETED" else ()}

    def reconcile(self, key: str) -> float | None:
        """Sign one request, or say why it is not signed."""
        request = self.client.find(_REQUESTS, key)
        if request is None or not _is_waiting(request):
            return None
        status, spec = request["status"], request["spec"]
        text = base64.b64decode(spec["request"])
        try:
            _check(spec, pki.read_request(text))
        except ValueError as error:
            failed = {"type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": str(error)}
            failed["lastUpdateTime"] = rfc3339(self.clock.now())
            self.client.update_status({**request, "status": {**status, "conditions": [*status["conditions"], failed]}})
            return None
        keys = self.context.config["keys"]()
        seconds = min(float(spec.get("expirationSeconds") or _LONGEST), _LONGEST)
        usages = [_USAGES[usage] for usage in spec["usages"]]
        signed = pki.answer(keys.authority(), text, usages=usages, now=keys.machine.now(), seconds=seconds)
        self.client.update_status({**request, "status": {**status, "certificate": base64.b64encode(signed).decode()}})
        return None


def _is_waiting(request: Object) -> bool:
    if request["spec"].get("signerName") not in (_CLIENT, _KUBELET, _SERVING) or (request.get("status") or {}).get("certificate"):
        return False
    types = {item["type"] for item in (request.get("status") or {}).get("conditions") or ()}
    return "Approved" in types and not types & {"Denied", "Failed"}


def _check(spec: Mapping[str, Any], asked: pki.Request) -> None:
    """Raise ValueError where a signer does not give what is asked for (pkg/controller/certificates/signer, pkg/apis/certificates)."""
    if spec["signerName"] == _CLIENT:
        strange = [usage for usage in spec["usages"] if usage not in ("digital signature", "key encipherment", "client auth")]
        if strange:
            raise ValueError(f"invalid usage for client certificate: {strange[0]}")
        if "client auth" not in spec["usages"]:
            raise ValueError("missing required usage for client certificate: client auth")
        return
    if asked.organizations != ("system:nodes",):
        raise ValueError("subject organization is not system:nodes")
    serving = spec["signerName"] == _SERVING
    if serving and not asked.hosts + asked.addresses:
        raise ValueError("DNS or IP subjectAltName is required")
    if not serving and asked.hosts:
        raise ValueError("DNS subjectAltNames are not allowed")
    if not serving and asked.addresses:
        raise ValueError("IP subjectAltNames are not allowed")
    if asked.others:
        raise ValueError("Email and URI subjectAltNames are not allowed")
    wanted = ["digital signature", "key encipherment", "server auth" if serving else "client auth"]
    if set(spec["usages"]) - {"key encipherment"} != set(wanted) - {"key encipherment"}:
        raise ValueError(f"usages did not match [{' '.join(wanted)}]")
    if not asked.common_name.startswith("system:node:"):
        raise ValueError("subject common name does not begin with system:node:")


class RequestCleaner(Loop):
    """Deletes requests that nobody needs any more. Keys are names of requests."""

    name = "certificatesigningrequest-cleaner-controller"
    user = _USER

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes the cleaner."""
        return {_REQUESTS: lambda change: object_key(change) if change.type != "DELETED" else ()}

    def reconcile(self, key: str) -> float | None:
        """Delete a request, or come again when its time is over."""
        request = self.client.find(_REQUESTS, key)
        if request is None:
            return None
        end = _ends_at(request)
        if end is None or end > self.clock.now():
            return None if end is None else end - self.clock.now()
        try:
            self.client.delete(_REQUESTS, key, uid=meta.uid(request))
        except errors.NotFound:
            return None
        return None


def _ends_at(request: Object) -> float | None:
    """Return when a request is to go: an hour after it was answered, a day after nobody did."""
    status = request.get("status") or {}
    conditions = status.get("conditions") or ()
    if not conditions:
        return parse_rfc3339(request["metadata"]["creationTimestamp"]) + _PENDING
    ends = [
        parse_rfc3339(item["lastUpdateTime"]) + _KEPT[item["type"]]
        for item in conditions
        if item["type"] in _KEPT and item.get("lastUpdateTime") and (item["type"] != "Approved" or status.get("certificate"))
    ]
    return min(ends, default=None)
