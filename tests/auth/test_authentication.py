"""Who is let in, and as whom; and that nobody else is, whatever they show."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minikube_py.auth import serviceaccounts
from minikube_py.cluster.pki import ISSUER, Keys
from minikube_py.kits import jwt, pki
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.plugin.auth import Credentials, UserInfo
from tests.apiserver.world import obj
from tests.auth.place import TOKEN_ID, Place, certificate, encoded, hmac_token, part, with_header

ROBOT = "system:serviceaccount:default:robot"
GROUPS = ("system:serviceaccounts", "system:serviceaccounts:default")
EXTRA = "authentication.kubernetes.io/"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place that tests leave as it is."""
    return Place(tmp_path_factory.mktemp("place"))


def test_client_certificates(shared: Place) -> None:
    shown = certificate(shared, "jane", organizations=("dev", "ops"), uid="u-1")
    found = shared.who(client_certificate=shown)
    assert found[:3] == ("jane", ("dev", "ops"), "u-1")
    assert list(found.extra) == [EXTRA + "credential-id"]
    assert found.extra[EXTRA + "credential-id"][0].startswith("X509SHA256=")
    assert shared.who(client_certificate=certificate(shared, "joe"))[:3] == ("joe", (), "")
    admin = shared.keys.admin()
    assert shared.who(client_certificate=admin.certificate)[:2] == ("minikube-user", ("system:masters",))


@pytest.mark.parametrize(("name", "uids"), [("", ()), ("jane", ("a", "b")), ("jane", ("",))])
def test_certificates_that_do_not_say_who(shared: Place, monkeypatch: pytest.MonkeyPatch, name: str, uids: tuple[str, ...]) -> None:
    monkeypatch.setattr(pki, "verify", lambda *given, **options: pki.Identity(name, (), uids, "F0"))
    with pytest.raises(errors.Unauthorized):
        shared.who(client_certificate=b"shown")


def test_tokens_of_service_accounts(shared: Place) -> None:
    found = shared.who(shared.signed(shared.claims()))
    assert found == UserInfo(ROBOT, GROUPS, shared.account["metadata"]["uid"], {EXTRA + "credential-id": (f"JTI={TOKEN_ID}",)})


def test_tokens_of_pods_tell_where_they_run(shared: Place) -> None:
    extra = dict(shared.who(shared.token(shared.pod)).extra)
    del extra[EXTRA + "credential-id"]
    assert extra == {EXTRA + "pod-name": ("web",), EXTRA + "pod-uid": (shared.pod["metadata"]["uid"],), EXTRA + "node-name": ("n1",),
                     EXTRA + "node-uid": (shared.node["metadata"]["uid"],)}  # fmt: skip


def test_tokens_of_nodes_and_secrets(shared: Place) -> None:
    assert sorted(shared.who(shared.token(shared.node)).extra) == [EXTRA + "credential-id", EXTRA + "node-name", EXTRA + "node-uid"]
    assert sorted(shared.who(shared.token(shared.secret)).extra) == [EXTRA + "credential-id"]


def test_legacy_tokens(shared: Place) -> None:
    assert shared.who(shared.legacy) == UserInfo(ROBOT, GROUPS, shared.account["metadata"]["uid"])


def test_static_tokens_and_passwords(shared: Place) -> None:
    joe = UserInfo("joe", ("dev", "ops"), "u-7")
    assert shared.who("static-token") == joe
    assert shared.who("plain-token") == UserInfo("jim", (), "u-8")
    assert shared.who(username="joe", password="swordfish") == joe


def test_bootstrap_tokens(shared: Place) -> None:
    groups = ("system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token")
    assert shared.who("abcdef.0123456789abcdef") == UserInfo("system:bootstrap:abcdef", groups)


