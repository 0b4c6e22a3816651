"""CertificateSubjectRestriction: nobody becomes system:masters through a certificate that the apiserver's clients are signed with."""

import base64
import binascii

from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

_SIGNER, _MASTERS = "kubernetes.io/kube-apiserver-client", "system:masters"


class CertificateSubjectRestriction(AdmissionPlugin):
    """plugin/pkg/admission/certificates/subjectrestriction."""

    name = "CertificateSubjectRestriction"
    operations = ("CREATE",)
    resources = ("certificatesigningrequests.certificates.k8s.io",)

    def validate(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Refuse the one group that may do everything."""
        request = attributes.object
        assert request is not None
        if request["spec"].get("signerName") != _SIGNER:
            return
        from minikube_py.kits import pki

        try:
            asked = pki.read_request(base64.b64decode(request["spec"].get("request") or ""))
        except (ValueError, binascii.Error) as error:
            raise self._forbidden(attributes, f"failed to parse CSR: {error}") from error
        if _MASTERS in asked.organizations:
            raise self._forbidden(attributes, f"use of {_SIGNER} signer with {_MASTERS} group is not allowed")

    @staticmethod
    def _forbidden(attributes: Attributes, cause: str) -> errors.Forbidden:
        return errors.Forbidden(attributes.resource, attributes.label, cause, attributes.group)
