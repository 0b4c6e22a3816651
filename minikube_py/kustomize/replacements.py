"""Replacements: a value of one resource copied into fields of others."""

import re
from typing import Any

from minikube_py.kits import goregexps
from minikube_py.kustomize import fieldspecs, gotyped, nodes
from minikube_py.kustomize.ids import Gvk, ResId
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError, Node, Scalar
from minikube_py.kustomize.resources import ResMap, Resource
from minikube_py.kustomize.schemas import Schemas

_NAME = "metadata.name"
Place = tuple[Any, Any]  # a map or list, and the key in it


def split(path: str) -> list[str]:
    """Return the parts of a.b.[c=d.e].f; dots within brackets do not count."""
    parts, found, index = fieldspecs.split(path, "."), [], 0
    while index < len(parts):
        part = parts[index]
        if part.startswith("[") and not part.endswith("]"):
            while index < len(parts) - 1:
                index += 1
                part += "." + parts[index]
                if parts[index].endswith("]"):
                    break
            if "=" not in part:
                part = part.strip("[]")
        found.append(part)
        index += 1
    return found


def lookup(node: Node, parts: list[str]) -> Node | None:
    """Return the node at a path; None where there is none."""
    found: Node | None = node
    for part in (part.strip() for part in parts if part.strip()):
        found = _step(found, part)
        if found is None:
            return None
    return found


def _step(node: Node, part: str) -> Node | None:
    if nodes.is_null(node):
        return None
    if re.fullmatch(r"[-+]?[0-9]+", part) or part == "-":
        if not isinstance(node, list):
            raise nodes.wrong_kind("SequenceNode", node)
        index = -1 if part == "-" else int(part)
        if index < 0 and part != "-":
            raise KustomizeError(f"array index {index} cannot be negative")
        return node[index] if -len(node) <= index < len(node) else None
    if part == "*":
        raise KustomizeError("wildcard is not supported in PathGetter")
    if _is_condition(part):
        field, value = _condition(part)
        if not isinstance(node, list):
            raise nodes.wrong_kind("SequenceNode", node)
        if not field:
            return next((item for item in node if nodes.text(item) == value), None)
        return next((item for item in node if isinstance(item, dict) and field in item and nodes.text(item[field]) == value), None)
    if not isinstance(node, dict):
        raise nodes.wrong_kind("MappingNode", node)
    return node.get(part)


def _is_condition(part: str) -> bool:
    return part.startswith("[") and part.endswith("]")


def _condition(part: str) -> tuple[str, str]:
    field, equals, value = part.removesuffix("]").removeprefix("[").partition("=")
    if not equals:
        raise KustomizeError("list path element must contain fieldName=fieldValue for element to match")
    return field, value


class _Finder:
    """Finds all places that a target's path means; `create` is what to make at its end where it is missing, or None."""

    def __init__(self, create: Node | None) -> None:
        self._create = create

    def find(self, place: Place, parts: list[str]) -> list[Place]:
        """Return the places below one place."""
        if not parts:
            return [place]
        node, part, rest = place[0][place[1]], parts[0], parts[1:]
        if part.isascii() and part.isdigit():
            return self._index(node, int(part), rest)
        if _is_condition(part):
            return self._matching(node, part, rest)
        if part == "*":
            return [found for index in range(len(_list(node))) for found in self.find((node, index), rest)]
        if nodes.is_null(node):
            if self._create is None:
                return []
            node = place[0][place[1]] = {}
        if not isinstance(node, dict):
            raise nodes.wrong_kind("MappingNode", node)
        if part not in node:
            if self._create is None:
                return []
            node[part] = self._made(rest)
        return self.find((node, part), rest)

    def _made(self, rest: list[str]) -> Node:
        if not rest:
            return nodes.clone(self._create) if not isinstance(self._create, Scalar) else Scalar("", "")
        return [] if rest[0].isdigit() or _is_condition(rest[0]) else {}

    def _index(self, node: Node, index: int, rest: list[str]) -> list[Place]:
        elements = _list(node)
        if len(elements) == index and self._create is not None:
            elements.append(self._made(rest))
        if len(elements) <= index:
            raise KustomizeError(f"index {index} specified but only {len(elements)} elements found")
        return self.find((elements, index), rest)

    def _matching(self, node: Node, part: str, rest: list[str]) -> list[Place]:
        field, value = _condition(part)
        elements = _list(node)
        found = self._matches(elements, field, value, rest)
        if found or self._create is None:
            return found
        elements.append({field: Scalar(value, "")} if field else Scalar(value, ""))
        return self._matches(elements, field, value, rest)

    def _matches(self, elements: list[Node], field: str, value: str, rest: list[str]) -> list[Place]:
        try:
            pattern = goregexps.compiled(value)
        except goregexps.RegexpError as error:
            raise KustomizeError(str(error)) from None
        found: list[Place] = []
        for index, item in enumerate(elements):
            own = item if not field else item.get(field) if isinstance(item, dict) else None
            if own is not None and pattern.search(nodes.text(own)):
                found += self.find((elements, index), rest if field else [])
        return found


def _list(node: Node) -> list[Node]:
    if nodes.is_null(node):
        return []
    if not isinstance(node, list):
        raise nodes.wrong_kind("SequenceNode", node)
    return node


