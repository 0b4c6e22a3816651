"""The paths of a group version: what can be asked of each resource and subresource, with which parameters and bodies."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from minikube_py.apiserver.openapi import parameters
from minikube_py.apiserver.openapi.components import PREFIX
from minikube_py.machinery.protobuf.layouts import META
from minikube_py.machinery.scheme import Resource, Subresource

Item = dict[str, Any]
Definition = Callable[[str, str, str], str]  # group, version, kind -> name of the definition

Media = tuple[str, ...]

JSON = "application/json"
_PATCHES = ("application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml")
_OUTCOMES = {"200": "OK", "201": "Created", "202": "Accepted", "401": "Unauthorized"}
_CODES = {"post": ("200", "201", "202"), "put": ("200", "201"), "patch": ("200", "201"), "delete": ("200", "202")}
# Verb of discovery -> method, action and the word in the operation's name.
_ON_ITEM = {"get": ("get", "get", "read"), "update": ("put", "put", "replace"), "patch": ("patch", "patch", "patch"), "delete": ("delete", "delete", "delete")}
_CREATE = ("post", "post", "create")
_CONNECT = {"create": ("post",), "delete": ("delete",), "get": ("get",), "patch": ("patch",), "update": ("put", "head", "options")}


# kube-apiserver answers the delete of these with what was deleted, of others with a Status.
_SHOWN_WHEN_DELETED = {
    ("", "PersistentVolume"), ("", "PersistentVolumeClaim"), ("", "Pod"), ("", "PodTemplate"), ("", "ResourceQuota"), ("", "Service"),
    ("", "ServiceAccount"), ("storage.k8s.io", "CSIDriver"), ("storage.k8s.io", "CSINode"), ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "VolumeAttachment"),
}  # fmt: skip


class Naming(NamedTuple):
    """How operations of a group version are called: AppsV1, and tagged: apps_v1."""

    title: str
    tag: str

    @classmethod
    def of(cls, group: str, version: str) -> "Naming":
        """Return RbacAuthorizationV1 and rbacAuthorization_v1 for rbac.authorization.k8s.io/v1."""
        words = (group.removesuffix(".k8s.io") or "core").split(".")
        camel = "".join(word[:1].upper() + word[1:] for word in words)
        return cls(camel + version[:1].upper() + version[1:], f"{camel[:1].lower()}{camel[1:]}_{version}")


class Paths:
    """Collects the paths of one group version, and which definitions they need."""

    def __init__(self, group: str, version: str, definition: Definition) -> None:
        self.root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        self.naming = Naming.of(group, version)
        self.definition = definition
        self.items: dict[str, Item] = {}
        self.needed: set[str] = set()
        self._discovery()

    def add(self, resource: Resource, *, is_custom: bool = False) -> None:
        """Add the paths of a resource and of what is below its objects; custom ones take no strategic merge patch."""
        patches = tuple(media for media in _PATCHES if not (is_custom and "strategic" in media))
        gvk = (resource.group, resource.version, resource.kind)
        scope = "Namespaced" if resource.namespaced else ""
        base = f"{self.root}/namespaces/{{namespace}}/{resource.plural}" if resource.namespaced else f"{self.root}/{resource.plural}"
        space = ["namespace"] if resource.namespaced else []
        self._collection(resource, gvk, base, scope, space)
        self._operations(f"{base}/{{name}}", ["name", *space], gvk, scope + resource.kind, resource.verbs, patches)
        for sub in resource.subresources.values():
            self._subresource(resource, sub, f"{base}/{{name}}/{sub.name}", ["name", *space], scope, patches)
        if resource.namespaced and "list" in resource.verbs:
            operation = self._operation("list", f"list{self.naming.title}{resource.kind}ForAllNamespaces", gvk, gvk[2] + "List")
            self.items[f"{self.root}/{resource.plural}"] = self._item({"get": operation}, [])

    def _discovery(self) -> None:
        name = META + "APIResourceList"
        self.needed.add(name)
        self.items[self.root + "/"] = {
            "get": {"tags": [self.naming.tag], "operationId": f"get{self.naming.title}APIResources", "responses": _responses(("200",), self._ref(name))}
        }

    def _collection(self, resource: Resource, gvk: tuple[str, str, str], path: str, scope: str, space: list[str]) -> None:
        found: Item = {}
        name = self.naming.title
        if "watch" in resource.verbs:
            self.needed.add(META + "WatchEvent")  # what a watch answers, though no path refers to it
        if "list" in resource.verbs:
            found["get"] = self._operation("list", f"list{name}{scope}{resource.kind}", gvk, resource.kind + "List")
        if "create" in resource.verbs:
            found["post"] = self._operation("post", f"create{name}{scope}{resource.kind}", gvk, resource.kind)
        if "deletecollection" in resource.verbs:
            found["delete"] = self._operation("deletecollection", f"delete{name}Collection{scope}{resource.kind}", gvk, "")
        self.items[path] = self._item(found, space)

    def _subresource(self, resource: Resource, sub: Subresource, path: str, names: list[str], scope: str, patches: Media) -> None:
        gvk = (sub.group, sub.version, sub.kind)
        name = f"{scope}{resource.kind}{sub.name[:1].upper()}{sub.name[1:]}"
        if sub.kind in parameters.BY_KIND:
            self._connect(path, names, gvk, name, sub.verbs)
            if "path" in parameters.BY_KIND[sub.kind]:
                self._connect(f"{path}/{{path}}", [*names, "path"], gvk, name, sub.verbs, "WithPath")
        elif sub.name == "log":
            operation = self._operation("get", f"read{self.naming.title}{name}", gvk, "")
            operation["responses"] = _responses(("200",), {"type": "string"}, ("text/plain", JSON))
            self.items[path] = self._item({"get": operation}, names, parameters.LOG)
        else:
            self._operations(path, names, gvk, name, sub.verbs, patches)

    def _operations(self, path: str, names: list[str], gvk: tuple[str, str, str], name: str, verbs: Iterable[str], patches: Media) -> None:
        table = _ON_ITEM | ({"create": _CREATE} if path.count("/{name}/") else {})
        found: Item = {}
        for method, action, word in (table[verb] for verb in verbs if verb in table):
            found[method] = self._operation(action, f"{word}{self.naming.title}{name}", gvk, gvk[2])
            if action == "patch":
                found[method]["requestBody"] = {"content": {media: {"schema": self._ref(META + "Patch")} for media in patches}, "required": True}
        if found:
            self.items[path] = self._item(found, names)

    def _connect(self, path: str, names: list[str], gvk: tuple[str, str, str], name: str, verbs: Iterable[str], suffix: str = "") -> None:
        found: Item = {}
        for method in (method for verb in verbs for method in _CONNECT[verb]):
            found[method] = {
                "tags": [self.naming.tag],
                "operationId": f"connect{self.naming.title}{method.capitalize()}{name}{suffix}",
                "responses": _responses(("200",), {"type": "string"}, ("*/*",)),
            } | _kubernetes("connect", gvk)
        self.items[path] = {
            "parameters": [*map(parameters.path, names), *map(parameters.query, parameters.BY_KIND[gvk[2]])],
        } | found

    def _item(self, operations: Item, names: list[str], queries: Iterable[str] = ()) -> Item:
        shared = [*map(parameters.path, names), *map(parameters.query, queries), parameters.query("pretty")]
        return {"parameters": shared} | operations

    def _operation(self, action: str, name: str, gvk: tuple[str, str, str], answer: str) -> Item:
        out: Item = {"tags": [self.naming.tag], "operationId": name}
        taken = parameters.for_action(action)
        if taken:
            out["parameters"] = taken
        body = self._body(action, gvk)
        if body is not None:
            out["requestBody"] = body
        is_status = not answer or (action == "delete" and (gvk[0], gvk[2]) not in _SHOWN_WHEN_DELETED)
        shown = self._ref(META + "Status") if is_status else self._schema(gvk[0], gvk[1], answer)
        media = (JSON, f"{JSON};stream=watch") if action == "list" else (JSON,)
        out["responses"] = _responses(_CODES.get(action, ("200",)), shown, media)
        return out | _kubernetes(action, gvk)

    def _body(self, action: str, gvk: tuple[str, str, str]) -> Item | None:
        if action in ("post", "put"):
            return {"content": {JSON: {"schema": self._schema(*gvk)}}, "required": True}
        if action in ("delete", "deletecollection"):
            return {"content": {JSON: {"schema": self._ref(META + "DeleteOptions")}}}
        return None

    def _schema(self, group: str, version: str, kind: str) -> Item:
        return self._ref(self.definition(group, version, kind))

    def _ref(self, name: str) -> Item:
        self.needed.add(name)
        return {"$ref": PREFIX + name}


def _kubernetes(action: str, gvk: tuple[str, str, str]) -> Item:
    group, version, kind = gvk
    return {"x-kubernetes-action": action, "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": kind}}


def _responses(codes: Iterable[str], schema: Item, media: Iterable[str] = (JSON,)) -> Item:
    content = {kind: {"schema": schema} for kind in media}
    answers: Item = {code: {"description": _OUTCOMES[code], "content": content} for code in codes}
    return answers | {"401": {"description": _OUTCOMES["401"]}}
