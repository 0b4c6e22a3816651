"""get and list; watch is in a module of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver.objectstore import Page, list_object, prefix_of
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors, scheme
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from minikube_py.storage import api as storage

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer
    from minikube_py.machinery import selectors

Selector = Callable[[Object], bool]


def handle(server: "APIServer", request: Request) -> Response:
    """Answer get, list or watch."""
    if request.verb == "get":
        return get(server, request)
    if request.target is scheme.EVERYTHING:
        return _everything(server, request)
    if request.verb == "list":
        return list_(server, request)
    from minikube_py.apiserver.handlers import watch

    return watch.handle(server, request)


def get(server: "APIServer", request: Request) -> Response:
    """Return one object."""
    obj = must_get(server, request.target, request.namespace, request.name)
    return Response(present(server, request, [convert(server, request.target, obj)], None))


def must_get(server: "APIServer", resource: Resource, namespace: str, name: str) -> Object:
    """Return one stored object; NotFound where there is none."""
    found = server.store.get(resource, namespace, name)
    if found is None:
        raise errors.NotFound(resource.plural, name, resource.group)
    return found.object


def convert(server: "APIServer", resource: Resource, obj: Object) -> Object:
    """Return a stored object in the version that was asked for."""
    if obj.get("apiVersion") == resource.api_version:
        return obj
    return server.strategy(resource).convert(obj, resource.version)


def present(server: "APIServer", request: Request, objects: list[Object], listing: Object | None) -> Object:
    """Return the answer's body: the object or List itself, or the Table that was asked for."""
    include = request.option("table")
    if not include:
        return objects[0] if listing is None else listing
    from minikube_py.printers import tables

    table: Object = tables.table(objects, request.target, server.clock.now(), include_object=include)
    table["metadata"] = listing["metadata"] if listing is not None else {"resourceVersion": objects[0]["metadata"].get("resourceVersion", "")}
    return table


def list_(server: "APIServer", request: Request) -> Response:
    """Return a List, or a Table, in pages where the request has a limit."""
    listing = listed(server, request)
    return Response(present(server, request, listing["items"], listing))


def _everything(server: "APIServer", request: Request) -> Response:
    """Return the objects of all kinds that carry an index entry, each in the version in which it is stored."""
    index = request.option("index")
    if index is None:
        raise errors.BadRequest("all resources at once can be listed through an index only")
    page = server.store.by_index(request.target, "", index)
    return Response(list_object(request.target, page.objects, page.revision))


def listed(server: "APIServer", request: Request) -> Object:
    """Return a List object."""
    resource = request.target
    try:
        page = _page(server, request)
    except storage.Compacted as error:
        raise errors.Expired("The provided continue parameter is too old to display a consistent list result. You can start a new list without "
                             "the continue parameter.") from error  # fmt: skip
    except storage.FutureRevision as error:
        raise errors.Timeout(f"Too large resource version: {error.requested}, current: {error.current}", details={"retryAfterSeconds": 1}) from error
    objects = [convert(server, resource, obj) for obj in page.objects]
    selects = selector(server, request)
    token = _token(page, resource, request.namespace) if page.next_key else ""
    remaining = page.remaining if selects is None else 0
    if selects is not None:
        objects = [obj for obj in objects if selects(obj)]
    return list_object(resource, objects, page.revision, next_token=token, remaining=remaining)


def _page(server: "APIServer", request: Request) -> Page:
    resource = request.target
    narrowed = _narrowed(server, request)
    if narrowed is not None:
        return narrowed
    limit = int(request.option("limit", 0))
    start, revision = _where(request)
    if revision < 0:  # no older than this one: the newest is right, unless it is still to come
        current = server.store.backend.revision()
        if -revision > current:
            raise storage.FutureRevision(-revision, current)
        revision = 0
    return server.store.page(resource, request.namespace, start=start, revision=revision, limit=limit)


def _where(request: Request) -> tuple[str, int]:
    """Return the key to start at and the revision to read at (0: the newest)."""
    token = request.option("continue")
    if token:
        return _read_token(str(token), prefix_of(request.target, request.namespace))
    revision = parse_revision(request)
    if request.option("resourceVersionMatch") == "Exact":
        return "", revision
    if revision > 0:
        return "", -revision  # no older than: _page checks that
    return "", 0


