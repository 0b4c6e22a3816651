"""Strategic merge as kustomize does it (kyaml's merge2): lists by their merge keys, $patch directives, what is new comes first."""

from minikube_py.kustomize import nodes
from minikube_py.kustomize.nodes import KustomizeError, Map, Node, Scalar
from minikube_py.kustomize.schemas import Merge, Schemas

_DIRECTIVE = "$patch"
_KNOWN = ("delete", "replace", "merge")
_Texts = list[str]


class _KeptNull(Scalar):
    """A null that a resource has itself, and that therefore stays."""

    __slots__ = ()


def apply(target: Node, patch: Node, schemas: Schemas) -> Map | None:
    """Return a resource merged with a patch (both are changed); None where the patch deletes it."""
    found = _Merger(schemas).walk(target, patch, None)
    return found if isinstance(found, dict) else None


def _gone(node: Node | None) -> bool:
    return node is None or (nodes.is_null(node) and not isinstance(node, _KeptNull))


class _Merger:
    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def walk(self, dest: Node | None, patch: Node | None, schema: Merge | None) -> Node | None:
        """Merge two nodes; None is no node, before and after."""
        present = [node for node in (dest, patch) if not nodes.is_null(node)]
        if present:
            kind = type(present[0])
            for node in present[1:]:
                if type(node) is not kind:
                    raise nodes.wrong_kind(nodes.kind_name(present[0]), node)
            if isinstance(present[0], Scalar):
                return patch if patch is not None else dest
        schema = schema or self._schema_of(present)
        if present and isinstance(present[0], list):
            if schema is None or "keys" not in schema:
                return patch if patch is not None else dest
            return self._list(dest, patch, schema)
        return self._map(dest, patch, schema)

    def _schema_of(self, present: list[Node]) -> Merge | None:
        for node in present:
            if isinstance(node, dict):
                kind, version = nodes.text(node.get("kind")), nodes.text(node.get("apiVersion"))
                found = self._schemas.for_kind(version, kind) if kind and version else None
                if found is not None:
                    return found
        return None

    def _start(self, dest: Node | None, patch: Node | None) -> Node | None:
        """Return what to merge into: the target's node, the patch's, or none."""
        if nodes.is_null(dest):
            if not nodes.is_null(patch) and _directive(patch, strict=isinstance(patch, list)) == "delete" and isinstance(patch, dict):
                return None
            if patch is None and isinstance(dest, Scalar) and dest.text:
                return _KeptNull(dest.text, "null")
            return patch
        if patch is None:
            return dest
        if nodes.is_null(patch):
            return None
        directive = _directive(patch)
        return None if directive == "delete" else patch if directive == "replace" else dest

    def _map(self, dest: Node | None, patch: Node | None, schema: Merge | None) -> Node | None:
        start = self._start(dest, patch)
        if not isinstance(start, dict):
            return start
        names = set(start) | (set(patch) if isinstance(patch, dict) else set())
        for name in sorted(names):
            inner = self._schemas.field(schema, name)
            found = self.walk(start.get(name), patch.get(name) if isinstance(patch, dict) else None, inner)
            if _gone(found):
                start.pop(name, None)
            else:
                start[name] = _placed(start.get(name), found)
        return start

    def _list(self, dest: Node | None, patch: Node | None, schema: Merge) -> Node | None:
        start = self._start(dest, patch)
        if not isinstance(start, list):
            return start
        keys: _Texts = list(schema["keys"])
        sources = [start, patch if isinstance(patch, list) else None]
        wanted = _key_values([sources[1], sources[0]], keys)
        if not keys:
            keys, wanted = [""], _primitives([sources[1], sources[0]])
        return self._elements(wanted, keys, start, sources, self._schemas.element(schema))

    def _elements(self, wanted: list[_Texts], keys: _Texts, dest: list[Node], sources: list[list[Node] | None], schema: Merge | None) -> list[Node]:
        if len(keys) > 1:
            _complete(wanted)
        added: list[Node] = []
        valid_keys = keys
        for values in wanted:
            valid_keys, valid = _valid(wanted, values, keys)
            own_keys, own = _valid([valid], valid, valid_keys)
            pair = [None if source is None else _find(source, own_keys, own) for source in sources]
            found = self.walk(pair[0], pair[1], schema)
            if _gone(found) or found == {}:
                _set(dest, None, valid_keys, valid)
                continue
            if isinstance(found, dict):
                for key, text in zip(valid_keys, valid, strict=False):
                    if key not in found and text:
                        found[key] = Scalar(text, "")
            _set(added, found, valid_keys, valid)
        return _appended(added, dest, valid_keys) if wanted else dest


def _placed(old: Node | None, new: Node) -> Node:
    """Return what a field becomes: a scalar keeps the quotes of the one before it, and so 5 in the place of "4" becomes "5"."""
    if not isinstance(old, Scalar) or not isinstance(new, Scalar) or old is new or isinstance(new, _KeptNull):
        return new
    kept = Scalar(old.text, old.tag, old.style)
    kept.take(new)
    return kept


