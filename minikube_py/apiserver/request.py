"""One request on its way through the chain, and the answer to it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from minikube_py.plugin.auth import Attributes, Credentials, UserInfo

if TYPE_CHECKING:
    from minikube_py.apiserver.audit.auditor import Record
    from minikube_py.apiserver.handlers.connect import Session
    from minikube_py.machinery.errors import KctlError

READ_VERBS = frozenset({"get", "list", "watch"})


class Origin(NamedTuple):
    """How a request came over the network, for the audit log; an audit id is made where the caller sent none."""

    uri: str
    source_ips: tuple[str, ...]
    audit_id: str = ""


class Request:
    """A REST-shaped request. `options` are the API's query and body options, under the API's own names:

    labelSelector, fieldSelector, limit, continue, resourceVersion, resourceVersionMatch, timeoutSeconds, dryRun (bool),
    fieldManager, fieldValidation, force, propagationPolicy, gracePeriodSeconds, preconditions; `table` asks for a Table
    (None, Metadata or Object rows); `index` narrows a list through an index of the store (in-process only).
    """

    __slots__ = ("verb", "group", "version", "resource", "subresource", "namespace", "name", "body", "content_type", "options",
                 "credentials", "user", "impersonate", "user_agent", "info", "warnings", "origin",
                 "record", "problem")  # fmt: skip

    def __init__(self, verb: str, group: str, version: str, resource: str, *, namespace: str = "", name: str = "", subresource: str = "",
                 body: Any = None, content_type: str = "application/json", options: dict[str, Any] | None = None,
                 impersonate: UserInfo | None = None, user_agent: str = "", origin: Origin | None = None,
                 credentials: Credentials = Credentials()) -> None:  # fmt: skip  # noqa: B008
        self.verb = verb
        self.group = group
        self.version = version
        self.resource = resource
        self.subresource = subresource
        self.namespace = namespace
        self.name = name
        self.body = body
        self.content_type = content_type
        self.options = options or {}
        self.credentials = credentials
        self.user = UserInfo("")
        self.impersonate = impersonate
        self.user_agent = user_agent
        self.info: Resource | None = None
        self.warnings: list[str] = []
        self.origin = origin
        self.record: Record | None = None
        self.problem: KctlError | None = None  # why its query or body cannot be read: told to those only who may ask at all

    @property
    def target(self) -> Resource:
        """Return the resource that the request_info filter found."""
        assert self.info is not None, "the filters request_info and route come first"
        return self.info

    def attributes(self) -> Attributes:
        """Return what is asked for, as authorizers and audit policies look at it."""
        return Attributes(self.user, self.verb, self.group, self.version, self.resource, self.subresource, self.namespace, self.name)

    def option(self, name: str, default: Any = None) -> Any:
        """Return one option; unset and empty are the same."""
        value = self.options.get(name)
        return default if value in (None, "") else value

    @property
    def manager(self) -> str:
        """Return who manages the fields that this request sets: fieldManager, or the user agent's first word."""
        return str(self.option("fieldManager") or self.user_agent.partition("/")[0] or "unknown")


class Response(NamedTuple):
    """The answer: an object, a Status, a Table, (for watch and log) a stream, or (for exec, attach and portforward) a session with a kubelet."""

    body: Object
    code: int = 200
    warnings: tuple[str, ...] = ()
    stream: Iterator[Any] | None = None
    session: "Session | None" = None
