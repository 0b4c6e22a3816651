"""What create, update, patch and apply have in common: decode, admit, validate, note the managers, store."""

from typing import TYPE_CHECKING

from minikube_py.apiserver.request import Request
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import decode, errors, schemas
from minikube_py.machinery.apply import managed
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from minikube_py.plugin.admission import Attributes

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

ATTEMPTS = 5  # as kube-apiserver's patch handler


def decoded(request: Request, obj: Object) -> Object:
    """Return the body with nothing in it that its kind does not know; refuse wrong types, and unknown fields where asked to."""
    resource = request.target
    schema = schemas.for_kind(obj.get("apiVersion", ""), obj.get("kind", ""))
    if schema is None:
        return obj
    found = decode.decode(obj, schema, duplicates=request.option("duplicates", ()))
    if found.error:
        raise _unreadable(resource, found.error)
    if found.findings:
        mode = request.option("fieldValidation", "Warn")
        if mode == "Strict":
            raise _unreadable(resource, "strict decoding error: " + ", ".join(found.findings))
        if mode == "Warn":
            request.warnings.extend(found.findings)
    return found.obj


def _unreadable(resource: Resource, cause: str) -> errors.BadRequest:
    return errors.BadRequest(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {cause}')


def attributes(request: Request, operation: str, new: Object | None, old: Object | None) -> Attributes:
    """Return what admission plugins are shown."""
    resource = request.target
    some = new if new is not None else old
    name = request.name or (some or {}).get("metadata", {}).get("name", "")
    return Attributes(operation, resource.group, resource.version, resource.plural, request.subresource, resource.kind, request.namespace, name,
                      new, old, request.user, bool(request.option("dryRun")), request.options)  # fmt: skip


def mutate(server: "APIServer", request: Request, obj: Object, old: Object | None) -> Attributes:
    """Let admission plugins change the object, and fill in the defaults of what they added."""
    shown = attributes(request, "CREATE" if old is None else "UPDATE", obj, old)
    plural = errors.qualified(shown.resource, shown.group)
    if server.policy.mutates(shown.operation, f"{plural}/{shown.subresource}" if shown.subresource else plural):
        server.policy.admit(shown)
        server.strategy(request.target).default(obj)
    return shown


def finish(server: "APIServer", request: Request, shown: Attributes) -> None:
    """Let admission plugins refuse the object as it is now."""
    server.policy.validate(shown)
    request.warnings.extend(shown.warnings)


def note_manager(server: "APIServer", request: Request, obj: Object, old: Object | None) -> None:
    """Bring managedFields up to date after anything but a server-side apply."""
    resource = request.target
    schema = schemas.for_kind(resource.api_version, resource.kind)
    managed.updated(obj, old, request.manager, subresource=request.subresource, api_version=resource.api_version, schema=schema,
                    now=rfc3339(server.clock.now()))  # fmt: skip


def invalid(resource: Resource, name: str, causes: list) -> errors.Invalid:  # type: ignore[type-arg]
    """Return the 422 of a kind."""
    return errors.Invalid(resource.kind, name, causes, resource.group)


def to_storage(server: "APIServer", resource: Resource, obj: Object) -> Object:
    """Return an object in the version that the store keeps."""
    stored = server.strategy(resource).storage_version()
    if stored is None:
        preferred = server.scheme.preferred(*resource.key)
        stored = (resource.group, preferred.version if preferred is not None else resource.version)
    if (resource.group, resource.version) == stored:
        return obj
    return server.strategy(resource).convert(obj, stored[1])
