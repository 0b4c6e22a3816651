"""ID tokens of an auth-provider; the words are client-go's."""

import base64
import json

import pytest

from minikube_py.client import oidctokens
from minikube_py.machinery.errors import KctlError

CONFIG = {"idp-issuer-url": "https://issuer", "client-id": "c"}
BEGIN = "Unable to connect to the server: "


def jwt(claims: object) -> str:
    return "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".x"


def test_a_token_that_is_good_is_used() -> None:
    text = jwt({"exp": 1011})
    assert oidctokens.token(oidctokens.read({**CONFIG, "id-token": text}), 1000.0) == text


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({}, "No valid id-token, and cannot refresh without refresh-token"),
        ({"id-token": jwt({"exp": 1010})}, "No valid id-token, and cannot refresh without refresh-token"),
        ({"id-token": jwt({}), "refresh-token": "r"}, "No valid id-token, and kctl asks no issuer for a new one: let an exec plugin do that"),
        ({"id-token": "x.y"}, "ID Token is not a valid JWT"),
        ({"id-token": "x.y.z"}, "illegal base64 data at input byte 0"),
        ({"id-token": "x.ab+d.z"}, "illegal base64 data at input byte 2"),
        ({"id-token": "x.e30e.z"}, "parsing claims: "),
    ],
)
def test_a_token_that_is_none(config: dict[str, str], problem: str) -> None:
    provider = oidctokens.read({**CONFIG, **config})
    with pytest.raises(KctlError) as caught:
        oidctokens.token(provider, 1000.0)
    assert str(caught.value).startswith(BEGIN + problem)
    assert repr(provider) == "Provider()"