class ReplacementTransformer:
    """All of `replacements`."""

    def __init__(self, fields: dict[str, Any], loader: Loader, _: Schemas) -> None:
        self._replacements: list[dict[str, Any]] = []
        for entry in fields.get("replacements", ()):
            if not entry.get("path"):
                self._replacements.append(entry)
                continue
            if entry.get("source") is not None or entry.get("targets"):
                raise KustomizeError("cannot specify both path and inline replacement")
            self._replacements += _from_file(loader.load(entry["path"]))

    def transform(self, resources: ResMap) -> None:
        """Copy each value to its targets."""
        for entry in self._replacements:
            source, targets = entry.get("source"), entry.get("targets")
            if source is None or not targets:
                raise KustomizeError("replacements must specify a source and at least one target")
            value = _value(resources, source)
            for target in targets:
                _replace(resources, value, target)
        resources.drop_empty()


def _from_file(content: bytes) -> list[dict[str, Any]]:
    from minikube_py.kits import yaml

    try:
        found = yaml.load(content)
    except yaml.YAMLError as error:
        raise KustomizeError(str(error)) from None
    if isinstance(found, list):
        return [gotyped.decode(item, "Replacement", strict=False) for item in found]
    if isinstance(found, dict):
        return [gotyped.decode(found, "Replacement", strict=False)]
    kinds = {str: "string", bool: "bool", float: "float64", int: "float64", type(None): "invalid"}
    raise KustomizeError(f"unsupported replacement type encountered within replacement path: {kinds[type(found)]}")


def _selector(fields: dict[str, Any]) -> ResId:
    gvk = Gvk(fields.get("group", ""), fields.get("version", ""), fields.get("kind", ""))
    return ResId(gvk, fields.get("name", ""), fields.get("namespace", ""))


def _ids(resource: Resource) -> list[ResId]:
    return [ResId(resource.gvk, resource.name, resource.namespace), *resource.previous_ids]


def _value(resources: ResMap, source: dict[str, Any]) -> Node:
    wanted = _selector(source)
    found = [resource for resource in resources.list if any(known.selected_by(wanted) for known in _ids(resource))]
    if len(found) != 1:
        raise KustomizeError(f"multiple matches for selector {_shown(source)}" if found else f"nothing selected by {_shown(source)}")
    path = source.get("fieldPath") or _NAME
    source["fieldPath"] = path
    try:
        node = lookup(found[0].there, split(path))
    except KustomizeError as error:
        raise KustomizeError(f"error looking up replacement source: {error}") from None
    if nodes.is_empty(node):
        raise KustomizeError(f"fieldPath `{path}` is missing for replacement source {wanted}")
    options = source.get("options", {})
    if not options.get("delimiter"):
        return node
    if not isinstance(node, Scalar):
        raise KustomizeError("delimiter option can only be used with scalar nodes")
    parts, index = node.text.split(options["delimiter"]), options.get("index", 0)
    if not 0 <= index < len(parts):
        raise KustomizeError(f"options.index {index} is out of bounds for value {node.text}")
    return Scalar(parts[index], node.tag)


def _shown(source: dict[str, Any]) -> str:
    options = source.get("options", {})
    parts = [str(_selector(source)), source.get("fieldPath", "")]
    if options.get("delimiter") or options.get("create"):
        parts.append(f"{options.get('delimiter', '')}({options.get('index', 0)}), create={str(options.get('create', False)).lower()}")
    return ":".join(part for part in parts if part)


def _replace(resources: ResMap, value: Node, target: dict[str, Any]) -> None:
    select = target.get("select")
    if select is None:
        raise KustomizeError("target must specify resources to select")
    wanted = _selector(select)
    for resource in resources.list:
        known = _ids(resource)
        if _is_chosen(resource, known, target) and any(each.selected_by(wanted) for each in known):
            for path in target.get("fieldPaths") or [_NAME]:
                _copy(resource, value, path, target.get("options", {}))


def _labels_match(resource: Resource, selector: dict[str, Any]) -> bool:
    return resource.matches("annotations", selector.get("annotationSelector", "")) and resource.matches("labels", selector.get("labelSelector", ""))


def _is_chosen(resource: Resource, known: list[ResId], target: dict[str, Any]) -> bool:
    if not _labels_match(resource, target["select"]):
        return False
    for reject in target.get("reject", ()):
        if (reject.get("annotationSelector") or reject.get("labelSelector")) and _labels_match(resource, reject):
            return False
        unwanted = _selector(reject)
        if unwanted != ResId(Gvk()) and any(each.selected_by(unwanted) for each in known):
            return False
    return True


def _copy(resource: Resource, value: Node, path: str, options: dict[str, Any]) -> None:
    from minikube_py.kits import gofmt

    create = options.get("create", False)
    problem = f"unable to find {'or create ' if create else ''}field {gofmt.quote(path)} in replacement target"
    try:
        places = _Finder(value if create else None).find(({"": resource.there}, ""), split(path))
    except KustomizeError as error:
        raise KustomizeError(f"{problem}: {error}") from None
    if not places:
        raise KustomizeError(problem)
    for container, key in places:
        _put(container, key, nodes.clone(value), options)


def _put(container: Any, key: Any, value: Node, options: dict[str, Any]) -> None:
    target = container[key]
    delimiter = options.get("delimiter", "")
    if delimiter:
        if not isinstance(target, Scalar):
            raise KustomizeError("delimiter option can only be used with scalar nodes")
        parts, index, text = target.text.split(delimiter), options.get("index", 0), nodes.text(value)
        if index < 0:
            parts.insert(0, text)
        elif index >= len(parts):
            parts.append(text)
        else:
            parts[index] = text
        value = Scalar(delimiter.join(parts))
    if isinstance(target, Scalar):
        target.text = nodes.text(value)  # the target says what type it is
    else:
        container[key] = value
