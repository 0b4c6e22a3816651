"""Which resources there are. Built-in ones are data (schemas/resources.json); custom ones are added at run time."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
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

    caution: Callable[[str], None] | None = None  # is told where a word that a user typed could mean something else, too

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
        """Return what a user means by `po`, `deploy.apps`, `deployments.v1.apps` or `Pod`; None where nothing fits.

        As client-go's mappers: the case of short names counts and that of other words does not; a short name of a whole group forgets
        the version; the beginning of a group does.
        """
        word, *rest = text.split(".", 2)
        found = self._meant(word, rest[1], rest[0]) if len(rest) == 2 else None
        return found or self._meant(word, ".".join(rest), "") or self._of_kind(word, rest)

    def _meant(self, word: str, group: str, version: str) -> Resource | None:
        plural, group, version = self._expanded(word, group, version)
        plain = plural.lower()
        found = [
            resource for resource in self
            if plain and plain in (resource.plural, resource.singular or resource.kind.lower()) and resource.served and resource.group.startswith(group)
            and version in ("", resource.version) and not (group and version and resource.group != group)
        ]  # fmt: skip
        return self._first(found) or (self._list_kind(plain, group, version) if plain.rstrip("s").endswith("list") else None)

    def _expanded(self, word: str, group: str, version: str) -> tuple[str, str, str]:
        """Return plural, group and version of what a short name stands for; any other word as it is."""
        begun = None
        shorts: dict[tuple[str, str], Resource] = {}
        for resource in self:
            if not resource.served:
                continue
            if not group or resource.group == group:
                if word in (resource.plural, resource.singular):
                    return word, group, version
                if word in resource.short_names:
                    shorts.setdefault(resource.key, resource)
            elif begun is None and resource.group.startswith(group) and word in resource.short_names:
                begun = resource
        if shorts:
            meant, *others = shorts.values()
            for other in others:
                if self.caution is not None:
                    self.caution(f'short name "{word}" could also match lower priority resource {other.qualified}')
            return meant.plural, meant.group, ""
        return (begun.plural, begun.group, version) if begun is not None else (word, group, version)

    def _first(self, found: Sequence[Resource]) -> Resource | None:
        """Return the one of the first group, in the version that it prefers."""
        groups = list(self._versions)
        return min(found, key=lambda of: (of.group != "", groups.index(of.group), self._versions[of.group].index(of.version)), default=None)

    def _of_kind(self, kind: str, rest: Sequence[str]) -> Resource | None:
        """Return the resource of Kind.group or Kind.version.group, where it is not named after its kind."""
        wanted = [(".".join(rest), "")] if len(rest) < 2 else [(rest[1], rest[0]), (".".join(rest), "")]
        named = [of for of in self if of.served and kind in (of.kind, of.kind.lower())]
        for group, version in wanted:
            found = self._first([of for of in named if of.group == group and version in ("", of.version)])
            if found is not None:
                return found
        return None

    def _list_kind(self, word: str, group: str, version: str) -> Resource | None:
        """Return what client-go takes the kinds of lists for: resources, though no server has them."""
        wanted = word.removesuffix("s").removesuffix("list")
        of = self._first([of for of in self if of.served and wanted in ("", of.kind.lower()) and of.group.startswith(group) and version in ("", of.version)])
        if of is None:
            return None
        kind = f"{of.kind}List" if wanted else "List"
        return of._replace(plural=f"{kind.lower()}s", kind=kind, singular=kind.lower(), short_names=(), categories=(), verbs=(), subresources={})

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
