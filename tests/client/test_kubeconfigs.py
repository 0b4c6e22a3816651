"""What entries of a kubeconfig and flags come to; the words of refusals are kubectl 1.33's."""

import base64
from pathlib import Path
from typing import Any

import pytest

from minikube_py.client import kubeconfigs
from minikube_py.client.kubeconfigs import Connection, Overrides, Source
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin.auth import UserInfo

SECURE = {"server": "https://host:6443/"}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def connect(cluster: dict[str, Any], user: dict[str, Any] | None = None, *, folder: object = "/", named: bool = True, **flags: Any) -> Connection:
    return kubeconfigs.connection(Source("c", cluster, "u", user or {}, str(folder), named), Overrides(**flags))


def refusal(cluster: dict[str, Any], user: dict[str, Any] | None = None, **more: Any) -> str:
    with pytest.raises(KctlError) as caught:
        connect(cluster, user, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "tls", "url"),
    [
        ("", False, "http://localhost:8080"), ("host", False, "http://host"), ("host:80", True, "https://host:80"), ("https://h/a/", False, "https://h/a"),
        ("http://[::1]:8080", False, "http://[::1]:8080"), ("127.0.0.1:9/", False, "http://127.0.0.1:9"),
    ],
)  # fmt: skip
def test_servers(text: str, tls: bool, url: str) -> None:
    assert kubeconfigs.server_url(text, tls=tls) == url


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("127.0.0.1:9/x", 'host must be a URL or a host:port pair: "127.0.0.1:9/x"'),
        ("https://", 'host must be a URL or a host:port pair: "https://"'),
        ("https://h:port", 'host must be a URL or a host:port pair: "https://h:port"'),
        ("https://a b", 'host must be a URL or a host:port pair: "https://a b"'),
        ("ftp://x", 'Unable to connect to the server: unsupported protocol scheme "ftp"'),
        ("https://me:pw@host", "the URL of a server holds no user name or password: use --username and --password"),
    ],
)
def test_servers_that_are_none(text: str, message: str) -> None:
    with pytest.raises(KctlError) as caught:
        kubeconfigs.server_url(text)
    assert str(caught.value) == message


def test_everything_embedded() -> None:
    found = connect(
        {**SECURE, "certificate-authority-data": encoded("CA"), "tls-server-name": "name", "proxy-url": "http://proxy", "disable-compression": True},
        {"client-certificate-data": encoded("CERT"), "client-key-data": encoded("KEY"), "token": "t", "as": "joe", "as-groups": ["g"], "as-uid": "7",
         "as-user-extra": {"k": ["v"]}},
    )  # fmt: skip
    assert found == Connection("https://host:6443", b"CA", False, "name", "http://proxy", False, b"CERT", b"KEY", "t", "", "",
                               UserInfo("joe", ("g",), "7", {"k": ("v",)}))  # fmt: skip


def test_files_are_relative_to_the_kubeconfig(tmp_path: Path) -> None:
    for name in ("ca", "cert", "key"):
        (tmp_path / name).write_text(name)
    (tmp_path / "token").write_text("sesame\n")
    found = connect({**SECURE, "certificate-authority": "ca"}, {"client-certificate": "cert", "client-key": "key", "tokenFile": "token"}, folder=tmp_path)
    assert (found.authority, found.certificate, found.key, found.token) == (b"ca", b"cert", b"key", "sesame")


def test_flags_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_text("mine")
    entry = {**SECURE, "certificate-authority-data": encoded("CA"), "tls-server-name": "name"}
    user = {"token": "t", "client-certificate-data": encoded("CERT"), "client-key-data": encoded("KEY")}
    found = connect(entry, user, folder="/nowhere", server="https://other", certificate_authority="mine", client_certificate="mine", client_key="mine",
                    token="x")  # fmt: skip
    assert found == Connection("https://other", b"mine", certificate=b"mine", key=b"mine", token="x")
    trusting = Connection("https://host:6443", insecure=True, tls_server_name="name", certificate=b"CERT", key=b"KEY", token="t")
    assert connect(entry, user, insecure=True) == trusting
    assert connect(entry, user, tls_server_name="z", disable_compression=True)[3:6] == ("z", "", False)


def test_another_server_keeps_whom_to_trust_but_not_the_name() -> None:
    entry = {**SECURE, "certificate-authority-data": encoded("CA"), "tls-server-name": "name"}
    assert connect(entry, {}, server="https://other") == Connection("https://other", b"CA")


