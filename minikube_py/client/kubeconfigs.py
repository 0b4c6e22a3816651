"""How to reach a server, and as whom: what entries of a kubeconfig and the flags over them come to (client-go clientcmd)."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from minikube_py.client import execcredentials, httperrors, oidctokens
from minikube_py.client.execcredentials import Plugin
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin.auth import UserInfo

_DEFAULT_SERVER = "http://localhost:8080"
_TEXTS_OF_CLUSTERS = ("server", "certificate-authority", "certificate-authority-data", "tls-server-name", "proxy-url")
# Providers of credentials that were part of kubectl once: what came in their place, and where that is told.
_REMOVED = {
    "azure": ("https://github.com/Azure/kubelogin", "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"),
    "gcp": ('"gke-gcloud-auth-plugin"', "https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke"),
}
_TEXTS_OF_USERS = ("client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile", "username", "password",
                   "as", "as-uid")  # fmt: skip
_BOOLS = ("insecure-skip-tls-verify", "disable-compression")


class Overrides(NamedTuple):
    """What flags say; empty where they say nothing."""

    server: str = ""
    certificate_authority: str = ""
    insecure: bool = False
    tls_server_name: str = ""
    client_certificate: str = ""
    client_key: str = ""
    token: str = ""
    username: str = ""
    password: str = ""
    disable_compression: bool = False


class Source(NamedTuple):
    """Entries of a kubeconfig. `folder` is where its relative paths start; `named`: the user named the file, so that it may run programs."""

    cluster_name: str
    cluster: Mapping[str, Any]
    user_name: str
    user: Mapping[str, Any]
    folder: str
    named: bool


class Connection(NamedTuple):
    """A server and the credentials for it; PEM where bytes are. Credentials are left out for http://."""

    server: str  # without a slash at its end
    authority: bytes = b""
    insecure: bool = False
    tls_server_name: str = ""
    proxy: str = ""
    compression: bool = True
    certificate: bytes = b""
    key: bytes = b""
    token: str = ""
    username: str = ""
    password: str = ""
    impersonate: UserInfo | None = None
    plugin: Plugin | None = None
    provider: oidctokens.Provider | None = None

    def __repr__(self) -> str:
        """Name the server only: everything else may be secret."""
        return f"Connection({self.server!r})"

    @property
    def host(self) -> str:
        """Return HOST:PORT as the URL has it."""
        return urlsplit(self.server).netloc

    @property
    def is_anonymous(self) -> bool:
        """Tell whether nothing says who asks (clientcmd's canIdentifyUser); a password alone does not."""
        return not (self.username or self.certificate or self.token or self.plugin or self.provider)

    @property
    def is_secure(self) -> bool:
        """Tell whether TLS protects what is sent."""
        return self.server.startswith("https:")


def connection(source: Source, overrides: Overrides) -> Connection:
    """Return the connection; KctlError in kubectl's words where the entries make no sense."""
    _check(source)
    cluster = _cluster(source, overrides)
    user = _user(source, overrides)
    authority, certificate, key = _materials(source, cluster, user)
    insecure = bool(cluster.get("insecure-skip-tls-verify"))
    if authority and insecure:
        raise KctlError("specifying a root certificates file with the insecure flag is not allowed")
    if bool(certificate) != bool(key):
        missing = "client-key-data or client-key" if certificate else "client-certificate-data or client-certificate"
        raise KctlError(f"{missing} must be specified for {source.user_name} to use the clientCert authentication method.")
    found = Connection(
        server_url(str(cluster.get("server") or ""), tls=bool(authority or insecure or certificate)), authority, insecure,
        str(cluster.get("tls-server-name") or ""), _proxy(cluster, source.cluster_name),
        not (cluster.get("disable-compression") or overrides.disable_compression), impersonate=impersonated(user, source.user_name),
    )  # fmt: skip
    if not found.is_secure:  # as kubectl: no credentials over http://
        return found
    return found._replace(certificate=certificate, key=key, token=_token(source, user), username=str(user.get("username") or ""),
                          password=str(user.get("password") or ""), plugin=_plugin(source, user), provider=_provider(user))  # fmt: skip


