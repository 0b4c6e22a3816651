"""Proxies that the environment names, as Go's net/http reads them; keys and certificates that are none."""

from unittest.mock import Mock

import pytest

from minikube_py.client import pools
from minikube_py.client.kubeconfigs import Connection
from minikube_py.kits import pki
from minikube_py.machinery.errors import KctlError

PROXY = {"HTTPS_PROXY": "http://proxy:3128"}


@pytest.mark.parametrize(
    ("environment", "server", "proxy"),
    [
        ({}, "https://host", ""),
        (PROXY, "https://host", "http://proxy:3128"),
        (PROXY, "http://host", ""),
        ({"http_proxy": "proxy"}, "http://host", "http://proxy"),
        (PROXY, "https://127.0.0.1:8443", ""),
        (PROXY, "https://localhost", ""),
        (PROXY, "https://[::1]:1", ""),
        (PROXY | {"NO_PROXY": "other, host"}, "https://host", ""),
        (PROXY | {"NO_PROXY": "host"}, "https://a.host", ""),
        (PROXY | {"NO_PROXY": ".host"}, "https://host", "http://proxy:3128"),
        (PROXY | {"NO_PROXY": "ost"}, "https://host", "http://proxy:3128"),
        (PROXY | {"NO_PROXY": "host:6443"}, "https://host:6443", ""),
        (PROXY | {"NO_PROXY": "host:6443"}, "https://host:6444", "http://proxy:3128"),
        (PROXY | {"no_proxy": "*"}, "https://host", ""),
        (PROXY | {"NO_PROXY": "10.0.0.0/8"}, "https://10.1.2.3", ""),
        (PROXY | {"NO_PROXY": "10.0.0.0/8"}, "https://11.1.2.3", "http://proxy:3128"),
        (PROXY | {"NO_PROXY": "10.0.0.0/99"}, "https://10.1.2.3", "http://proxy:3128"),
    ],
)
def test_proxies(environment: dict[str, str], server: str, proxy: str) -> None:
    assert pools.proxy_of(environment, server) == proxy


def test_what_a_proxy_is_told_is_not_told_to_the_server() -> None:
    pool = pools.open_pool(Connection("https://host", proxy="http://me:p%40w@proxy:3128"), {})
    assert (pool.proxy.url, dict(pool.proxy_headers)) == ("http://proxy:3128", {"proxy-authorization": "Basic bWU6cEB3"})  # type: ignore[attr-defined]


def test_a_proxy_of_another_kind() -> None:
    with pytest.raises(KctlError, match="neither http nor https"):
        pools.open_pool(Connection("https://host"), {"HTTPS_PROXY": "socks5://proxy"})


PEM = b"-----BEGIN X-----\nQQ==\n-----END X-----\n"


@pytest.mark.parametrize(
    ("connection", "message"),
    [
        (Connection("https://host", b"abc"), "unable to load root certificates: unable to parse bytes as PEM block"),
        (Connection("https://host", b"\xff"), "unable to load root certificates: unable to parse bytes as PEM block"),
        (Connection("https://host", certificate=b"abc", key=PEM), "tls: failed to find any PEM data in certificate input"),
        (Connection("https://host", certificate=PEM, key=b"abc"), "tls: failed to find any PEM data in key input"),
        (Connection("https://host", certificate=PEM, key=PEM), "tls: failed to parse the client's certificate or private key"),
    ],
)
def test_keys_and_certificates_that_are_none(connection: Connection, message: str) -> None:
    with pytest.raises(KctlError) as caught:
        pools.open_pool(connection, {})
    assert str(caught.value) == message


def test_a_key_of_another_certificate() -> None:
    authority = pki.new_authority("ca", now=0)
    first, second = (pki.issue(authority, name, purpose=pki.CLIENT, now=0) for name in ("a", "b"))
    with pytest.raises(KctlError, match="^tls: private key does not match public key$"):
        pools.open_pool(Connection("https://host", certificate=first.certificate, key=second.key), {})


def test_nowhere_to_put_a_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.TemporaryDirectory", Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(KctlError, match="^cannot make a temporary folder for the client's certificate: No space left on device$"):
        pools.open_pool(Connection("https://host", certificate=PEM, key=PEM), {})


@pytest.mark.parametrize("insecure", [False, True])
def test_who_trusts_everybody_does_not_look_at_names(insecure: bool) -> None:
    options = pools.open_pool(Connection("https://host", insecure=insecure, tls_server_name="other"), {}).connection_pool_kw
    assert options["server_hostname"] == "other"
    assert (options.get("assert_hostname"), options.get("cert_reqs")) == ((False, "CERT_NONE") if insecure else (None, None))
    assert options["ssl_context"].check_hostname is not insecure