def _directive(patch: Node, *, strict: bool = True) -> str:
    """Return merge, replace or delete, and take the directive out of the patch."""
    if isinstance(patch, dict):
        value = patch.get(_DIRECTIVE)
        if value is None:
            return "merge"
        found = _known(value, strict)
        if found in _KNOWN:
            del patch[_DIRECTIVE]
        return found
    if not isinstance(patch, list):
        return "merge"
    element = next((item for item in patch if isinstance(item, dict) and _DIRECTIVE in item), None)
    if element is None or len(element) > 1:
        return "merge"
    found = _known(element[_DIRECTIVE], strict)
    _set(patch, None, [_DIRECTIVE], [found])
    return found


def _known(value: Node, strict: bool) -> str:
    found = nodes.text(value)
    if strict and found not in _KNOWN:
        raise KustomizeError(f"unknown patch strategy '{found}'")
    return found


def _key_values(sources: list[list[Node] | None], keys: _Texts) -> list[_Texts]:
    """Return the values of the merge keys, each set of them once, those of the patch first."""
    found: list[_Texts] = []
    for item in (item for source in sources for item in source or () if keys):
        fields = item if isinstance(item, dict) else {}
        values = ["" if nodes.is_empty(fields.get(key)) else nodes.text(fields[key]) for key in keys]
        if values not in found:
            found.append(values)
    return found


def _primitives(sources: list[list[Node] | None]) -> list[_Texts]:
    return [[text] for text in dict.fromkeys(nodes.text(item) for source in sources for item in source or ())]


def _complete(wanted: list[_Texts]) -> None:
    """Let sets of values that differ only by what one lacks become one."""
    for i, left in enumerate(wanted):
        for j, right in enumerate(wanted):
            values = _joined(wanted[i], right)
            if values is not None:
                wanted[i] = wanted[j] = values
                left = values
        wanted[i] = left


def _joined(left: _Texts, right: _Texts) -> _Texts | None:
    if any(a != b and a and b for a, b in zip(left, right, strict=True)):
        return None
    if not any(a == b for a, b in zip(left, right, strict=True)):
        return None
    return [a or b for a, b in zip(left, right, strict=True)]


def _valid(wanted: list[_Texts], values: _Texts, keys: _Texts) -> tuple[_Texts, _Texts]:
    """Return the keys that any element has, and the values for them."""
    used = {keys[i] for each in wanted for i, value in enumerate(each) if value and i < len(keys)}
    if not used:
        return keys, values
    return [key for key in keys if key in used], [value for i, value in enumerate(values) if value or keys[i] in used]


def _find(source: list[Node], keys: _Texts, values: _Texts) -> Node | None:
    if not keys or not keys[0]:
        return next((item for item in source if nodes.text(item) == (values[0] if values else "")), None)
    for item in source:
        if isinstance(item, dict) and all(key in item and nodes.text(item[key]) == value for key, value in zip(keys, values, strict=True)):
            return item
    return None


def _is(item: Node, keys: _Texts, values: _Texts) -> bool:
    if not values:
        return False
    for key, value in zip(keys, values, strict=False):
        if not key:
            if not isinstance(item, Scalar):
                raise nodes.wrong_kind("ScalarNode", item)
            if item.text != value:
                return False
        elif not isinstance(item, dict):
            raise nodes.wrong_kind("MappingNode", item)
        elif key not in item or (value and nodes.text(item[key]) != value):
            return False
    return True


def _set(target: list[Node], element: Node | None, keys: _Texts, values: _Texts) -> None:
    """Put an element in the place of those with the same keys, or at the end; None takes them out."""
    by_field = bool(keys and keys[0] and values and values[0])
    kept, replaced = [], False
    for item in target:
        if nodes.is_null(item) or item == {}:
            continue
        if by_field and not isinstance(item, dict):
            kept.append(item)
        elif not _is(item, keys, values):
            if values:
                kept.append(item)
        else:
            replaced = True
            if element is not None:
                kept.append(element)
    target[:] = kept
    if element is not None and not nodes.is_null(element) and not replaced:
        target.append(element)


def _appended(added: list[Node], dest: list[Node], keys: _Texts) -> list[Node]:
    """Put the elements of the target behind those of the patch, each in the place of its merged form."""
    for item in list(dest):
        if not keys[0]:
            _set(added, item, [""], [nodes.text(item)])
            continue
        if nodes.is_null(item):
            continue
        if not isinstance(item, dict):
            raise nodes.wrong_kind("MappingNode", item)
        values = []
        for key in keys:
            if item.get(key) is None:
                added.append(item)
            else:
                values.append(nodes.text(item[key]))
        if len(keys) > 1:
            _set(added, None, keys, values)
        _set(added, item, keys, values)
    return added
