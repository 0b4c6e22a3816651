"""Writes down requests as they come and go (apiserver pkg/audit, pkg/endpoints/filters/audit.go)."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from minikube_py.apiserver.audit import redact
from minikube_py.apiserver.audit.policy import (
    API_VERSION,
    COMPLETE,
    METADATA,
    NONE,
    PANIC,
    RECEIVED,
    REQUEST_RESPONSE,
    STARTED,
    Policy,
    Treatment,
)
from minikube_py.apiserver.request import READ_VERBS, Origin, Request, Response
from minikube_py.kits.clock import Clock, rfc3339_micro
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin import auth
from minikube_py.plugin.auth import Attributes, Credentials, Decision, UserInfo

_HERE = ("127.0.0.1",)  # where requests come from that came over no network
_KINDS = (("unreadable", "basic"), ("username", "basic"), ("bearer_token", "bearer"), ("client_certificate", "x509"))


class Auditor:
    """What a server tells its requests to. `write` takes one event as JSON; where it fails, nothing happens that is not written."""

    def __init__(self, policy: Policy, write: Callable[[bytes], None], clock: Clock, new_id: Callable[[], str], *,
                 report: Callable[[BaseException], None] = lambda error: None) -> None:  # fmt: skip
        self._policy = policy
        self._write = write
        self._new_id = new_id
        self._held: list[tuple[Record, str, dict[str, Any], Any]] | None = None
        self.clock = clock
        self.report = report

    def begin(self, request: Request) -> "Record | None":
        """Write that a request came in, and return where to tell what becomes of it; None where the policy does not want it."""
        return self._begin(request.attributes(), request.origin, request.user_agent, request)

    def begin_path(self, user: UserInfo, verb: str, path: str, origin: Origin, user_agent: str = "") -> "Record | None":
        """Do the same for a request that is about no resource (/version, /openapi/v3); the verb is get, post ..."""
        return self._begin(Attributes(user, verb, path=path), origin, user_agent, None)

    def refused(self, credentials: Credentials, asked: Attributes, origin: Origin | None, user_agent: str = "") -> None:
        """Write that somebody came with bad credentials, or without any where these are needed."""
        record = self._record(asked, origin, user_agent, None)
        if record is not None:
            tried = ", ".join(kind for field, kind in _KINDS if getattr(credentials, field))
            text = f"Authentication failed, attempted: {tried}" if tried else "Authentication failed, no credentials provided"
            record.finish(STARTED, {"metadata": {}, "status": "Failure", "message": text, "reason": "Unauthorized", "code": 401})

    def _begin(self, asked: Attributes, origin: Origin | None, user_agent: str, request: Request | None) -> "Record | None":
        record = self._record(asked, origin, user_agent, request)
        if record is not None:
            try:
                record.write(RECEIVED)
            except OSError as error:
                self.report(error)
                raise errors.InternalError("the audit log cannot be written, so nothing is done") from error
        return record

    def _record(self, asked: Attributes, origin: Origin | None, user_agent: str, request: Request | None) -> "Record | None":
        treatment = redact.capped(self._policy.treatment(asked), asked)
        if treatment.level == NONE:
            return None
        known = origin or Origin(_uri(request) if request is not None else asked.path, _HERE)
        return Record(self, asked, treatment, known._replace(audit_id=known.audit_id or self._new_id()), user_agent, request)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keep back what becomes of writes until the end of the block, which makes them durable; where it fails, they have failed."""
        held = self._held = []
        try:
            yield
        except BaseException as error:
            self._held = None
            failure = error if isinstance(error, KctlError) else errors.InternalError(f"{type(error).__name__}: {error}")
            for record, _, _, _ in held:
                record.failed(failure)
            raise
        self._held = None
        for record, stage, status, body in held:
            record.finish(stage, status, body)

    def holds(self, record: "Record", stage: str, status: dict[str, Any], body: Any) -> bool:
        """Keep back a stage if it tells of an effect that is not durable yet; tell whether that is so."""
        if self._held is None or stage != COMPLETE or status.get("code", 500) >= 400 or not record.writes:
            return False
        self._held.append((record, stage, status, body))
        return True

    def send(self, line: bytes) -> None:
        """Write one event."""
        self._write(line)