def test_no_credentials_over_http(tmp_path: Path) -> None:
    user = {"token": "t", "client-certificate-data": encoded("C"), "client-key-data": encoded("K"), "as": "joe",
            "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "x", "interactiveMode": "Never"}}  # fmt: skip
    assert connect({"server": "http://host"}, user) == Connection("http://host", certificate=b"", impersonate=UserInfo("joe"))
    assert connect({"server": "http://host"}, {"username": "me", "password": "pw"}) == Connection("http://host")


BOTH = "more than one authentication method found for u; found [token basicAuth], only one is allowed"


@pytest.mark.parametrize(
    ("cluster", "user", "flags", "message"),
    [
        (SECURE, {"token": "a", "username": "b"}, {}, BOTH),
        (SECURE, {"tokenFile": "a"}, {"password": "b"}, BOTH),
        (SECURE, {}, {"token": "a", "username": "b"}, BOTH),
        (SECURE, {"auth-provider": {"name": "oidc"}}, {}, "Must provide idp-issuer-url"),
        (SECURE, {"auth-provider": {"name": "oidc", "config": {"idp-issuer-url": "https://i"}}}, {}, "Must provide client-id"),
        (SECURE, {"auth-provider": {"name": "other"}}, {}, 'no Auth Provider found for name "other"'),
        (SECURE, {"client-certificate": "/nope"}, {}, "unable to read client-cert /nope for u due to open /nope: no such file or directory"),
        (SECURE, {"client-certificate-data": "QQ=="}, {},
         "client-key-data or client-key must be specified for u to use the clientCert authentication method."),
        (SECURE, {"tokenFile": "/nope"}, {}, "open /nope: no such file or directory"),
        (SECURE, {"client-key-data": "?"}, {}, "client-key-data is no base64"),
        (SECURE, {"as-groups": ["g"]}, {}, "requesting uid, groups or user-extra for u without impersonating a user"),
        (SECURE, {"as": "joe", "as-groups": "g"}, {}, "as-groups must be a list of texts, as-user-extra a map of such lists"),
        (SECURE, {"token": 7}, {}, 'user "u": token must be a text'),
        (SECURE, {}, {"certificate_authority": "/nope"}, "unable to read certificate-authority /nope for c due to open /nope: no such file or directory"),
        ({**SECURE, "insecure-skip-tls-verify": True, "certificate-authority-data": "QQ=="}, {}, {},
         "specifying a root certificates file with the insecure flag is not allowed"),
        ({**SECURE, "insecure-skip-tls-verify": "yes"}, {}, {}, 'cluster "c": insecure-skip-tls-verify must be true or false'),
        ({**SECURE, "proxy-url": "socks5://x"}, {}, {}, "invalid 'proxy-url': only http and https are supported by this version of kctl"),
    ],
)  # fmt: skip
def test_refusals(cluster: dict[str, Any], user: dict[str, Any], flags: dict[str, Any], message: str) -> None:
    assert refusal(cluster, user, **flags) == message


def test_programs_run_only_for_a_file_that_was_named() -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "aws", "interactiveMode": "Never"}}
    assert refusal(SECURE, user, named=False) == 'user "u": programs that make credentials are run only for a file that --kubeconfig names'
    plugin = connect(SECURE, user).plugin
    assert plugin is not None and plugin.command == "aws"


@pytest.mark.parametrize(
    ("user", "anonymous"),
    [
        ({}, True), ({"password": "pw"}, True), ({"username": "me"}, False), ({"token": "t"}, False),
        ({"auth-provider": {"name": "oidc", "config": {"idp-issuer-url": "i", "client-id": "c"}}}, False),
        ({"client-certificate-data": encoded("C"), "client-key-data": encoded("K")}, False),
        ({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "x", "interactiveMode": "Never"}}, False),
    ],
)  # fmt: skip
def test_who_says_who_it_is(user: dict[str, Any], anonymous: bool) -> None:
    assert connect(SECURE, user).is_anonymous is anonymous


def test_nothing_secret_is_shown() -> None:
    found = connect(SECURE, {"token": "sesame", "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "x", "interactiveMode": "Never",
                                                         "args": ["hidden"]}})  # fmt: skip
    assert (repr(found), f"{found}") == ("Connection('https://host:6443')",) * 2
    assert repr(found.plugin) == "Plugin('x')"
