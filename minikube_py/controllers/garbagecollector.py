"""The garbage collector: what is owned goes with its owners (pkg/controller/garbagecollector).

It keeps no graph of all objects: the store's index of owners tells who depends on a uid, and a set of uids that were seen alive
spares a look at the owner of each new object.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client import api
from minikube_py.client.loops import Change, Loop, LoopContext
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
_NEEDED = frozenset({"list", "watch", "delete"})
_IGNORED = frozenset({("", "events"), ("events.k8s.io", "events")})  # as kube-controller-manager's DefaultIgnoredResources
_REMEMBERED = 200_000  # uids seen alive
Identity = tuple[str, str, str]  # kind, namespace, name
_OWNER, _ITEM = "owner/", "item/"


class GarbageCollector(Loop):
    """Keys are `owner/UID` of what is gone, and `item/RESOURCE/NAMESPACE/NAME` of what may have to go."""

    name = "generic-garbage-collector"
    user = "system:serviceaccount:kube-system:generic-garbage-collector"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._alive: dict[str, Identity] = {}
        self._blocked: dict[str, str] | None = None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return a handler for each resource that can be listed, watched and deleted."""
        return {item.qualified: self._handler(item.qualified) for item in self.client.resources() if item.key not in _IGNORED and set(item.verbs) >= _NEEDED}

    def _handler(self, resource: str) -> Callable[[Change], Iterable[str]]:
        def handler(change: Change) -> Iterable[str]:
            if change.type == "DELETED":
                return self._on_deleted(change)
            metadata = change.object["metadata"]
            self._see(change.object)
            if any(not self._is_alive(owner, metadata) for owner in metadata.get("ownerReferences") or ()) or _is_for_us(change.object):
                return (_item_key(resource, change.object),)
            return self._unblocked(change) if self._waiting() else ()

        return handler

    def _see(self, obj: Object) -> None:
        uid = obj["metadata"]["uid"]
        if uid not in self._alive:
            if len(self._alive) >= _REMEMBERED:
                self._alive.pop(next(iter(self._alive)))
            self._alive[uid] = (obj["kind"], meta.namespace(obj), meta.name(obj))

    def _is_alive(self, reference: Object, dependent: dict[str, Any]) -> bool:
        """Tell whether an owner was seen where the reference says that it is."""
        kind, space, name = self._alive.get(reference["uid"], ("", "", ""))
        return (kind, name) == (reference["kind"], reference["name"]) and space in ("", dependent.get("namespace"))

    def _on_deleted(self, change: Change) -> Iterable[str]:
        uid = meta.uid(change.object)
        self._alive.pop(uid, None)
        return [_OWNER + uid, *self._unblocked(change)]

    def _unblocked(self, change: Change) -> Iterable[str]:
        """Return the owners in foreground deletion that the object no longer holds up, or may no longer."""
        waiting = self._waiting()
        if not waiting:
            return ()
        owners = [owner["uid"] for obj in (change.object, change.old) if obj for owner in obj["metadata"].get("ownerReferences") or ()]
        return [waiting[uid] for uid in dict.fromkeys(owners) if uid in waiting]

    def _waiting(self) -> dict[str, str]:
        """Return the keys of owners in foreground deletion by uid; kept in the state, as another process may go on."""
        if self._blocked is None:
            self._blocked = dict(self.state.items())
        return self._blocked

    def _wait(self, uid: str, key: str) -> None:
        if uid not in self._waiting():
            self.state.put(uid, key)
            self._waiting()[uid] = key

    def _wait_no_more(self, uid: str) -> None:
        if self._waiting().pop(uid, None) is not None:
            self.state.delete(uid)

    def reconcile(self, key: str) -> float | None:
        """Look at all dependents of what is gone, or at one object."""
        if key.startswith(_OWNER):
            uid = key.removeprefix(_OWNER)
            self._wait_no_more(uid)
            for dependent in self.client.dependents(uid):
                self._attempt(dependent)
            return None
        resource, space, name = key.removeprefix(_ITEM).split("/", 2)
        item = self.client.find(resource, name, space)
        if item is not None:
            self._attempt(item)
        return None

    def _attempt(self, item: Object) -> None:
        """Delete an object if all its owners are gone; strip references to those that are, if only some are."""
        if _has(item, ORPHAN):
            self._orphan_dependents(item)
            return
        if _has(item, FOREGROUND):
            self._delete_dependents(item)
            return
        references = item["metadata"].get("ownerReferences") or []
        if meta.is_deleting(item) or not references:
            return
        solid, dangling, waiting = self._classify(item, references)
        if solid:
            if dangling or waiting:
                self._strip(item, [owner["uid"] for owner in (*dangling, *waiting)])
        elif waiting and self._dependents(meta.uid(item)):
            self._delete_blocked(item)
        else:
            self._delete(item, _policy(item))

    def _classify(self, item: Object, references: list[Object]) -> tuple[list[Object], list[Object], list[Object]]:
        """Return the references to owners that are there, that are not, and that wait for their dependents to go."""
        sorts: tuple[list[Object], list[Object], list[Object]] = ([], [], [])
        for reference in references:
            owner = self._owner(item, reference)
            if owner is None:
                sorts[1].append(reference)
            elif _has(owner, FOREGROUND):
                sorts[2].append(reference)
            else:
                sorts[0].append(reference)
        return sorts

    def _owner(self, item: Object, reference: Object) -> Object | None:
        """Return the owner, or None where it is gone. What cannot be told (a kind that is not served) counts as there."""
        resource = self.client.resource_for(reference["apiVersion"], reference["kind"])
        unknown: Object = {"metadata": {}}
        if resource is None:
            return unknown
        space = meta.namespace(item)
        if resource.namespaced and not space:
            return unknown  # cluster-scoped objects cannot have namespaced owners: kube-controller-manager leaves them alone
        owner = self.client.find(resource, reference["name"], space if resource.namespaced else "")
        if owner is None or meta.uid(owner) != reference["uid"]:
            self._warn_of_stranger(item, reference)
            return None
        self._see(owner)
        return owner

    def _warn_of_stranger(self, item: Object, reference: Object) -> None:
        """Tell why an object goes whose owner is alive in another namespace."""
        _, space, _ = self._alive.get(reference["uid"], ("", "", ""))
        if space and space != meta.namespace(item):
            whom = f"[{reference['apiVersion']}/{reference['kind']}, namespace: {meta.namespace(item)}, name: {reference['name']}, uid: {reference['uid']}]"
            text = f'ownerRef {whom} does not exist in namespace "{meta.namespace(item)}"'
            self.recorder.event(item, "Warning", "OwnerRefInvalidNamespace", text)

    def _dependents(self, uid: str) -> list[Object]:
        return self.client.dependents(uid)

    def _delete_blocked(self, item: Object) -> None:
        """Delete a dependent that has dependents itself, so that its owner waits for the whole tree."""
        for dependent in self._dependents(meta.uid(item)):
            if _has(dependent, FOREGROUND) and _blocks(dependent, meta.uid(item)):
                self._unblock(item)  # a cycle: nobody would ever be the first to go
                break
        self._delete(item, "Foreground")

    def _unblock(self, item: Object) -> None:
        references = [{**owner, "blockOwnerDeletion": False} for owner in item["metadata"]["ownerReferences"]]
        item["metadata"] = self._patch(item, {"ownerReferences": references})["metadata"]

    def _delete(self, item: Object, policy: str) -> None:
        resource = self.client.resource_for(item["apiVersion"], item["kind"])
        if resource is None:
            return
        version = item["metadata"].get("resourceVersion", "")
        try:
            self.client.delete(resource, meta.name(item), meta.namespace(item), propagation_policy=policy, uid=meta.uid(item), resource_version=version)
        except errors.NotFound:
            return

    def _strip(self, item: Object, uids: Iterable[str]) -> None:
        """Remove references to owners, and take nothing else."""
        gone = set(uids)
        kept = [owner for owner in item["metadata"]["ownerReferences"] if owner["uid"] not in gone]
        try:
            self._patch(item, {"ownerReferences": kept or None})
        except errors.NotFound:
            return

    def _patch(self, item: Object, metadata: dict[str, Any]) -> Object:
        """Patch metadata, if the object is still as it was seen."""
        resource = self.client.resource_for(item["apiVersion"], item["kind"])
        if resource is None:
            raise errors.UnknownPath()
        body = {"metadata": {"uid": meta.uid(item), "resourceVersion": item["metadata"].get("resourceVersion"), **metadata}}
        return self.client.patch(resource, meta.name(item), meta.namespace(item), body, patch_type=api.MERGE_PATCH)

    def _orphan_dependents(self, owner: Object) -> None:
        uid = meta.uid(owner)
        for dependent in self._dependents(uid):
            self._strip(dependent, [uid])
        self._remove_finalizer(owner, ORPHAN)

    def _delete_dependents(self, owner: Object) -> None:
        """Foreground deletion: dependents first; the owner once none is left that blocks it."""
        uid = meta.uid(owner)
        dependents = self._dependents(uid)
        blocking = [item for item in dependents if _blocks(item, uid)]
        if not blocking:
            self._wait_no_more(uid)
            self._remove_finalizer(owner, FOREGROUND)
            return
        resource = self.client.resource_for(owner["apiVersion"], owner["kind"])
        if resource is not None:
            self._wait(uid, _item_key(resource.qualified, owner))
        for item in dependents:
            if not _has(item, FOREGROUND):
                self._attempt(item)

    def _remove_finalizer(self, item: Object, finalizer: str) -> None:
        kept = [name for name in item["metadata"].get("finalizers") or () if name != finalizer]
        try:
            self._patch(item, {"finalizers": kept or None})
        except errors.NotFound:
            return


def _item_key(resource: str, obj: Object) -> str:
    return f"{_ITEM}{resource}/{meta.namespace(obj)}/{meta.name(obj)}"


def _is_for_us(obj: Object) -> bool:
    return _has(obj, ORPHAN) or _has(obj, FOREGROUND)


def _has(obj: Object, finalizer: str) -> bool:
    """Tell whether an object that is being deleted waits for us."""
    return meta.is_deleting(obj) and finalizer in (obj["metadata"].get("finalizers") or ())


def _blocks(item: Object, uid: str) -> bool:
    return any(owner["uid"] == uid and owner.get("blockOwnerDeletion") for owner in item["metadata"].get("ownerReferences") or ())


def _policy(item: Object) -> str:
    finalizers = item["metadata"].get("finalizers") or ()
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else "Background"