class Record:
    """One request, from its coming in to its end."""

    def __init__(self, auditor: Auditor, asked: Attributes, treatment: Treatment, origin: Origin, user_agent: str, request: Request | None) -> None:
        self._auditor = auditor
        self._asked = asked
        self._treatment = treatment
        self._origin = origin
        self._user_agent = user_agent
        self._request = request
        self._began = auditor.clock.now()
        self._notes: dict[str, str] = {}
        self._acting: UserInfo | None = None

    @property
    def writes(self) -> bool:
        """Tell whether the request may change something."""
        return self._request is not None and self._request.verb not in READ_VERBS

    def acts_as(self, user: UserInfo) -> None:
        """Note as whom the user acts from now on, of a request that is about no resource."""
        self._acting = user

    def decided(self, decision: Decision) -> None:
        """Note what authorization said."""
        self._notes["authorization.k8s.io/decision"] = "allow" if decision.verdict == auth.ALLOW else "forbid"
        self._notes["authorization.k8s.io/reason"] = decision.reason

    def annotated(self, notes: dict[str, str]) -> None:
        """Note what admission has to say."""
        self._notes.update(notes)

    def answered(self, response: Response) -> Response:
        """Write that the request is answered; of a stream that it began, and at its end that it ended. Return the answer.

        Of a session nothing is written here: whoever runs it says when it begins, and when it has ended.
        """
        if response.session is not None:
            return response
        status = {"metadata": {}, "code": response.code}
        if response.stream is None:
            self.finish(COMPLETE, status, response.body)
            return response
        self.finish(STARTED, status)
        return response._replace(stream=_Told(response.stream, lambda: self.finish(COMPLETE, status)))

    def began(self, code: int) -> None:
        """Write that the session of the request begins."""
        self.finish(STARTED, {"metadata": {}, "code": code})

    def ended(self, code: int) -> None:
        """Write that the session of the request is over."""
        self.finish(COMPLETE, {"metadata": {}, "code": code})

    def failed(self, error: KctlError, *, unexpected: bool = False) -> None:
        """Write that the request was refused; `unexpected`: that it met an error of the server's own."""
        body = error.status() if isinstance(error, errors.StatusError) else {"status": "Failure", "message": str(error), "code": 500}
        status: dict[str, Any] = {"metadata": {}, **{field: value for field, value in body.items() if field not in ("kind", "apiVersion", "metadata")}}
        if not redact.tells(self._asked):
            status.pop("message", None)
            status.pop("details", None)
        self.finish(PANIC if unexpected else COMPLETE, status)

    def finish(self, stage: str, status: dict[str, Any], body: Any = None) -> None:
        """Write a stage of the request whose effect is there already, so that no failure can undo it any more."""
        if self._auditor.holds(self, stage, status, body):
            return
        try:
            self.write(stage, status, body)
        except OSError as error:
            self._auditor.report(error)

    def write(self, stage: str, status: dict[str, Any] | None = None, body: Any = None) -> None:
        """Write the event of a stage, unless the policy omits it."""
        if stage not in self._treatment.omitted:
            self._auditor.send(spelled(self.event(stage, status, body)))

    @property
    def shows_answers(self) -> bool:
        """Tell whether what is answered is written, and not only that it is."""
        return self._treatment.level == REQUEST_RESPONSE and COMPLETE not in self._treatment.omitted

    def shown(self, body: Any) -> Any:
        """Return what may be written of a body."""
        return redact.body(body, self._asked, without_managed_fields=self._treatment.without_managed_fields)

    def send(self, line: bytes) -> None:
        """Write an event that is spelled already, and whose effect is there."""
        try:
            self._auditor.send(line)
        except OSError as error:
            self._auditor.report(error)

    def event(self, stage: str, status: dict[str, Any] | None = None, body: Any = None) -> dict[str, Any]:
        """Return the event of a stage."""
        event: dict[str, Any] = {"kind": "Event", "apiVersion": API_VERSION, "level": self._treatment.level, "auditID": self._origin.audit_id, "stage": stage,
                 "requestURI": self._origin.uri, "verb": self._asked.verb, "user": _spelled(self._asked.user)}  # fmt: skip
        request = self._request
        acting = request.user if request is not None and request.impersonate is not None else self._acting
        if acting is not None and acting != self._asked.user:
            event["impersonatedUser"] = _spelled(acting)
        event["sourceIPs"] = list(self._origin.source_ips)
        if self._user_agent:
            event["userAgent"] = self._user_agent
        if request is not None:
            event["objectRef"] = _reference(request, body if stage != RECEIVED else None)
        if status is not None:
            event["responseStatus"] = status
        if stage != RECEIVED:
            event.update(self._bodies(body))
        now = self._auditor.clock.now()
        event.update(requestReceivedTimestamp=rfc3339_micro(self._began), stageTimestamp=rfc3339_micro(now))
        if self._notes:
            event["annotations"] = dict(self._notes)
        return event

    def _bodies(self, answer: Any) -> dict[str, Any]:
        level, request = self._treatment.level, self._request
        if level == METADATA or request is None:
            return {}
        sent = None if request.verb in READ_VERBS else request.body
        wanted = {"requestObject": sent, "responseObject": answer if level == REQUEST_RESPONSE else None}
        shown = {field: self.shown(value) for field, value in wanted.items() if value is not None}
        return {field: value for field, value in shown.items() if value is not None}


class _Told:
    """A stream that tells once when it has come to its end, been closed or been dropped."""

    def __init__(self, stream: Iterator[Any], tell: Callable[[], None]) -> None:
        self._stream = stream
        self._tell: Callable[[], None] | None = tell

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._stream)
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        """End the stream."""
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()
        self._end()

    def _end(self) -> None:
        tell, self._tell = self._tell, None
        if tell is not None:
            tell()

    def __del__(self) -> None:
        self._end()


def spelled(value: Any) -> bytes:
    """Return the JSON of an event, or of a part of one."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def _spelled(user: UserInfo) -> dict[str, Any]:
    spelled = {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": {key: list(value) for key, value in user.extra.items()}}
    return {field: value for field, value in spelled.items() if value}


def _reference(request: Request, answer: Any) -> dict[str, str]:
    """Return what a request is about; a created object's name is in what was sent or, where it was made up, in the answer."""
    sent, made = (body.get("metadata") if isinstance(body, dict) else None for body in (request.body, answer))
    known = sent if isinstance(sent, dict) else {}
    name = request.name or known.get("name") or (made.get("name") if isinstance(made, dict) and request.verb == "create" else "")
    found = {"resource": request.resource, "namespace": request.namespace, "name": name, "uid": known.get("uid"), "apiGroup": request.group,
             "apiVersion": request.version, "resourceVersion": known.get("resourceVersion"), "subresource": request.subresource}  # fmt: skip
    return {field: value for field, value in found.items() if isinstance(value, str) and value}


def _uri(request: Request) -> str:
    """Return the path that a request would have had on its way over the network."""
    parts = ["", "apis", request.group, request.version] if request.group else ["", "api", request.version]
    if request.namespace:
        parts += ["namespaces", request.namespace]
    return "/".join([*parts, request.resource, *(part for part in (request.name, request.subresource) if part)])
