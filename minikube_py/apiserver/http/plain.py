"""Paths that are about no resource: discovery, OpenAPI, version, health, metrics. Runs in the store's thread."""

import platform
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from multidict import MultiMapping

from minikube_py import KUBERNETES_VERSION
from minikube_py.apiserver import chain, discovery
from minikube_py.apiserver.audit.policy import COMPLETE
from minikube_py.apiserver.http import answers, health, issuer, nowhere
from minikube_py.apiserver.http.answers import Answer
from minikube_py.apiserver.openapi import documents
from minikube_py.apiserver.request import Origin, Request
from minikube_py.machinery import errors
from minikube_py.plugin import auth
from minikube_py.plugin.auth import Attributes, Credentials, UserInfo

if TYPE_CHECKING:
    from minikube_py.apiserver.audit.auditor import Record
    from minikube_py.apiserver.server import APIServer

_FOR_EVER = (("Vary", "Accept"), ("Cache-Control", "public, immutable"))
_YEAR = 365 * 24 * 3600
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


class Asked(NamedTuple):
    """One request for such a path."""

    verb: str
    path: str
    query: MultiMapping[str]
    accept: str
    etag: str  # If-None-Match
    address: str  # HOST:PORT by which the server was reached
    credentials: Credentials
    impersonate: UserInfo | None
    pretty: bool
    origin: Origin
    user_agent: str
    problem: errors.StatusError | None = None  # why there is no answer, told to those only who may ask for the path


