"""Which resources there are. Built-in ones are data (schemas/resources.json); custom ones are added at run time."""

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from minikube_py.kits import datafiles
from minikube_py.machinery import meta


class Subresource(NamedTuple):
    """A path below an object, such as status, and the kind that it speaks."""

    name: str
    group: str
    version: str
    kind: str
    verbs: tuple[str, ...]


class Resource(NamedTuple):
    """One resource of one group version, as discovery tells of it."""

    group: str
    version: str
    plural: str
    kind: str
    singular: str
    namespaced: bool
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    verbs: tuple[str, ...]
    subresources: dict[str, Subresource]
    served: bool = True

    @property
    def api_version(self) -> str:
        """Return `apps/v1`, or `v1`."""
        return meta.api_version(self.group, self.version)

    @property
    def qualified(self) -> str:
        """Return `deployments.apps`, or `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def key(self) -> tuple[str, str]:
        """Return what identifies the resource over all its versions: (group, plural)."""
        return self.group, self.plural


class Scheme:
    """The resources that one cluster knows, looked up by path, by kind or by what a user types."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._resources: dict[tuple[str, str, str], Resource] = {}
        self._kinds: dict[tuple[str, str, str], Resource] = {}
        self._versions: dict[str, list[str]] = {}
        for resource in resources:
            self.add(resource)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    def add(self, resource: Resource) -> None:
        """Make a resource known; a later one of the same path replaces the former."""
        self._resources[resource.group, resource.version, resource.plural] = resource
        self._kinds[resource.group, resource.version, resource.kind] = resource
        versions = self._versions.setdefault(resource.group, [])
        if resource.version not in versions:
            versions.append(resource.version)

    def remove(self, resource: Resource) -> None:
        """Forget a resource."""
        self._resources.pop((resource.group, resource.version, resource.plural), None)
        self._kinds.pop((resource.group, resource.version, resource.kind), None)
        left = {known.version for known in self if known.group == resource.group}
        self._versions[resource.group] = [version for version in self._versions[resource.group] if version in left]

    def groups(self) -> list[str]:
        """Return the groups in kube-apiserver's order, core ("") first."""
        return [group for group, versions in self._versions.items() if versions]

    def versions(self, group: str) -> list[str]:
        """Return the served versions of a group, the preferred one first."""
        served = {resource.version for resource in self if resource.group == group and resource.served}
        return [version for version in self._versions.get(group, ()) if version in served]

    def get(self, group: str, version: str, plural: str) -> Resource | None:
        """Return the resource at a path, where it is served."""
        resource = self._resources.get((group, version, plural))
        return resource if resource is not None and resource.served else None

    def for_kind(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource whose objects carry this apiVersion and kind."""
        resource = self._kinds.get((*meta.split_api_version(api_version), kind))
        return resource if resource is not None and resource.served else None

    def preferred(self, group: str, plural: str) -> Resource | None:
        """Return a resource in the preferred version of its group."""
        for version in self._versions.get(group, ()):
            resource = self.get(group, version, plural)
            if resource is not None:
                return resource
        return None

    def must(self, qualified: str) -> Resource:
        """Return the preferred version of `deployments.apps` or `pods`; KeyError where there is none."""
        plural, _, group = qualified.partition(".")
        resource = self.preferred(group, plural)
        if resource is None:
            raise KeyError(qualified)
        return resource

    def find(self, text: str) -> Resource | None:
        """Return what a user means by `po`, `deploy.apps`, `deployments.v1.apps` or `Pod`; None where nothing fits."""
        word, _, rest = text.lower().partition(".")
        if rest:
            version, dot, group = rest.partition(".")
            exact = self._match(word, group, version) if dot else None
            return exact or self._match(word, rest, None)
        return self._match(word, None, None)

    def _match(self, word: str, group: str | None, version: str | None) -> Resource | None:
        if not word:  # what has no singular name is not what nothing means
            return None
        by_short_name = None
        for resource in self:
            if not resource.served or (group is not None and not self._in_group(resource, group)) or (version and resource.version != version):
                continue
            if word in (resource.plural, resource.singular, resource.kind.lower()):
                return resource
            if by_short_name is None and word in resource.short_names:
                by_short_name = resource
        return by_short_name

    @staticmethod
    def _in_group(resource: Resource, group: str) -> bool:
        return resource.group == group or (bool(group) and resource.group.startswith(group + "."))

    def in_category(self, category: str) -> list[Resource]:
        """Return the preferred resources of a category such as `all`."""
        found = [resource for resource in self if resource.served and category in resource.categories]
        return [resource for resource in found if self.preferred(*resource.key) == resource]


# All resources at once, which RBAC spells *.*: in-process only, and only for a list through an index of the store.
EVERYTHING = Resource("*", "*", "*", "", "", True, (), (), ("list",), {})

# The resource metrics API (k8s.io/metrics), of clusters that know what their containers use: worked out when asked for, never stored.
METRICS = (
    Resource("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", "", False, (), (), ("get", "list"), {}),
    Resource("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", "", True, (), (), ("get", "list"), {}),
)


@lru_cache(maxsize=1)
def _rows() -> tuple[Resource, ...]:
    return tuple(_resource(row) for row in json.loads(datafiles.read_text("schemas", "resources.json")))


def _resource(row: dict[str, Any]) -> Resource:
    group, version = row["group"], row["version"]
    subresources = {
        name: Subresource(name, sub.get("group", group), sub.get("version", version), sub["kind"], tuple(sub["verbs"]))
        for name, sub in row["subresources"].items()
    }
    return Resource(
        group, version, row["resource"], row["kind"], row["singular"], row["namespaced"], tuple(row["shortNames"]),
        tuple(row["categories"]), tuple(row["verbs"]), subresources, row.get("served", True),
    )  # fmt: skip


def builtin() -> Scheme:
    """Return a new scheme of every kind that kube-apiserver v1.33 serves by default."""
    return Scheme(_rows())
