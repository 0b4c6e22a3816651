"""update: replace an object, guarded by its resourceVersion where it has one."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from minikube_py.apiserver import chain, options
from minikube_py.apiserver.handlers import companions, create, read, write
from minikube_py.apiserver.objectstore import Stored, key_of
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors, fielderrors, meta
from minikube_py.machinery.apply import zeros
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import values
from minikube_py.plugin import auth
from minikube_py.plugin.admission import Attributes
from minikube_py.registry import objectmeta
from minikube_py.registry.strategy import Strategy

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

Change = Callable[[Object], Object]  # from the live object to what it is to become; the live one stays as it is
# Subresources through which parts of the spec come in, with nothing filled in yet.
_WITH_SPEC = frozenset({"", "ephemeralcontainers", "resize"})


def handle(server: "APIServer", request: Request) -> Response:
    """Replace an object and return it."""
    resource = request.target
    options.check(request)
    body = write.received(request)
    chain.must_match(resource, body)
    body = write.decoded(request, body)
    metadata = body.setdefault("metadata", {})
    write.fit_namespace(request, metadata)
    write.check_name(request, metadata)
    creates = not request.subresource and server.strategy(resource).allow_create_on_update
    if creates and server.store.get(resource, request.namespace, request.name) is None:
        return _create(server, request, body)
    stored = update(server, request, lambda live: meta.clone(body))
    return Response(read.convert(server, resource, stored), 200, tuple(request.warnings))


def _create(server: "APIServer", request: Request, body: Object) -> Response:
    must_be_new(request, body["metadata"])
    may_create(server, request)
    body["metadata"].pop("resourceVersion", None)
    return Response(read.convert(server, request.target, create.create(server, request, body)), 201, tuple(request.warnings))


def may_create(server: "APIServer", request: Request) -> None:
    """Refuse an update or apply that would create, where the user may not."""
    resource = request.target
    chain.require(server, auth.Attributes(request.user, "create", resource.group, resource.version, resource.plural, request.subresource,
                                          request.namespace, request.name))  # fmt: skip


def must_be_new(request: Request, metadata: Object) -> None:
    """Refuse a uid where there is no object."""
    if metadata.get("uid"):
        raise wrong_uid(request, str(metadata["uid"]), "")


def wrong_uid(request: Request, sent: str, found: str) -> errors.Conflict:
    """Return the 409 for an object that is not the one that was meant (storage.StorageError)."""
    resource = request.target
    key = key_of(resource, request.namespace, request.name)
    cause = (f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
             f"UID in precondition: {sent}, UID in object meta: {found}")  # fmt: skip
    return errors.Conflict(resource.plural, request.name, cause, resource.group)


def update(server: "APIServer", request: Request, change: Change, *, managed: bool = False, via: str = "", admission: bool = True) -> Object:
    """Take a live object through `change` and all checks into the store; try again where others write in between.

    Where the changed object carries a resourceVersion, it must be the live one's: else Conflict, at once. `managed`: `change` sets
    managedFields; `via`: the subresource under which they are noted, where it is not the request's own. `admission`: ask its plugins.
    """
    resource, warned = request.target, len(request.warnings)
    for attempt in range(write.ATTEMPTS):
        # The last attempt keeps others from writing in between.
        with server.store.backend.batch() if attempt == write.ATTEMPTS - 1 else nullcontext():
            found = server.store.get(resource, request.namespace, request.name)
            if found is None:
                raise errors.NotFound(resource.plural, request.name, resource.group)
            live = read.convert(server, resource, found.object)
            obj = change(live)
            done, shown = _attempt(server, request, live, obj, managed, via or request.subresource, admission)
            if done is live:
                return live
            stored = write.to_storage(server, resource, done)
            if write.charged(server, shown, partial(_write, server, request, found, live, stored)):
                return stored
        del request.warnings[warned:]
    raise errors.Conflict(resource.plural, request.name, group=resource.group)


def _attempt(server: "APIServer", request: Request, live: Object, obj: Object, managed: bool, via: str,
             admission: bool) -> tuple[Object, Attributes | None]:  # fmt: skip
    """Return the object that is to be stored, the live one itself where nothing changed, and what admission was shown."""
    resource, strategy, old = request.target, server.strategy(request.target), live["metadata"]
    _check_preconditions(request, strategy, old, obj["metadata"])
    # The preconditions hold, so that an update without resourceVersion is one of the live object from here on.
    obj["metadata"]["resourceVersion"] = old["resourceVersion"]
    write.drop_empty(obj["metadata"])
    write.dedup_owners(request, obj)
    if request.subresource in _WITH_SPEC:
        strategy.default(obj)
    if request.subresource in _WITH_SPEC or request.subresource == "status":
        zeros.fill(obj)
    if not managed:
        write.note_manager(server, request, obj, live, via)
    shown = write.mutate(server, request, obj, live) if admission else None
    _prepare(server, request, obj, live)
    causes = _causes(request, strategy, obj, live)
    if causes:
        raise write.invalid(resource, request.name, causes)
    if resource.group == create.RBAC:
        from minikube_py.apiserver import escalation

        escalation.check(server, request, obj, live)
    if resource.group == "certificates.k8s.io":
        from minikube_py.apiserver import signers

        signers.check(server, request, obj, live)
    warnings = [] if request.subresource else strategy.warnings(obj, live)
    if warnings:
        request.warnings.extend(warnings)
    if shown is not None:
        write.finish(server, request, shown)
    obj["metadata"]["resourceVersion"] = old["resourceVersion"]
    return live if same(obj, live) and not _is_finished(live, obj) else obj, shown


def _causes(request: Request, strategy: Strategy, obj: Object, live: Object) -> list[fielderrors.FieldError]:
    found, uid = _refusals(request, strategy, obj, live), obj["metadata"]["uid"]
    if uid != live["metadata"]["uid"] and all(cause.field != "metadata.uid" for cause in found):
        return [fielderrors.invalid("metadata.uid", uid, objectmeta.IMMUTABLE), *found]
    return found


def _refusals(request: Request, strategy: Strategy, obj: Object, live: Object) -> list[fielderrors.FieldError]:
    if request.subresource:
        return strategy.validate_subresource(request.subresource, obj, live)
    if type(strategy).validate_update is Strategy.validate_update:  # a kind whose strategy does not look at metadata
        return objectmeta.update(obj, live)
    return strategy.validate_update(obj, live)


def _prepare(server: "APIServer", request: Request, obj: Object, live: Object) -> None:
    """Let the strategy keep what may not change, then keep what no update may change (rest.BeforeUpdate)."""
    strategy, context, old = server.strategy(request.target), server.context(request), live["metadata"]
    uid = obj["metadata"].get("uid") or old["uid"]
    _keep(obj["metadata"], old, "generation")
    noted = obj["metadata"].get("managedFields")
    if request.subresource:
        strategy.prepare_subresource(request.subresource, obj, live, context)
        if noted is not None:
            obj["metadata"]["managedFields"] = noted
    else:
        strategy.prepare_update(obj, live, context)
    metadata = obj["metadata"] = {**obj["metadata"], "uid": uid}
    metadata["creationTimestamp"] = old["creationTimestamp"]
    if "deletionTimestamp" in old:
        metadata["deletionTimestamp"] = old["deletionTimestamp"]
        if metadata.get("deletionGracePeriodSeconds") is None:
            _keep(metadata, old, "deletionGracePeriodSeconds")


def _write(server: "APIServer", request: Request, found: Stored, live: Object, obj: Object) -> bool:
    resource, ends = request.target, _is_finished(live, obj)
    if request.option("dryRun"):
        write.limit(obj)
        return True
    if not ends:
        return companions.together(server, resource, obj, found.object, lambda: server.store.update(resource, obj, found.revision))
    if not companions.together(server, resource, None, obj, lambda: server.store.delete(resource, obj, found.revision)):
        return False
    server.strategy(resource).after_delete(obj, server.context(request))
    return True


def _check_preconditions(request: Request, strategy: Strategy, old: Object, metadata: Object) -> None:
    sent, uid, resource = metadata.get("resourceVersion"), metadata.get("uid"), request.target
    if uid and uid != old["uid"] and request.verb != "patch":  # in what a patch has made it is a field that may not change
        raise wrong_uid(request, uid, old["uid"])
    if sent == old["resourceVersion"]:
        return
    if not sent or sent == "0":
        if strategy.allow_unconditional_update:
            return
        # kube-apiserver names the resource here, not the kind.
        missing = fielderrors.invalid("metadata.resourceVersion", fielderrors.GoText("0x0"), "must be specified for an update")
        raise errors.Invalid(resource.plural, request.name, [missing], resource.group)
    if not (sent.isascii() and sent.isdecimal()):
        raise errors.StatusError(f'strconv.ParseUint: parsing "{sent}": invalid syntax', code=500, reason="")
    raise errors.Conflict(resource.plural, request.name, group=resource.group)


def _keep(metadata: Object, live: Object, field: str) -> None:
    """Let a field stand as it is."""
    if field in live:
        metadata[field] = live[field]
    else:
        metadata.pop(field, None)


def _is_finished(live: Object, obj: Object) -> bool:
    """Tell whether an object whose deletion was asked for goes with this update: no finalizer left, and no grace."""
    metadata = live["metadata"]
    if not metadata.get("deletionTimestamp") or metadata.get("deletionGracePeriodSeconds") or obj["metadata"].get("finalizers"):
        return False
    return not (obj["kind"] == "Namespace" and obj["apiVersion"] == "v1" and obj.get("spec", {}).get("finalizers"))


def same(obj: Object, live: Object) -> bool:
    """Tell whether nothing but the times in managedFields differs: then nothing is written, and the revision stays."""
    entries, former = obj["metadata"].get("managedFields"), live["metadata"].get("managedFields")
    if obj.keys() != live.keys() or any(value != live[field] for field, value in obj.items() if field != "metadata"):
        return False
    if {**obj["metadata"], "managedFields": None} != {**live["metadata"], "managedFields": None}:
        return False
    if entries != former and [{**entry, "time": None} for entry in entries or ()] != [{**entry, "time": None} for entry in former or ()]:
        return False
    # In Python 1 is True; such a change is rare, and one all the same.
    return all(values.same(value, live[field]) for field, value in obj.items() if field != "metadata")
