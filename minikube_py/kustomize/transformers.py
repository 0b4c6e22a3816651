"""The transformers of single fields: namespace, name prefix and suffix, labels, annotations, replicas, images, values."""

from collections.abc import Callable
from typing import Any

from minikube_py.kits import goregexps
from minikube_py.kustomize import fieldspecs, nodes
from minikube_py.kustomize.fieldspecs import FieldSpec
from minikube_py.kustomize.ids import Gvk, ResId
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError, Map, Node, Scalar
from minikube_py.kustomize.resources import ResMap, Resource, shown
from minikube_py.kustomize.schemas import Schemas

_SKIPPED = (Gvk(kind="CustomResourceDefinition"), Gvk("apiregistration.k8s.io", "", "APIService"), Gvk(kind="Namespace"))
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_SUBJECTS = {"defaultOnly": "name=default", "none": "", "allServiceAccounts": "kind=ServiceAccount"}

Put = Callable[[Node], None]


def specs_of(fields: dict[str, Any]) -> list[FieldSpec]:
    """Return the fieldSpecs of a configuration."""
    return [fieldspecs.from_fields(spec) if isinstance(spec, dict) else spec for spec in fields.get("fieldSpecs", ())]


class PairsTransformer:
    """Sets labels or annotations wherever they belong."""

    def __init__(self, pairs: dict[str, str], specs: list[FieldSpec]) -> None:
        self._pairs = pairs
        self._specs = specs

    def transform(self, resources: ResMap) -> None:
        """Set them."""
        for resource in resources.list:
            for key in sorted(self._pairs):
                # All places of a resource get one and the same scalar: who changes it later in one place changes it in all, in kustomize too.
                value = Scalar(self._pairs[key])
                for spec in self._specs:
                    fieldspecs.visit(resource.there, spec, lambda node, _, key=key, value=value: self._set(node, key, value), dict)  # type: ignore[misc]

    def _set(self, node: Node, key: str, value: Scalar) -> None:
        if nodes.is_null(node):
            return
        if not isinstance(node, dict):
            raise nodes.wrong_kind("MappingNode", node)
        found = node.get(key)
        if isinstance(found, Scalar):
            found.take(value)
        else:
            node[key if key in node else nodes.key(key)] = value


class NameTransformer:
    """Puts a prefix before names, or a suffix behind them."""

    def __init__(self, prefix: str, suffix: str, specs: list[FieldSpec]) -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._specs = specs

    def transform(self, resources: ResMap) -> None:
        """Rename, and remember the names that were."""
        for resource in resources.list:
            gvk = resource.original_id.gvk
            if any(gvk.selected_by(skipped) for skipped in _SKIPPED):
                continue
            for spec in self._specs:
                if gvk.selected_by(spec.gvk):
                    self._rename(resource, spec)

    def _rename(self, resource: Resource, spec: FieldSpec) -> None:
        if spec.path == "metadata/name" and (self._prefix or self._suffix):
            resource.prefixes += [self._prefix] if self._prefix else []
            resource.suffixes += [self._suffix] if self._suffix else []
            resource.store_id()

        def change(node: Node, _: Put) -> None:
            found = fieldspecs.scalar(node)
            found.take(Scalar(f"{self._prefix}{found.text}{self._suffix}"))

        fieldspecs.visit(resource.there, spec, change, lambda: Scalar(""))


