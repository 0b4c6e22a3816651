"""Requests as HTTP carries them, spelled as kubectl 1.33 spells them: method, path, query, headers, body. Pure."""

import json
import math
import sys
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from minikube_py import KUBERNETES_VERSION, __version__
from minikube_py.apiserver.request import Request
from minikube_py.machinery import durations, errors
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin.auth import UserInfo

JSON = "application/json"
TABLE = f"{JSON};as=Table;v=v1;g=meta.k8s.io,{JSON};as=Table;v=v1beta1;g=meta.k8s.io,{JSON}"
USER_AGENT = f"kctl/v{__version__} ({sys.platform}) kubernetes/{KUBERNETES_VERSION}"
METHODS = {"get": "GET", "list": "GET", "watch": "GET", "create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE",
            "deletecollection": "DELETE"}  # fmt: skip
_IN_PROCESS = ("table", "index", "duplicates", "informer")  # what means nothing to a server, or is said in another way
_OF_DELETE = ("propagationPolicy", "gracePeriodSeconds", "preconditions", "dryRun")  # what DELETE says in its body
_ASKED = ("authentication.k8s.io", "authorization.k8s.io")  # whose objects are questions, in which nobody manages fields
_WRITES = ("create", "update", "patch")


class Message(NamedTuple):
    """One HTTP request, but for the server's address and the credentials."""

    method: str
    path: str  # escaped
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    @property
    def target(self) -> str:
        """Return path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def message(request: Request, timeout: float | None = None) -> Message:
    """Return what to send for a request of the chain; `timeout` is the seconds that it may take, of which servers are told."""
    if request.resource == "*":
        raise errors.UnknownPath()
    body = _body(request)
    headers = [("Accept", TABLE if request.option("table") else _accept(request)), ("User-Agent", USER_AGENT)]
    if body is not None:
        headers.append(("Content-Type", JSON if request.verb.startswith("delete") else request.content_type))
    headers += impersonation(request.impersonate)
    query = _query(request)
    if timeout:
        query = sorted([*query, ("timeout", durations.spelled(timeout))], key=lambda pair: pair[0])
    return Message(METHODS[request.verb], path(request), tuple(query), tuple(headers), body)

_APPLY = "application/apply-patch"  # whoever applies must say who


def _accept(request: Request) -> str:
    return f"{JSON}, */*" if request.subresource == "log" else JSON


def path(request: Request) -> str:
    """Return the path of a request, escaped."""
    parts = ["apis", request.group, request.version] if request.group else ["api", request.version]
    if request.namespace:
        parts += ["namespaces", request.namespace]
    parts.append(request.resource)
    if request.name:
        parts.append(request.name)
    parts += [part for part in request.subresource.split("/") if part]
    return "/" + "/".join(quote(part, safe=":@!$&'()*+,;=") for part in parts)


def _query(request: Request) -> list[tuple[str, str]]:
    skipped = {*_IN_PROCESS, *(_OF_DELETE if request.verb.startswith("delete") else ())}
    found = {name: value for name, value in request.options.items() if name not in skipped and value is not None}
    if not found.get("limit", 1):
        del found["limit"]
    if found.get("dryRun"):
        found["dryRun"] = "All"
    named = found.get("fieldManager") or request.content_type.startswith(_APPLY)
    if request.verb in _WRITES and request.group not in _ASKED and not named:
        found["fieldManager"] = request.manager  # who manages the fields in-process, whatever the User-Agent says
    if request.option("table") == "Object":
        found["includeObject"] = "Object"
    if request.verb == "watch":
        found["watch"] = True
    command = [("command", word) for word in found.pop("command", ())]
    return sorted([*command, *((name, _spelled(value)) for name, value in found.items() if value != "")], key=lambda pair: pair[0])


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(max(math.ceil(value), 1)) if isinstance(value, float) else str(value)


def _body(request: Request) -> bytes | None:
    if request.verb.startswith("delete"):
        options: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1"}
        options |= {name: request.options[name] for name in _OF_DELETE if request.options.get(name) is not None}
        if options.pop("dryRun", None):
            options["dryRun"] = ["All"]
        return encode(options)
    if request.verb not in _WRITES:
        return None
    return encode(request.body)  # also for server-side apply: JSON is YAML


def encode(value: Any) -> bytes:
    """Return a value as JSON; KctlError where it is nested too deeply."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    except (ValueError, RecursionError) as error:
        raise KctlError("the object is nested too deeply, or holds what is no JSON") from error


def impersonation(user: UserInfo | None) -> list[tuple[str, str]]:
    """Return the headers that ask to act as somebody else."""
    if user is None:
        return []
    found = [("Impersonate-User", user.name)]
    found += [("Impersonate-Uid", user.uid)] if user.uid else []
    found += [("Impersonate-Group", group) for group in user.groups]
    found += [(f"Impersonate-Extra-{quote(key, safe='')}", value) for key, values in user.extra.items() for value in values]
    return found


def header_value(what: str, value: str) -> str:
    """Return a header's value as http.client takes it, UTF-8 on the wire; refuse what would end the header."""
    if any(ord(letter) < 32 and letter != "\t" or ord(letter) == 127 for letter in value):
        raise KctlError(f"{what} holds a control character")
    return value.encode("utf-8", "replace").decode("latin-1")


def is_connected(request: Request) -> bool:
    """Tell whether what is asked for goes on in another protocol."""
    return request.subresource in ("exec", "attach", "portforward")


def is_streamed(request: Request) -> bool:
    """Tell whether the answer comes piece by piece."""
    return request.verb == "watch" or request.subresource == "log"