def test_all_who_are_let_in_are_authenticated(place: Place) -> None:
    rbac = "rbac.authorization.k8s.io"
    rule = {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]}
    place.client().create(obj("ClusterRole", "reviews", api=f"{rbac}/v1", space="", rules=[rule]))
    place.client().create(obj("ClusterRoleBinding", "reviews", api=f"{rbac}/v1", space="", roleRef={"apiGroup": rbac, "kind": "ClusterRole", "name": "reviews"},
                              subjects=[{"apiGroup": rbac, "kind": "Group", "name": "system:authenticated"}]))  # fmt: skip
    review = place.send("create", "selfsubjectreviews.authentication.k8s.io", body={}, credentials=Credentials(bearer_token="plain-token")).body
    assert review["status"]["userInfo"] == {"username": "jim", "uid": "u-8", "groups": ["system:authenticated"]}


def test_a_bad_certificate_beside_a_good_token_does_no_harm(shared: Place) -> None:
    assert shared.who("plain-token", client_certificate=b"rubbish").name == "jim"
    with pytest.raises(errors.Unauthorized):
        shared.who("rubbish", client_certificate=b"rubbish")


def test_a_certificate_comes_before_a_token(shared: Place) -> None:
    assert shared.who("rubbish", client_certificate=certificate(shared, "jane")).name == "jane"


def test_audiences(shared: Place) -> None:
    token = shared.token(audiences=["https://vault", ISSUER])
    assert shared.who(token).name == ROBOT
    assert shared.who(token, audiences=("https://vault",)).name == ROBOT
    for_others = shared.token(audiences=["https://vault"])
    assert shared.who(for_others, audiences=("https://vault", "https://x")).name == ROBOT
    refused(shared, for_others)
    refused(shared, for_others, audiences=(ISSUER,))
    refused(shared, token, audiences=("https://x",))


@pytest.mark.parametrize("token", ["static-token", "abcdef.0123456789abcdef"])
def test_tokens_that_name_no_audience_are_for_the_apiserver(shared: Place, token: str) -> None:
    assert shared.who(token, audiences=("https://vault", ISSUER)) == shared.who(token)
    refused(shared, token, audiences=("https://vault",))


def review(place: Place, token: str, **spec: Any) -> Object:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token, **spec}}
    status: Object = place.send("create", "tokenreviews.authentication.k8s.io", body=body).body["status"]
    return status


def test_reviews_tell_whose_a_token_is(shared: Place) -> None:
    groups = [*GROUPS, "system:authenticated"]
    user = {"username": ROBOT, "uid": shared.account["metadata"]["uid"], "groups": groups, "extra": {EXTRA + "credential-id": [f"JTI={TOKEN_ID}"]}}
    token = shared.signed(shared.claims(aud=["https://vault", ISSUER]))
    assert review(shared, token) == {"authenticated": True, "user": user, "audiences": [ISSUER]}
    assert review(shared, token, audiences=["https://x", "https://vault"]) == {"authenticated": True, "user": user, "audiences": ["https://vault"]}
    assert review(shared, token, audiences=["https://x"]) == {"user": {}, "error": "invalid bearer token"}
    assert review(shared, "static-token")["audiences"] == [ISSUER]
    assert review(shared, "rubbish") == {"user": {}, "error": "invalid bearer token"}


def test_its_time_is_the_clusters(place: Place) -> None:
    token = place.token(expirationSeconds=600)
    place.clock.instant += 599
    assert place.who(token).name == ROBOT
    place.clock.instant += 1
    refused(place, token)
    place.clock.instant -= 601
    refused(place, token)


def refused(place: Place, token: str = "", **more: Any) -> None:
    with pytest.raises(errors.Unauthorized):
        place.who(token, **more)


BOUND = {"pod": "pods", "secret": "secrets", "node": "nodes", "account": "serviceaccounts"}


@pytest.mark.parametrize("what", BOUND)
@pytest.mark.parametrize("again", [False, True])
def test_to_delete_is_to_revoke(place: Place, what: str, again: bool) -> None:
    bound: Object = getattr(place, what)
    token = place.token(None if what == "account" else bound)
    assert place.who(token).name == ROBOT
    place.client().delete(BOUND[what], bound["metadata"]["name"], bound["metadata"].get("namespace", ""), grace_period_seconds=0)
    if again:
        place.client().create({**bound, "metadata": {field: bound["metadata"][field] for field in ("name", "namespace") if field in bound["metadata"]}})
    refused(place, token)