class NamespaceTransformer:
    """Moves resources into a namespace, with what names it: service references and subjects of role bindings."""

    def __init__(self, namespace: str, specs: list[FieldSpec], *, unset_only: bool = False, subjects: str = "") -> None:
        mode = subjects or "defaultOnly"
        if mode not in _SUBJECTS:
            allowed = '"defaultOnly", "none" or "allServiceAccounts"'
            raise KustomizeError(f'invalid value "{subjects}" for setRoleBindingSubjects: must be one of {allowed}')
        self._namespace = namespace
        self._specs = [spec for spec in specs if spec.path != "metadata/namespace"]
        self._unset_only = unset_only
        self._chosen = _SUBJECTS[mode]

    def transform(self, resources: ResMap) -> None:
        """Set the namespace."""
        if not self._namespace:
            return
        counts: dict[object, int] = {}
        for resource in resources.list:
            key = resource.current_id.key
            counts[key] = counts.get(key, 0) + 1
        for resource in resources.list:
            counts[resource.current_id.key] -= 1
            resource.store_id()
            self._move(resource)
            now = resource.current_id
            counts[now.key] = counts.get(now.key, 0) + 1
            if counts[now.key] != 1:
                matches = resources.by_current_id(now)
                raise KustomizeError(f"namespace transformation produces ID conflict: {shown(matches)}")

    def _move(self, resource: Resource) -> None:
        obj = resource.there
        if not resource.current_id.cluster:
            self._visit(obj, FieldSpec(Gvk(), "metadata/namespace", True))
        binding = resource.kind in _BINDINGS
        if binding and self._chosen:
            self._set_subjects(obj.get("subjects"))
        for spec in self._specs:
            if binding and spec.path == "subjects/namespace" and spec.gvk.kind in _BINDINGS:
                continue
            if spec.path == "metadata/name" and resource.field("apiVersion") != "v1":
                continue
            try:
                self._visit(obj, spec)
            except KustomizeError as error:
                prefix = "namespace field specs must target scalar nodes" if "wrong node kind" in str(error) else "namespace transformation failed"
                raise KustomizeError(f"{prefix}: {error}") from None

    def _visit(self, obj: Map, spec: FieldSpec) -> None:
        fieldspecs.visit(obj, spec, self._set, lambda: Scalar(""))

    def _set(self, node: Node, put: Put) -> None:
        if nodes.is_null(node):
            put(Scalar(self._namespace))
            return
        found = fieldspecs.scalar(node)
        if not (self._unset_only and found.text):
            found.take(Scalar(self._namespace))

    def _set_subjects(self, subjects: Node | None) -> None:
        if nodes.is_null(subjects):
            return
        if not isinstance(subjects, list):
            raise KustomizeError(f"setting namespace on (cluster)role binding subjects: {nodes.wrong_kind('SequenceNode', subjects)}")
        field, _, wanted = self._chosen.partition("=")
        for subject in subjects:
            if isinstance(subject, dict) and nodes.text(subject.get(field)) == wanted:
                self._set(subject.setdefault("namespace", Scalar("")), lambda node, subject=subject: subject.__setitem__("namespace", node))  # type: ignore[misc]


class ReplicaTransformer:
    """Sets the replicas of what has a name."""

    def __init__(self, replica: dict[str, Any], specs: list[FieldSpec]) -> None:
        self._name = replica.get("name", "")
        self._count = replica.get("count", 0)
        self._specs = specs

    def transform(self, resources: ResMap) -> None:
        """Set the count; KustomizeError where nothing has the name."""
        any_found = False
        for spec in self._specs:

            def matches(known: ResId, spec: FieldSpec = spec) -> bool:
                return known.name == self._name and known.gvk.selected_by(spec.gvk)

            for resource in resources.by_any_id(matches):
                any_found = True
                fieldspecs.visit(resource.there, spec, self._set, lambda: Scalar("", "int"))
        if not any_found:
            kinds = " ".join(str(spec.gvk) for spec in self._specs)
            raise KustomizeError(f"resource with name {self._name} does not match a config with the following GVK [{kinds}]")

    def _set(self, node: Node, put: Put) -> None:
        if nodes.is_null(node):
            put(Scalar(str(self._count), "int"))
        else:
            fieldspecs.scalar(node).take(Scalar(str(self._count), "int"))


