"""patch: JSON patch, merge patch, strategic merge patch, and server-side apply."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import chain
from minikube_py.apiserver.handlers import create, read, update, write
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta, schemas
from minikube_py.machinery.apply import merge
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import jsonpatch, mergepatch, strategic
from minikube_py.plugin import auth

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_MEDIA_TYPES = ("application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml")


def handle(server: "APIServer", request: Request) -> Response:
    """Patch an object and return it."""
    if request.content_type == "application/apply-patch+yaml":
        return _apply(server, request)
    stored = update.update(server, request, lambda live: _patched(request, live))
    return Response(read.convert(server, request.target, stored), 200, tuple(request.warnings))


def _patched(request: Request, live: Object) -> Object:
    resource = request.target
    result = apply_patch(request, meta.clone(live))
    if not isinstance(result, dict) or not isinstance(result.get("metadata"), dict):
        raise errors.BadRequest("the patch leaves no object behind")
    if result["metadata"].get("name") != live["metadata"]["name"]:
        raise errors.BadRequest("the name of the object does not match the name on the URL")
    chain.must_match(resource, result)
    return write.decoded(request, result)


def apply_patch(request: Request, target: Object) -> Any:
    """Return `target` after the patch in the request's body."""
    kind, patch = request.content_type, request.body
    if kind == "application/json-patch+json":
        return jsonpatch.apply(target, patch)
    if kind == "application/merge-patch+json":
        return mergepatch.apply(target, patch)
    if kind == "application/strategic-merge-patch+json":
        schema = schemas.for_kind(target["apiVersion"], target["kind"])
        if schema is None:
            raise unsupported()
        return strategic.apply(target, patch, schema)
    raise unsupported()


def unsupported() -> errors.UnsupportedMediaType:
    """Return the 415 for a patch of an unknown type."""
    return errors.UnsupportedMediaType(f"the body of the request was in an unknown format - accepted media types include: {', '.join(_MEDIA_TYPES)}")


def _apply(server: "APIServer", request: Request) -> Response:
    resource, config = request.target, request.body
    manager = request.option("fieldManager")
    if not manager:
        raise errors.BadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")
    chain.must_match(resource, config)
    config = write.decoded(request, config)
    metadata = config.setdefault("metadata", {})
    if metadata.setdefault("name", request.name) != request.name:
        raise errors.BadRequest(f"the name of the object ({metadata['name']}) does not match the name on the URL ({request.name})")
    if resource.namespaced and metadata.setdefault("namespace", request.namespace) != request.namespace:
        raise errors.BadRequest("the namespace of the provided object does not match the namespace sent on the request")
    if metadata.get("managedFields"):
        raise errors.BadRequest("metadata.managedFields must be nil")
    if server.store.get(resource, request.namespace, request.name) is None and not request.subresource:
        return _apply_new(server, request, config)
    stored = update.update(server, request, lambda live: _merged(server, request, live, config), managed=True)
    return Response(read.convert(server, resource, stored), 200, tuple(request.warnings))


def _apply_new(server: "APIServer", request: Request, config: Object) -> Response:
    resource = request.target
    if config["metadata"].get("uid"):
        raise errors.Conflict(resource.plural, request.name, "uid mismatch: the provided object specified uid "
                              f"{config['metadata']['uid']}, and no existing object was found", resource.group)  # fmt: skip
    attributes = auth.Attributes(request.user, "create", resource.group, resource.version, resource.plural, namespace=request.namespace, name=request.name)
    decision = server.policy.authorize(attributes)
    if decision.verdict != auth.ALLOW:
        raise chain.forbidden(attributes, decision.reason)
    obj = _merged(server, request, None, config)
    return Response(read.convert(server, resource, create.create(server, request, obj, managed=True)), 201, tuple(request.warnings))


def _merged(server: "APIServer", request: Request, live: Object | None, config: Object) -> Object:
    resource = request.target
    schema = schemas.for_kind(resource.api_version, resource.kind)
    return merge.apply(live, config, str(request.option("fieldManager")), bool(request.option("force")), schema=schema,
                       api_version=resource.api_version, subresource=request.subresource, now=rfc3339(server.clock.now()))  # fmt: skip