@pytest.mark.parametrize("what", ["secret", "account"])
def test_what_is_being_deleted_holds_no_more(place: Place, what: str) -> None:
    held: Object = getattr(place, what)
    token = place.token(None if what == "account" else held)
    name = held["metadata"]["name"]
    place.client().patch(BOUND[what], name, "default", {"metadata": {"finalizers": ["example.com/wait"]}})
    place.client().delete(BOUND[what], name, "default")
    assert place.raw(BOUND[what], name) is not None
    refused(place, token)


def test_a_pods_token_holds_until_its_time_to_end_is_over(place: Place) -> None:
    token = place.token(place.pod)
    place.client().delete("pods", "web", "default", grace_period_seconds=30)
    place.clock.instant += 29
    assert place.who(token).name == ROBOT
    place.clock.instant += 1
    refused(place, token)


def test_legacy_tokens_live_in_their_secret(place: Place) -> None:
    secret = place.client().get("secrets", "robot-token", "default")
    place.client().update({**secret, "data": {"token": encoded(place.legacy + "x")}})
    refused(place, place.legacy)
    secret = place.client().get("secrets", "robot-token", "default")
    place.client().update({**secret, "data": {"token": encoded(place.legacy)}})
    assert place.who(place.legacy).name == ROBOT
    place.client().delete("secrets", "robot-token", "default")
    refused(place, place.legacy)


def test_files_are_looked_at_each_time(place: Place, tmp_path: Path) -> None:
    (tmp_path / "tokens.csv").write_text("other-token,joe,u-7\n")
    refused(place, "static-token")
    assert place.who("other-token").name == "joe"
    (tmp_path / "tokens.csv").unlink()
    refused(place, "other-token")


@pytest.mark.parametrize("content", ["only,two\n", "token,,u-7\n", '"open,joe,u-7\n', "\ufffftoken,joe\n"])
def test_a_damaged_file_lets_nobody_in(place: Place, tmp_path: Path, content: str) -> None:
    (tmp_path / "tokens.csv").write_text("static-token,joe,u-7\n" + content)
    with pytest.raises(errors.InternalError, match="tokens.csv"):
        place.who("static-token")


def test_a_file_that_others_may_change_lets_nobody_in(place: Place, tmp_path: Path) -> None:
    (tmp_path / "tokens.csv").chmod(0o666)
    with pytest.raises(errors.InternalError, match="others may write to it"):
        place.who("static-token")


def test_keys_can_be_changed_for_others(place: Place, tmp_path: Path) -> None:
    token, former = place.token(), (tmp_path / "pki" / "sa.pub").read_bytes()
    key = pki.new_key()
    (tmp_path / "pki" / "sa.key").write_bytes(key)
    (tmp_path / "pki" / "sa.pub").write_bytes(pki.public_key(key) + former)
    assert place.who(token).name == place.who(place.token()).name == ROBOT
    (tmp_path / "pki" / "sa.pub").write_bytes(pki.public_key(key))
    refused(place, token)


def test_to_ask_makes_no_keys(tmp_path: Path) -> None:
    place = Place(tmp_path)
    stranger = Keys("", place.clock, machine=place.clock)
    token, shown = place.token(), stranger.client("jane").certificate
    for file in (tmp_path / "pki").iterdir():
        file.unlink()
    refused(place, token)
    refused(place, client_certificate=shown)
    assert list((tmp_path / "pki").iterdir()) == []


