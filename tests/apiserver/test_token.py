"""Token requests, as kube-apiserver answers them."""

from pathlib import Path
from typing import Any

import pytest

from minikube_py.cluster.pki import ISSUER
from minikube_py.kits import jwt
from minikube_py.machinery import errors
from minikube_py.plugin.auth import UserInfo
from tests.apiserver.world import START, World, obj, pod
from tests.auth.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def reference(kind: str, name: str, **more: str) -> dict[str, str]:
    return {"kind": kind, "apiVersion": "v1", "name": name, **more}


def refusal(place: Place, name: str = "robot", **spec: Any) -> errors.StatusError:
    with pytest.raises(errors.StatusError) as caught:
        place.request(name, **spec)
    return caught.value


def test_a_token_for_an_account(place: Place) -> None:
    made = place.request()
    token = made["status"].pop("token")
    assert made == {
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "metadata": {"name": "robot", "namespace": "default", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"audiences": [ISSUER], "expirationSeconds": 3600},
        "status": {"expirationTimestamp": "2026-01-01T01:00:00Z"},
    }  # fmt: skip
    claims = jwt.verify(token, place.keys.token_keys())
    assert len(claims.pop("jti")) == 36
    assert claims == {
        "iss": ISSUER, "aud": [ISSUER], "sub": "system:serviceaccount:default:robot", "iat": START, "nbf": START, "exp": START + 3600,
        "kubernetes.io": {"namespace": "default", "serviceaccount": {"name": "robot", "uid": place.account["metadata"]["uid"]}},
    }  # fmt: skip


def test_duration_and_audiences(place: Place) -> None:
    made = place.request(expirationSeconds=600, audiences=["a", "b"])
    claims = jwt.peek(made["status"]["token"])
    assert (claims["aud"], claims["exp"]) == (["a", "b"], START + 600)
    assert made["status"]["expirationTimestamp"] == "2026-01-01T00:10:00Z"


def test_tokens_differ(place: Place) -> None:
    assert jwt.peek(place.token())["jti"] != jwt.peek(place.token())["jti"]


def test_bound_objects(place: Place) -> None:
    def private(kind: str, name: str) -> dict[str, Any]:
        claims = jwt.peek(place.request(boundObjectRef=reference(kind, name))["status"]["token"])["kubernetes.io"]
        del claims["namespace"], claims["serviceaccount"]
        return dict(claims)

    web, node, held = ({"name": item["metadata"]["name"], "uid": item["metadata"]["uid"]} for item in (place.pod, place.node, place.secret))
    assert private("Pod", "web") == {"pod": web, "node": node}
    assert private("Secret", "held") == {"secret": held}
    assert private("Node", "n1") == {"node": node}
    place.client().delete("nodes", "n1")
    assert private("Pod", "web") == {"pod": web, "node": {"name": "n1"}}
    place.client().create(pod("waiting", spec={"serviceAccountName": "robot"}))
    assert list(private("Pod", "waiting")) == ["pod"]


def test_what_kubelets_ask_for_lives_a_year(place: Place) -> None:
    made = place.request(expirationSeconds=3607, boundObjectRef=reference("Pod", "web"))
    claims = jwt.peek(made["status"]["token"])
    assert (claims["exp"], claims["kubernetes.io"]["warnafter"]) == (START + 365 * 24 * 3600, START + 3607)
    assert made["status"]["expirationTimestamp"] == "2026-01-01T01:00:07Z"
    for spec in ({"audiences": ["other"]}, {"expirationSeconds": 3600}):
        claims = jwt.peek(place.request(**{"expirationSeconds": 3607, "boundObjectRef": reference("Pod", "web"), **spec})["status"]["token"])
        assert claims["exp"] == START + spec.get("expirationSeconds", 3607)


@pytest.mark.parametrize(
    ("seconds", "cause"),
    [
        (599, "may not specify a duration less than 10 minutes"),
        (0, "may not specify a duration less than 10 minutes"),
        (-1, "may not specify a duration less than 10 minutes"),
        ((1 << 32) + 1, "may not specify a duration larger than 2^32 seconds"),
    ],
)
def test_durations_that_will_not_do(place: Place, seconds: int, cause: str) -> None:
    error = refusal(place, expirationSeconds=seconds)
    assert error.code == 422
    assert error.message == f'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: {seconds}: {cause}'


