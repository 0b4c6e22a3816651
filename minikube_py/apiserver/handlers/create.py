"""create: a new object."""

import uuid
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import chain
from minikube_py.apiserver.handlers import read, write
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # as apimachinery util/rand: no vowels, nothing that looks alike
_MAX_BASE = 58
_NAME_ATTEMPTS = 8  # as kube-apiserver since 1.30


def handle(server: "APIServer", request: Request) -> Response:
    """Store a new object and return it."""
    chain.must_match(request.target, request.body)
    obj = write.decoded(request, meta.clone(request.body))
    _settle_names(request, obj)
    return Response(read.convert(server, request.target, create(server, request, obj)), 201, tuple(request.warnings))


def _settle_names(request: Request, obj: Object) -> None:
    resource = request.target
    metadata = obj.setdefault("metadata", {})
    space = metadata.get("namespace", "")
    if not resource.namespaced:
        if space:
            metadata.pop("namespace")
    elif space and space != request.namespace:
        raise errors.BadRequest("the namespace of the provided object does not match the namespace sent on the request")
    else:
        metadata["namespace"] = request.namespace
    if request.name and metadata.setdefault("name", request.name) != request.name:
        raise errors.BadRequest(f"the name of the object ({metadata['name']}) does not match the name on the URL ({request.name})")


def create(server: "APIServer", request: Request, obj: Object, *, managed: bool = False) -> Object:
    """Default, admit, validate and store an object that is decoded; return it as stored. `managed`: managedFields are right already."""
    metadata = obj["metadata"]
    if metadata.get("name") or not metadata.get("generateName"):
        return _create(server, request, obj, managed)
    base = metadata["generateName"]
    for attempt in range(_NAME_ATTEMPTS):
        metadata["name"] = generated_name(base, server.rng)
        try:
            return _create(server, request, obj, managed)
        except errors.AlreadyExists:
            if attempt == _NAME_ATTEMPTS - 1:
                raise
    raise AssertionError("the loop returns or raises")


def generated_name(base: str, rng: Any) -> str:
    """Return a name made of `base` and five random characters (apiserver storage/names)."""
    return base[:_MAX_BASE] + "".join(rng.choice(_ALPHABET) for _ in range(5))


def _create(server: "APIServer", request: Request, obj: Object, managed: bool) -> Object:
    resource, strategy = request.target, server.strategy(request.target)
    metadata = obj["metadata"]
    strategy.default(obj)
    shown = write.mutate(server, request, obj, None)
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"):
        if field == "resourceVersion" and metadata.get(field):
            raise errors.BadRequest("resourceVersion should not be set on objects to be created")
        metadata.pop(field, None)
    metadata["uid"] = new_uid(server.rng)
    metadata["creationTimestamp"] = rfc3339(server.clock.now())
    context = server.context(request)
    strategy.prepare_create(obj, context)
    causes = strategy.validate(obj)
    if causes:
        raise write.invalid(resource, metadata.get("name", ""), causes)
    request.warnings.extend(strategy.warnings(obj, None))
    write.finish(server, request, shown)
    if not managed:
        write.note_manager(server, request, obj, None)
    stored = write.to_storage(server, resource, obj)
    if request.option("dryRun"):
        if server.store.get(resource, request.namespace, metadata["name"]) is not None:
            raise errors.AlreadyExists(resource.plural, metadata["name"], resource.group)
        return stored
    if not server.store.create(resource, stored):
        raise errors.AlreadyExists(resource.plural, metadata["name"], resource.group)
    return stored


def new_uid(rng: Any) -> str:
    """Return a random version 4 UUID."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
