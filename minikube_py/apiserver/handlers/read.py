"""get and list; watch is in a module of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import options
from minikube_py.apiserver.objectstore import Page, key_of, list_object, prefix_of
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors, scheme
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from minikube_py.storage import api as storage

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer
    from minikube_py.machinery import selectors

Selector = Callable[[Object], bool]
_SCAN = 500  # objects that are read at once, where a limit counts only some of them


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
    if request.options.get("resourceVersion"):
        _must_have_come(server, parse_revision(request))
    obj = must_get(server, request.target, request.namespace, request.name)
    return Response(present(server, request, [convert(server, request.target, obj)], None))


def _must_have_come(server: "APIServer", revision: int) -> None:
    """Refuse a revision that is still to come."""
    current = server.store.backend.revision()
    if revision > current:
        raise too_large(revision, current)


def too_large(requested: int, current: int) -> errors.Timeout:
    """Return the 504 for a revision of the future (storage.NewTooLargeResourceVersionError)."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    return errors.Timeout(f"Too large resource version: {requested}, current: {current}", details={"causes": [cause], "retryAfterSeconds": 1})


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
    if index is None or request.credentials.local is None:
        raise errors.BadRequest("all resources at once can be listed through an index only")
    page = server.store.by_index(request.target, "", index)
    return Response(list_object(request.target, page.objects, page.revision))


class _ExpiredToken(errors.Expired):
    """410 for a continue token, with one to go on from at the newest revision."""

    token = ""

    def status(self) -> Object:
        """Return the Status object."""
        return {**super().status(), "metadata": {"continue": self.token}}


def listed(server: "APIServer", request: Request) -> Object:
    """Return a List object."""
    resource = request.target
    options.check_list(request)
    selects = selector(server, request)
    try:
        page = _page(server, request, selects)
    except storage.Compacted as error:
        raise expired(request) from error
    except storage.FutureRevision as error:
        raise too_large(error.requested, error.current) from error
    token = token_of(page.revision, page.next_key, resource, request.namespace) if page.next_key else ""
    return list_object(resource, page.objects, page.revision, next_token=token, remaining=page.remaining if selects is None else 0)


def expired(request: Request) -> errors.Expired:
    """Return the 410 for a list whose revision is gone."""
    token = request.option("continue")
    if not token:
        return errors.Expired("The resourceVersion for the provided list is too old.")
    error = _ExpiredToken("The provided continue parameter is too old to display a consistent list result. You can start a new list without the "
                          "continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with "
                          "the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the "
                          "first chunk was returned and now may show up in the list.")  # fmt: skip
    start, _ = _read_token(str(token), prefix_of(request.target, request.namespace))
    error.token = token_of(-1, start, request.target, request.namespace)
    return error


def _page(server: "APIServer", request: Request, selects: Selector | None) -> Page:
    """Return the objects that are asked for, in the version that is asked for."""
    resource, limit = request.target, int(request.option("limit", 0))
    narrowed = narrowing(server, request)
    if narrowed is not None:
        few = narrowed()
        found = _selected(server, resource, [server.store.decode(kv) for kv in few.kvs], selects)
        if not 0 < limit < len(found):  # else in pages, which go by the keys of all
            return Page(found, few.revision)
    start, revision = position(server, request)
    page = server.store.page(resource, request.namespace, start=start, revision=revision, limit=limit)
    found = _selected(server, resource, page.objects, selects)
    while page.next_key and len(found) < limit:  # a limit counts what is selected
        page = server.store.page(resource, request.namespace, start=page.next_key, revision=page.revision, limit=max(limit, _SCAN))
        for place, obj in enumerate(page.objects):
            found += _selected(server, resource, [obj], selects)
            if len(found) == limit:
                rest = page.objects[place + 1 :]
                more = rest or page.next_key
                page = page._replace(next_key=_key_after(resource, obj) if more else "")
                break
    return page._replace(objects=found)


def _selected(server: "APIServer", resource: Resource, objects: list[Object], selects: Selector | None) -> list[Object]:
    converted = [convert(server, resource, obj) for obj in objects]
    return converted if selects is None else [obj for obj in converted if selects(obj)]


def _key_after(resource: Resource, obj: Object) -> str:
    return key_of(resource, obj["metadata"].get("namespace", ""), obj["metadata"]["name"]) + "\0"


def position(server: "APIServer", request: Request) -> tuple[str, int]:
    """Return the key to start at and the revision to read at (0: the newest)."""
    start, revision = _where(request)
    if revision < 0:  # no older than this one: the newest is right, unless it is still to come
        _must_have_come(server, -revision)
        revision = 0
    return start, revision


def _where(request: Request) -> tuple[str, int]:
    """Return the key to start at and the revision to read at (0: the newest)."""
    token = request.option("continue")
    if token:
        start, revision = _read_token(str(token), prefix_of(request.target, request.namespace))
        if request.option("resourceVersion", "0") != "0":
            raise errors.BadRequest("specifying resource version is not allowed when using continue")
        return start, max(revision, 0)  # below 0: the newest
    revision = parse_revision(request)
    match = request.option("resourceVersionMatch")
    if match == "Exact" or (not match and int(request.option("limit", 0)) > 0):  # pages without a match are exact, as they ever were
        return "", revision
    if revision > 0:
        return "", -revision  # no older than: _page checks that
    return "", 0