def _check(source: Source) -> None:
    entries = (("cluster", source.cluster_name, source.cluster, _TEXTS_OF_CLUSTERS), ("user", source.user_name, source.user, _TEXTS_OF_USERS))
    for kind, name, entry, texts in entries:
        for field in texts:
            if not isinstance(entry.get(field) or "", str):
                raise KctlError(f"{kind} {errors.quoted(name)}: {field} must be a text")
        for field in _BOOLS:
            if not isinstance(entry.get(field) or False, bool):
                raise KctlError(f"{kind} {errors.quoted(name)}: {field} must be true or false")


def _cluster(source: Source, overrides: Overrides) -> dict[str, Any]:
    """Return the cluster's entry with the flags over it."""
    found = dict(source.cluster)
    if overrides.insecure or overrides.certificate_authority:
        # Either flag stands for everything that the entry says of whom to trust.
        found |= {"insecure-skip-tls-verify": overrides.insecure, "certificate-authority-data": "",
                  "certificate-authority": os.path.abspath(overrides.certificate_authority) if overrides.certificate_authority else ""}  # fmt: skip
    if overrides.server or overrides.tls_server_name:
        found["tls-server-name"] = overrides.tls_server_name  # another server has another name
    if overrides.server:
        found["server"] = overrides.server
    return found


def _user(source: Source, overrides: Overrides) -> dict[str, Any]:
    """Return the user's entry with the flags over it; more than one way to say who it is is refused."""
    found = dict(source.user)
    for field, path in (("client-certificate", overrides.client_certificate), ("client-key", overrides.client_key)):
        if path:
            found |= {field: os.path.abspath(path), f"{field}-data": ""}
    if overrides.token:
        found |= {"token": overrides.token, "tokenFile": ""}
    for field, text in (("username", overrides.username), ("password", overrides.password)):
        if text:
            found[field] = text
    ways = [name for name, there in (("token", found.get("token") or found.get("tokenFile")), ("basicAuth", found.get("username") or found.get("password")))
            if there]  # fmt: skip
    if len(ways) > 1:
        raise KctlError(f"more than one authentication method found for {source.user_name}; found [{' '.join(ways)}], only one is allowed")
    return found


def _provider(user: Mapping[str, Any]) -> oidctokens.Provider | None:
    """Return what makes the credentials of a user's auth-provider; those that kubectl had once are refused with what came in their place."""
    entry = user.get("auth-provider")
    if not entry:
        return None
    name = str(entry.get("name", "")) if isinstance(entry, dict) else ""
    if name == "oidc":
        return oidctokens.read(entry.get("config"))
    if name in _REMOVED:
        plugin, page = _REMOVED[name]
        instead = f"Please use the {plugin} kubectl/client-go credential plugin instead.\nSee {page} for further details"
        raise KctlError(f"The {name} auth plugin has been removed.\n{instead}")
    raise KctlError(f"no Auth Provider found for name {errors.quoted(name)}")


class _UnreadableError(KctlError):
    """A file that an entry names and that cannot be read."""


