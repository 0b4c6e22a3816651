"""Certificate requests from the question to the certificate, and to their end."""

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from minikube_py.kits import pki
from minikube_py.machinery import errors
from minikube_py.plugin.auth import UserInfo
from tests.controllers.world import World

CLIENT, SERVING = "kubernetes.io/kube-apiserver-client", "kubernetes.io/kubelet-serving"
KUBELET = "kubernetes.io/kube-apiserver-client-kubelet"
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def world() -> World:
    return World()


def asked(name: str, *groups: str, hosts: tuple[str, ...] = ()) -> str:
    subject = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([*subject, x509.NameAttribute(NameOID.COMMON_NAME, name)]))
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
    return base64.b64encode(builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)).decode()


def request(name: str, text: str, signer: str = CLIENT, usages: tuple[str, ...] = ("client auth",), **spec: Any) -> dict[str, Any]:
    spec = {"request": text, "signerName": signer, "usages": list(usages), **spec}
    return {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name}, "spec": spec}


def approve(world: World, made: dict[str, Any]) -> dict[str, Any]:
    status = {"conditions": [{"type": "Approved", "status": "True", "reason": "Test"}]}
    world.client.update({**made, "status": status}, subresource="approval")
    world.settle()
    return world.get("certificatesigningrequests.certificates.k8s.io", made["metadata"]["name"], "")


def test_what_is_approved_is_signed(world: World) -> None:
    made = world.apply(request("jane", asked("jane", "dev"), expirationSeconds=3600))
    assert (made["spec"]["username"], "status" in made and made["status"].get("certificate")) == ("minikube-user", None)
    found = approve(world, made)
    keys = world.cluster.keys
    certificate = base64.b64decode(found["status"]["certificate"])
    identity = pki.verify(certificate, keys.authorities(), purpose=pki.CLIENT, now=keys.machine.now())
    assert (identity.common_name, identity.organizations) == ("jane", ("dev",))
    read = x509.load_pem_x509_certificate(certificate)
    assert read.public_key() == KEY.public_key()
    assert 3500 < read.not_valid_after_utc.timestamp() - keys.machine.now() <= 3600
    with pytest.raises(pki.UntrustedError):
        pki.verify(certificate, keys.authorities(), purpose=pki.SERVER, now=keys.machine.now())


