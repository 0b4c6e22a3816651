"""Forged, expired, revoked and foreign credentials through HTTPS: each is refused with 401, and none is taken for an anonymous client.

All are shown at /version, which the anonymous may read: so an answer of 200 would tell that a bad credential counted as none. Where a certificate is
not of the cluster's authority at all, TLS refuses it already, and no request is ever read: the only refusal here that is no 401.
"""

import http.client
import ssl
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from minikube_py.auth import serviceaccounts
from minikube_py.cluster import cluster as clusters
from minikube_py.cluster.cluster import Cluster
from minikube_py.cluster.home import Home
from minikube_py.kits import jwt, pki
from minikube_py.machinery.meta import Object
from tests.conformance import campaign
from tests.conformance.conftest import Served

TLS = 0  # the answer where TLS refuses
OPEN, CLOSED = "/version", "/api/v1/namespaces/default/pods"


class Shown(NamedTuple):
    """What a client shows."""

    label: str
    authorization: str | bytes = ""
    pair: pki.Pair | None = None
    answer: int = 401


class Place:
    """A served cluster, and its store beside it."""

    def __init__(self, served: Served, cluster: Cluster) -> None:
        self.served = served
        self.cluster = cluster
        self.keys = cluster.keys
        self.now = cluster.clock.now()
        self._authority = self.keys.authorities()
        self._plain = campaign.context(self._authority)

    def ask(self, shown: Shown, path: str) -> int:
        """Return how a request is answered; TLS where it does not come to one."""
        context = self._plain if shown.pair is None else campaign.context(self._authority, shown.pair.certificate, shown.pair.key)
        connection = http.client.HTTPSConnection("127.0.0.1", int(self.served.port), context=context, timeout=30)
        try:
            connection.request("GET", path, headers={"Authorization": shown.authorization} if shown.authorization else {})
            response = connection.getresponse()
            response.read()
        except (ssl.SSLError, ConnectionError):
            return TLS
        finally:
            connection.close()
        return response.status

    def account(self, name: str) -> Object:
        """Create a service account, through the store."""
        return self.cluster.client().create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "default"}})

    def claims(self, account: Object, **changes: Any) -> dict[str, Any]:
        """Return what a good token of an account claims, with changes; None takes a claim away."""
        from minikube_py.cluster.pki import ISSUER

        found = serviceaccounts.claims(ISSUER, account, audiences=[ISSUER], now=self.now - 5, seconds=3600, token_id="0123456789", bound={})
        return {field: value for field, value in {**found, **changes}.items() if value is not None}

    def signed(self, claims: dict[str, Any], key: bytes = b"") -> str:
        """Return a token that says whatever it says."""
        return jwt.sign(claims, key or self.keys.token_signer())

    def certificate(self, name: str = "jane", **options: Any) -> pki.Pair:
        """Return a client certificate of the cluster's authority."""
        return pki.issue(self.keys.authority(), name, **{"purpose": pki.CLIENT, "now": self.now, **options})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with campaign.serving(tmp_path_factory.mktemp("credentials")) as served:
        folder = served.home / "kctl" / "clusters" / "minikube"
        (folder / "tokens.csv").write_text("static-token,joe,u-7\n")
        (folder / "passwords.csv").write_text("swordfish,joe,u-7\n")
        for name in ("tokens.csv", "passwords.csv"):
            (folder / name).chmod(0o600)
        cluster = clusters.open_cluster(Home(str(served.home / "kctl")), "minikube", anonymous=True)
        try:
            yield Place(served, cluster)
        finally:
            cluster.close()


def bearer(label: str, *tokens: str) -> Iterator[Shown]:
    """Yield tokens as they are shown."""
    for number, token in enumerate(tokens):
        yield Shown(f"{label} {number}", f"Bearer {token}")


