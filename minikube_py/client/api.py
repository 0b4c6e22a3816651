"""The REST client's calls. `resource` is `pods`, `deployments.apps`, or a scheme.Resource for one exact version.

Answers are plain dicts that the caller may change. Failures are errors.StatusError. A missing namespace means all
namespaces for list/watch, and none for cluster-scoped resources.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

Objects = list[Object]  # named here: inside Client, `list` is the method


class WatchEvent(NamedTuple):
    """One change: type ADDED, MODIFIED, DELETED, BOOKMARK or ERROR, and the object (or Status) after it."""

    type: str
    object: Object


class Client(Protocol):
    """Calls to one apiserver under one identity."""

    user: str

    def get(self, resource: str | Resource, name: str, namespace: str = "", *, subresource: str = "", **options: Any) -> Object:
        """Return one object; NotFound where there is none."""

    def find(self, resource: str | Resource, name: str, namespace: str = "") -> Object | None:
        """Return one object, or None."""

    def list(self, resource: str | Resource, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
             index: tuple[str, str] | None = None, **options: Any) -> Object:
        """Return a List object: {"kind": "PodList", "metadata": {"resourceVersion": ...}, "items": [...]}.

        `index` narrows through an index of the store, in-process only: ("owner", uid of an owner), ("node", node name, pods
        only), ("label", "key=value", pods only).
        """  # fmt: skip

    def items(self, resource: str | Resource, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
              index: tuple[str, str] | None = None, limit: int = 0) -> Objects:
        """Return the items of list(), each with apiVersion and kind; asked for in pages of `limit`, where that is not 0."""  # fmt: skip

    def resources(self) -> Sequence[Resource]:
        """Return every resource that is served, each in the preferred version of its group."""

    def resource_for(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource whose objects carry this apiVersion and kind."""

    def dependents(self, uid: str) -> Objects:
        """Return the objects of all kinds that name an owner of this uid; in-process only, for who may list everything."""

    def create(self, obj: Object, *, namespace: str = "", **options: Any) -> Object:
        """Create an object of the kind that it names; return it as stored."""

    def create_subresource(self, resource: str | Resource, name: str, namespace: str, subresource: str, body: Object, **options: Any) -> Object:
        """POST to a subresource: binding, eviction, token."""

    def update(self, obj: Object, *, subresource: str = "", **options: Any) -> Object:
        """Replace an object (compare-and-swap on its resourceVersion where it has one); Conflict where somebody was faster."""

    def update_status(self, obj: Object) -> Object:
        """Replace the status of an object."""

    def update_subresource(self, resource: str | Resource, name: str, namespace: str, subresource: str, body: Object, **options: Any) -> Object:
        """Replace what a subresource speaks of, where that is another kind: scale."""

    def patch(self, resource: str | Resource, name: str, namespace: str, patch: Any, *, patch_type: str = STRATEGIC_PATCH,
              subresource: str = "", **options: Any) -> Object:
        """Patch an object; options: field_manager, force, dry_run, field_validation."""  # fmt: skip

    def delete(self, resource: str | Resource, name: str, namespace: str = "", *, propagation_policy: str = "",
               grace_period_seconds: int | None = None, uid: str = "", resource_version: str = "", **options: Any) -> Object:
        """Delete an object; return it, or a Status."""  # fmt: skip

    def delete_collection(self, resource: str | Resource, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
                          **options: Any) -> Object:
        """Delete all objects that match."""  # fmt: skip

    def watch(self, resource: str | Resource, namespace: str = "", *, resource_version: str = "", label_selector: str = "",
              field_selector: str = "", timeout_seconds: float | None = None, **options: Any) -> Iterator[WatchEvent]:
        """Yield changes after `resource_version` until the timeout."""  # fmt: skip
