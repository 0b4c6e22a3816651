"""The apiserver as one callable: handle(request) gives a response or raises a StatusError."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from minikube_py.apiserver import chain
from minikube_py.apiserver.objectstore import ObjectStore
from minikube_py.apiserver.policy import Policy
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, scheme
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource, Scheme
from minikube_py.storage.api import Backend

if TYPE_CHECKING:
    from minikube_py.apiserver.audit.auditor import Auditor
    from minikube_py.apiserver.handlers.metrics import Usage
    from minikube_py.kubelet.streams import Streams
    from minikube_py.plugin.registries import Registry
    from minikube_py.plugin.trust import Trust
    from minikube_py.registry.strategy import Context, Random, Strategy


class NodeProxy(Protocol):
    """How the apiserver reaches a kubelet, for what only the node knows."""

    def logs(self, pod: Object, container: str, options: dict[str, Any]) -> Iterator[str]:
        """Yield the log lines of a container, each with its line end."""

    def streams(self) -> "Streams":
        """Return exec, attach and port-forward of the cluster's kubelets."""

    def usage(self) -> "Mapping[str, Mapping[str, Usage]] | None":
        """Return what containers use, by their pods' uids and their names; None where nothing runs."""


class StoreReader:
    """Looks at objects for policies and strategies, past authorization: never handed to a user."""

    def __init__(self, scheme: Scheme, store: ObjectStore) -> None:
        self._scheme = scheme
        self._store = store
        self.trusted: Callable[[], Trust] | None = None

    @property
    def trust(self) -> "Trust | None":
        """Return the cluster's keys, for those who get this reader itself: built-in plugins and handlers."""
        return None if self.trusted is None else self.trusted()

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        """Return one object, or None."""
        found = self._store.get(self._scheme.must(resource), namespace, name)
        return None if found is None else found.object

    def list(self, resource: str, namespace: str = "", *, index: tuple[str, str] | None = None) -> list[Object]:
        """Return objects; `index` narrows cheaply."""
        target = self._scheme.must(resource)
        page = self._store.page(target, namespace) if index is None else self._store.by_index(target, namespace, index)
        return page.objects

    def version_of(self, *resources: str) -> tuple[int, ...]:
        """Return what changes whenever one of these resources may have changed: for caches of policies."""
        return self._store.version_of(resources)


class APIServer:
    """One apiserver over one store.

    `registry` gives the plugins of a kind of hook; `nodes` reaches kubelets; `audit`, where one is set, is told of each request.
    """

    def __init__(self, backend: Backend, scheme: Scheme, registry: "Callable[[str], Registry[Any]]", clock: Clock, rng: "Random", *,
                 nodes: NodeProxy | None = None, anonymous: bool = False, disabled_admission: frozenset[str] = frozenset(),
                 report: Callable[[BaseException], None] = chain.report_to_stderr) -> None:  # fmt: skip
        self.scheme = scheme
        self.clock = clock
        self.rng = rng
        self.nodes = nodes
        self.report = report
        self.audit: Auditor | None = None
        self.store = ObjectStore(backend, self._indexes)
        self.reader = StoreReader(scheme, self.store)
        self.policy = Policy(registry, self.reader, clock, anonymous=anonymous, disabled=disabled_admission)

    def handle(self, request: Request, answer: Callable[[Request], Response] | None = None) -> Response:
        """Take a request through the whole chain; `answer` is asked in place of the handlers. Whatever goes wrong is a KctlError."""
        try:
            for step in chain.FILTERS:
                step(self, request)
            response = (answer or self.dispatch)(request)
            if request.warnings and not response.warnings:
                response = response._replace(warnings=tuple(request.warnings))
        except errors.KctlError as error:
            error.warnings = tuple(request.warnings)
            if request.record is not None:
                request.record.failed(error)
            raise
        except Exception as error:
            refused = chain.recover(self, error)
            if request.record is not None:
                request.record.failed(refused, unexpected=True)
            raise refused from error
        return response if request.record is None else request.record.answered(response)

    def refuse(self, request: Request, refusal: errors.StatusError) -> None:
        """Let the audit log hear of a request that is refused before anybody looks at it."""

        try:
            for step in chain.KNOWN:
                step(self, request)
        except errors.KctlError:  # bad credentials, which were told already
            return
        if request.record is not None:
            request.record.failed(refusal)

    def context(self, request: Request) -> "Context":
        """Return what strategies are given."""
        from minikube_py.registry.strategy import Context

        who = request.user
        return Context(self.reader, self.clock, self.rng, who.name, request.warnings.append, bool(request.option("dryRun")), who.groups, who.uid, who.extra)

    @staticmethod
    def strategy(resource: Resource) -> "Strategy":
        """Return the strategy of a resource."""
        from minikube_py import registry  # reads of objects that need no conversion do without

        return registry.strategy(resource.group, resource.plural)

    def storage_version(self, resource: Resource) -> tuple[str, str]:
        """Return (group, version) under which objects of a resource are stored."""
        stored = self.strategy(resource).storage_version()
        if stored is not None:
            return stored
        preferred = self.scheme.preferred(*resource.key)
        return resource.group, preferred.version if preferred is not None else resource.version

    def _indexes(self, resource: Resource, obj: Object) -> Iterable[tuple[str, str]]:
        strategy = self.strategy(resource)
        yield from strategy.indexes(obj)
        if strategy.labels_indexed:
            for key, value in (obj["metadata"].get("labels") or {}).items():
                yield "label", f"{key}={value}"

    def dispatch(self, request: Request) -> Response:
        """Answer a request that has passed the filters."""
        if request.subresource:
            from minikube_py.apiserver.handlers import subresources

            return subresources.handle(self, request)
        if request.target in scheme.METRICS:
            from minikube_py.apiserver.handlers import metrics

            return metrics.handle(self, request)
        if request.resource == "componentstatuses":
            from minikube_py.apiserver.handlers import componentstatus

            return componentstatus.handle(self, request)
        if request.resource == "bindings" and not request.group:
            from minikube_py.apiserver.handlers import binding

            return binding.handle(self, request)
        if request.verb in ("get", "list", "watch"):
            from minikube_py.apiserver.handlers import read

            return read.handle(self, request)
        if request.verb == "create":
            from minikube_py.apiserver.handlers import create, reviews

            return reviews.handle(self, request) if reviews.is_review(request) else create.handle(self, request)
        if request.verb == "update":
            from minikube_py.apiserver.handlers import update

            return update.handle(self, request)
        if request.verb == "patch":
            from minikube_py.apiserver.handlers import patch

            return patch.handle(self, request)
        from minikube_py.apiserver.handlers import delete

        return delete.handle(self, request)