def bad_certificates(place: Place) -> Iterator[bytes]:
    good, now, day = certificate(place), place.clock.now(), pki.DAY
    stranger = pki.new_authority("minikubeCA", now=now)
    yield from (b"x", b"-----BEGIN CERTIFICATE-----", good[:-40], good[40:], good.replace(b"M", b"N", 1), b"0" * 100_000, "é".encode(), b"\xff\x00")
    yield pki.issue(stranger, "jane", purpose=pki.CLIENT, now=now).certificate
    yield pki.issue(stranger, "admin", purpose=pki.CLIENT, now=now, organizations=("system:masters",)).certificate
    yield stranger.certificate
    yield place.keys.authority().certificate
    yield place.keys.server().certificate
    yield certificate(place, purpose=pki.SERVER)
    yield certificate(place, "admin", purpose=pki.SERVER, organizations=("system:masters",))
    for days in (1, 7, 365):
        yield certificate(place, now=now - (days + 1) * day, days=days)  # expired
        yield certificate(place, now=now + days * day)  # not yet
    yield pki.issue(pki.Pair(good, place.keys.authority().key), "jane", purpose=pki.CLIENT, now=now).certificate  # issued by a client


def bad_tokens(place: Place) -> Iterator[str]:
    good, claims, now = place.signed(place.claims()), place.claims(), int(place.clock.now())
    public, stranger = pki.public_key(place.keys.token_signer()), pki.new_key()
    head, body, tail = good.split(".")
    yield from ("x", "undefined", "null", "Bearer", "static-token2", "static-toke", "STATIC-TOKEN", "static-token ", "a" * 100_000, "\udcff", "é", "\x00")
    yield from ("..", "a.b.c", f"{head}.{body}", f"{head}.{body}.", f".{body}.{tail}", f"{head}..{tail}", good + ".", f"{good}.{tail}", good[1:], f" {good}")
    for cut in range(1, 60, 3):
        yield good[:-cut]
    for place_ in range(3, len(good), 12):
        if good[place_] != ".":
            yield good[:place_] + ("A" if good[place_] != "A" else "B") + good[place_ + 1 :]
    for algorithm in ("none", "None", "NONE", "nOnE", "", "HS256", "HS384", "RS256", "RS512", "PS256", "ES384", "ES512", "ES256K", "EdDSA", None, 1, ["ES256"]):
        yield with_header(good, alg=algorithm)
        yield f"{part({'alg': algorithm})}.{body}."
    yield with_header(good, alg="ES256", crit=["b64"], b64=False)
    yield with_header(good, alg="ES256", jwk={"kty": "EC"})
    yield with_header(good, alg="ES256", kid="../../../dev/null")
    for header in ({}, {"kid": jwt.key_id(public)}, {"kid": "x"}):
        yield hmac_token(claims, public, **header)
        yield hmac_token(claims, b"", **header)
    yield place.signed(claims, stranger)
    yield place.signed(place.claims(sub="system:serviceaccount:kube-system:default"), stranger)
    changes: tuple[dict[str, Any], ...] = (
        {"exp": now}, {"exp": now - 1}, {"exp": 0}, {"exp": -1}, {"exp": None}, {"exp": str(now + 99)}, {"exp": True}, {"exp": [now + 99]},
        {"nbf": now + 1}, {"nbf": None}, {"nbf": "0"}, {"iat": now + 1}, {"iat": None}, {"iat": {}},
        {"iss": None}, {"iss": "https://kubernetes.default.svc"}, {"iss": ISSUER + "/"}, {"iss": [ISSUER]}, {"iss": ""}, {"iss": "kubernetes/serviceaccount"},
        {"aud": ["https://vault"]}, {"aud": "https://vault"}, {"aud": [1]}, {"aud": {}}, {"aud": [ISSUER + "/"]},
        {"sub": None}, {"sub": "admin"}, {"sub": "system:serviceaccount:default:cousin"}, {"sub": "system:serviceaccount:kube-system:robot"},
        {"kubernetes.io": None}, {"kubernetes.io": []}, {"kubernetes.io": {}},
    )  # fmt: skip
    for changed in changes:
        yield place.signed(place.claims(**changed))
    yield from bad_references(place, claims)
    yield from bad_legacy_tokens(place)
    yield from ("abcdef.0123456789abcdeg", "abcdeg.0123456789abcdef", "abcdef.0123456789abcde", "ABCDEF.0123456789abcdef", "abcdef.0123456789abcdef.x")


