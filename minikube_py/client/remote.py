"""A server over HTTPS or HTTP as a transport of the REST client: requests of the chain in, answers of the chain out."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import urllib3  # noqa: TID253  (loaded for servers only)

from minikube_py.apiserver.request import Request, Response
from minikube_py.client import answers, api, execcredentials, httperrors, oidctokens, paging, pools, requestlog, streams, wire
from minikube_py.client.kubeconfigs import Connection
from minikube_py.client.requestlog import Trip
from minikube_py.client.wire import Message
from minikube_py.kits.klog import Log
from minikube_py.machinery import decode, durations, errors, fielderrors, schemas
from minikube_py.machinery.patch import values

LIMIT = 512 << 20  # bytes of an answer, unpacked
_CHUNK = 1 << 20
_DIAL_SECONDS = 30.0
_RETRIES = 10  # of what the server asks to try again later, as client-go does
_LONGEST_PAUSE = 60
_EARLY = 10.0  # seconds before their end at which credentials of a plugin are made anew


class Settings(NamedTuple):
    """How requests are sent. `timeout` is --request-timeout in seconds; `log` says what is logged of each; `name` is the server's in the log."""

    environment: Mapping[str, str] = {}  # noqa: RUF012  (never changed)
    timeout: float | None = None
    interactive: bool = False
    log: Log | None = None
    name: str = ""
    sleep: Callable[[float], None] = time.sleep


class Answer(NamedTuple):
    """A whole answer below 400."""

    data: bytes
    content_type: str
    code: int
    warnings: tuple[str, ...]


