"""Programs that make credentials (client.authentication.k8s.io v1 and v1beta1, client-go plugin/pkg/client/auth/exec). They run without a shell."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from minikube_py.client import httperrors
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

_GROUP = "client.authentication.k8s.io"
VERSIONS = (f"{_GROUP}/v1", f"{_GROUP}/v1beta1")
NEVER, IF_AVAILABLE, ALWAYS = "Never", "IfAvailable", "Always"
_MOST = 1 << 20  # bytes of output
_OTHER = "decoding stdout: it holds no ExecCredential"
_NOT_INSTALLED = """
It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"""


class Plugin(NamedTuple):
    """A program and how it wants to be run."""

    api_version: str
    command: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    interactive: str
    hint: str
    cluster: Mapping[str, Any] | None  # what it is told of the server, where it wants to know

    def __repr__(self) -> str:
        """Name the program only: arguments and environment may be secret."""
        return f"Plugin({self.command!r})"


class Made(NamedTuple):
    """Credentials that a program made; `expires` is in seconds since the epoch, None for never."""

    token: str
    certificate: bytes
    key: bytes
    expires: float | None

    def __repr__(self) -> str:
        """Say nothing."""
        return "Made()"


def read(entry: Any, user: str, folder: str, cluster: Mapping[str, Any]) -> Plugin:
    """Return the plugin of a user's `exec`; KctlError where it makes no sense."""
    if not isinstance(entry, dict) or not _is_shaped(entry):
        raise KctlError(f"user {errors.quoted(user)}: exec must have the fields of an ExecConfig")
    command, api_version, mode = entry.get("command") or "", entry.get("apiVersion") or "", entry.get("interactiveMode") or ""
    if not command:
        raise KctlError(f"command must be specified for {user} to use exec authentication plugin")
    if not api_version:
        raise KctlError(f"apiVersion must be specified for {user} to use exec authentication plugin")
    if api_version not in VERSIONS:
        raise KctlError(f"exec plugin: invalid apiVersion {errors.quoted(api_version)}")
    if not mode:
        if api_version == VERSIONS[0]:
            raise KctlError(f"interactiveMode must be specified for {user} to use exec authentication plugin")
        mode = IF_AVAILABLE
    if mode not in (NEVER, IF_AVAILABLE, ALWAYS):
        raise KctlError(f"invalid interactiveMode for {user}: {errors.quoted(mode)}")
    if os.sep in command:  # a path, from the kubeconfig's folder
        command = os.path.join(folder, command)
    told = _told(cluster) if entry.get("provideClusterInfo") else None
    environment = tuple((each["name"], each["value"]) for each in entry.get("env") or ())
    return Plugin(api_version, command, tuple(entry.get("args") or ()), environment, mode, entry.get("installHint") or "", told)


def _is_shaped(entry: Mapping[str, Any]) -> bool:
    texts = all(isinstance(entry.get(field) or "", str) for field in ("command", "apiVersion", "interactiveMode", "installHint"))
    arguments, variables = entry.get("args") or [], entry.get("env") or []
    return (
        texts and isinstance(arguments, list) and all(isinstance(word, str) and "\0" not in word for word in arguments)
        and isinstance(variables, list)
        and all(isinstance(each, dict) and isinstance(each.get("name"), str) and isinstance(each.get("value"), str) for each in variables)
    )  # fmt: skip


def _told(cluster: Mapping[str, Any]) -> dict[str, Any]:
    fields = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url", "disable-compression")
    return {field: cluster[field] for field in fields if cluster.get(field)}


def run(plugin: Plugin, environment: Mapping[str, str], *, interactive: bool) -> Made:
    """Run a plugin; `interactive` tells whether somebody sits at a terminal. KctlError where it yields nothing that can be used."""
    import json
    import subprocess

    if plugin.interactive == ALWAYS and not interactive:
        raise _failed("exec plugin cannot support interactive mode: standard input is not a terminal")
    asks = interactive and plugin.interactive != NEVER
    spec: dict[str, Any] = {"interactive": asks} | ({"cluster": plugin.cluster} if plugin.cluster is not None else {})
    info = json.dumps({"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}, separators=(",", ":"))
    surroundings = {**environment, **dict(plugin.environment), "KUBERNETES_EXEC_INFO": info}
    try:
        done = subprocess.run([plugin.command, *plugin.arguments], stdin=None if asks else subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
                              env=surroundings)  # fmt: skip
    except FileNotFoundError as error:
        hint = f"\n\n{_printable(plugin.hint)}" if plugin.hint else ""
        raise _failed(f"exec: executable {plugin.command} not found\n{_NOT_INSTALLED}{hint}") from error
    except (OSError, ValueError) as error:
        raise _failed(f"exec: {plugin.command}: {getattr(error, 'strerror', None) or 'cannot be run'}") from error
    if done.returncode:
        raise _failed(f"exec: executable {plugin.command} failed with exit code {done.returncode}")
    return _made(plugin, done.stdout[: _MOST + 1])


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")


def _failed(text: str) -> KctlError:
    return httperrors.Unreachable(f"getting credentials: {text}")


def _made(plugin: Plugin, output: bytes) -> Made:
    """Return what a plugin has written; nothing of it is ever quoted."""
    value = _read(output)
    if value.get("kind") not in (None, "", "ExecCredential"):
        raise _failed(_OTHER)
    if not value.get("apiVersion"):
        raise _failed(f"exec plugin is configured to use API version {plugin.api_version}, plugin returned version client.authentication.k8s.io/__internal")
    if value["apiVersion"] != plugin.api_version:
        raise _failed(f"exec plugin is configured to use API version {plugin.api_version}, plugin returned another version")
    status = value.get("status")
    if not isinstance(status, dict):
        raise _failed("exec plugin didn't return a status field")
    token, certificate, key = (status.get(field) or "" for field in ("token", "clientCertificateData", "clientKeyData"))
    if not all(isinstance(text, str) for text in (token, certificate, key)):
        raise _failed("decoding stdout: token, clientCertificateData and clientKeyData must be texts")
    if not token and not certificate and not key:
        raise _failed("exec plugin didn't return a token or cert/key pair")
    if bool(certificate) != bool(key):
        raise _failed("exec plugin returned only certificate or key, not both")
    return Made(token, certificate.encode(), key.encode(), _expires(status.get("expirationTimestamp")))


def _read(output: bytes) -> dict[str, Any]:
    """Return the object that an output holds, be it JSON or YAML."""
    from minikube_py.kits import yaml
    from minikube_py.machinery import gotypes

    if len(output) > _MOST:
        raise _failed(_OTHER)
    try:
        value = yaml.load(output)
    except yaml.YAMLError:
        raise _failed(_OTHER) from None
    value = {} if value is None else value
    try:
        gotypes.check_type_meta(value)
    except ValueError as error:
        raise _failed(f"decoding stdout: couldn't get version/kind; json parse error: {error}") from error
    return value


def _expires(text: Any) -> float | None:
    if not text:
        return None
    from minikube_py.kits import clock

    try:
        return clock.parse_rfc3339(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise _failed("decoding stdout: expirationTimestamp is no time") from error
