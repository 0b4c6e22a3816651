"""Objects on top of keys and bytes: where they live, how they are spelled there, which indexes they have."""

import json
import marshal
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from minikube_py.storage.api import Backend, Compare, Delete, KeyValue, Put

# Resources that are stored as another one: both spellings show the same objects.
STORED_AS = {("events.k8s.io", "events"): ("", "events")}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Stored(NamedTuple):
    """One object as it was read, and the revision that it had."""

    object: Object
    revision: int


class Page(NamedTuple):
    """Part of a list: `next_key` is where to go on, or empty; `remaining` counts what is left."""

    objects: list[Object]
    revision: int
    next_key: str = ""
    remaining: int = 0


def prefix_of(resource: Resource, namespace: str = "") -> str:
    """Return the prefix under which the objects of a resource live: /registry/pods/default/."""
    group, plural = STORED_AS.get(resource.key, resource.key)
    if plural == "*":
        return "/registry/"
    root = f"/registry/{plural}/" if group in ("", "apps", "batch", "autoscaling", "policy") or group.endswith(".k8s.io") else f"/registry/{group}/{plural}/"
    return f"{root}{namespace}/" if namespace else root


def key_of(resource: Resource, namespace: str, name: str) -> str:
    """Return the key of one object."""
    return prefix_of(resource, namespace if resource.namespaced else "") + name


_REMEMBERED = 8192
LIMIT = 3 * 1024 * 1024  # bytes that a request, or an object, may have, as kube-apiserver's MaxRequestBodyBytes


class _Memory:
    """Objects as they were last written or read here, in marshal's form: reading that takes a quarter of JSON's time.

    They are found by key and bytes: a revision alone could be another one's, after a transaction was undone.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, bytes]] = {}

    def get(self, key: str, value: bytes) -> Object | None:
        """Return a fresh copy of the object that these bytes spell, or None."""
        known = self._known.get(key)
        return marshal.loads(known[1]) if known is not None and known[0] == value else None

    def put(self, key: str, value: bytes, obj: Object) -> None:
        """Remember an object; format 2 of marshal never shares what was equal."""
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = (value, marshal.dumps(obj, 2))


def decode(kv: KeyValue) -> Object:
    """Return the object of a row; its resourceVersion is the row's revision."""
    obj: Object = json.loads(kv.value.decode())
    obj["metadata"]["resourceVersion"] = str(kv.mod_revision)
    return obj


def encode(obj: Object) -> bytes:
    """Return an object's bytes in the store, without its resourceVersion; RequestEntityTooLarge beyond LIMIT."""
    metadata = dict(obj["metadata"])
    metadata.pop("resourceVersion", None)
    found = _encode({**obj, "metadata": metadata}).encode()
    if len(found) > LIMIT:
        raise too_large()
    return found


def too_large() -> errors.RequestEntityTooLarge:
    """Return the 413 of kube-apiserver (apimachinery NewRequestEntityTooLargeError)."""
    return errors.RequestEntityTooLarge(f"Request entity too large: limit is {LIMIT}")


class ObjectStore:
    """Reads and writes objects of all resources in one backend."""

    def __init__(self, backend: Backend, indexes: Callable[[Resource, Object], Iterable[tuple[str, str]]]) -> None:
        self.backend = backend
        self._indexes = indexes
        self._memory = _Memory()
        self.writes = 0  # how many revisions this process made
        self.written: dict[str, int] = {}  # ... of each resource
        self.undone = 0  # how often writes of this process were taken back: revisions may then come again

    def get(self, resource: Resource, namespace: str, name: str, revision: int = 0) -> Stored | None:
        """Return one object, or None."""
        kv = self.backend.get(key_of(resource, namespace, name), revision)
        return None if kv is None else Stored(self.decode(kv), kv.mod_revision)

    def decode(self, kv: KeyValue) -> Object:
        """Return the object of a row, from memory where it is known."""
        found = self._memory.get(kv.key, kv.value)
        if found is None:
            return decode(kv)
        found["metadata"]["resourceVersion"] = str(kv.mod_revision)
        return found

    def page(self, resource: Resource, namespace: str, *, start: str = "", revision: int = 0, limit: int = 0) -> Page:
        """Return up to `limit` objects in the order of their keys, consistent at one revision."""
        prefix = prefix_of(resource, namespace)
        found = self.backend.range(prefix, start=start, revision=revision, limit=limit)
        objects = [self.decode(kv) for kv in found.kvs]
        next_key = found.kvs[-1].key + "\0" if found.more and found.kvs else ""
        return Page(objects, found.revision, next_key, found.count - len(found.kvs))

    def by_index(self, resource: Resource, namespace: str, index: tuple[str, str]) -> Page:
        """Return the objects that carry an index entry."""
        revision = self.backend.revision()
        kvs = self.backend.by_index(*index, prefix=prefix_of(resource, namespace))
        return Page([self.decode(kv) for kv in kvs], revision)

    def create(self, resource: Resource, obj: Object) -> bool:
        """Write a new object and set its resourceVersion; False where the key is taken."""
        return self._write(resource, obj, 0)

    def update(self, resource: Resource, obj: Object, revision: int) -> bool:
        """Replace an object that still has `revision`; False where it has not."""
        return self._write(resource, obj, revision)

    def _write(self, resource: Resource, obj: Object, revision: int) -> bool:
        metadata = obj["metadata"]
        key = key_of(resource, metadata.get("namespace", ""), metadata["name"])
        entries: list[tuple[str, str]] = [("owner", owner["uid"]) for owner in metadata.get("ownerReferences") or ()]
        entries.extend(self._indexes(resource, obj))
        value = encode(obj)
        done = self.backend.txn((Compare(key, revision),), (Put(key, value, tuple(dict.fromkeys(entries))),))
        if done.succeeded:
            self._count(resource)
            metadata["resourceVersion"] = str(done.revision)
            self._memory.put(key, value, obj)
        return done.succeeded

    def _count(self, resource: Resource) -> None:
        self.writes += 1
        name = resource.qualified
        self.written[name] = self.written.get(name, 0) + 1

    def delete(self, resource: Resource, obj: Object, revision: int) -> bool:
        """Remove an object that still has `revision`; False where it has not."""
        metadata = obj["metadata"]
        key = key_of(resource, metadata.get("namespace", ""), metadata["name"])
        done = self.backend.txn((Compare(key, revision),), (Delete(key),))
        if done.succeeded:
            self._count(resource)
            metadata["resourceVersion"] = str(done.revision)
        return done.succeeded

    def version_of(self, resources: Iterable[str]) -> tuple[int, ...]:
        """Return what changes whenever one of these resources may have changed.

        Own writes count by resource, writes of other processes all together.
        """
        written = self.written
        return (self.undone, self.backend.revision() - self.writes, *[written.get(resource, 0) for resource in resources])

    def forget(self) -> None:
        """Note that a batch with writes of this process was undone: what was concluded from them is void."""
        self.undone += 1


def list_object(resource: Resource, items: list[Any], revision: int, *, next_token: str = "", remaining: int = 0) -> Object:
    """Return a List object."""
    metadata: dict[str, Any] = {"resourceVersion": str(revision)}
    if next_token:
        metadata["continue"] = next_token
        if remaining:
            metadata["remainingItemCount"] = remaining
    return {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": metadata, "items": items}
