"""patch: JSON patch, merge patch, strategic merge patch, and server-side apply."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import chain, options
from minikube_py.apiserver.handlers import create, read, update, write
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import decode, errors, fielderrors, gotypes, meta, schemas
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import mergepatch, strategic, values

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

JSON, MERGE, STRATEGIC = "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"
_SHAPES: dict[str, tuple[type, str]] = {JSON: (list, "[]handlers.jsonPatchOp"), MERGE: (dict, "map[string]interface {}")}
_MEDIA_TYPES = (JSON, MERGE, STRATEGIC, options.APPLY)


def handle(server: "APIServer", request: Request) -> Response:
    """Patch an object and return it."""
    if request.content_type not in _MEDIA_TYPES:
        raise unsupported()
    options.check(request)
    if request.content_type == options.APPLY:
        return _apply(server, request)
    write.limit(request.body)
    stored = update.update(server, request, lambda live: _patched(request, live))
    return Response(read.convert(server, request.target, stored), 200, tuple(request.warnings))


def _check_shape(request: Request) -> None:
    """Refuse a patch of another JSON type, in the words of the strict decoding that comes first, unless that is not wanted."""
    wanted = _SHAPES.get(request.content_type)
    if wanted is None or request.body is None or request.option("fieldValidation") == "Ignore":
        return
    if not isinstance(request.body, wanted[0]):
        raise errors.BadRequest(f"error decoding patch: json: cannot unmarshal {gotypes.kind_of(request.body)} into Go value of type {wanted[1]}")
    for step in request.body if isinstance(request.body, list) else ():
        _check_step(step)


def _check_step(step: Any) -> None:
    """Refuse a step of a JSON patch whose fields are of other types."""
    if step is not None and not isinstance(step, dict):
        raise errors.BadRequest(f"error decoding patch: json: cannot unmarshal {gotypes.kind_of(step)} into Go value of type handlers.jsonPatchOp")
    for field, value in (step or {}).items():
        if field in ("op", "path", "from") and value is not None and not isinstance(value, str):
            kind = gotypes.kind_of(value)
            raise errors.BadRequest(f"error decoding patch: json: cannot unmarshal {kind} into Go struct field jsonPatchOp.{field} of type string")


def _patched(request: Request, live: Object) -> Object:
    _check_shape(request)
    result = apply_patch(request, meta.clone(live))
    if not isinstance(result, dict):
        raise _refusal(request, result, "the patch leaves no object behind")
    if request.content_type == STRATEGIC:  # it changes the object that it was read into, which is of one kind
        result |= {"apiVersion": request.target.api_version, "kind": request.target.kind}
    result.setdefault("metadata", {})
    _check_kind(request, result)
    result = write.decoded(request, result, refuse=lambda message: _refusal(request, result, message))
    write.fit_namespace(request, result["metadata"])
    write.check_name(request, result["metadata"])
    return result


def _check_kind(request: Request, result: Object) -> None:
    """Refuse what a patch has made where it is of another kind than the resource."""
    try:
        gotypes.check_type_meta(result)
    except ValueError as error:
        raise _refusal(request, result, f"couldn't get version/kind; json parse error: {error}") from error
    sent, kind = result.get("apiVersion") or request.target.api_version, result.get("kind") or request.target.kind
    problem = chain.another_kind(request.target, sent, kind)
    if problem:
        raise _refusal(request, result, problem)
    chain.must_match(request.target, result)


def _refusal(request: Request, result: Any, message: str) -> errors.Invalid:
    """Return the 422 for a patch whose result cannot be read; kube-apiserver shows the patch, or the whole result."""
    if request.content_type == STRATEGIC:
        return errors.Invalid("", "", [fielderrors.invalid("patch", values.text(request.body), gotypes.restore_error(message))])
    return errors.Invalid("", "", [fielderrors.invalid("patch", values.marshal(result), message)])


def apply_patch(request: Request, target: Object) -> Any:
    """Return `target` after the patch in the request's body."""
    kind, patch = request.content_type, request.body
    if kind == JSON:
        from minikube_py.machinery.patch import jsonpatch

        return jsonpatch.apply(target, patch)
    if kind == MERGE:
        return mergepatch.apply(target, patch)
    if kind == STRATEGIC:
        schema = schemas.for_kind(target["apiVersion"], target["kind"])
        if schema is not None and schema.name:
            return strategic.apply(target, patch, schema)
    raise unsupported()


def unsupported() -> errors.UnsupportedMediaType:
    """Return the 415 for a patch of an unknown type."""
    return errors.UnsupportedMediaType(f"the body of the request was in an unknown format - accepted media types include: {', '.join(_MEDIA_TYPES)}")


def _apply(server: "APIServer", request: Request) -> Response:
    config = write.received(request)
    resource = request.target
    if not request.subresource and server.store.get(resource, request.namespace, request.name) is None:
        return _apply_new(server, request, config)
    stored = update.update(server, request, lambda live: _merged(server, request, live, config), managed=True)
    return Response(read.convert(server, resource, stored), 200, tuple(request.warnings))


def _check_twins(request: Request) -> None:
    """Refuse, or warn of, fields that the text of the configuration has twice: all else is the schema's affair."""
    twins = [str(twin) for twin in request.options.get("duplicates") or ()]
    mode = request.option("fieldValidation", "Warn")
    if twins and mode == "Strict":
        raise errors.BadRequest(f"error strict decoding patch: {', '.join(twins)}")
    if twins and mode == "Warn":
        request.warnings.extend(twins)


def _apply_new(server: "APIServer", request: Request, config: Object) -> Response:
    resource = request.target
    obj = _merged(server, request, None, config)
    update.may_create(server, request)
    obj["metadata"].pop("resourceVersion", None)
    return Response(read.convert(server, resource, create.create(server, request, obj, managed=True)), 201, tuple(request.warnings))


def _merged(server: "APIServer", request: Request, live: Object | None, config: Object) -> Object:
    from minikube_py.machinery.apply import merge

    resource = request.target
    schema = schemas.for_kind(resource.api_version, resource.kind)
    result = merge.apply(live, config, str(request.option("fieldManager")), bool(request.option("force")), schema=schema, kind=resource.kind,
                         api_version=resource.api_version, subresource=request.subresource, now=rfc3339(server.clock.now()))  # fmt: skip
    if schema is not None:
        found = decode.decode(result, schema)
        if found.error:
            raise _unreadable(request, config, found.error)
        result = found.obj
    _check_twins(request)
    result = meta.clone(result)
    uid = result.setdefault("metadata", {}).get("uid")
    if live is None and uid:
        cause = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        raise errors.Conflict(resource.plural, request.name, cause, resource.group)
    write.fit_namespace(request, result["metadata"])
    write.check_name(request, result["metadata"])
    return result


def _unreadable(request: Request, config: Object, cause: str) -> errors.StatusError:
    from minikube_py.machinery.apply import merge

    text = f"failed to convert new object ({merge.named(config)}) to proper version: unable to convert "
    text += f"unstructured object to {merge.gvk(config)}: {gotypes.restore_error(cause)}"
    return errors.StatusError(text, code=500, reason="")
