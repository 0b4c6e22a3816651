"""Follows names: what named a resource that has another name now gets the new one (kustomize's name references)."""

from collections.abc import Callable, Iterable

from minikube_py.kustomize import fieldspecs, ids, nodes
from minikube_py.kustomize.fieldspecs import FieldSpec
from minikube_py.kustomize.ids import Gvk
from minikube_py.kustomize.nodes import KustomizeError, Map, Node, Scalar
from minikube_py.kustomize.resources import ResMap, Resource


def update(resources: ResMap, references: dict[Gvk, list[FieldSpec]]) -> None:
    """Bring all references up to date."""
    by_name: dict[str, list[Resource]] = {}
    for resource in resources.list:
        for name in {name for _, name, _ in resource.previous}:
            by_name.setdefault(name, []).append(resource)
    if not by_name:
        return
    original = [resource.original_id.gvk for resource in resources.list]
    for referrer, gvk in zip(resources.list, original, strict=True):
        updater = _Updater(referrer, resources.list, by_name)
        for target, specs in references.items():
            for spec in specs:
                if gvk.selected_by(spec.gvk):
                    updater.update(target, spec)


class _Updater:
    """The references of one resource."""

    def __init__(self, referrer: Resource, resources: list[Resource], by_name: dict[str, list[Resource]]) -> None:
        self._resources = resources
        self._referrer = referrer
        self._by_name = by_name
        self._id = referrer.current_id
        self._namespaces = _subject_namespaces(referrer)
        self._target = Gvk()
        self._path = ""

    def update(self, target: Gvk, spec: FieldSpec) -> None:
        self._target, self._path = target, spec.path
        try:
            fieldspecs.visit(self._referrer.there, spec._replace(gvk=self._referrer.gvk, create=False), lambda node, _: self._node(node))
        except KustomizeError as error:
            raise KustomizeError(f"updating name reference in '{spec.path}' field of '{self._id}': {error}") from None

    def _node(self, node: Node) -> None:
        if nodes.is_null(node):
            return
        if isinstance(node, Scalar):
            self._scalar(node)
        elif isinstance(node, dict):
            self._map(node)
        else:
            for item in node:
                if isinstance(item, list):
                    raise KustomizeError(f"{nodes.printed(item)} is expected to be either a string or a map of string")
                self._node(item)

    def _scalar(self, node: Scalar) -> None:
        found = self._select(node.text, self._candidates(node.text), lambda resource: resource.name)
        if found is not None and found.name != node.text:
            node.take(Scalar(found.name))

    def _map(self, node: Map) -> None:
        if "name" not in node:
            raise KustomizeError("path config error; no 'name' field in node")
        old = nodes.text(node["name"])
        candidates = self._candidates(old)
        if "namespace" in node:
            namespace = nodes.text(node["namespace"])
            # Where anything came from that namespace, what moved there later does not count.
            original = any(_namespace(resource.original_id) == namespace for resource in self._visible())
            candidates = [resource for resource in candidates if _namespace(resource.original_id if original else resource.current_id) == namespace]
        found = self._select(old, candidates, lambda resource: (resource.name, resource.namespace))
        if found is None or (found.name == old and not found.namespace):
            return
        node["name"] = Scalar(found.name)
        if found.namespace:
            node["namespace"] = Scalar(found.namespace)

    def _candidates(self, name: str) -> list[Resource]:
        """Return what had the name and can be seen from the referrer."""
        found = self._by_name.get(name, [])
        if self._id.cluster:
            return found
        return [resource for resource in found if self._is_visible(resource)]

    def _visible(self) -> list[Resource]:
        return [resource for resource in self._resources if self._id.cluster or self._is_visible(resource)]

    def _is_visible(self, resource: Resource) -> bool:
        known = resource.current_id
        return known.cluster or known.same_namespace(self._id) or resource.namespace in self._namespaces

    def _select(self, name: str, candidates: Iterable[Resource], identity: Callable[[Resource], object]) -> Resource | None:
        found = [resource for resource in candidates if any(known.gvk.selected_by(self._target) for known in resource.previous_ids)]
        role = self._role() if self._path.endswith("roleRef/name") else None
        if role is not None:
            found = [resource for resource in found if any(known.gvk.selected_by(role) for known in resource.previous_ids)]
        if not self._id.cluster:
            found = [resource for resource in found if self._is_near(resource)]
        if len(found) == 1:
            return found[0]
        found = [resource for resource in found if self._has_affixes(resource, allow_none=True)]
        if len(found) > 1:
            found = [resource for resource in found if self._has_affixes(resource, allow_none=False)]
        if not found:
            return None
        if len({identity(resource) for resource in found}) == 1:
            return found[0]
        raise KustomizeError(self._ambiguous(found))

    def _is_near(self, resource: Resource) -> bool:
        known = resource.current_id
        return known.cluster or resource.kind == "ServiceAccount" or self._id.same_namespace(known)

    def _has_affixes(self, resource: Resource, *, allow_none: bool) -> bool:
        pairs = ((resource.prefixes, self._referrer.prefixes), (resource.suffixes, self._referrer.suffixes))
        return all((allow_none and not (own and other)) or _same_end(own, other) for own, other in pairs)

    def _role(self) -> Gvk | None:
        role = self._referrer.there.get("roleRef")
        if not isinstance(role, dict) or role.get("apiGroup") is None or role.get("kind") is None:
            return None
        return Gvk(nodes.text(role["apiGroup"]), "", nodes.text(role["kind"]))

    def _ambiguous(self, found: list[Resource]) -> str:
        lines = [f"found multiple possible referrals: {', '.join(str(resource.current_id) for resource in found)}", ""]
        lines += [f"**** Too many possible referral targets to referrer:\n{nodes.printed(self._referrer.annotated())}"]
        lines += [f"--- possible referral {index}:\n{nodes.printed(resource.annotated())}" for index, resource in enumerate(found)]
        return "\n".join([*lines, ""])


def _namespace(known: ids.ResId) -> str:
    return known.effective_namespace


def _same_end(left: list[str], right: list[str]) -> bool:
    short, long = sorted((left, right), key=len)
    if not short:
        return not long
    return long[len(long) - len(short) :] == short


def _subject_namespaces(resource: Resource) -> set[str]:
    """Return the namespaces of the service accounts that a RoleBinding is for."""
    subjects = resource.there.get("subjects")
    if resource.kind != "RoleBinding" or not isinstance(subjects, list):
        return set()
    found = set()
    for subject in subjects:
        if isinstance(subject, dict) and "namespace" in subject and nodes.text(subject.get("kind")) == "ServiceAccount":
            namespace = subject["namespace"]
            if not (isinstance(namespace, Scalar) and namespace.tag in ("str", "")):
                raise KustomizeError(f'Invalid Input: namespace is blank for resource "{resource.current_id}"\n')
            found.add(namespace.text)
    return found