def tokens(place: Place) -> Iterator[Shown]:
    """Yield tokens that nobody, or nobody any more, should be let in by."""
    account, now = place.account("robot"), int(place.now)
    good = place.signed(place.claims(account))
    head, body, tail = good.split(".")
    yield from bearer("rubbish", "x", "null", "undefined", "static-token2", "STATIC-TOKEN", "a" * 30_000, "..", "a.b.c", "abcdef.0123456789abcdef", "%00",
                      "\xe9")  # fmt: skip
    yield from bearer("parts", f"{head}.{body}", f"{head}.{body}.", f".{body}.{tail}", f"{head}..{tail}", f"{good}.", f"{good}.{tail}", good[1:])
    yield from bearer("cut", *(good[:-cut] for cut in range(1, 60, 2)))
    yield from bearer("changed", *(good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in range(3, len(good), 9) if good[at] != "."))
    for algorithm in ("none", "None", "", "HS256", "RS256", "PS256", "ES384", "EdDSA", None, 1):
        forged = jwt.encode(_json({"alg": algorithm}))
        yield from bearer(f"alg {algorithm}", f"{forged}.{body}.{tail}", f"{forged}.{body}.")
    yield from bearer("foreign", place.signed(place.claims(account), pki.new_key()), place.signed(place.claims(account, sub="admin"), pki.new_key()))
    for changes in ({"exp": now - 1}, {"exp": 0}, {"exp": None}, {"exp": "never"}, {"nbf": now + 3600}, {"iat": now + 3600}, {"iss": "x"}, {"iss": None},
                    {"aud": ["https://vault"]}, {"aud": {}}, {"sub": None}, {"sub": "system:serviceaccount:kube-system:robot"}, {"kubernetes.io": None},
                    {"kubernetes.io": {}}, {"kubernetes.io": {"namespace": "default", "serviceaccount": {"name": "robot", "uid": "0"}}}):  # fmt: skip
        yield from bearer(f"claims {changes}", place.signed(place.claims(account, **changes)))


def revoked(place: Place) -> Iterator[Shown]:
    """Yield tokens of accounts that are deleted: each is seen to hold before."""
    for number in range(10):
        account = place.account(f"gone-{number}")
        token = place.signed(place.claims(account))
        assert place.ask(Shown("", f"Bearer {token}"), OPEN) == 200
        place.cluster.client().delete("serviceaccounts", f"gone-{number}", "default")
        if number % 2:
            place.account(f"gone-{number}")
        yield from bearer(f"revoked {number}", token)


def headers() -> Iterator[Shown]:
    """Yield passwords that are wrong, and headers that say nothing clear."""
    pairs = ("joe:", "joe:Swordfish", "joe:swordfish ", "jim:swordfish", "JOE:swordfish", "swordfish:joe", ":swordfish", "joe", ":", "joe\0:swordfish",
             "u-7:swordfish")  # fmt: skip
    for pair in pairs:
        yield Shown(f"basic {pair!r}", f"Basic {b64encode(pair.encode()).decode()}")
    for text in ("!!", "====", "am9l", "\xff\xfe", "Y" * 20_000, b64encode(b"\xff\xfe:\xff").decode()):
        yield Shown(f"basic as {text[:9]!r}", f"Basic {text}".encode("latin-1"))


def certificates(place: Place) -> Iterator[Shown]:
    """Yield certificates of others, expired ones, and such as are for something else."""
    stranger = pki.new_authority("minikubeCA", now=place.now)  # the same name, another key
    other = pki.new_authority("elsewhere", now=place.now)
    for authority in (stranger, other):
        for number, groups in enumerate(((), ("system:masters",), ("dev", "ops"))):
            pair = pki.issue(authority, f"user-{number}", purpose=pki.CLIENT, now=place.now, organizations=groups)
            yield Shown(f"foreign {number}", pair=pair, answer=TLS)
    yield Shown("foreign authority itself", pair=stranger, answer=TLS)
    for days in (1, 2, 7, 30, 365, 3650):
        yield Shown(f"expired {days}", pair=place.certificate(now=place.now - (days + 1) * pki.DAY, days=days))
        yield Shown(f"expired administrator {days}", pair=place.certificate(now=place.now - (days + 1) * pki.DAY, days=days, organizations=("system:masters",)))
        yield Shown(f"early {days}", pair=place.certificate(now=place.now + days * pki.DAY))
    for number in range(3):
        pair = place.certificate(f"user-{number}", purpose=pki.SERVER, organizations=("system:masters",) * number)
        yield Shown(f"server only {number}", pair=pair, answer=TLS)


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()


