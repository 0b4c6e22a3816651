"""Client certificates: the common name is the user, organizations are its groups (apiserver pkg/authentication/request/x509)."""

from minikube_py.kits import pki
from minikube_py.machinery import errors
from minikube_py.plugin import trust
from minikube_py.plugin.auth import Credentials, UserInfo
from minikube_py.plugin.reader import Reader

CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"


class CertificateAuthenticator:
    """Takes certificates that the cluster's authority has issued to clients. There is no revocation: they live short."""

    name = "X509"

    def authenticate(self, credentials: Credentials, reader: Reader) -> UserInfo | None:
        """Return the identity that a certificate gives."""
        keys = trust.of(reader)
        if not credentials.client_certificate or keys is None:
            return None
        try:
            found = pki.verify(credentials.client_certificate, keys.authorities(), purpose=pki.CLIENT, now=keys.machine.now())
            return _user(found)
        except pki.UntrustedError as error:
            if credentials.bearer_token or credentials.username:
                return None  # as kube-apiserver: what else the request carries may do
            raise errors.Unauthorized() from error


def _user(found: pki.Identity) -> UserInfo:
    if not found.common_name:
        raise pki.UntrustedError("the certificate names no user")
    if len(found.uids) > 1 or found.uids == ("",):
        raise pki.UntrustedError("the certificate must have one uid, or none")
    extra = {CREDENTIAL_ID: (f"X509SHA256={found.fingerprint}",)}
    return UserInfo(found.common_name, found.organizations, found.uids[0] if found.uids else "", extra)