class ImageTransformer:
    """Gives images another name, tag or digest."""

    def __init__(self, image: dict[str, str], specs: list[FieldSpec]) -> None:
        self._image = image
        self._specs = specs
        name = image.get("name", "")
        try:
            self._pattern = goregexps.compiled(f"^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$")
        except goregexps.RegexpError as error:
            raise KustomizeError(f"image name {name!r} is no regular expression: {error}") from None

    def transform(self, resources: ResMap) -> None:
        """Change the images of all containers, and what field specs name."""
        for resource in resources.list:
            if resource.kind == "CustomResourceDefinition":
                continue
            self._walk(resource.there)
            for spec in self._specs:
                fieldspecs.visit(resource.there, spec, lambda node, _: self._set(node))

    def _walk(self, node: Node) -> None:
        for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            self._walk(item)
        if not isinstance(node, dict):
            return
        for field in ("containers", "initContainers"):
            found = node.get(field)
            for container in found if isinstance(found, list) else ():
                if nodes.is_null(container):
                    continue
                if not isinstance(container, dict):
                    raise nodes.wrong_kind("MappingNode", container)
                if container.get("image") is not None:
                    self._set(container["image"])

    def _set(self, node: Node) -> None:
        if nodes.is_null(node):
            return
        found = fieldspecs.scalar(node)
        if self._pattern.search(found.text):
            found.take(Scalar(self._changed(found.text)))

    def _changed(self, text: str) -> str:
        name, tag, digest = split_image(text)
        wanted = self._image
        name = wanted.get("newName") or name
        new_tag, new_digest, suffix = wanted.get("newTag", ""), wanted.get("digest", ""), wanted.get("tagSuffix", "")
        if new_tag or new_digest:
            tag, digest = new_tag, new_digest
        elif suffix:
            tag, digest = tag + suffix, ""
        return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def split_image(text: str) -> tuple[str, str, str]:
    """Return name, tag and digest of an image."""
    slash = max(text.find("/"), 0)
    at, colon = text.find("@", slash), text.find(":", slash)
    if at < 0 and colon < 0:
        return text, "", ""
    if at >= 0 and (at < colon or colon < 0):
        return text[:at], "", text[at + 1 :]
    if at >= 0:
        return text[:colon], text[colon + 1 : at], text[at + 1 :]
    return text[:colon], text[colon + 1 :], ""


class ValueAddTransformer:
    """Sets or extends a field by a value (builtin ValueAddTransformer)."""

    def __init__(self, fields: dict[str, Any], loader: Loader, _: Schemas) -> None:
        import posixpath

        from minikube_py.kits import yaml
        from minikube_py.kustomize import gotyped

        self._value = fields.get("value", "").strip() or posixpath.basename(loader.root)
        self._targets = fields.get("targets", [])
        if fields.get("targetFilePath"):
            more = gotyped.decode(yaml.load(loader.load(fields["targetFilePath"])), "ValueAddTransformer", strict=False)
            self._targets = self._targets + more.get("targets", [])
        if not self._targets:
            raise KustomizeError("must specify at least one target")
        for target in self._targets:
            if not target.get("fieldPath"):
                raise KustomizeError("fieldPath cannot be empty")
            if target.get("filePathPosition", 0) < 0:
                raise KustomizeError(f"value of FilePathPosition ({target['filePathPosition']}) cannot be negative")

    def transform(self, resources: ResMap) -> None:
        """Set the value in every target."""
        for target in self._targets:
            selector = target.get("selector")
            for resource in resources.list if selector is None else resources.select(selector):
                if target["fieldPath"] == "metadata/namespace":
                    NamespaceTransformer(self._value, [])._move(resource)
                else:
                    self._set(resource.there, target)

    def _set(self, obj: Map, target: dict[str, Any]) -> None:
        parts = fieldspecs.split(target["fieldPath"])
        node: Node = obj
        for part in parts[:-1]:
            if not isinstance(node, dict):
                raise nodes.wrong_kind("MappingNode", node)
            node = node.setdefault(part, {})
        if not isinstance(node, dict):
            raise nodes.wrong_kind("MappingNode", node)
        found = fieldspecs.scalar(node.setdefault(parts[-1], Scalar("")))
        position = target.get("filePathPosition", 0)
        found.take(Scalar(_inserted(found.text, position - 1, self._value) if position else self._value))


def _inserted(path: str, position: int, part: str) -> str:
    """Return a path with another part in it; too large a position means its end."""
    import posixpath

    if path in (".", ""):
        return part
    parts = [each for each in posixpath.normpath(path).split("/") if each]
    parts.insert(position, part)
    return ("/" if path.startswith("/") else "") + "/".join(parts)