def test_the_longest_duration(place: Place) -> None:
    assert jwt.peek(place.token(expirationSeconds=1 << 32))["exp"] == START + (1 << 32)


@pytest.mark.parametrize(
    ("bound", "code", "message"),
    [
        (reference("Pod", "none"), 404, 'pods "none" not found'),
        (reference("Secret", "none"), 404, 'secrets "none" not found'),
        (reference("Node", "none"), 404, 'nodes "none" not found'),
        (reference("ConfigMap", "x"), 400, "cannot bind token to object of type /v1, Kind=ConfigMap"),
        (reference("Pod", "web", apiVersion="apps/v1"), 400, "cannot bind token to object of type apps/v1, Kind=Pod"),
        (reference("Pod", "web", uid="0"), 409,
         'Operation cannot be fulfilled on Pod "web": the UID in the bound object reference (0) does not match the UID in record. '
         "The object might have been deleted and then recreated"),
    ],
)  # fmt: skip
def test_objects_that_it_cannot_be_bound_to(place: Place, bound: dict[str, str], code: int, message: str) -> None:
    error = refusal(place, boundObjectRef=bound)
    assert (error.code, error.message) == (code, message)


def test_a_pod_of_another_account(place: Place) -> None:
    error = refusal(place, "cousin", boundObjectRef=reference("Pod", "web"))
    assert (error.code, error.message) == (400, 'cannot bind token for serviceaccount "cousin" to pod running with different serviceaccount name.')


def test_an_account_that_is_not_there(place: Place) -> None:
    error = refusal(place, "none")
    assert (error.code, error.message) == (404, 'serviceaccounts "none" not found')


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"name": "x"}, 'metadata.name: Invalid value: "x": must match the service account name if specified'),
        ({"namespace": "x"}, 'metadata.namespace: Invalid value: "x": must match the service account namespace if specified'),
    ],
)
def test_the_body_may_name_the_same_account_only(place: Place, metadata: dict[str, str], message: str) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": metadata, "spec": {}}
    with pytest.raises(errors.Invalid) as caught:
        place.send("create", "serviceaccounts", "robot", body, subresource="token")
    assert caught.value.message == f'TokenRequest.authentication.k8s.io "robot" is invalid: {message}'


@pytest.mark.parametrize("body", [None, [], {"apiVersion": "v1", "kind": "Pod"}, {"apiVersion": "authentication.k8s.io/v1beta1", "kind": "TokenRequest"},
                                  {"spec": {"expirationSeconds": "long"}}, {"spec": {"audiences": "one"}}])  # fmt: skip
def test_bodies_that_are_no_request(place: Place, body: Any) -> None:
    with pytest.raises(errors.BadRequest):
        place.send("create", "serviceaccounts", "robot", body, subresource="token")


def test_a_token_is_a_right_of_its_own(place: Place) -> None:
    jane, rbac = UserInfo("jane"), "rbac.authorization.k8s.io"
    rule = {"verbs": ["create"], "apiGroups": [""], "resources": ["serviceaccounts"]}
    role = place.client().create(obj("Role", "tokens", api=f"{rbac}/v1", rules=[rule]))
    place.client().create(obj("RoleBinding", "tokens", api=f"{rbac}/v1", roleRef={"apiGroup": rbac, "kind": "Role", "name": "tokens"},
                              subjects=[{"apiGroup": rbac, "kind": "User", "name": "jane"}]))  # fmt: skip
    with pytest.raises(errors.Forbidden) as caught:
        place.request(user=jane)
    assert caught.value.message == (
        'serviceaccounts "robot" is forbidden: User "jane" cannot create resource "serviceaccounts/token" in API group "" in the namespace "default"'
    )
    place.client().update({**role, "rules": [{**rule, "resources": ["serviceaccounts/token"]}]})
    assert place.request(user=jane)["status"]["token"]


def test_a_cluster_without_keys(world: World) -> None:
    with pytest.raises(errors.ServiceUnavailable, match="this cluster has no keys to sign tokens with"):
        world.send("create", "serviceaccounts", "default", {}, subresource="token")