def parse_revision(request: Request) -> int:
    """Return the request's resourceVersion as a number, 0 where there is none."""
    text = str(request.option("resourceVersion", "0"))
    if not (text.isascii() and text.isdecimal()):
        cause = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        raise errors.BadRequest(f"invalid resource version: {cause}")
    if len(text) > 20 or int(text) >= 1 << 64:
        cause = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": value out of range'
        raise errors.BadRequest(f"invalid resource version: {cause}")
    return int(text)


def narrowing(server: "APIServer", request: Request) -> Callable[[], storage.Range] | None:
    """Return what answers from one key or an index where the selectors allow it, so that cost follows what is asked for."""
    resource, namespace = request.target, request.namespace
    index = request.option("index")
    if index is not None:
        return (lambda: _indexed(server, resource, namespace, index)) if request.credentials.local is not None else None
    if request.option("continue") or request.option("resourceVersion", "0") != "0":
        return None
    name = _exact_field(request, "metadata.name")
    if name and (namespace or not resource.namespaced):
        return lambda: _one(server, resource, namespace, name)
    node = _exact_field(request, "spec.nodeName") if resource.key == ("", "pods") else None
    if node:
        return lambda: _indexed(server, resource, namespace, ("node", node))
    labels = request.option("labelSelector")
    if labels and server.strategy(resource).labels_indexed:
        for key, value in _parsed_labels(labels).exact_pairs():
            entry = ("label", f"{key}={value}")
            return lambda: _indexed(server, resource, namespace, entry)
    return None


def _one(server: "APIServer", resource: Resource, namespace: str, name: str) -> storage.Range:
    backend = server.store.backend
    revision, found = backend.revision(), backend.get(key_of(resource, namespace, name))
    return storage.Range([] if found is None else [found], revision, 1, False)


def _indexed(server: "APIServer", resource: Resource, namespace: str, index: tuple[str, str]) -> storage.Range:
    backend = server.store.backend
    revision, kvs = backend.revision(), backend.by_index(*index, prefix=prefix_of(resource, namespace))
    return storage.Range(kvs, revision, len(kvs), False)


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
    own = strategy.fields({"metadata": {}, "spec": {}, "status": {}})
    for term in parsed.terms:
        if term.field not in own and term.field not in ("metadata.name", "metadata.namespace"):
            raise errors.BadRequest(_unknown_field(resource, term.field, bool(own)))

    def matches(obj: Object) -> bool:
        metadata = obj["metadata"]
        values = {"metadata.name": metadata["name"], "metadata.namespace": metadata.get("namespace", "")}
        return parsed.matches(values | strategy.fields(obj))

    return matches


def _unknown_field(resource: Resource, field: str, has_own: bool) -> str:
    """Return the words of the kinds' own conversions of field labels, or of the one that all others share."""
    if resource.group == "batch" and has_own:
        return f'field label "{field}" not supported for {resource.kind}'
    if has_own:
        return f"field label not supported: {field}"
    return f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def token_of(revision: int, next_key: str, resource: Resource, namespace: str) -> str:
    """Return a continue token as kube-apiserver spells it: the revision and the rest of the next key."""
    import base64
    import json

    rest = next_key[len(prefix_of(resource, namespace)) :]
    token = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": rest}, separators=(",", ":"))
    return base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def _read_token(token: str, prefix: str) -> tuple[str, int]:
    """Return the key to start at and the revision of a continue token (apiserver storage DecodeContinue)."""
    content = _unpacked(token)
    version, revision, start = (content.get(name) for name in ("v", "rv", "start")) if isinstance(content, dict) else (None, None, None)
    if version != "meta.k8s.io/v1":
        raise _bad_token(f": server does not recognize this encoded version {version or ''}")
    if type(revision) is not int or not revision:
        raise _bad_token(": incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
    if not isinstance(start, str) or not start:
        raise _bad_token(": encoded start key empty (version meta.k8s.io/v1)")
    key = start.removeprefix("/")
    if not set(key.split("/")).isdisjoint(("", ".", "..")):
        raise _bad_token(f": {start}")
    return prefix + key, revision


def _unpacked(token: str) -> Any:
    """Return what a continue token holds; BadRequest, in the words of Go's decoders, where that is nothing."""
    import base64
    import json
    import re

    whole = re.match(r"[A-Za-z0-9_-]*", token)
    good = whole.end() if whole else 0
    if good < len(token) or good % 4 == 1:
        raise _bad_token(f": illegal base64 data at input byte {good if good < len(token) else good - 1}")
    text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("utf-8", "replace")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        from minikube_py.kits import jsonscan

        at, cause = jsonscan.explain(text, 0)
        if error.msg == "Extra data":
            at, cause = 1, f"invalid character {text[error.pos]!r} after top-level value"
        raise _bad_token(f": {cause if at else 'unexpected end of JSON input'}") from error


def _bad_token(cause: str) -> errors.BadRequest:
    return errors.BadRequest(f"invalid continue token: continue key is not valid{cause}")
