"""Takes one HTTP request through: read it, hand it to the store's thread, write the answer."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver import chain
from minikube_py.apiserver.http import answers, bodies, credentials, incoming, negotiation, nowhere, plain, query, resources, sending, streams
from minikube_py.apiserver.http.answers import Answer
from minikube_py.apiserver.http.limits import SECONDS, Limits
from minikube_py.apiserver.http.lists import Composed, Lists
from minikube_py.apiserver.http.metrics import Labels, Metrics
from minikube_py.apiserver.http.negotiation import Wanted
from minikube_py.apiserver.http.paths import Target
from minikube_py.apiserver.http.streaming import negotiation as upgrades
from minikube_py.apiserver.http.streaming import portforward, proxy, remotecommand
from minikube_py.apiserver.http.streaming.telling import Told
from minikube_py.apiserver.request import Origin, Request
from minikube_py.machinery import errors
from minikube_py.plugin.auth import Credentials, UserInfo

if TYPE_CHECKING:
    from minikube_py.apiserver.http.watches import Hub, Watch
    from minikube_py.apiserver.http.worker import Queue
    from minikube_py.apiserver.server import APIServer

T = TypeVar("T")
_READS = ("get", "list", "watch", "head")
_WITH_BODY = ("create", "update", "patch")
_UPGRADED = ("exec", "attach", "portforward", "proxy")
_ALWAYS = {"Cache-Control": "no-cache, private", "Server": "kctl"}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_VERBS = {"list": "LIST", "watch": "WATCH", "deletecollection": "DELETECOLLECTION"}
_PLAIN = ("api", "apis", "openapi", "version", "metrics", "healthz", "livez", "readyz")


class Frontend:
    """Answers the requests of one server. The worker must be running. `identify` returns who a request says it is from."""

    def __init__(self, worker: "Queue", server: "APIServer", hub: "Hub", metrics: Metrics, pages: plain.Pages,
                 report: Callable[[BaseException], None] = chain.report_to_stderr,
                 identify: Callable[[web.BaseRequest], Credentials] | None = None) -> None:  # fmt: skip
        self._worker = worker
        self._server = server
        self._hub = hub
        self._metrics = metrics
        self._pages = pages
        self._limits = Limits(metrics)
        self._lists = Lists(server, worker.add)
        self._report = report
        self._identify = identify or _credentials

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, whatever goes wrong."""
        begun, audit_id = time.monotonic(), _audit_id(http)
        headers = {**_ALWAYS, "Audit-Id": audit_id}
        target: Target | None = None
        code = 500
        try:
            if http.path == "*" and http.method == "OPTIONS":  # about the server itself
                code = 200
                return web.Response()
            target = incoming.target(http)
            response = await self._respond(http, target, headers)
            code = response.status
        except errors.KctlError as error:
            answer = answers.of_error(error, pretty=_pretty(http))
            code = answer.code
            response = await sending.send(http, await _written(http, target, answer), headers)
        except (ConnectionError, asyncio.CancelledError):
            code = 499
            raise
        except Exception as error:
            self._report(error)
            answer = answers.of_error(errors.InternalError(f"{type(error).__name__}: {error}"))
            response = sending.whole(answer, headers)
        finally:
            self._metrics.finished(self._labels(http, target), code, None if _is_long(target) else time.monotonic() - begun)
        return response

    async def _respond(self, http: web.BaseRequest, target: Target, headers: dict[str, str]) -> web.StreamResponse:
        if target.verb == "watch" or target.subresource == "log":
            return await self._stream(http, target, headers)
        if target.subresource in _UPGRADED:
            return await self._connect(http, target, headers)
        seconds = query.timeout(http.query, SECONDS)
        refused = self._limits.refusal(mutating=target.verb not in _READS)
        if refused is not None:
            await self._tell(http, target, headers["Audit-Id"], refused)
            raise refused
        with self._limits.one_more(mutating=target.verb not in _READS):
            try:
                async with asyncio.timeout(seconds):
                    answer = await self._answer(http, target, headers)
            except TimeoutError as error:
                raise errors.Timeout("Timeout: request did not complete within requested timeout - context deadline exceeded") from error
            return await sending.send(http, await _written(http, target, answer), headers)

    async def _tell(self, http: web.BaseRequest, target: Target, audit_id: str, refused: errors.StatusError) -> None:
        """Tell the audit log, where there is one, of a request that nobody looks at: who it is from has to be found out for that."""
        if self._server.audit is None:
            return
        if target.is_resource:
            request = self._bare(http, target, audit_id)
            await self._run(lambda: self._server.refuse(request, refused))
        else:
            asked = _asked(http, target, audit_id, self._identify(http))
            await self._run(lambda: self._pages.refuse(asked, refused))

    async def _answer(self, http: web.BaseRequest, target: Target, headers: dict[str, str]) -> Answer | Composed:
        if not target.is_resource:
            asked = _asked(http, target, headers["Audit-Id"], self._identify(http))
            return await self._run(lambda: self._pages.handle(asked))
        request, wanted = self._bare(http, target, headers["Audit-Id"]), Wanted(negotiation.PLAIN, "Metadata", _pretty(http))
        try:
            wanted = self._complete(http, target, request, await incoming.body(http))
        except errors.KctlError as error:
            request.problem = request.problem or error
        if target.verb == "list":
            found: Answer | Composed = await self._worker.run(lambda: self._lists.answer(request, wanted))
            return found.warning(tuple(request.warnings)) if isinstance(found, Composed) else found
        return await self._run(lambda: resources.answer(self._server, request, wanted), writes=target.verb not in _READS)

    async def _stream(self, http: web.BaseRequest, target: Target, headers: dict[str, str]) -> web.StreamResponse:
        request, wanted = self._bare(http, target, headers["Audit-Id"]), Wanted(negotiation.PLAIN, "Metadata", _pretty(http))
        try:
            wanted = self._complete(http, target, request, b"")
        except errors.KctlError as error:
            request.problem = request.problem or error
        labels = self._labels(http, target)
        if target.verb == "watch":
            begun = await self._begun(request, wanted)
            work = streams.watch(http, self._server, self._worker, self._hub, begun, headers)
        else:
            response = await self._run(lambda: self._server.handle(request))
            work = streams.log(http, iter(response.stream or ()), headers, follow=bool(request.option("follow")))
        self._metrics.long_running[labels] += 1
        try:
            return await work
        finally:
            self._metrics.long_running[labels] -= 1

    async def _begun(self, request: Request, wanted: Wanted) -> "tuple[Watch, tuple[str, ...]]":
        """Return a watch that is under way; of a client that leaves meanwhile nothing stays."""
        work = self._worker.run(lambda: resources.begin_watch(self._server, self._hub, request, wanted, self._worker.add))
        beginning: asyncio.Future[tuple[Watch, tuple[str, ...]]] = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            beginning.add_done_callback(self._forget)
            raise

    def _forget(self, beginning: "asyncio.Future[tuple[Watch, tuple[str, ...]]]") -> None:
        if not beginning.cancelled() and beginning.exception() is None:
            watch, _ = beginning.result()
            self._worker.post(lambda: self._hub.remove(watch))

    async def _connect(self, http: web.BaseRequest, target: Target, headers: dict[str, str]) -> web.StreamResponse:
        request, labels = self._bare(http, target, headers["Audit-Id"]), self._labels(http, target)
        wanted = remotecommand.options(http.query)
        request.options = {**wanted._asdict(), "path": target.rest, "ports": http.query.getall("ports", [])}
        session = (await self._run(lambda: self._server.handle(request))).session
        self._metrics.long_running[labels] += 1
        try:
            with Told(request.record, self._worker.post) as told:
                if session is not None and session.port:
                    return await proxy.serve(http, session, headers, told.begun)
                if session is not None and session.ports is not None:
                    return await portforward.serve(http, session.ports, session.pod, headers, begun=told.begun)
                if session is not None and session.process is not None:
                    failure = remotecommand.ATTACH if target.subresource == "attach" else remotecommand.EXEC
                    return await remotecommand.serve(http, session.process, wanted, headers, failure=failure, begun=told.begun)
                raise errors.MethodNotAllowed()
        finally:
            self._metrics.long_running[labels] -= 1

    def _bare(self, http: web.BaseRequest, target: Target, audit_id: str) -> Request:
        """Return a request as far as its first line and its credentials tell; with the problem of a path that there is not."""
        request = _bare(http, target, audit_id, self._identify(http))
        resource = self._server.scheme.get(target.group, target.version, target.resource)
        if resource is None or target.problem is not None:
            request.problem = nowhere.error(self._server.scheme, target.path)
        elif (resource.namespaced < bool(target.namespace) or resource.namespaced and target.name and not target.namespace):
            request.problem = errors.UnknownPath()
        elif not target.is_allowed or (resource.namespaced and not target.namespace and target.verb == "create"):
            request.problem = errors.MethodNotAllowed()
        return request

    async def _run(self, work: Callable[[], T], *, writes: bool = False) -> T:
        found: T = await self._worker.run(work, writes=writes)
        return found

    def _complete(self, http: web.BaseRequest, target: Target, request: Request, data: bytes) -> Wanted:
        """Put into a request what its query and body say; return how the answer is to look."""
        options = query.options(http.query)
        tables = not (target.verb == "watch" and options.get("sendInitialEvents") and options.get("allowWatchBookmarks"))  # a list in pieces is none
        plain = target.subresource == "log"
        shape = negotiation.PLAIN if plain else negotiation.shape(_accept(http), is_stream=target.verb == "watch", tables=tables)
        include = http.query.get("includeObject") or "Metadata"
        if include not in resources.INCLUDE:
            raise errors.BadRequest(f"unrecognized includeObject value: {include!r}")
        if (data or target.verb in _WITH_BODY) and target.verb not in _READS:
            found = bodies.read(data, http.headers.get("Content-Type", ""), target.verb, *self._kind(target))
            request.body, request.content_type = found.value, found.content_type
            if found.duplicates:
                options["duplicates"] = found.duplicates
        if target.verb in ("delete", "deletecollection"):
            options = query.of_delete(request.body, options)
        if target.verb == "watch" and target.name:
            options["fieldSelector"] = ",".join(filter(None, (options.get("fieldSelector"), f"metadata.name={target.name}")))
        request.options = options
        return Wanted(shape, include, _pretty(http))

    def _kind(self, target: Target) -> tuple[str, str]:
        """Return apiVersion and kind of what is sent to a path."""
        if target.verb in ("delete", "deletecollection"):
            return "v1", "DeleteOptions"
        resource = self._server.scheme.get(target.group, target.version, target.resource)
        subresource = resource.subresources.get(target.subresource) if resource is not None else None
        if subresource is not None:
            return f"{subresource.group}/{subresource.version}".lstrip("/"), subresource.kind
        return (resource.api_version, resource.kind) if resource is not None else ("", "")

    def _labels(self, http: web.BaseRequest, target: Target | None) -> Labels:
        """Return the labels of a request; what nobody serves has none, as others choose those words."""
        method = http.method if http.method in _METHODS else "other"
        if target is None or not target.is_resource:
            word = target.path.lstrip("/").partition("/")[0] if target is not None else ""
            return _spelled(method, "", "", "", word if word in _PLAIN else "", "")
        resource = self._server.scheme.get(target.group, target.version, target.resource)
        if resource is None:
            return _spelled(method, "", "", "", "", "")
        verb = _VERBS.get(target.verb, method)
        subresource = target.subresource if target.subresource in resource.subresources else ""
        scope = "resource" if target.name else "namespace" if target.namespace else "cluster"
        return _spelled(verb, target.group, target.version, target.resource, subresource, scope)