def bad_references(place: Place, claims: dict[str, Any]) -> Iterator[str]:
    private, uid = claims["kubernetes.io"], place.account["metadata"]["uid"]
    for account in (None, {}, "robot", {"name": "robot"}, {"uid": uid}, {"name": "robot", "uid": "0"}, {"name": "robot", "uid": ""}, {"name": 1, "uid": uid}):
        yield place.signed({**claims, "kubernetes.io": {**private, "serviceaccount": account}})
    for space in (None, "", "other", 1, ["default"], "nowhere"):
        yield place.signed({**claims, "kubernetes.io": {**private, "namespace": space}})
    other = {**claims, "sub": "system:serviceaccount:default:cousin"}
    yield place.signed({**other, "kubernetes.io": {**private, "serviceaccount": {"name": "cousin", "uid": uid}}})
    for kind in ("pod", "secret", "node"):
        name = getattr(place, kind)["metadata"]["name"]
        references: tuple[Any, ...] = (None, [], {}, {"name": "none", "uid": "0"}, {"name": name, "uid": "0"}, {"name": name})
        for reference in references:
            yield place.signed({**claims, "kubernetes.io": {**private, kind: reference}})


def bad_legacy_tokens(place: Place) -> Iterator[str]:
    secret = place.client().get("secrets", "robot-token", "default")
    good = serviceaccounts.legacy_claims(place.account, secret)
    for field in good:
        yield place.signed({**good, field: good[field] + "x"})
        yield place.signed({key: value for key, value in good.items() if key != field})
    yield place.signed({**good, "more": "claims"})  # signed by the right key, but not what the secret holds
    yield place.signed(good, pki.new_key())


def bad_passwords() -> Iterator[tuple[str, str]]:
    yield from (("joe", ""), ("joe", "Swordfish"), ("joe", "swordfish "), ("jim", "swordfish"), ("JOE", "swordfish"), ("nobody", ""), ("joe", "\udcff"),
                ("é", "swordfish"), ("u-7", "swordfish"), ("swordfish", "joe"), ("joe\x00", "swordfish"))  # fmt: skip


def all_bad(place: Place) -> list[Credentials]:
    """Forged, expired, foreign and broken credentials."""
    found = [Credentials(bearer_token=token) for token in bad_tokens(place)]
    found += [Credentials(client_certificate=shown) for shown in bad_certificates(place)]
    return found + [Credentials(username=name, password=password) for name, password in bad_passwords()]


@pytest.mark.parametrize("anonymous", [False, True])
def test_more_than_two_hundred_bad_credentials_are_refused(tmp_path: Path, anonymous: bool) -> None:
    place = Place(tmp_path)
    place.server.policy._anonymous = anonymous
    cases = all_bad(place)
    assert len(cases) >= 200
    let_in = []
    for credentials in cases:
        try:
            place.send("get", "pods", "web", credentials=credentials)
        except errors.Unauthorized as error:
            assert error.status() == {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "Unauthorized",
                                      "reason": "Unauthorized", "code": 401}  # fmt: skip
        else:
            let_in.append(credentials)
    assert let_in == []
    assert place.reports == []
    assert place.who(place.signed(place.claims())).name == ROBOT  # so that it is the badness that is refused


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(token=st.text(st.characters(codec=None), min_size=1) | st.lists(st.binary().map(jwt.encode), min_size=3, max_size=3).map(".".join))
def test_rubbish_is_refused(shared: Place, token: str) -> None:
    refused(shared, token)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2) | st.dictionaries(st.text(), st.text())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(field=st.sampled_from(["iss", "sub", "exp", "nbf", "iat", "kubernetes.io", "namespace", "serviceaccount", "pod", "secret", "node"]), value=VALUES)
def test_claims_of_any_shape_end_in_401_or_in_the_account(shared: Place, field: str, value: Any) -> None:
    claims = shared.claims()
    if field in claims:
        claims[field] = value
    else:
        claims["kubernetes.io"][field] = value
    try:
        token = shared.signed(claims)
    except UnicodeEncodeError:
        return  # no token can say so
    try:
        found = shared.who(token)
    except errors.Unauthorized:
        return
    assert (found.name, field in ("exp", "nbf", "iat")) == (ROBOT, True)
