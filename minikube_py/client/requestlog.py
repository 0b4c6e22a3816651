"""What is logged of requests at verbosity 6 to 10, as client-go 1.33 logs it: "Request" and "Response" of round_trippers.go, and bodies from 8.

Credentials are in no line: not those of the Authorization header, nor a body that is about secrets or tokens.
"""

import re
import time
from collections.abc import Callable, Iterable

from minikube_py.apiserver.request import Request, Response
from minikube_py.client import answers, wire
from minikube_py.client.wire import Message
from minikube_py.kits import gofmt
from minikube_py.kits.klog import Log
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

FIRST = 6  # the lowest verbosity at which anything is logged
_TRIPPERS = "round_trippers"
_REQUEST, _RESPONSE, _TRACE = (f"{_TRIPPERS}.go:{line}" for line in (527, 632, 562))
_SCHEMES = ("bearer", "basic", "negotiate")
_MASKED = "<masked>"
_SECRET = re.compile(r"/(secrets|tokenreviews|token)(/|\?|$)")
# Where kubectl 1.33 logs the bodies of what its resource.Helper asks (cli-runtime); what other clients of it ask is logged by them.
_HELPER = {"get": "helper.go:105", "list": "helper.go:113", "watch": "helper.go:113", "create": "helper.go:246", "update": "helper.go:319",
           "patch": "helper.go:269", "delete": "helper.go:202", "deletecollection": "helper.go:202"}  # fmt: skip
