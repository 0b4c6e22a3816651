"""Reads streams of YAML into nodes, as kyaml does: documents split at `---`, anchors and merge keys expanded, lists taken apart."""

import re
from typing import Any

from minikube_py.kits.yaml import compose, documents, errors, parser, resolve
from minikube_py.kustomize import nodes
from minikube_py.kustomize.nodes import KustomizeError, Map, Node, OddKey, Scalar

_SEPARATOR = re.compile(r"\n---.*\n")
_TAGS = ("str", "int", "float", "bool", "null", "timestamp")


class MalformedError(KustomizeError):
    """Text that is no YAML."""


class _Composer(compose.Composer):
    """Builds nodes instead of values."""

    def __init__(self, events: Any) -> None:
        super().__init__(events)
        self._merged: set[tuple[int, str]] = set()  # keys that came through `<<`, which a map's own keys replace
        self._kept: list[Any] = []  # so that no id is given twice

    def _scalar(self, event: Any) -> Scalar:
        text = event.value
        if event.ctag is not None:
            scalar = Scalar(text, _explicit(str(event.tag), text), event.style or "")
        else:
            scalar = Scalar(text, "str" if event.style else nodes.tag_of(text), event.style or "")
        if event.anchor is not None:
            self._anchors.record(event.anchor, scalar, 1)
        return scalar

    def _key(self, event: Any, container: dict[str, Any]) -> Any:
        text: str = event.value
        if event.anchor is not None:
            self._anchors.record(event.anchor, Scalar(text), 1)
        if not event.style and text == "<<":
            return compose._MERGE
        tag = _explicit(str(event.tag), text) if event.ctag is not None else "str" if event.style else nodes.tag_of(text)
        if text in container:
            if (id(container), text) in self._merged:
                self._merged.discard((id(container), text))
            else:
                self._duplicate(text, container)
        return text if tag == "str" else OddKey(text)

    def _unusual(self, container: dict[str, Any], key: Any, value: Any, is_alias: bool) -> Any:
        if key is compose._MERGE:
            self._merge(container, value)
        elif key is compose._AWAIT:
            if not isinstance(value, Scalar):
                raise errors.goyaml("invalid map key")
            return value.text if value.tag == "str" else OddKey(value.text)
        else:
            container[key] = value
        return compose._AWAIT

    def _merge(self, container: dict[str, Any], value: Any) -> None:
        self._kept.append(container)
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                raise errors.goyaml("map merge requires map or sequence of maps as the value")
            for key, inner in item.items():
                if key not in container:
                    container[key] = inner
                    self._merged.add((id(container), key))


def _explicit(tag: str, text: str) -> str:
    name = tag.removeprefix(resolve.PREFIX)
    return name if tag != name and name in _TAGS else "str"


def parse(text: str) -> Node | None:
    """Return the first document of a text; None where there is none."""
    try:
        found = parser.parse(text, _Composer)
    except errors.YAMLError as error:
        raise MalformedError(_message(error)) from None
    if found is None:
        return None
    if found.duplicates:
        twice = found.duplicates[0]
        raise MalformedError(f'yaml: unmarshal errors:\n  line {twice.line}: mapping key "{twice.key}" already defined')
    return nodes.clone(found.value)


def _message(error: errors.YAMLError) -> str:
    """Return what yaml.v3 says, which names the line where the broken thing began."""
    text, cause = error.message.removeprefix(errors.CONVERTING), error.__context__
    begin = getattr(getattr(cause, "context_mark", None), "line", 0)
    if not begin or getattr(cause, "reason", None) is not None:
        return text
    return re.sub(r"^yaml: line \d+:", f"yaml: line {begin + (type(cause).__name__ == 'ScannerError')}:", text)


def read(content: bytes | str) -> list[Node]:
    """Return the documents of a stream; a lone List gives its items. MalformedError says what no YAML is."""
    text = documents.decode(content).replace("\r\n", "\n")
    chunks = _split(text)
    found: list[Node] = []
    for index, chunk in enumerate(chunks):
        try:
            node = parse(chunk if index == len(chunks) - 1 else chunk + "\n")
        except MalformedError as error:
            raise MalformedError(f"MalformedYAMLError: {error}") from None
        if nodes.is_null(node):
            continue
        if len(chunks) == 1 and isinstance(node, dict) and nodes.text(node.get("kind")) in ("List", "ResourceList") and "items" in node:
            found += _content(node["items"])
        else:
            found.append(node)
    return found


def _content(items: Node) -> list[Node]:
    """Return what a List holds; of a map its keys, too, as kyaml takes them."""
    if isinstance(items, dict):
        return [node for key, item in items.items() for node in (Scalar(key), item)]
    return items if isinstance(items, list) else []


def _split(text: str) -> list[str]:
    chunks, start = [], 0
    for match in _SEPARATOR.finditer(text):
        trailing = match.group()[4:].strip()
        if trailing and not trailing.startswith("#"):
            raise KustomizeError(f"invalid document separator: {match.group().strip()}")
        chunks.append(text[start : match.start()])
        start = match.end()
    return [*chunks, text[start:]] if text else []


def objects(content: bytes | str) -> list[Map]:
    """Return the objects of a stream, those of lists within it last; KustomizeError where one has no kind or name."""
    todo = _good(read(content))
    found: list[Map] = []
    while todo:
        node = todo.pop(0)
        if not nodes.text(node.get("kind")).endswith("List") or "items" not in node:
            found.append(node)
            continue
        items = node["items"]
        if nodes.is_null(items):
            continue
        if not isinstance(items, list):
            raise KustomizeError(f"expected array in {nodes.text(node['kind'])}/items, but found {_go_type(items)}")
        todo += _good(items)
    return found


def _go_type(found: Node) -> str:
    if isinstance(found, dict):
        return "map[string]interface {}"
    return {"int": "int", "float": "float64", "bool": "bool"}.get(found.tag, "string")


def _good(found: list[Node]) -> list[Map]:
    kept = []
    for node in found:
        if nodes.is_empty(node):
            continue
        if not isinstance(node, dict):
            raise KustomizeError("missing Resource metadata")
        _check(node)
        kept.append(node)
    return kept


def _check(obj: Map) -> None:
    metadata = obj.get("metadata")
    if all(nodes.is_empty(part) for part in (obj.get("apiVersion"), obj.get("kind"), metadata)):
        raise KustomizeError("missing Resource metadata")
    kind = nodes.text(obj.get("kind"))
    if not kind:
        raise KustomizeError(f"missing kind in object {_shown(obj)}")
    if kind.endswith("List"):
        return
    if not (isinstance(metadata, dict) and nodes.text(metadata.get("name"))):
        raise KustomizeError(f"missing metadata.name in object {_shown(obj)}")


def _shown(obj: Map) -> str:
    """Return kyaml's ResourceMeta as Go prints it with %v."""
    metadata = obj.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    maps = []
    for field in ("labels", "annotations"):
        pairs = metadata.get(field)
        pairs = pairs if isinstance(pairs, dict) else {}
        maps.append("map[" + " ".join(f"{key}:{nodes.text(pairs[key])}" for key in sorted(pairs)) + "]")
    name, namespace = nodes.text(metadata.get("name")), nodes.text(metadata.get("namespace"))
    return f"{{{{{nodes.text(obj.get('apiVersion'))} {nodes.text(obj.get('kind'))}}} {{{{{name} {namespace}}} {' '.join(maps)}}}}}"
