"""The deprecated `vars`: $(NAME) in some fields becomes the value of a field elsewhere."""

import re
from collections.abc import Callable
from typing import Any

from minikube_py.kustomize import fieldspecs, ids, nodes, replacements
from minikube_py.kustomize.fieldspecs import FieldSpec
from minikube_py.kustomize.ids import Gvk
from minikube_py.kustomize.nodes import KustomizeError, Node, Scalar
from minikube_py.kustomize.resources import ResMap

Variables = dict[str, dict[str, Any]]
_INDEX = re.compile(r"^(.*)\[(\d+)\]$")


def add(known: Variables, more: Variables) -> None:
    """Add variables; a name may not come twice."""
    for name, variable in more.items():
        if name in known:
            raise KustomizeError(f"var '{name}' already encountered")
        known[name] = variable


def declare(known: Variables, declared: list[dict[str, Any]], resources: ResMap) -> None:
    """Take over the `vars` of a kustomization, and note at the resources which are about them."""
    for variable in declared:
        wanted = _target(variable, resources)
        match = wanted.same if wanted.namespace or wanted.cluster else lambda found, wanted=wanted: (found.gvk, found.name) == (wanted.gvk, wanted.name)
        found = resources.by_any_id(match)
        if len(found) > 1:
            raise KustomizeError(f"found {len(found)} resId matches for var {_shown(variable)} (unable to disambiguate)")
        for resource in found:
            resource.variables.append(variable.get("name", ""))
    for variable in declared:
        add(known, {variable.get("name", ""): variable})


def _target(variable: dict[str, Any], resources: ResMap) -> ids.ResId:
    reference = variable.get("objref", {})
    gvk = Gvk(reference.get("group", ""), reference.get("version", ""), reference.get("kind", ""))
    if reference.get("apiVersion"):
        group, version = ids.parse_api_version(reference["apiVersion"])
        gvk = gvk._replace(version=version, group=group or gvk.group)
    cluster = bool(resources.list) and resources.list[0].schemas.is_cluster_scoped(gvk.api_version, gvk.kind)
    return ids.ResId(gvk, reference.get("name", ""), reference.get("namespace", ""), cluster)


def _shown(variable: dict[str, Any]) -> str:
    """Return a variable as Go prints it with %v."""
    reference = variable.get("objref", {})
    group, version = ids.parse_api_version(reference.get("apiVersion", ""))
    gvk = Gvk(reference.get("group") or group, reference.get("version") or version, reference.get("kind", ""))
    path = variable.get("fieldref", {}).get("fieldPath") or "metadata.name"
    return f"{{{variable.get('name', '')} {gvk} {{{path}}}}}"


def written(variable: dict[str, Any]) -> str:
    """Return a variable as the kustomization has it, as Go prints it with %v."""
    reference = variable.get("objref", {})
    gvk = Gvk(reference.get("group", ""), reference.get("version", ""), reference.get("kind", ""))
    return f"{{{variable.get('name', '')} {gvk} {{{variable.get('fieldref', {}).get('fieldPath', '')}}}}}"


def resolve(known: Variables, resources: ResMap, specs: list[FieldSpec], log: Callable[[str], None]) -> None:
    """Replace all variables."""
    values = {name: _value(name, known[name], resources) for name in sorted(known)}
    if not values:
        return
    used: set[str] = set()
    replacer = _Replacer(values, used, log)
    for resource in resources.list:
        for spec in specs:
            fieldspecs.visit(resource.there, spec, lambda node, _: replacer.node(node))
    unused = [name for name in values if name not in used]
    if unused:
        log(f"well-defined vars that were never replaced: {','.join(unused)}")


def _value(name: str, variable: dict[str, Any], resources: ResMap) -> Node:
    holder = next((resource for resource in resources.list if name in resource.variables), None)
    if holder is None:
        raise KustomizeError(f"var '{_shown(variable)}' cannot be mapped to a field in the set of known resources")
    path = variable.get("fieldref", {}).get("fieldPath") or "metadata.name"
    parts: list[str] = []
    for part in replacements.split(path):
        match = _INDEX.match(part)
        parts += [piece for piece in match.groups() if piece] if match else [part]
    try:
        found = replacements.lookup(holder.there, parts)
    except KustomizeError:
        found = None
    if found is None:
        raise KustomizeError(f"field specified in var '{_shown(variable)}' not found in corresponding resource")
    return found


class _Replacer:
    """Replaces variables in the nodes that it is given."""

    def __init__(self, values: dict[str, Node], used: set[str], log: Callable[[str], None]) -> None:
        self._values = values
        self._used = used
        self._log = log

    def node(self, node: Node) -> None:
        if nodes.is_null(node):
            return
        if isinstance(node, Scalar):
            if _is_text(node):
                _put(node, self._replaced(node.text))
        elif isinstance(node, dict):
            for item in node.values():
                if _is_text(item):
                    _put(item, self._replaced(item.text))
        else:
            for item in node:
                if not _is_text(item):
                    raise KustomizeError("invalid value type expect a string")
                _put(item, self._replaced(item.text))

    def _replaced(self, text: str) -> Scalar:
        out, position = [], 0
        while (start := text.find("$", position)) >= 0 and start + 1 < len(text):
            out.append(text[position:start])
            following = text[start + 1]
            end = text.find(")", start + 2) if following == "(" else -1
            if end >= 0:
                found = self._mapped(text[start + 2 : end])
                if start == 0 and end == len(text) - 1:
                    return found
                out.append(found.text)
                position = end + 1
            else:
                out.append("$" if following == "$" else f"${following}")
                position = start + 2
        return Scalar("".join(out) + text[position:])

    def _mapped(self, name: str) -> Scalar:
        found = self._values.get(name)
        if found is None:
            return Scalar(f"$({name})")
        if not isinstance(found, Scalar):
            from minikube_py.printers import govalues

            kind = "map[string]interface {}" if isinstance(found, dict) else "[]interface {}"
            self._log(f"MakePrimitiveReplacer: bad replacement type={kind} val={govalues.sprint(nodes.value(found))}")
            return Scalar(f"$({name})")
        self._used.add(name)
        return Scalar(found.text, found.tag if found.tag in ("int", "float", "bool") else "str")


def _put(node: Scalar, found: Scalar) -> None:
    node.text, node.tag, node.style = found.text, found.tag, ""


def _is_text(node: Node) -> bool:
    return isinstance(node, Scalar) and node.tag in ("str", "")