RAW, STREAM, LOGS = "raw.go:84", "request.go:759", "logs.go:469"
RAW_REFUSED = {"GET": "get.go:174", "POST": "create.go:114", "PUT": "replace.go:123", "DELETE": "delete.go:161"}
_OF_HANDSHAKES = ("upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "accept", "content-type", "content-length")
_HOPS = ("transfer-encoding", "connection")  # headers that Go takes for itself
_PATHS = {"/api": "discovery_client.go:252", "/apis": "discovery_client.go:318", "/version": "discovery_client.go:657", "/openapi/v3": "client.go:46"}
_OTHER_PATH = "groupversion.go:75"
_STATUSES = {101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
             404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 409: "Conflict", 410: "Gone", 413: "Request Entity Too Large",
             415: "Unsupported Media Type", 422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error",
             501: "Not Implemented", 503: "Service Unavailable", 504: "Gateway Timeout"}  # fmt: skip

Headers = Iterable[tuple[str, str]]


def wanted(log: Log) -> bool:
    """Tell whether requests are to be logged at all."""
    return log.enabled(FIRST, _TRIPPERS) or log.enabled(8, "request")


class Trip:
    """One request on its way: told what is sent, whether a connection was made for it, and what comes back."""

    def __init__(self, log: Log, server: str, message: Message, place: str) -> None:
        self._log = log
        self._url = _without_user(server) + message.target
        self._message = message
        self._place = place
        self._level = next((level for level in (9, 8, 7, 6) if log.enabled(level, _TRIPPERS)), 0)
        self._dialled: list[tuple[str, object]] = []
        self._began = time.monotonic()

    def begin(self, headers: Headers) -> None:
        """Log what is sent."""
        message, level = self._message, self._level
        if self._place:
            self._body("Request Body", message.body or b"")
        listed = [(name, masked(name, value)) for name, value in headers if name.lower() != "accept-encoding"]
        if level >= 9:
            shown = "".join(f" -H {gofmt.quote(f'{name}: {value}')}" for name, value in listed)
            self._log.event(_REQUEST, "Request", [("curlCommand", f"curl -v -X{message.method} {shown} '{self._url}'\n")])
        elif level >= 7:
            self._log.event(_REQUEST, "Request", [("verb", message.method), ("url", self._url), ("headers", _block(listed))])
        self._began = time.monotonic()

    def dialled(self, address: str, dial: float, handshake: float) -> None:
        """Note that a connection was made for the request, in how many seconds."""
        if self._level >= 9:
            self._log.event(_TRACE, "HTTP Trace: Dial succeed", [("network", "tcp"), ("address", address)])
            self._dialled = [("dnsLookupMilliseconds", 0), ("dialMilliseconds", int(dial * 1000)), ("tlsHandshakeMilliseconds", int(handshake * 1000))]

    def end(self, status: str, headers: Headers = ()) -> None:
        """Log the beginning of the answer; an empty status where there is none."""
        level, milliseconds = self._level, int((time.monotonic() - self._began) * 1000)
        if level < FIRST:
            return
        values: list[tuple[str, object]] = [("verb", self._message.method), ("url", self._url)] if level in (6, 9) else []
        values.append(("status", status))
        if level >= 8:
            values.append(("headers", _block((_canonical(name), answers.clean(masked(name, value))) for name, value in _shown(headers))))
        values.append(("milliseconds", milliseconds))
        if level >= 9:
            values += self._dialled or [("getConnectionMilliseconds", 0)]
            values.append(("serverProcessingMilliseconds", milliseconds))
        self._log.event(_RESPONSE, "Response", values)

    def answered(self, body: bytes, place: str = "") -> None:
        """Log the body of an answer; `place` where that is another one than for what was sent."""
        self._body("Response Body", body, place)

    def _body(self, what: str, body: bytes, place: str = "") -> None:
        if not self._log.enabled(8, "request"):
            return
        text = _MASKED if body and _SECRET.search(self._message.path) else answers.clean(body.decode("utf-8", "replace"))
        limit = len(text) if self._log.enabled(10, "request") else 10240 if self._log.enabled(9, "request") else 1024
        shown = text if len(text) <= limit else f"{text[:limit]} [truncated {len(text) - limit} chars]"
        self._log.event(place or self._place, what, [("body", shown)])


class Upgrade:
    """One request for another protocol, which WebSockets and SPDY make by themselves."""

    def __init__(self, log: Log, server: str, message: Message, headers: Headers) -> None:
        self._method = message.method
        self._trip = Trip(log, server, message, "")
        self._trip.begin((_canonical(name), value) for name, value in headers if name.lower() not in _OF_HANDSHAKES)

    def end(self, code: int) -> None:
        """Log the answer; one that refuses a WebSocket is none, as for kubectl."""
        self._trip.end("" if code != 101 and self._method == "GET" else _status(code))


def place_of(request: Request) -> str:
    """Return where kubectl would log the bodies of a request."""
    return LOGS if request.subresource == "log" else STREAM if request.verb == "watch" else _HELPER[request.verb]


def place_of_path(path: str) -> str:
    """Return where kubectl would log the bodies of a request that is about no resource."""
    return _PATHS.get(path.partition("?")[0], _OTHER_PATH)


def inside(log: Log, server: str, transport: Callable[[Request], Response], timeout: float | None = None) -> Callable[[Request], Response]:
    """Return a transport that logs the requests of a client to an API in this process as if they went over HTTP; `server` is kctl://NAME."""

    def logged(request: Request) -> Response:
        try:
            message = wire.message(request, timeout)
        except errors.UnknownPath:  # no path leads there
            return transport(request)
        trip = Trip(log, server, message, place_of(request))
        trip.begin(message.headers)
        try:
            response = transport(request)
        except KctlError as error:
            _ended(trip, error)
            raise
        headers = {"Content-Type": "text/plain" if request.subresource == "log" else wire.JSON}
        if response.stream is None and response.session is None:
            body = wire.encode(response.body) + b"\n"
            trip.end(_status(response.code), [*headers.items(), ("Content-Length", str(len(body))), *_warnings(response)])
            trip.answered(body)
        else:
            trip.end(_status(101 if response.session is not None else response.code), [*headers.items(), *_warnings(response)])
        return response

    return logged


def _ended(trip: Trip, error: KctlError) -> None:
    if not isinstance(error, errors.StatusError):
        trip.end("")
        return
    body = wire.encode(error.status()) + b"\n"
    trip.end(_status(error.code), [("Content-Type", wire.JSON), ("Content-Length", str(len(body)))])
    trip.answered(body)


def _warnings(response: Response) -> list[tuple[str, str]]:
    return [("Warning", f'299 - "{text}"') for text in response.warnings]


def _status(code: int) -> str:
    return f"{code} {_STATUSES.get(code, '')}".rstrip()


def masked(name: str, value: str) -> str:
    """Return what may be shown of a header: of Authorization its scheme only."""
    if name.lower() not in ("authorization", "proxy-authorization"):
        return value
    scheme, _, rest = value.partition(" ")
    if scheme.lower() not in _SCHEMES:
        return _MASKED if value else ""
    return f"{scheme} {_MASKED}" if rest else scheme


def _shown(headers: Headers) -> Headers:
    """Return the headers of an answer as Go has them: it unpacks what is packed, and then knows of no length."""
    listed = [(name, value) for name, value in headers if name.lower() not in _HOPS]
    if not any(name.lower() == "content-encoding" and value == "gzip" for name, value in listed):
        return listed
    return [(name, value) for name, value in listed if name.lower() not in ("content-encoding", "content-length")]


def _block(headers: Headers) -> str:
    return "".join(f"{name}: {value}\n" for name, value in sorted(headers, key=lambda header: header[0]))


def _canonical(name: str) -> str:
    """Return a header's name as Go spells it: Etag."""
    return "-".join(part.capitalize() for part in name.split("-"))


def _without_user(server: str) -> str:
    scheme, separator, rest = server.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
