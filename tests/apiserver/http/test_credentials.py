"""What requests carry to prove who sent them."""

import base64

import pytest

from minikube_py.apiserver.http import credentials
from minikube_py.plugin.auth import Credentials, UserInfo

TOKEN = credentials.TOKEN_PROTOCOL


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(("header", "expected"), [
    ("", Credentials()),
    ("Bearer ", Credentials()),
    ("Bearer", Credentials()),
    ("bearer abc", Credentials(bearer_token="abc")),
    ("Bearer  abc ", Credentials(bearer_token="abc")),
    (basic("jane:a:b"), Credentials(username="jane", password="a:b")),
    ("Digest x", Credentials()),
])  # fmt: skip
def test_authorization(header: str, expected: Credentials) -> None:
    assert credentials.of_request(header, b"") == expected
    assert credentials.of_request(header, b"der") == expected._replace(client_certificate=b"der")


@pytest.mark.parametrize("header", ["Basic", "Basic !", basic("jane"), basic(":secret"), "Basic /w=="])
def test_what_cannot_be_read_is_no_nothing(header: str) -> None:
    assert credentials.of_request(header, b"der") == Credentials(unreadable=True, client_certificate=b"der")


@pytest.mark.parametrize(("protocols", "expected"), [
    ((), Credentials()),
    (("v5.channel.k8s.io",), Credentials()),
    ((f"{TOKEN}YWJj", "v5.channel.k8s.io"), Credentials(bearer_token="abc")),
    (("a", f"{TOKEN}-_-_YQ"), Credentials(unreadable=True)),  # no UTF-8
    (("a", f"{TOKEN}w7_Dvw"), Credentials(bearer_token="\xff\xff")),
    (("a", f"{TOKEN}w7/Dvw"), Credentials(unreadable=True)),
    (("a", f"{TOKEN}YQ"), Credentials(bearer_token="a")),
    (("a", f"{TOKEN}YQ=="), Credentials(unreadable=True)),
    (("a", f"{TOKEN}Y"), Credentials(unreadable=True)),
    (("a", f"{TOKEN}YWJj", f"{TOKEN}YWJj"), Credentials(unreadable=True)),
    ((f"{TOKEN}YWJj",), Credentials(unreadable=True)),
    ((TOKEN, "a"), Credentials()),
])  # fmt: skip
def test_tokens_among_the_protocols_of_websockets(protocols: tuple[str, ...], expected: Credentials) -> None:
    assert credentials.of_websocket(protocols) == expected


def test_impersonation() -> None:
    assert credentials.impersonated({"Accept": "x"}, ()) is None
    headers = {"Impersonate-User": "jane", "Impersonate-Uid": "7", "Impersonate-Extra-Example.com%2fA": "b"}
    assert credentials.impersonated(headers, ("g", "h")) == UserInfo("jane", ("g", "h"), "7", {"example.com/a": ("b",)})
    assert credentials.impersonated({}, ("g",)) == UserInfo("", ("g",))  # which the chain refuses
