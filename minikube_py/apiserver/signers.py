"""Who may approve and sign CertificateSigningRequests (plugin/pkg/admission/certificates/approval and signing)."""

from typing import TYPE_CHECKING

from minikube_py.apiserver.request import Request
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

GROUP = "certificates.k8s.io"


def check(server: "APIServer", request: Request, obj: Object, old: Object) -> None:
    """Raise Forbidden where a user answers for a signer that is not theirs."""
    if request.resource != "certificatesigningrequests":
        return
    signer = (old.get("spec") or {}).get("signerName", "")
    if request.subresource == "approval" and not _may(server, request, "approve", signer):
        raise errors.Forbidden(request.resource, request.name, f'user not permitted to approve requests with signerName "{signer}"', GROUP)
    if request.subresource == "status" and _answer(obj) != _answer(old) and not _may(server, request, "sign", signer):
        raise errors.Forbidden(request.resource, request.name, f'user not permitted to sign requests with signerName "{signer}"', GROUP)


def _answer(obj: Object) -> tuple[object, object]:
    status = obj.get("status") or {}
    return status.get("certificate"), status.get("conditions")


def _may(server: "APIServer", request: Request, verb: str, signer: str) -> bool:
    """Ask for the signer itself, then for all of its domain."""
    names = (signer, f"{signer.partition('/')[0]}/*")
    asked = (auth.Attributes(request.user, verb, GROUP, "*", "signers", name=name) for name in names)
    return any(server.policy.authorize(attributes).verdict == auth.ALLOW for attributes in asked)
