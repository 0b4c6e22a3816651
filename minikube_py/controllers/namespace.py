"""Namespaces that end: their whole content goes, pods first, then the namespace's own finalizer (pkg/controller/namespace)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, LoopContext
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

FINALIZER = "kubernetes"
_NEEDED = ("list", "delete", "deletecollection")
_IGNORED = frozenset({("events.k8s.io", "events")})  # the same objects as the core group's
# In the order in which kube-controller-manager notes them: type, status and reason and message while all is well.
_WELL = (
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    ("NamespaceDeletionContentFailure", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
)
Problems = dict[str, tuple[str, str]]


class NamespaceController(Loop):
    """Keys are names of namespaces."""

    name = "namespace-controller"
    user = "system:serviceaccount:kube-system:namespace-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._resources = [item for item in self.client.resources() if item.namespaced and item.key not in _IGNORED and set(_NEEDED) <= set(item.verbs)]
        self._ending: set[str] | None = None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which namespace: its own end, and the end of each thing in it from then on."""
        handlers: dict[str, Callable[[Change], Iterable[str]]] = {item.qualified: self._content_changed for item in self._resources}
        return {**handlers, "namespaces": self._changed}

    @staticmethod
    def _changed(change: Change) -> Iterable[str]:
        namespace = change.object
        return (meta.name(namespace),) if change.type != "DELETED" and meta.is_deleting(namespace) else ()

    def _content_changed(self, change: Change) -> Iterable[str]:
        if change.type != "DELETED" or not self._known_ending():
            return ()
        space = meta.namespace(change.object)
        return (space,) if space in self._known_ending() else ()

    def _known_ending(self) -> set[str]:
        """Return the namespaces that wait for their content to go; kept in the state, as another process may go on."""
        if self._ending is None:
            self._ending = {name for name, _ in self.state.items()}
        return self._ending

    def _note(self, name: str, *, ending: bool) -> None:
        if ending == (name in self._known_ending()):
            return
        if ending:
            self.state.put(name, 1)
            self._known_ending().add(name)
        else:
            self.state.delete(name)
            self._known_ending().discard(name)

    def reconcile(self, key: str) -> float | None:
        """Delete what is left, and let the namespace go where nothing is."""
        namespace = self.client.find("namespaces", key)
        if namespace is None or not meta.is_deleting(namespace) or FINALIZER not in ((namespace.get("spec") or {}).get("finalizers") or ()):
            self._note(key, ending=False)
            return None
        self._note(key, ending=True)
        left, failures = self._delete_content(key)
        namespace = self._report(namespace, left, failures)
        if failures:
            raise failures[0]
        if not left:
            self._finalize(namespace)
            self._note(key, ending=False)
        return None

    def _delete_content(self, space: str) -> tuple[dict[str, list[Object]], list[errors.StatusError]]:
        """Delete everything; pods first, and all else only once they are gone. Return what is left, and what went wrong."""
        left: dict[str, list[Object]] = {}
        failures: list[errors.StatusError] = []
        pods = [item for item in self._resources if item.key == ("", "pods")]
        for group in (pods, [item for item in self._resources if item not in pods]):
            for resource in group:
                try:
                    remaining = self._delete_all(resource, space)
                except errors.StatusError as error:
                    failures.append(error)
                    continue
                if remaining:
                    left[f"{resource.plural}.{resource.group}"] = remaining
            if left or failures:
                break
        return left, failures

    def _delete_all(self, resource: Resource, space: str) -> list[Object]:
        """Delete the objects of one resource and return those that take their time."""
        present = self.client.items(resource, space)
        if all(meta.is_deleting(item) for item in present):
            return present
        self.client.delete_collection(resource, space, propagation_policy="Background")
        return self.client.items(resource, space)

    def _report(self, namespace: Object, left: Mapping[str, list[Object]], failures: list[errors.StatusError]) -> Object:
        problems = _remaining(left)
        if failures:
            text = f"Failed to delete all resource types, {len(failures)} remaining: {', '.join(str(error) for error in failures)}"
            problems["NamespaceDeletionContentFailure"] = ("ContentDeletionFailed", text)
        conditions = [self._condition(namespace, *row, problems.get(row[0])) for row in _WELL]
        if conditions == (namespace.get("status") or {}).get("conditions"):
            return namespace
        return self.client.update_status({**namespace, "status": {**(namespace.get("status") or {}), "phase": "Terminating", "conditions": conditions}})

    def _condition(self, namespace: Object, kind: str, reason: str, message: str, problem: tuple[str, str] | None) -> dict[str, Any]:
        status, former = "False", meta.condition(namespace, kind)
        if problem is not None:
            status, (reason, message) = "True", problem
        same = former is not None and (former["status"], former.get("reason"), former.get("message")) == (status, reason, message)
        since = former["lastTransitionTime"] if same and former is not None else rfc3339(self.clock.now())
        return {"type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message}

    def _finalize(self, namespace: Object) -> None:
        finalizers = [item for item in namespace["spec"]["finalizers"] if item != FINALIZER]
        self.client.update({**namespace, "spec": {**namespace["spec"], "finalizers": finalizers}}, subresource="finalize")


def _remaining(left: Mapping[str, list[Object]]) -> Problems:
    problems: Problems = {}
    if left:
        counts = sorted(f"{resource} has {len(items)} resource instances" for resource, items in left.items())
        problems["NamespaceContentRemaining"] = ("SomeResourcesRemain", f"Some resources are remaining: {', '.join(counts)}")
    finalizers: dict[str, int] = {}
    for items in left.values():
        for item in items:
            for name in item["metadata"].get("finalizers") or ():
                finalizers[name] = finalizers.get(name, 0) + 1
    if finalizers:
        counts = sorted(f"{name} in {count} resource instances" for name, count in finalizers.items())
        problems["NamespaceFinalizersRemaining"] = ("SomeFinalizersRemain", f"Some content in the namespace has finalizers remaining: {', '.join(counts)}")
    return problems