class Transport:
    """Sends requests to one server. `limit` is how many bytes an answer may have; `pool` makes connections otherwise than by the server's address."""

    def __init__(self, connection: Connection, settings: Settings = Settings(), *, limit: int = LIMIT,  # noqa: B008
                 pool: urllib3.PoolManager | None = None) -> None:  # fmt: skip
        self._connection = connection
        self._settings = settings
        self._limit = limit
        self._pool = pool
        self._log = settings.log if settings.log is not None and requestlog.wanted(settings.log) else None
        self._trip: Trip | None = None
        self._made: execcredentials.Made | None = None
        self._pages = paging.Pages()

    def __call__(self, request: Request) -> Response:
        """Return the answer; the error that a Status is, or one in kubectl's words where there is no answer."""
        told = _duplicates(request)
        message = wire.message(request, self._settings.timeout)
        if wire.is_connected(request):
            return self._connect(request, message)
        if wire.is_streamed(request):
            return self._stream(request, message)
        answer = self._exchange(message, self._settings.timeout, _subject(request), requestlog.place_of(request))
        body = answers.checked(request, answers.decode(answer.data, answer.content_type, message.path), message.path)
        if request.verb == "list":
            self._pages.check(request, body, len(answer.data))
        return Response(body, answer.code, (*told, *answer.warnings))

    def get(self, path: str, accept: str, timeout: float | None = None) -> Answer:
        """Return the answer at a path that is about no resource."""
        seconds = self._settings.timeout or timeout
        query = (("timeout", durations.spelled(seconds)),) if seconds else ()
        message = Message("GET", path, query, (("Accept", accept), ("User-Agent", wire.USER_AGENT)))
        try:
            return self._exchange(message, seconds, "", requestlog.place_of_path(path))
        except errors.Unauthorized:  # client-go looks into answers about resources only
            raise errors.Unauthorized("the server has asked for the client to provide credentials") from None

    def raw(self, message: Message) -> Iterator[bytes]:
        """Yield the answer to a request that is not looked into, as it comes; StatusError where it is refused."""
        timeout = self._settings.timeout
        end = None if timeout is None else time.monotonic() + timeout
        response = self._open(message, end, requestlog.RAW if message.body is None else "")
        if response.status >= 300:
            data = _whole(response, end, self._limit)
            self._answered(data, requestlog.RAW_REFUSED[message.method])
            _answer(response, data, "")
        try:
            yield from _parts(response, end, None)
        finally:
            response.close()

    def close(self) -> None:
        """Let go of all connections."""
        if self._pool is not None:
            self._pool.clear()
            self._pool = None

    def _exchange(self, message: Message, timeout: float | None, subject: str, place: str) -> Answer:
        end = None if timeout is None else time.monotonic() + timeout
        for attempt in range(_RETRIES + 1):
            response = self._open(message, end, place)
            data = _whole(response, end, self._limit)
            self._answered(data)
            pause = _retry_after(response)
            if response.status < 300 or not pause or attempt == _RETRIES or (end is not None and time.monotonic() + pause > end):
                return _answer(response, data, subject)
            self._settings.sleep(pause)
        raise AssertionError("the last attempt returns")

    def _stream(self, request: Request, message: Message) -> Response:
        timeout = self._settings.timeout
        end = None if timeout is None else time.monotonic() + timeout
        response = self._open(message, end, requestlog.place_of(request))
        if response.status >= 300:
            data = _whole(response, end, self._limit)
            self._answered(data)
            _answer(response, data, _subject(request))
        warnings = answers.warnings(response.headers.getlist("Warning"))
        make: Callable[..., Iterator[object]] = streams.events if request.verb == "watch" else streams.lines
        return Response({}, response.status, warnings, make(response, end))

    def _connect(self, request: Request, message: Message) -> Response:
        """Answer with a session that connects once it is run."""
        from minikube_py.apiserver.handlers.connect import Session
        from minikube_py.client import remotestreams, upgrades

        headers = tuple(self._headers(message).iteritems())
        log, name = self._log, self._settings.name or self._connection.server

        def begin(method: str, sent: upgrades.Headers) -> requestlog.Upgrade:
            assert log is not None, "asked for only then"
            return requestlog.Upgrade(log, name, message._replace(method=method), sent)

        dialer = upgrades.Dialer(self.reached()[0], self._settings.environment, message.target, headers, begin if log is not None else None)
        if request.subresource == "portforward":
            return Response({}, 101, session=Session({}, ports=remotestreams.Ports(dialer)))
        return Response({}, 101, session=Session({}, process=remotestreams.Process(dialer)))

    def reached(self) -> tuple[Connection, list[tuple[str, str]]]:
        """Return the way to the server, and the headers that say who asks; may run a plugin that makes credentials."""
        headers, made = self._credentials(), self._made
        if made is not None and made.certificate:
            return self._connection._replace(certificate=made.certificate, key=made.key), headers
        return self._connection, headers

    def _open(self, message: Message, end: float | None, place: str) -> urllib3.BaseHTTPResponse:
        """Send a request and return its answer's beginning; `place` is the one that is named where its bodies are logged."""
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            raise httperrors.timed_out()
        url, host = self._connection.server + message.target, self._connection.host
        headers = self._headers(message)
        timeout = urllib3.Timeout(connect=min(_DIAL_SECONDS, left or _DIAL_SECONDS), read=left)
        self._begun(message, headers, place)
        try:
            response = self._opened().request(message.method, url, body=message.body, headers=headers, timeout=timeout, retries=False, redirect=False,
                                              preload_content=False)  # fmt: skip
        except httperrors.EXCEPTIONS as error:
            if self._trip is not None:
                self._trip.end("")
            raise httperrors.of_connection(error, host) from None
        if self._trip is not None:
            self._trip.end(f"{response.status} {response.reason or ''}".rstrip(), response.headers.iteritems())
        return response

    def _begun(self, message: Message, headers: urllib3.HTTPHeaderDict, place: str) -> None:
        if self._log is not None:
            self._trip = Trip(self._log, self._settings.name or self._connection.server, message, place)
            self._trip.begin(headers.iteritems())

    def _dialled(self, address: str, dial: float, handshake: float) -> None:
        if self._trip is not None:
            self._trip.dialled(address, dial, handshake)

    def _answered(self, data: bytes, place: str = "") -> None:
        if self._trip is not None:
            self._trip.answered(data, place)

    def _opened(self) -> urllib3.PoolManager:
        if self._pool is None:
            made = self._made
            connection = self._connection
            if made is not None and made.certificate:
                connection = connection._replace(certificate=made.certificate, key=made.key)
            self._pool = pools.open_pool(connection, self._settings.environment, self._dialled if self._log is not None else None)
        return self._pool

    def _headers(self, message: Message) -> urllib3.HTTPHeaderDict:
        headers = urllib3.HTTPHeaderDict()
        credentials = self._credentials()
        for name, value in (*message.headers, *credentials):
            headers.add(name, wire.header_value(name, value))
        if "Impersonate-User" not in headers:
            for name, value in wire.impersonation(self._connection.impersonate):
                headers.add(name, wire.header_value(name, value))
        if self._connection.compression:
            headers.add("Accept-Encoding", "gzip")
        else:
            headers.add("Accept-Encoding", "identity")
        return headers

    def _credentials(self) -> list[tuple[str, str]]:
        """Return the Authorization header, where there is something to say. There is nothing in a Connection over http://."""
        connection = self._connection
        token = connection.token
        if connection.plugin is not None and not (token or connection.username or connection.certificate):
            self._refresh(connection.plugin)
            token = self._made.token if self._made is not None else ""
        if connection.provider is not None and not token:
            token = oidctokens.token(connection.provider, time.time())
        if token:
            return [("Authorization", f"Bearer {token}")]
        if not connection.username and not connection.password:
            return []
        import base64

        return [("Authorization", "Basic " + base64.b64encode(f"{connection.username}:{connection.password}".encode()).decode())]

    def _refresh(self, plugin: execcredentials.Plugin) -> None:
        """Let the plugin make credentials, where there are none yet or they are about to end."""
        made = self._made
        if made is not None and (made.expires is None or time.time() < made.expires - _EARLY):
            return
        self._made = execcredentials.run(plugin, self._settings.environment, interactive=self._settings.interactive)
        if self._made.certificate:
            self.close()