def test_more_than_two_hundred_bad_credentials_are_refused(place: Place) -> None:
    shown = [*tokens(place), *revoked(place), *headers(), *certificates(place)]
    answers = {path: [place.ask(one, path) for one in shown] for path in (OPEN, CLOSED)}
    wrong = [(one.label, path, code) for path, codes in answers.items() for one, code in zip(shown, codes, strict=True) if code != one.answer]
    assert wrong == []
    counts = {path: Counter(codes) for path, codes in answers.items()}
    print(f"\n{len(shown)} credentials: {counts[OPEN][401]} answered with 401, {counts[OPEN][TLS]} refused by TLS")
    for found in counts.values():
        assert set(found) == {401, TLS}
        assert found[TLS] == 10
        assert found[401] >= 200


EVERYWHERE = ("/healthz", "/readyz?verbose", "/metrics", "/api", "/openapi/v3", "/openid/v1/jwks", "/.well-known/openid-configuration", "/nope",
              "/apis/made/v1/up", CLOSED + "?watch=true", CLOSED + "/p/exec?command=x&stdout=true", CLOSED + "/p/attach", CLOSED + "/p/portforward",
              CLOSED + "/p/log?follow=true", CLOSED + "/p/proxy/", "/api/v1/nodes/minikube/proxy/", CLOSED + "?limit=x")  # fmt: skip


def test_a_bad_token_is_nobodys_wherever_it_is_shown(place: Place) -> None:
    """Not even the anonymous one's, whom the cluster does let in, and be it that he may not see whether there is such a page."""
    for path in EVERYWHERE:
        for one in (Shown("", "Bearer x"), Shown("", "Basic !"), Shown("", "Basic am9lOndyb25n")):
            assert place.ask(one, path) == 401, (one, path)
        assert place.ask(Shown(""), path) in (200, 403), path


def test_good_ones_are_let_in(place: Place) -> None:
    """So that it is the badness that is refused above, not everything."""
    token = place.signed(place.claims(place.account("good")))
    password = b64encode(b"joe:swordfish").decode()
    for one in (Shown("", f"Bearer {token}"), Shown("", "Bearer static-token"), Shown("", f"Basic {password}"), Shown("", pair=place.certificate())):
        assert (place.ask(one, OPEN), place.ask(one, CLOSED)) == (200, 403), one
    assert place.ask(Shown("", pair=place.certificate(organizations=("system:masters",))), CLOSED) == 200


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Digest x", "Negotiate abc", "x"])
def test_no_credentials_are_anonymous(place: Place, authorization: str) -> None:
    """As with kube-apiserver, what is neither Bearer nor Basic is nobody's credential."""
    one = Shown("", authorization)
    assert (place.ask(one, OPEN), place.ask(one, CLOSED)) == (200, 403)


def test_a_bad_token_beside_a_good_certificate(place: Place) -> None:
    assert place.ask(Shown("", "Bearer x", place.certificate()), OPEN) == 200  # the certificate comes first
    expired = place.certificate(now=place.now - 9 * pki.DAY, days=1)
    assert place.ask(Shown("", "Bearer static-token", expired), OPEN) == 200  # any good one is enough
    assert place.ask(Shown("", "Bearer x", expired), OPEN) == 401