def _spelled(verb: str, group: str, version: str, resource: str, subresource: str, scope: str) -> Labels:
    return (("verb", verb), ("group", group), ("version", version), ("resource", resource), ("subresource", subresource), ("scope", scope))


async def _written(http: web.BaseRequest, target: Target | None, answer: Answer | Composed) -> Answer | Composed:
    """Return an answer in the language that was asked for: what is about the API's resources may be YAML."""
    is_of_api = target is not None and target.path.startswith("/api") and target.verb != "watch" and target.subresource not in ("log", *_UPGRADED)
    return await sending.in_yaml(answer) if is_of_api and negotiation.wants_yaml(_accept(http)) else answer


def _is_long(target: Target | None) -> bool:
    return target is not None and (target.verb == "watch" or target.subresource in ("log", *_UPGRADED))


def _bare(http: web.BaseRequest, target: Target, audit_id: str, who: Credentials) -> Request:
    """Return a request as far as its first line and its credentials tell."""
    return Request(
        target.verb, target.group, target.version, target.resource, namespace=target.namespace, name=target.name,
        subresource=target.subresource, credentials=who, impersonate=_impersonated(http),
        user_agent=http.headers.get("User-Agent", ""), origin=_origin(http, audit_id),
    )  # fmt: skip


def _asked(http: web.BaseRequest, target: Target, audit_id: str, who: Credentials) -> plain.Asked:
    return plain.Asked(target.verb, target.path, http.query, _accept(http), http.headers.get("If-None-Match", ""), http.host,
                       who, _impersonated(http), _pretty(http), _origin(http, audit_id),
                       http.headers.get("User-Agent", ""), target.problem)  # fmt: skip


def _origin(http: web.BaseRequest, audit_id: str) -> Origin:
    return Origin(http.path_qs, (http.remote or "",), audit_id)


def _credentials(http: web.BaseRequest) -> Credentials:
    tls = http.transport.get_extra_info("ssl_object") if http.transport is not None else None
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    if upgrades.is_websocket(http) and "Authorization" not in http.headers:
        return credentials.of_websocket(upgrades.offered(http))._replace(client_certificate=certificate or b"")
    return credentials.of_request(http.headers.get("Authorization", ""), certificate or b"")


def _impersonated(http: web.BaseRequest) -> UserInfo | None:
    return credentials.impersonated(http.headers, http.headers.getall("Impersonate-Group", []))


def _accept(http: web.BaseRequest) -> str:
    return ",".join(http.headers.getall("Accept", []))


def _pretty(http: web.BaseRequest) -> bool:
    return answers.wants_pretty(http.query.get("pretty"), http.headers.get("User-Agent", ""))


def _audit_id(http: web.BaseRequest) -> str:
    given = http.headers.get("Audit-Id", "")
    return given if given and len(given) <= 64 and given.isascii() and given.isprintable() else str(uuid.uuid4())