class Pages:
    """Answers such requests. `metrics` gives the text of /metrics; `is_ready` tells whether the server is not about to stop."""

    def __init__(self, server: "APIServer", metrics: Callable[[], str], is_ready: Callable[[], bool]) -> None:
        self._server = server
        self._metrics = metrics
        self._checks = health.Checks(server, is_ready)
        self._openapi = documents.Documents(server.scheme)
        self._known: tuple[Any, ...] = ()
        self._kept: dict[tuple[str, ...], Answer] = {}

    def handle(self, asked: Asked) -> Answer:
        """Return the answer; StatusError where it is refused. The audit log, where there is one, hears of it."""
        request = self._begun(asked)
        return self._answer(asked, request) if request.record is None else self._recorded(asked, request, request.record)

    def refuse(self, asked: Asked, refusal: errors.StatusError) -> None:
        """Let the audit log hear of a request that is refused before anybody looks at it."""
        try:
            record = self._begun(asked).record
        except errors.KctlError:  # bad credentials, which were told already
            return
        if record is not None:
            record.failed(refusal)

    def _begun(self, asked: Asked) -> Request:
        request = Request(asked.verb, "", "", "", credentials=asked.credentials, impersonate=asked.impersonate)
        self._authenticate(asked, request)
        audit = self._server.audit
        if audit is not None:
            request.record = audit.begin_path(request.user, asked.verb, asked.path or "/", asked.origin, asked.user_agent)
        return request

    def _recorded(self, asked: Asked, request: Request, record: "Record") -> Answer:
        try:
            answer = self._answer(asked, request)
        except errors.KctlError as error:
            record.failed(error)
            raise
        except Exception as error:
            record.failed(errors.InternalError(f"{type(error).__name__}: {error}"), unexpected=True)
            raise
        record.finish(COMPLETE, {"metadata": {}, "code": answer.code})
        return answer

    def _answer(self, asked: Asked, request: Request) -> Answer:
        self._authorize(asked, request)
        if asked.problem is not None:
            raise asked.problem
        self._forget_changed()
        found = self._route(asked, asked.path or "/")
        if found is None:
            raise nowhere.error(self._server.scheme, asked.path)
        if asked.verb not in ("get", "head"):
            raise errors.MethodNotAllowed()
        return found

    def _authenticate(self, asked: Asked, request: Request) -> None:
        try:
            request.user = chain.grouped(self._server.policy.authenticate(asked.credentials))
        except errors.Unauthorized:
            if self._server.audit is not None:
                about = Attributes(request.user, asked.verb, path=asked.path or "/")
                self._server.audit.refused(asked.credentials, about, asked.origin, asked.user_agent)
            raise

    def _authorize(self, asked: Asked, request: Request) -> None:
        chain.impersonate(self._server, request)
        if request.record is not None and request.impersonate is not None:
            request.record.acts_as(request.user)
        path = asked.path or "/"
        decision = self._server.policy.authorize(Attributes(request.user, asked.verb, path=path))
        if request.record is not None:
            request.record.decided(decision)
        if decision.verdict != auth.ALLOW:
            text = f'User "{request.user.name}" cannot {asked.verb} path "{path}"'
            raise errors.Forbidden("", "", f"{text}: {decision.reason}" if decision.reason else text)

    def _forget_changed(self) -> None:
        """Forget what was made of other resources than there are now."""
        known = tuple(self._server.scheme)
        if len(known) != len(self._known) or any(one is not other for one, other in zip(known, self._known, strict=True)):
            self._known = known
            self._kept.clear()
            self._openapi.forget()

    def _route(self, asked: Asked, path: str) -> Answer | None:
        """Return a page; None where there is none."""
        word = path.split("/", 2)[1]
        if word in ("api", "apis"):
            return self._discovery(asked, path.rstrip("/"))
        if word == "openapi":
            return self._openapi_page(asked, path)
        if word in (".well-known", "openid"):
            return issuer.answer(path.rstrip("/"), asked.address, self._server.reader.trust)
        if word in health.ENDPOINTS:
            return self._checks.answer(path, asked.query)
        if path in ("/version", "/version/"):
            return Answer(200, answers.encode(version(), pretty=True))
        if path == "/metrics":
            from minikube_py.apiserver.http import metrics

            return Answer(200, self._metrics().encode(), metrics.CONTENT_TYPE)
        if path in ("/", "/index.html"):
            return Answer(200, answers.encode({"paths": self._paths()}, pretty=True))
        return None

    def _discovery(self, asked: Asked, path: str) -> Answer | None:
        version = discovery.aggregated_version(asked.accept) if path in ("/api", "/apis") else None
        key = (path, version or "", asked.address if path == "/api" else "", "pretty" if asked.pretty else "")
        found = self._kept.get(key)
        if found is None:
            found = self._discovered(asked, path, version)
            if found is None:
                return None
            self._kept[key] = found
        return _unless_known(found, asked.etag)

    def _discovered(self, asked: Asked, path: str, version: str | None) -> Answer | None:
        known, parts = self._server.scheme, path.split("/")[2:]
        if version is not None:
            body = answers.encode(discovery.aggregated(known, core=path == "/api", version=version), pretty=asked.pretty)
            return Answer(200, body, discovery.content_type(version), (("ETag", discovery.etag(body)), ("Vary", "Accept")))
        if path == "/api":
            document: Any = discovery.api_versions(asked.address)
        elif path == "/apis":
            document = discovery.group_list(known)
        elif path.startswith("/apis/"):
            document = discovery.group(known, parts[0]) if len(parts) == 1 else discovery.resource_list(known, parts[0], parts[1])
        else:
            document = discovery.resource_list(known, "", parts[0])
        if document is None:
            return None
        return Answer(200, answers.encode(document, pretty=asked.pretty), headers=(("Vary", "Accept"),))

    def _openapi_page(self, asked: Asked, path: str) -> Answer | None:
        if path == "/openapi/v2":
            is_binary = documents.wants_protobuf(asked.accept)
            body = self._openapi.v2_protobuf() if is_binary else self._openapi.v2()
            headers = (("ETag", discovery.etag(body)), ("Vary", "Accept"))
            return _unless_known(Answer(200, body, documents.PROTOBUF_V2 if is_binary else documents.JSON, headers), asked.etag)
        if path == "/openapi/v3":
            body = self._openapi.root()
            return _unless_known(Answer(200, body, headers=(("ETag", discovery.etag(body)),)), asked.etag)
        name = path.removeprefix("/openapi/v3/")
        digest = self._openapi.digest(name)
        if digest is None:
            return None
        given = asked.query.get("hash")
        if given and given != digest:
            return Answer(301, b"", headers=(("Location", f"{path}?hash={digest}"),))
        told = (("ETag", f'"{digest}"'), *(self._for_ever() if given else ()))
        if asked.etag == f'"{digest}"':
            return Answer(304, b"", headers=told)
        return Answer(200, self._openapi.v3(name) or b"", headers=told)

    def _for_ever(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of what never changes under its address."""
        from email.utils import formatdate

        return *_FOR_EVER, ("Expires", formatdate(self._server.clock.now() + _YEAR, usegmt=True))

    def _paths(self) -> list[str]:
        known = self._server.scheme
        groups = [group for group in known.groups() if group]
        found = ["/api", "/api/v1", "/apis", *(f"/apis/{group}" for group in groups)]
        found += [f"/apis/{group}/{version}" for group in groups for version in known.versions(group)]
        found += [f"/{endpoint}" for endpoint in health.ENDPOINTS]
        found += [f"/{endpoint}/{name}" for endpoint in health.ENDPOINTS for name in self._checks.names(endpoint)]
        return sorted([*found, "/metrics", "/openapi/v2", "/openapi/v3", "/version", issuer.CONFIGURATION, issuer.KEYS])


def _unless_known(answer: Answer, etag: str) -> Answer:
    if etag and ("ETag", etag) in answer.headers:
        return answer._replace(code=304, body=b"")
    return answer


def version() -> dict[str, str]:
    """Return version.Info. What speaks of Go's tools is what there is here instead."""
    major, minor, _ = KUBERNETES_VERSION[1:].split(".", 2)
    machine = platform.machine().lower()
    return {
        "major": major, "minor": minor, "gitVersion": KUBERNETES_VERSION, "gitCommit": "", "gitTreeState": "", "buildDate": "", "goVersion": "",
        "compiler": platform.python_implementation(), "platform": f"{platform.system().lower()}/{_MACHINES.get(machine, machine)}",
    }  # fmt: skip