def _whole(response: urllib3.BaseHTTPResponse, end: float | None, limit: int) -> bytes:
    """Return an answer's body; its connection is used again where the body came to its end, else closed."""
    try:
        data = b"".join(_parts(response, end, limit))
    except BaseException:
        response.close()
        raise
    response.release_conn()
    return data


def _parts(response: urllib3.BaseHTTPResponse, end: float | None, limit: int | None) -> Iterator[bytes]:
    size = 0
    try:
        while True:
            part = response.read1(_CHUNK, decode_content=True)
            if not part:
                return
            size += len(part)
            if limit is not None and size > limit:
                raise httperrors.Broken(f"the server's answer is larger than {limit >> 20} MiB")
            if end is not None and time.monotonic() > end:
                raise httperrors.timed_out()
            yield part
    except httperrors.EXCEPTIONS as error:
        raise httperrors.of_answer(error) from None


def _answer(response: urllib3.BaseHTTPResponse, data: bytes, subject: str) -> Answer:
    code, content_type = response.status, response.headers.get("Content-Type", "")
    if 300 <= code < 400:
        raise answers.Strange("the server redirects to another address: kctl does not follow, as credentials might go astray")
    warnings = answers.warnings(response.headers.getlist("Warning"))
    if code >= 400:
        failure = answers.failure(code, data, content_type, subject)
        failure.warnings = warnings
        raise failure
    return Answer(data, content_type, code, warnings)


def _retry_after(response: urllib3.BaseHTTPResponse) -> int:
    """Return after how many seconds the server wants to be asked again; 0 where it does not say so."""
    text = response.headers.get("Retry-After", "")
    if (response.status != 429 and response.status < 500) or not (text.isascii() and text.isdecimal()):
        return 0
    return min(int(text[:9]), _LONGEST_PAUSE)


def _subject(request: Request) -> str:
    """Return what was asked, as client-go names it in errors: get pods web, post deployments.apps."""
    method = "get" if request.verb in ("get", "list", "watch") else wire.METHODS[request.verb].lower()
    return " ".join(filter(None, (method, errors.qualified(request.resource, request.group), request.name)))


def _duplicates(request: Request) -> tuple[str, ...]:
    """Refuse fields that a file has twice, or return warnings of them: JSON on the wire cannot say that there were two."""
    found = [str(each) for each in request.options.get("duplicates") or ()]
    mode = request.option("fieldValidation", "Warn")
    if not found or mode == "Ignore":
        return ()
    if mode == "Warn":
        return tuple(found)
    if request.content_type == api.APPLY_PATCH:
        raise errors.BadRequest(f"error strict decoding patch: {', '.join(found)}")
    if request.content_type == api.STRATEGIC_PATCH:
        raise errors.Invalid("", "", [fielderrors.invalid("patch", values.text(request.body), decode.strict_error(found))])
    body = request.body if isinstance(request.body, dict) else {}
    kind = str(body.get("kind", ""))
    schema = schemas.for_kind(str(body.get("apiVersion", "")), kind)
    if schema is None:  # a custom resource, of which this is not asked in-process either
        return ()
    found = decode.decode(body, schema, duplicates=found).findings
    raise errors.BadRequest(decode.refusal(kind, request.version, decode.strict_error(found)))
