"""Field specs: which field of which kinds a transformer changes, and the walk to it."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from minikube_py.kustomize import ids, nodes
from minikube_py.kustomize.ids import Gvk, ResId
from minikube_py.kustomize.nodes import KustomizeError, Map, Node, Scalar


class FieldSpec(NamedTuple):
    """A path (a/b[]/c) in objects of some kinds; `create` makes what is missing on the way."""

    gvk: Gvk
    path: str
    create: bool = False


def from_fields(fields: dict[str, Any]) -> FieldSpec:
    """Return the field spec of a configuration."""
    gvk = Gvk(fields.get("group", ""), fields.get("version", ""), fields.get("kind", ""))
    return FieldSpec(gvk, fields.get("path", ""), fields.get("create", False))


def merged(specs: Iterable[FieldSpec], more: Iterable[FieldSpec]) -> list[FieldSpec]:
    """Return both; a spec that another one covers is left out."""
    found = list(specs)
    for spec in more:
        same = next((known for known in found if known.gvk.selected_by(spec.gvk) and known.path == spec.path), None)
        if same is None:
            found.append(spec)
        elif same.create != spec.create:
            raise KustomizeError("conflicting fieldspecs")
    return found


def split(path: str, delimiter: str = "/") -> list[str]:
    """Return the parts of a path; a backslash keeps the delimiter behind it."""
    parts = path.split(delimiter)
    if len(parts) > 1 and parts[0] == "":
        parts = parts[1:]
    found = [parts[0]]
    for part in parts[1:]:
        if found[-1].endswith("\\"):
            found[-1] = found[-1][:-1] + delimiter + part
        else:
            found.append(part)
    return found


def visit(obj: Map, spec: FieldSpec, change: Callable[[Node, Callable[[Node], None]], None], new: Callable[[], Node] | None = None) -> None:
    """Call `change` with each node at a spec's path, and what puts another node in its place; `new` makes a missing one."""
    own = Gvk(*ids.parse_api_version(nodes.text(obj.get("apiVersion"))), nodes.text(obj.get("kind")))
    if not own.selected_by(spec.gvk):
        return
    walk = _Walk(change, new if spec.create else None)
    try:
        walk.node(obj, split(spec.path), lambda _: None)
    except KustomizeError as error:
        raise type(error)(f"considering field '{spec.path}' of object {_id(obj, own)}: {error}") from None


def _id(obj: Map, gvk: Gvk) -> ResId:
    metadata = obj.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return ResId(gvk, nodes.text(metadata.get("name")), nodes.text(metadata.get("namespace")))


class _Walk:
    def __init__(self, change: Callable[[Node, Callable[[Node], None]], None], new: Callable[[], Node] | None) -> None:
        self._change = change
        self._new = new

    def node(self, node: Node, path: list[str], put: Callable[[Node], None]) -> None:
        if not path:
            self._change(node, put)
        elif nodes.is_null(node):
            return
        elif isinstance(node, list):
            self._elements(node, path)
        elif isinstance(node, dict):
            self._field(node, path)
        else:
            raise KustomizeError("expected sequence or mapping node")

    def _elements(self, node: list[Node], path: list[str]) -> None:
        for index, item in enumerate(node):
            try:
                self.node(item, path, lambda new, index=index: node.__setitem__(index, new))  # type: ignore[misc]
            except KustomizeError as error:
                raise KustomizeError(f"visit traversal on path: [{' '.join(path)}]: {error}") from None

    def _field(self, node: Map, path: list[str]) -> None:
        name = path[0].removesuffix("[]")
        if not name:
            raise KustomizeError("cannot set or create an empty field name")
        is_list = name != path[0]
        found = node.get(name)
        if found is None:
            if self._new is None or is_list:
                return None
            found = node[name] = self._new() if len(path) == 1 else {}
        elif nodes.is_null(found):
            if is_list:
                node[name] = []
                return None
            if self._new is None:
                return self.node(found, path[1:], lambda new: node.__setitem__(name, new))
            found = node[name] = self._new() if len(path) == 1 else {}
        return self.node(found, path[1:], lambda new: node.__setitem__(name, new))


def scalar(node: Node) -> Scalar:
    """Return a node that must be a scalar."""
    if not isinstance(node, Scalar):
        raise nodes.wrong_kind("ScalarNode", node)
    return node
