"""The client: turns calls into requests, sends them through a transport, and returns plain objects."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver.request import READ_VERBS, Request, Response
from minikube_py.client import api
from minikube_py.client.api import WatchEvent
from minikube_py.machinery import errors, meta, scheme
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource, Scheme
from minikube_py.plugin.auth import Credentials, UserInfo

if TYPE_CHECKING:
    from minikube_py.apiserver.handlers.connect import Session

Transport = Callable[[Request], Response]

_OF_ONE = frozenset(("get", "update", "patch", "delete"))  # what is asked of one object

# Python's spelling of the API's options.
_OPTIONS = {
    "field_manager": "fieldManager",
    "field_validation": "fieldValidation",
    "dry_run": "dryRun",
    "force": "force",
    "propagation_policy": "propagationPolicy",
    "grace_period_seconds": "gracePeriodSeconds",
    "label_selector": "labelSelector",
    "field_selector": "fieldSelector",
    "resource_version": "resourceVersion",
    "resource_version_match": "resourceVersionMatch",
    "timeout_seconds": "timeoutSeconds",
    "limit": "limit",
    "continue_": "continue",
    "table": "table",
    "index": "index",
    "duplicates": "duplicates",
    "preconditions": "preconditions",
    "container": "container",
    "follow": "follow",
    "previous": "previous",
    "since_seconds": "sinceSeconds",
    "since_time": "sinceTime",
    "tail_lines": "tailLines",
    "timestamps": "timestamps",
    "limit_bytes": "limitBytes",
    "insecure_skip_tls_verify_backend": "insecureSkipTLSVerifyBackend",
    "command": "command",
    "stdin": "stdin",
    "stdout": "stdout",
    "stderr": "stderr",
    "tty": "tty",
}


def is_segment(value: str) -> bool:
    """Tell whether a name can be a part of a path."""
    return "/" not in value and "%" not in value and value not in (".", "..")


def check_segment(what: str, value: str) -> None:
    """Refuse a name that would mean another path, as client-go does before it asks a server."""
    if is_segment(value):
        return
    from minikube_py.machinery import names

    raise KctlError(f"invalid {what} {errors.quoted(value)}: [{' '.join(names.path_segment(value))}]")


class RestClient:
    """Calls to one apiserver under one identity. See client.api.Client for what each call does.

    `warn` is told of each warning that comes with an answer. `informers` is the identity under which a control loop reads: as in
    kube-controller-manager, whose controllers share informers that list and watch as the manager itself.
    """

    def __init__(self, transport: Transport, scheme: Scheme, credentials: Credentials, *, user_agent: str = "kctl",
                 impersonate: UserInfo | None = None, warn: Callable[[str], None] | None = None,
                 informers: Credentials | None = None) -> None:  # fmt: skip
        self._transport = transport
        self.scheme = scheme
        self._credentials = credentials
        self._user_agent = user_agent
        self._impersonate = impersonate
        self._warn = warn
        self._informers = informers
        self.user = credentials.local.name if credentials.local is not None else ""

    def resource(self, wanted: str | Resource) -> Resource:
        """Return the resource that a word such as `deployments.apps` means."""
        return wanted if isinstance(wanted, Resource) else self.scheme.must(wanted)

    def send(self, verb: str, resource: Resource, *, namespace: str = "", name: str = "", subresource: str = "", body: Any = None,
             content_type: str = "application/json", **options: Any) -> Response:  # fmt: skip
        """Send one request and return the whole answer."""
        check_segment("namespace", namespace)
        check_segment("resource name", name)
        if not name and verb in _OF_ONE:
            raise KctlError("resource name may not be empty")
        spelled = {_OPTIONS[key]: value for key, value in options.items() if value is not None and value != ""}
        credentials = self._credentials
        if self._informers is not None and verb in READ_VERBS and not subresource:
            credentials, spelled["informer"] = self._informers, True
        request = Request(verb, resource.group, resource.version, resource.plural, namespace=namespace, name=name, subresource=subresource, body=body,
                          content_type=content_type, options=spelled, credentials=credentials, impersonate=self._impersonate,
                          user_agent=self._user_agent)  # fmt: skip
        try:
            response = self._transport(request)
        except errors.KctlError as error:
            self._tell(error.warnings)
            raise
        self._tell(response.warnings)
        return response

    def _tell(self, warnings: tuple[str, ...]) -> None:
        if self._warn is not None:
            for warning in warnings:
                self._warn(warning)

    def get(self, resource: str | Resource, name: str, namespace: str = "", *, subresource: str = "", **options: Any) -> Object:
        """Return one object; NotFound where there is none."""
        return self.send("get", self.resource(resource), namespace=namespace, name=name, subresource=subresource, **options).body

    def find(self, resource: str | Resource, name: str, namespace: str = "") -> Object | None:
        """Return one object, or None; objects refer to others by whatever was written into them, so the name may be none at all."""
        if not name or not is_segment(name) or not is_segment(namespace):
            return None
        try:
            return self.get(resource, name, namespace)
        except errors.NotFound:
            return None

    def list(self, resource: str | Resource, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
             index: tuple[str, str] | None = None, **options: Any) -> Object:  # fmt: skip
        """Return a List object, or a Table where `table` asks for one."""
        return self.send("list", self.resource(resource), namespace=namespace, label_selector=label_selector, field_selector=field_selector,
                         index=index, **options).body  # fmt: skip

    def items(self, resource: str | Resource, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
              index: tuple[str, str] | None = None, limit: int = 0) -> api.Objects:  # fmt: skip
        """Return the items of a list, each with apiVersion and kind; asked for in pages of `limit`, where that is not 0."""
        target = self.resource(resource)
        found: api.Objects = []
        token = ""
        while True:
            page = self.list(target, namespace, label_selector=label_selector, field_selector=field_selector, index=index,
                             limit=limit or None, continue_=token)  # fmt: skip
            found += [{"apiVersion": target.api_version, "kind": target.kind, **item} for item in page.get("items") or ()]
            token = page["metadata"].get("continue", "")
            if not token:
                return found

    def resources(self) -> Sequence[Resource]:
        """Return every resource that is served, each in the preferred version of its group."""
        served = {resource.key: resource for resource in self.scheme if self.scheme.preferred(*resource.key) == resource}
        return list(served.values())

    def resource_for(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource whose objects carry this apiVersion and kind."""
        return self.scheme.for_kind(api_version, kind)

    def dependents(self, uid: str) -> api.Objects:
        """Return the objects of all kinds that name an owner of this uid, in the versions in which they are stored."""
        return list(self.send("list", scheme.EVERYTHING, index=("owner", uid)).body["items"])

    def create(self, obj: Object, *, namespace: str = "", **options: Any) -> Object:
        """Create an object of the kind that it names; return it as stored."""
        resource = self._of(obj)
        return self.send("create", resource, namespace=self._namespace(resource, obj, namespace), body=obj, **options).body

    def create_subresource(self, resource: str | Resource, name: str, namespace: str, subresource: str, body: Object, **options: Any) -> Object:
        """POST to a subresource: binding, eviction, token."""
        return self.send("create", self.resource(resource), namespace=namespace, name=name, subresource=subresource, body=body, **options).body

    def update(self, obj: Object, *, subresource: str = "", **options: Any) -> Object:
        """Replace an object; Conflict where somebody was faster."""
        resource = self._of(obj)
        return self.send("update", resource, namespace=self._namespace(resource, obj, ""), name=meta.name(obj), subresource=subresource,
                         body=obj, **options).body  # fmt: skip

    def update_status(self, obj: Object) -> Object:
        """Replace the status of an object."""
        return self.update(obj, subresource="status")

    def update_subresource(self, resource: str | Resource, name: str, namespace: str, subresource: str, body: Object, **options: Any) -> Object:
        """Replace what a subresource speaks of, where that is another kind: scale."""
        return self.send("update", self.resource(resource), namespace=namespace, name=name, subresource=subresource, body=body, **options).body

    def patch(self, resource: str | Resource, name: str, namespace: str, patch: Any, *, patch_type: str = api.STRATEGIC_PATCH,
              subresource: str = "", **options: Any) -> Object:  # fmt: skip
        """Patch an object."""
        return self.send("patch", self.resource(resource), namespace=namespace, name=name, subresource=subresource, body=patch,
                         content_type=patch_type, **options).body  # fmt: skip

    def delete(self, resource: str | Resource, name: str, namespace: str = "", *, propagation_policy: str = "",
               grace_period_seconds: int | None = None, uid: str = "", resource_version: str = "", **options: Any) -> Object:  # fmt: skip
        """Delete an object; return it, or a Status."""
        wanted = {field: value for field, value in (("uid", uid), ("resourceVersion", resource_version)) if value}
        return self.send("delete", self.resource(resource), namespace=namespace, name=name, propagation_policy=propagation_policy,
                         grace_period_seconds=grace_period_seconds, preconditions=wanted or None, **options).body  # fmt: skip

    def delete_collection(self, resource: str | Resource, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
                          **options: Any) -> Object:  # fmt: skip
        """Delete all objects that match."""
        return self.send("deletecollection", self.resource(resource), namespace=namespace, label_selector=label_selector,
                         field_selector=field_selector, **options).body  # fmt: skip

    def watch(self, resource: str | Resource, namespace: str = "", *, resource_version: str = "", label_selector: str = "",
              field_selector: str = "", timeout_seconds: float | None = None, **options: Any) -> Iterator[WatchEvent]:  # fmt: skip
        """Yield changes after `resource_version` until the timeout."""
        response = self.send("watch", self.resource(resource), namespace=namespace, resource_version=resource_version,
                             label_selector=label_selector, field_selector=field_selector, timeout_seconds=timeout_seconds, **options)  # fmt: skip
        return (WatchEvent(event.type, event.object) for event in response.stream or ())

    def logs(self, name: str, namespace: str, **options: Any) -> Iterator[str]:
        """Yield the log lines of a container."""
        return iter(self.send("get", self.resource("pods"), namespace=namespace, name=name, subresource="log", **options).stream or ())

    def connect(self, name: str, namespace: str, subresource: str, **options: Any) -> "Session":
        """Prepare exec, attach or portforward of a pod: as WebSockets ask for it (get); where that fails, as SPDY does (create), as kubectl tries both."""
        pods = self.resource("pods")
        try:
            session = self.send("get", pods, namespace=namespace, name=name, subresource=subresource, **options).session
        except errors.StatusError:
            session = self.send("create", pods, namespace=namespace, name=name, subresource=subresource, **options).session
        if session is None:
            raise errors.MethodNotAllowed()
        return session

    def _of(self, obj: Object) -> Resource:
        resource = self.scheme.for_kind(obj.get("apiVersion", ""), obj.get("kind", ""))
        if resource is None:
            raise errors.UnknownPath()
        return resource

    @staticmethod
    def _namespace(resource: Resource, obj: Object, namespace: str) -> str:
        if not resource.namespaced:
            return ""
        return namespace or str((obj.get("metadata") or {}).get("namespace") or "")
