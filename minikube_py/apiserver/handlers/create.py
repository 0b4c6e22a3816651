"""create: a new object."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import chain, options
from minikube_py.apiserver.handlers import companions, read, write
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta, names
from minikube_py.machinery.apply import zeros
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import Attributes
from minikube_py.registry import objectmeta
from minikube_py.registry.strategy import Strategy

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_MAX_BASE = 58
_NAME_ATTEMPTS = 8  # as kube-apiserver since 1.30
_SYSTEM_FIELDS = ("creationTimestamp", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink")
RBAC = "rbac.authorization.k8s.io"


def handle(server: "APIServer", request: Request) -> Response:
    """Store a new object and return it."""
    options.check(request)
    obj = write.received(request)
    chain.must_match(request.target, obj)
    obj = write.decoded(request, obj)
    metadata = obj.setdefault("metadata", {})
    write.fit_namespace(request, metadata)
    if request.name and metadata.setdefault("name", request.name) != request.name:
        raise errors.BadRequest(f"the name of the object ({metadata['name']}) does not match the name on the URL ({request.name})")
    return Response(read.convert(server, request.target, create(server, request, obj)), 201, tuple(request.warnings))


def create(server: "APIServer", request: Request, obj: Object, *, managed: bool = False) -> Object:
    """Default, admit, validate and store an object that is decoded; return it as stored. `managed`: managedFields are right already."""
    metadata = obj["metadata"]
    for field in _SYSTEM_FIELDS:
        if field in metadata:
            del metadata[field]
    write.drop_empty(obj["metadata"])
    write.dedup_owners(request, obj)
    server.strategy(request.target).default(obj)
    zeros.fill(obj)
    if not managed:
        write.note_manager(server, request, obj, None, request.subresource)
    shown = write.mutate(server, request, obj, None)
    if metadata.get("name") or not metadata.get("generateName"):
        return _store(server, request, obj, shown)
    return _store_generated(server, request, obj, shown)


def _store_generated(server: "APIServer", request: Request, obj: Object, shown: Attributes) -> Object:
    """Store an object under a name that is made for it, another one where that is taken."""
    warned, kept = len(request.warnings), meta.clone(obj)
    for number in range(_NAME_ATTEMPTS):
        attempt = meta.clone(kept) if number else obj  # the first one as it came, in which strategies may have let fields share a map
        metadata = attempt["metadata"]
        metadata["name"] = shown.name = generated_name(metadata["generateName"], server.rng)
        shown.object = attempt
        del request.warnings[warned:]
        try:
            return _store(server, request, attempt, shown)
        except errors.AlreadyExists as error:
            refused = error
    resource, name = request.target, shown.name
    refused.message = f'{resource.qualified} "{name}" already exists, the server was not able to generate a unique name for the object'
    refused.details["retryAfterSeconds"] = 1
    raise refused


def generated_name(base: str, rng: Any) -> str:
    """Return a name made of `base` and five random characters (apiserver storage/names)."""
    return base[:_MAX_BASE] + names.suffix(rng.choice)


def _store(server: "APIServer", request: Request, obj: Object, shown: Attributes) -> Object:
    resource, strategy, metadata = request.target, server.strategy(request.target), obj["metadata"]
    metadata["uid"] = new_uid(server.rng)
    metadata["creationTimestamp"] = rfc3339(server.clock.now())
    strategy.prepare_create(obj, server.context(request))
    causes = strategy.validate(obj) or _common(strategy, resource.namespaced, metadata)
    if causes:
        raise write.invalid(resource, metadata.get("name", ""), causes)
    if resource.group == RBAC:
        from minikube_py.apiserver import escalation

        escalation.check(server, request, obj, None)
    warnings = strategy.warnings(obj, None)
    if warnings:
        request.warnings.extend(warnings)
    write.finish(server, request, shown)
    if metadata.get("resourceVersion"):
        raise errors.StatusError("resourceVersion should not be set on objects to be created", code=500, reason="")
    metadata.pop("resourceVersion", None)
    stored = write.to_storage(server, resource, obj)
    if request.option("dryRun"):
        write.limit(stored)
        done = server.store.get(resource, request.namespace, metadata["name"]) is None
    else:
        done = companions.together(server, resource, stored, None, lambda: write.charged(server, shown, lambda: server.store.create(resource, stored)))
    if not done:
        raise _taken(server, request, metadata["name"])
    return stored


def _common(strategy: Strategy, namespaced: bool, metadata: Object) -> list[Any]:
    """Return what is wrong with metadata, for the kinds whose strategy does not look at it."""
    if type(strategy).validate is not Strategy.validate:
        return []
    return objectmeta.validate(metadata, namespaced=namespaced)


def _taken(server: "APIServer", request: Request, name: str) -> errors.AlreadyExists:
    resource = request.target
    error = errors.AlreadyExists(resource.plural, name, resource.group)
    found = server.store.get(resource, request.namespace, name)
    if found is not None and meta.is_deleting(found.object):
        error.message = f"object is being deleted: {error.message}"
        error.args = (error.message,)
    return error


def new_uid(rng: Any) -> str:
    """Return a random version 4 UUID."""
    bits = rng.getrandbits(128) & ~(0xF << 76 | 0x3 << 62) | 4 << 76 | 0x2 << 62  # as uuid.UUID(version=4), which is slow to import
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
