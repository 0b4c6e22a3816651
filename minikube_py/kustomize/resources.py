"""A resource, and the ordered set of them that a build works on, with the names that they had before."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from minikube_py.kits import goregexps
from minikube_py.kustomize import ids, nodes
from minikube_py.kustomize.ids import Gvk, ResId
from minikube_py.kustomize.nodes import KustomizeError, Map, Scalar
from minikube_py.kustomize.schemas import Schemas

Origin = dict[str, Any]
_OPERATORS = "in, notin, =, ==, !=, gt, lt"  # as selectors of clusters tell of them
# What kustomize keeps in annotations while it builds, and nobody sees afterwards.
BUILD_ANNOTATIONS = (
    *(f"internal.config.kubernetes.io/{name}" for name in (
        "previousKinds", "previousNames", "prefixes", "suffixes", "previousNamespaces", "allowNameChange", "allowKindChange", "refBy",
        "generatorBehavior", "needsHashSuffix", "path", "index", "seqindent", "id", "annotations-migration-resource-id")),
    "config.kubernetes.io/path", "config.kubernetes.io/index", "config.k8s.io/id",
)  # fmt: skip


class Resource:
    """An object (None once a patch deleted it) with its history."""

    def __init__(self, obj: Map, schemas: Schemas) -> None:
        self.obj: Map | None = obj
        self.schemas = schemas
        self.previous: list[tuple[str, str, str]] = []  # (namespace, name, kind)
        self.prefixes: list[str] = []
        self.suffixes: list[str] = []
        self.behavior = ""
        self.needs_hash = False
        self.allows_name_change = False
        self.allows_kind_change = False
        self.variables: list[str] = []
        self.origin: Origin | None = None
        self.transformations: list[Origin] = []

    def copy(self) -> "Resource":
        """Return a deep copy."""
        other = Resource(nodes.clone(self.obj), self.schemas)
        for name in ("behavior", "needs_hash", "allows_name_change", "allows_kind_change", "origin"):
            setattr(other, name, getattr(self, name))
        for name in ("previous", "prefixes", "suffixes", "variables", "transformations"):
            setattr(other, name, list(getattr(self, name)))
        return other

    @property
    def there(self) -> Map:
        """Return the object of a resource that was not deleted."""
        return self.obj if self.obj is not None else {}

    def field(self, name: str) -> str:
        """Return apiVersion or kind."""
        return nodes.text(self.there.get(name))

    @property
    def kind(self) -> str:
        """Return the kind."""
        return self.field("kind")

    @property
    def metadata(self) -> Map:
        """Return metadata; an empty map where there is none."""
        found = self.there.get("metadata")
        return found if isinstance(found, dict) else {}

    @property
    def name(self) -> str:
        """Return metadata.name."""
        return _present(self.metadata.get("name"))

    @property
    def namespace(self) -> str:
        """Return metadata.namespace."""
        return _present(self.metadata.get("namespace"))

    @property
    def gvk(self) -> Gvk:
        """Return group, version and kind."""
        return Gvk(*ids.parse_api_version(self.field("apiVersion")), self.kind)

    def id_of(self, gvk: Gvk, name: str, namespace: str) -> ResId:
        """Return an id with what the schemas know of the kind."""
        return ResId(gvk, name, namespace, self.schemas.is_cluster_scoped(gvk.api_version, gvk.kind))

    @property
    def current_id(self) -> ResId:
        """Return the id that it has now."""
        return self.id_of(self.gvk, self.name, self.namespace)

    @property
    def previous_ids(self) -> list[ResId]:
        """Return the ids that it had, the first one first."""
        group, version, _ = self.gvk
        return [ResId(Gvk(group, version, kind), name, namespace) for namespace, name, kind in self.previous]

    @property
    def original_id(self) -> ResId:
        """Return the id that it came with."""
        return self.previous_ids[0] if self.previous else self.current_id

    def store_id(self) -> None:
        """Remember the present id before it changes."""
        now = self.current_id
        # kustomize keeps these in annotations that hold lists, to which nothing empty is added.
        self.previous.append((now.effective_namespace, now.name, now.gvk.kind))

    def forget(self) -> None:
        """Forget the history, as kustomize does when a patch replaces all annotations."""
        self.previous, self.prefixes, self.suffixes, self.transformations = [], [], [], []
        self.needs_hash = self.allows_name_change = self.allows_kind_change = False
        self.behavior, self.origin = "", None

    def set_text(self, *path: str, text: str) -> None:
        """Set a string field; maps on the way are made."""
        target = self.there
        for part in path[:-1]:
            inner = target.get(part)
            if not isinstance(inner, dict):
                inner = target[part] = {}
            target = inner
        target[path[-1]] = Scalar(text)

    def set_namespace(self, namespace: str) -> None:
        """Set or take away metadata.namespace."""
        if namespace:
            self.set_text("metadata", "namespace", text=namespace)
        else:
            self.metadata.pop("namespace", None)

    def pairs(self, field: str) -> dict[str, str]:
        """Return labels or annotations as text."""
        found = self.metadata.get(field)
        return {key: nodes.text(item) for key, item in found.items()} if isinstance(found, dict) else {}

    def set_pairs(self, field: str, pairs: dict[str, str]) -> None:
        """Set labels or annotations; an empty map takes the field away."""
        if not isinstance(self.there.get("metadata"), dict):
            self.there["metadata"] = {}
        self.metadata.pop(field, None)
        if pairs:
            self.metadata[field] = {nodes.key(name): Scalar(pairs[name]) for name in sorted(pairs)}

    @property
    def is_annotated(self) -> bool:
        """Tell whether kustomize keeps something that it knows of the object in annotations."""
        return bool(self._state())

    def _state(self) -> dict[str, str]:
        columns = list(zip(*self.previous, strict=True)) if self.previous else [(), (), ()]
        state = {
            "previousNamespaces": ",".join(columns[0]), "previousNames": ",".join(columns[1]), "previousKinds": ",".join(columns[2]),
            "prefixes": ",".join(self.prefixes), "suffixes": ",".join(self.suffixes), "needsHashSuffix": "enabled" if self.needs_hash else "",
            "allowNameChange": "enabled" if self.allows_name_change else "", "allowKindChange": "enabled" if self.allows_kind_change else "",
        }  # fmt: skip
        return {f"internal.config.kubernetes.io/{name}": text for name, text in state.items() if text}

    def annotated(self) -> Map:
        """Return the object with the annotations in which kustomize keeps what it knows of it, for messages."""
        copy, more = self.copy(), self._state()
        if more:
            copy.set_pairs("annotations", self.pairs("annotations") | more)
        return copy.there

    def matches(self, field: str, selector: str) -> bool:
        """Tell whether labels or annotations match a selector."""
        if not selector:
            return True
        from minikube_py.machinery import selectors

        try:
            return selectors.parse(selector).matches(self.pairs(field))
        except ValueError as error:
            raise KustomizeError(str(error).replace(_OPERATORS, "'=', '!=', '==', 'in', notin'")) from None  # the words of older libraries

    def take_metadata(self, other: "Resource") -> None:
        """Take over name, namespace, labels and annotations of a resource that this one replaces; its own labels win."""
        for field in ("labels", "annotations"):
            self.set_pairs(field, other.pairs(field) | self.pairs(field))
        self.set_text("metadata", "name", text=other.name)
        self.set_namespace(other.namespace)
        for name in ("previous", "prefixes", "suffixes", "variables"):
            setattr(self, name, list(getattr(other, name)))
        self.needs_hash = self.needs_hash and other.needs_hash
        self.behavior = other.behavior
        self.allows_name_change, self.allows_kind_change = other.allows_name_change, other.allows_kind_change

    def merge_data(self, other: "Resource") -> None:
        """Add the data of another ConfigMap or Secret that this one does not have."""
        for field in ("data", "binaryData"):
            both: dict[str, str] = {}
            for holder in (other, self):
                found = holder.there.get(field)
                both |= {key: nodes.text(item) for key, item in found.items()} if isinstance(found, dict) else {}
            self.there.pop(field, None)
            if both:
                self.there[field] = {nodes.key(name): Scalar(both[name]) for name in sorted(both)}


def _present(found: Any) -> str:
    return "" if nodes.is_empty(found) else nodes.text(found)


class Selector:
    """Which resources a patch is for: regular expressions for what names them, and label selectors."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self._patterns = {name: _compiled(spec[name]) for name in ("group", "version", "kind", "name", "namespace") if spec.get(name)}

    def _fits(self, name: str, *texts: str) -> bool:
        pattern = self._patterns.get(name)
        return pattern is None or any(pattern.search(text) for text in texts)

    def matches(self, resource: Resource) -> bool:
        """Tell whether a resource is meant."""
        now, first, gvk = resource.current_id, resource.original_id, resource.gvk
        if not self._fits("namespace", first.effective_namespace, now.effective_namespace) or not self._fits("name", first.name, now.name):
            return False
        if not (self._fits("group", gvk.group) and self._fits("version", gvk.version) and self._fits("kind", gvk.kind)):
            return False
        labels, annotations = self._spec.get("labelSelector", ""), self._spec.get("annotationSelector", "")
        return resource.matches("labels", labels) and resource.matches("annotations", annotations)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return goregexps.compiled(f"^(?:{pattern})$")
    except goregexps.RegexpError as error:
        raise KustomizeError(str(error)) from None


