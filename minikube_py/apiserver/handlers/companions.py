"""Objects that are written with another one, and go with it: the IPAddresses of a service's cluster IPs, as kube-apiserver's allocator writes them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from minikube_py.kits.clock import rfc3339
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer


def together(server: "APIServer", resource: Resource, new: Object | None, old: Object | None, store: Callable[[], bool]) -> bool:
    """Store an object and what goes with it, both or neither; `new` is None where it is deleted, `old` where it is created."""
    strategy = server.strategy(resource)
    if strategy.companions is None:
        return store()
    after, before = ({} if obj is None else strategy.companions(obj) for obj in (new, old))
    if after.keys() == before.keys():
        return store()
    with server.store.backend.batch():
        if not store():
            return False
        for key in before.keys() - after.keys():
            _remove(server, *key)
        for key in sorted(after.keys() - before.keys()):
            _add(server, key[0], after[key])
    return True


def _add(server: "APIServer", resource: str, obj: Object) -> None:
    from minikube_py.apiserver.handlers import create

    metadata = {**obj["metadata"], "uid": create.new_uid(server.rng), "creationTimestamp": rfc3339(server.clock.now())}
    server.store.create(server.scheme.must(resource), {**obj, "metadata": metadata})


def _remove(server: "APIServer", resource: str, name: str) -> None:
    target = server.scheme.must(resource)
    found = server.store.get(target, "", name)
    if found is not None:
        server.store.delete(target, found.object, found.revision)