def parse_revision(request: Request) -> int:
    """Return the request's resourceVersion as a number, 0 where there is none."""
    text = request.option("resourceVersion", "0")
    if not str(text).isdecimal():
        raise errors.BadRequest(f'invalid resource version "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text)


def _narrowed(server: "APIServer", request: Request) -> Page | None:
    """Answer from one key or an index where the selectors allow it, so that cost follows what is asked for."""
    resource, namespace = request.target, request.namespace
    index = request.option("index")
    if index is not None:
        return server.store.by_index(resource, namespace, index)
    if request.option("continue") or request.option("resourceVersionMatch"):
        return None
    name = _exact_field(request, "metadata.name")
    if name and (namespace or not resource.namespaced):
        return _one(server, resource, namespace, name)
    node = _exact_field(request, "spec.nodeName") if resource.key == ("", "pods") else None
    if node:
        return server.store.by_index(resource, namespace, ("node", node))
    labels = request.option("labelSelector")
    if labels and server.strategy(resource).labels_indexed:
        for key, value in _parsed_labels(labels).exact_pairs():
            return server.store.by_index(resource, namespace, ("label", f"{key}={value}"))
    return None


def _one(server: "APIServer", resource: Resource, namespace: str, name: str) -> Page:
    revision = server.store.backend.revision()
    found = server.store.get(resource, namespace, name)
    return Page([] if found is None else [found.object], revision)


def _exact_field(request: Request, field: str) -> str | None:
    text = request.option("fieldSelector")
    if not text:
        return None
    from minikube_py.machinery import fieldselectors

    try:
        return fieldselectors.parse(text).exact(field)
    except ValueError as error:
        raise errors.BadRequest(str(error)) from error


def selector(server: "APIServer", request: Request) -> Selector | None:
    """Return what tells whether an object is asked for; None where all are."""
    tests: list[Selector] = []
    labels, fields = request.option("labelSelector"), request.option("fieldSelector")
    if labels:
        tests.append(_by_labels(labels))
    if fields:
        tests.append(_by_fields(server, request.target, fields))
    if not tests:
        return None
    return lambda obj: all(test(obj) for test in tests)


def _parsed_labels(text: str) -> "selectors.Selector":
    from minikube_py.machinery import selectors

    try:
        return selectors.parse(text)
    except ValueError as error:
        raise errors.BadRequest(str(error)) from error


def _by_labels(text: str) -> Selector:
    parsed = _parsed_labels(text)
    return lambda obj: parsed.matches(obj["metadata"].get("labels") or {})


def _by_fields(server: "APIServer", resource: Resource, text: str) -> Selector:
    from minikube_py.machinery import fieldselectors

    try:
        parsed = fieldselectors.parse(text)
    except ValueError as error:
        raise errors.BadRequest(str(error)) from error
    strategy = server.strategy(resource)
    known = {"metadata.name", "metadata.namespace", *strategy.fields({"metadata": {}, "spec": {}, "status": {}})}
    for term in parsed.terms:
        if term.field not in known:
            raise errors.BadRequest(f"field label not supported: {term.field}")

    def matches(obj: Object) -> bool:
        metadata = obj["metadata"]
        values = {"metadata.name": metadata["name"], "metadata.namespace": metadata.get("namespace", "")}
        return parsed.matches(values | strategy.fields(obj))

    return matches


def _token(page: Page, resource: Resource, namespace: str) -> str:
    """Return a continue token as kube-apiserver spells it: the revision and the rest of the next key."""
    import base64
    import json

    rest = page.next_key[len(prefix_of(resource, namespace)) :]
    token = json.dumps({"v": "meta.k8s.io/v1", "rv": page.revision, "start": rest}, separators=(",", ":"))
    return base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def _read_token(token: str, prefix: str) -> tuple[str, int]:
    import base64
    import json

    try:
        content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        version, revision, start = content["v"], int(content["rv"]), str(content["start"])
    except (ValueError, KeyError, TypeError) as error:
        raise errors.BadRequest("continue key is not valid: not a continue token") from error
    if version != "meta.k8s.io/v1" or revision <= 0 or "/../" in f"/{start}/":
        raise errors.BadRequest(f'continue key is not valid: server does not recognize this encoded version "{version}"')
    return prefix + start, revision