class ResMap:
    """Resources in their order; no two have one id."""

    def __init__(self, found: Iterable[Resource] = ()) -> None:
        self.list: list[Resource] = []
        self.extend(found)

    def append(self, resource: Resource) -> None:
        """Add one; KustomizeError where its id is taken."""
        self.extend([resource])

    def extend(self, found: Iterable[Resource]) -> None:
        """Add many; KustomizeError where an id is taken."""
        taken = {resource.current_id.key for resource in self.list}
        for resource in found:
            now = resource.current_id
            if now.key in taken:
                raise KustomizeError(f"may not add resource with an already registered id: {now}")
            taken.add(now.key)
            self.list.append(resource)

    def append_all(self, other: "ResMap") -> None:
        """Add all of another map."""
        self.extend(other.list)

    def by_current_id(self, wanted: ResId) -> list[Resource]:
        """Return those whose present id is the one."""
        return [resource for resource in self.list if wanted.same(resource.current_id)]

    def by_any_id(self, matches: Callable[[ResId], bool]) -> list[Resource]:
        """Return those that have or had an id that matches."""
        return [resource for resource in self.list if any(map(matches, (*resource.previous_ids, resource.current_id)))]

    def target(self, wanted: ResId) -> Resource:
        """Return the one resource that a patch without a target is for."""
        found = self.by_any_id(wanted.same)
        if len(found) != 1:
            problem = "multiple" if found else "no"
            raise KustomizeError(f"{problem} matches for Id {wanted}; failed to find unique target for patch {wanted}")
        return found[0]

    def select(self, spec: dict[str, Any]) -> list[Resource]:
        """Return those that a target selector means."""
        selector = Selector(spec)
        return [resource for resource in self.list if selector.matches(resource)]

    def drop_empty(self) -> None:
        """Forget what a patch deleted."""
        self.list = [resource for resource in self.list if resource.obj]

    def absorb(self, resource: Resource) -> None:
        """Add a generated resource, or merge or replace with it, as its behavior says."""
        now = resource.current_id
        found = self.by_any_id(now.same)
        if not found:
            if resource.behavior in ("merge", "replace"):
                raise KustomizeError(f"id {ids.go_syntax(now)} does not exist; cannot merge or replace")
            self.append(resource)
            return
        if len(found) > 1:
            raise KustomizeError(f"found multiple objects {shown(found)} that could accept merge of {now}")
        if resource.behavior not in ("merge", "replace"):
            raise KustomizeError(f"id {ids.go_syntax(now)} exists; behavior must be merge or replace")
        old, merges = found[0], resource.behavior == "merge"
        resource.take_metadata(old)
        if merges:
            resource.merge_data(old)
            resource.origin = old.origin or resource.origin
        self.list[self.list.index(old)] = resource


def shown(found: list[Resource]) -> str:
    """Return resources as kustomize's messages show them: JSON, its own annotations included."""
    from minikube_py.kits import jsonio

    return "[" + " ".join(jsonio.go_json(nodes.value(resource.annotated())) for resource in found) + "]"