def test_a_kubelets_serving_certificate(world: World) -> None:
    usages = ("digital signature", "server auth")
    found = approve(world, world.apply(request("n1", asked("system:node:n1", "system:nodes", hosts=("n1",)), SERVING, usages)))
    keys = world.cluster.keys
    certificate = base64.b64decode(found["status"]["certificate"])
    assert pki.verify(certificate, keys.authorities(), purpose=pki.SERVER, now=keys.machine.now()).common_name == "system:node:n1"
    names = x509.load_pem_x509_certificate(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["n1"]


@pytest.mark.parametrize(
    ("text", "signer", "usages", "message"),
    [
        (asked("jane"), CLIENT, ("server auth",), "invalid usage for client certificate: server auth"),
        (asked("jane"), CLIENT, ("digital signature",), "missing required usage for client certificate: client auth"),
        (asked("system:node:n1", "dev", hosts=("n1",)), SERVING, ("server auth",), "subject organization is not system:nodes"),
        (asked("system:node:n1", "system:nodes"), SERVING, ("server auth",), "DNS or IP subjectAltName is required"),
        (asked("n1", "system:nodes", hosts=("n1",)), SERVING, ("digital signature", "server auth"), "subject common name does not begin with system:node:"),
    ],
)
def test_what_signers_do_not_give(world: World, text: str, signer: str, usages: tuple[str, ...], message: str) -> None:
    found = approve(world, world.apply(request("x", text, signer, usages)))
    assert [(item["type"], item.get("reason"), item.get("message")) for item in found["status"]["conditions"]] == [
        ("Approved", "Test", None), ("Failed", "SignerValidationFailure", message)]  # fmt: skip
    assert "certificate" not in found["status"]


def test_other_signers_are_left_alone(world: World) -> None:
    found = approve(world, world.apply(request("x", asked("jane"), "example.com/own")))
    assert list(found["status"]) == ["conditions"] and len(found["status"]["conditions"]) == 1


def test_requests_do_not_stay(world: World) -> None:
    kind = "certificatesigningrequests.certificates.k8s.io"
    world.apply(request("ignored", asked("a")))
    approve(world, world.apply(request("signed", asked("b"))))
    world.later(3601)
    assert world.names(kind, "") == ["ignored"]
    world.later(86400)
    assert world.names(kind, "") == []


def test_nobody_becomes_a_master(world: World) -> None:
    with pytest.raises(errors.Forbidden) as refused:
        world.client.create(request("root", asked("root", "system:masters")))
    assert refused.value.message.endswith(
        '"root" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed')
    world.client.create(request("own", asked("root", "system:masters"), "example.com/own"))


def test_who_may_approve(world: World) -> None:
    made = world.apply(request("x", asked("jane")))
    rules = [{"apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests/approval"], "verbs": ["update"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "approver"}, "rules": rules}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "approver"}
    subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ann"}]
    world.apply(role, {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "approver"},
                       "roleRef": reference, "subjects": subjects})  # fmt: skip
    answered = {**made, "status": {"conditions": [{"type": "Approved", "status": "True"}]}}
    ann = world.cluster.client(UserInfo("ann", ()))
    with pytest.raises(errors.Forbidden) as refused:
        ann.update(answered, subresource="approval")
    assert refused.value.message.endswith('"x" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"')
    rules.append({"apiGroups": ["certificates.k8s.io"], "resources": ["signers"], "resourceNames": ["kubernetes.io/*"], "verbs": ["approve"]})
    world.client.update({**world.get("clusterroles.rbac.authorization.k8s.io", "approver", ""), "rules": rules})
    assert ann.update(answered, subresource="approval")["status"]["conditions"][0]["type"] == "Approved"


@pytest.mark.parametrize(("asks", "name", "groups", "usages", "message"), [
    ("minikube-user", "system:node:n1", ("system:nodes",), ("client auth", "digital signature"),
     "Auto approving kubelet client certificate after SubjectAccessReview."),
    ("system:node:n1", "system:node:n1", ("system:nodes",), ("client auth", "digital signature"),
     "Auto approving self kubelet client certificate after SubjectAccessReview."),
    ("system:node:n1", "system:node:n2", ("system:nodes",), ("client auth", "digital signature"), ""),  # not its own
    ("minikube-user", "system:node:n1", ("system:nodes",), ("client auth",), ""),  # no kubelet's usages
    ("minikube-user", "jane", ("system:nodes",), ("client auth", "digital signature"), ""),
    ("minikube-user", "system:node:n1", ("dev",), ("client auth", "digital signature"), ""),
])  # fmt: skip
def test_kubelets_become_clients_without_anybody(world: World, asks: str, name: str, groups: tuple[str, ...], usages: tuple[str, ...], message: str) -> None:
    name_of_role = "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient"
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "renew"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name_of_role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:nodes"}]}  # fmt: skip
    world.apply(role)
    text = asked(name, *groups)
    if asks.startswith("system:node:"):
        node = world.cluster.client(UserInfo(asks, ("system:nodes", "system:authenticated")))
        node.create(request("r", text, KUBELET, usages))
        world.settle()
    else:
        world.apply(request("r", text, KUBELET, usages))
    status = world.get("certificatesigningrequests.certificates.k8s.io", "r", "").get("status") or {}
    conditions = [(item["type"], item["status"], item["reason"], item["message"]) for item in status.get("conditions") or ()]
    assert conditions == ([("Approved", "True", "AutoApproved", message)] if message else [])
    assert bool(status.get("certificate")) == bool(message)
