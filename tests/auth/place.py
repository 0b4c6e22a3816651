"""An apiserver with keys, tokens and passwords in a folder, and one clock for all of it."""

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac

from minikube_py.auth import serviceaccounts
from minikube_py.cluster.pki import ISSUER, Keys
from minikube_py.kits import jwt, pki
from minikube_py.machinery.meta import Object
from minikube_py.plugin.auth import Credentials, UserInfo
from tests.apiserver.world import ADMIN, World, obj, pod

TOKENS = 'static-token,joe,u-7,"dev,ops"\nplain-token,jim,u-8\n,empty,u-9\n'
PASSWORDS = 'swordfish,joe,u-7,"dev,ops"\n,nobody,u-9\n'
TOKEN_ID = "0123456789"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Place(World):
    """The account `robot`, a pod, a secret and a node to bind its tokens to; a legacy token's secret; a bootstrap token."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        (folder / "tokens.csv").write_text(TOKENS)
        (folder / "passwords.csv").write_text(PASSWORDS)
        self.keys = Keys(str(folder), self.clock, machine=self.clock)
        self.server.reader.trusted = lambda: self.keys
        admin = self.client()
        for space in ("kube-system", "other"):
            admin.create(obj("Namespace", space, space=""))
        self.account = admin.create(obj("ServiceAccount", "robot"))
        admin.create(obj("ServiceAccount", "cousin"))
        self.node = admin.create(obj("Node", "n1", space=""))
        self.pod = admin.create(pod("web", node="n1", spec={"serviceAccountName": "robot"}))
        self.secret = admin.create(obj("Secret", "held", data={"a": encoded("b")}))
        self.legacy = self._legacy("robot")
        data = {"token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true",
                "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token", "expiration": "2026-01-02T00:00:00Z"}  # fmt: skip
        admin.create(obj("Secret", "bootstrap-token-abcdef", space="kube-system", type="bootstrap.kubernetes.io/token",
                         data={field: encoded(value) for field, value in data.items()}))  # fmt: skip

    def _legacy(self, account: str) -> str:
        notes = {"kubernetes.io/service-account.name": account}
        made = self.client().create(obj("Secret", f"{account}-token", type="kubernetes.io/service-account-token", meta_annotations=notes))
        token = jwt.sign(serviceaccounts.legacy_claims(self.account, made), self.keys.token_signer())
        self.client().update({**made, "data": {"token": encoded(token)}})
        return token

    def request(self, name: str = "robot", space: str = "default", *, user: UserInfo = ADMIN, **spec: Any) -> Object:
        """Ask for a token."""
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return self.send("create", "serviceaccounts", name, body, subresource="token", space=space, user=user).body

    def token(self, bound: Object | None = None, **spec: Any) -> str:
        """Return a token of the account, perhaps bound to an object."""
        if bound is not None:
            spec["boundObjectRef"] = {"kind": bound["kind"], "apiVersion": "v1", "name": bound["metadata"]["name"]}
        return str(self.request(**spec)["status"]["token"])

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return what a good token claims, with changes; None takes a claim away."""
        found = serviceaccounts.claims(ISSUER, self.account, audiences=[ISSUER], now=self.clock.now(), seconds=3600, token_id=TOKEN_ID, bound={})
        return {field: value for field, value in {**found, **changes}.items() if value is not None}

    def signed(self, claims: dict[str, Any], key: bytes = b"") -> str:
        """Return a token that says whatever it says."""
        return jwt.sign(claims, key or self.keys.token_signer())

    def who(self, token: str = "", **more: Any) -> UserInfo:
        """Return whom the server takes somebody for."""
        return self.server.policy.authenticate(Credentials(bearer_token=token, **more))


def part(value: Any) -> str:
    return jwt.encode(json.dumps(value).encode())


def with_header(token: str, **header: Any) -> str:
    """Return a token with another header, its signature left as it was."""
    _, body, tail = token.split(".")
    return f"{part(header)}.{body}.{tail}"


def hmac_token(claims: dict[str, Any], key: bytes, **header: Any) -> str:
    """Return a token signed with a public key as though it were a shared secret."""
    text = f"{part({'alg': 'HS256', **header})}.{part(claims)}"
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(text.encode())
    return f"{text}.{jwt.encode(mac.finalize())}"


def certificate(place: Place, name: str = "jane", **options: Any) -> bytes:
    """Return a client certificate of the cluster's authority."""
    return pki.issue(place.keys.authority(), name, **{"purpose": pki.CLIENT, "now": place.clock.now(), **options}).certificate