def _materials(source: Source, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> list[bytes]:
    """Return authority, certificate and key; files that cannot be read are told of together."""
    found, failed = [], []
    for entry, name, field, short in (
        (cluster, source.cluster_name, "certificate-authority", "certificate-authority"),
        (user, source.user_name, "client-certificate", "client-cert"),
        (user, source.user_name, "client-key", "client-key"),
    ):
        try:
            found.append(_material(source.folder, entry, field, short, name))
        except _UnreadableError as error:
            failed.append(error)
    if len(failed) > 1:
        raise KctlError("Error in configuration: " + "".join(f"\n* {error}" for error in failed))
    if failed:
        raise failed[0]
    return found


def _material(folder: str, entry: Mapping[str, Any], field: str, short: str, name: str) -> bytes:
    """Return a certificate or key: the data in the entry, or what is in the file that it names. `short` and `name` are for the error."""
    data, path = entry.get(f"{field}-data"), entry.get(field)
    if data:
        import base64

        try:
            return base64.b64decode(data, validate=True)
        except ValueError as error:
            raise KctlError(f"{field}-data is no base64") from error
    if not path:
        return b""
    full = os.path.join(folder, path)
    try:
        with open(full, "rb") as file:
            return file.read()
    except OSError as error:
        raise _UnreadableError(f"unable to read {short} {full} for {name} due to {_reason(full, error)}") from error


def _reason(path: str, error: OSError) -> str:
    return f"open {path}: {(error.strerror or str(error)).lower()}"


def _token(source: Source, user: Mapping[str, Any]) -> str:
    if user.get("token") or not user.get("tokenFile"):
        return str(user.get("token") or "")
    path = os.path.join(source.folder, user["tokenFile"])
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except UnicodeDecodeError as error:
        raise KctlError(f"{path}: holds no token") from error
    except OSError as error:
        raise KctlError(_reason(path, error)) from error


def _plugin(source: Source, user: Mapping[str, Any]) -> Plugin | None:
    if not user.get("exec"):
        return None
    plugin = execcredentials.read(user["exec"], source.user_name, source.folder, source.cluster)
    if not source.named:
        raise KctlError(f"user {errors.quoted(source.user_name)}: programs that make credentials are run only for a file that --kubeconfig names")
    return plugin


def impersonated(user: Mapping[str, Any], called: str) -> UserInfo | None:
    """Return as whom a user's entry asks to act, None for that user; `called` is the entry's name. KctlError where it makes no sense."""
    groups, extra = user.get("as-groups") or [], user.get("as-user-extra") or {}
    shaped = isinstance(groups, list) and isinstance(extra, dict) and all(isinstance(values, list) for values in extra.values())
    if not shaped or not all(isinstance(text, str) for text in (*groups, *(value for values in extra.values() for value in values))):
        raise KctlError("as-groups must be a list of texts, as-user-extra a map of such lists")
    name, uid = user.get("as") or "", user.get("as-uid") or ""
    if not name:
        if groups or extra or uid:
            raise KctlError(f"requesting uid, groups or user-extra for {called} without impersonating a user")
        return None
    return UserInfo(name, tuple(groups), uid, {str(key): tuple(values) for key, values in extra.items()})


def _proxy(cluster: Mapping[str, Any], name: str) -> str:
    proxy = str(cluster.get("proxy-url") or "")
    scheme = urlsplit(proxy).scheme
    if proxy and scheme not in ("http", "https", "socks5"):
        problem = f"unsupported scheme {errors.quoted(scheme)}, must be http, https, or socks5"
        raise KctlError(f"invalid 'proxy-url' {errors.quoted(proxy)} for cluster {errors.quoted(name)}: {problem}")
    if scheme == "socks5":
        raise KctlError("invalid 'proxy-url': only http and https are supported by this version of kctl")
    return proxy


def server_url(text: str, *, tls: bool = False) -> str:
    """Return a server's URL; HOST:PORT alone means https where `tls` is set up, else http (client-go rest.DefaultServerURL)."""
    if not text:
        return _DEFAULT_SERVER
    try:
        parts = urlsplit(text if "://" in text else f"{'https' if tls else 'http'}://{text}")
        port = parts.port
    except ValueError as error:
        raise KctlError(f"host must be a URL or a host:port pair: {errors.quoted(text)}") from error
    if "://" not in text and parts.path not in ("", "/"):
        raise KctlError(f"host must be a URL or a host:port pair: {errors.quoted(text)}")
    if "@" in parts.netloc:
        raise KctlError("the URL of a server holds no user name or password: use --username and --password")
    if not parts.scheme:
        raise KctlError(f"host must be a URL or a host:port pair: {errors.quoted(text)}")
    if parts.scheme not in ("http", "https"):
        raise httperrors.Unreachable(f"unsupported protocol scheme {errors.quoted(parts.scheme)}")
    if not parts.hostname or port == 0 or not parts.netloc.isprintable() or " " in parts.netloc:
        raise KctlError(f"host must be a URL or a host:port pair: {errors.quoted(text)}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
