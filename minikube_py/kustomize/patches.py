"""Patches: strategic merge patches and JSON patches, inline or from files, for one resource or all that a selector means."""

from typing import Any

from minikube_py.kits import gofmt
from minikube_py.kustomize import documents, merge, nodes
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError
from minikube_py.kustomize.resources import ResMap, Resource
from minikube_py.kustomize.schemas import Schemas

Operations = list[dict[str, Any]]


def merge_into(target: Resource, patch: Resource) -> None:
    """Merge a patch into a resource, which keeps its name and kind unless the patch may change them."""
    name, namespace, kind = target.name, target.namespace, target.kind
    if patch.allows_name_change or patch.allows_kind_change:
        target.store_id()
    if _replaces_annotations(patch):
        target.forget()
    target.obj = merge.apply(target.there, nodes.clone(patch.there), target.schemas)
    if not target.obj:
        return
    target.allows_name_change |= patch.allows_name_change
    target.allows_kind_change |= patch.allows_kind_change
    if not patch.allows_kind_change:
        target.set_text("kind", text=kind)
    if not patch.allows_name_change:
        target.set_text("metadata", "name", text=name)
    target.set_namespace(namespace)


def _replaces_annotations(patch: Resource) -> bool:
    """Tell whether a patch takes away all annotations, those in which kustomize keeps its knowledge included."""
    found = patch.metadata.get("annotations")
    for node in (patch.metadata, found):
        if isinstance(node, dict) and nodes.text(node.get("$patch")) in ("replace", "delete"):
            return True
    return found is not None and nodes.is_null(found) and not (patch.allows_name_change or patch.allows_kind_change)


def _merge_selected(resources: ResMap, selected: list[Resource], patch: Resource) -> None:
    for target in selected:
        copy = patch.copy()
        # Labels and annotations become text here, even a null that would have deleted one.
        for field in ("labels", "annotations"):
            copy.set_pairs(field, copy.pairs(field))
        copy.set_text("apiVersion", text=target.field("apiVersion"))
        merge_into(target, copy)
    kept = resources.list
    resources.list = []
    resources.extend(resource for resource in kept if resource.obj)


def _json_patch(text: str) -> Operations:
    """Return the operations of a JSON patch; ValueError where it is none."""
    import json

    from minikube_py.kits import yaml

    if not text:
        raise ValueError("empty json patch operations")
    found = json.loads(text) if text.startswith("[") else yaml.load(text)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(operation, dict) for operation in found):
        raise ValueError("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    return found


def apply_json(target: Resource, operations: Operations) -> None:
    """Apply a JSON patch to a resource."""
    from minikube_py.machinery.patch import jsonpatch

    obj = nodes.value(target.there)
    if target.is_annotated and isinstance(obj.get("metadata"), dict) and obj["metadata"].get("annotations") is None:
        obj["metadata"]["annotations"] = {}  # kustomize keeps what it knows there, so that there is a place for more
    try:
        found = jsonpatch.patched(obj, operations)
    except jsonpatch.PatchError as error:
        raise KustomizeError(str(error)) from None
    if not isinstance(found, dict):
        raise KustomizeError("json: cannot unmarshal array into Go value of type map[string]interface {}")
    target.obj = nodes.node(found)
    for field in ("labels", "annotations"):
        if field == "annotations":
            target.set_pairs(field, target.pairs(field))


class PatchTransformer:
    """One entry of `patches`."""

    def __init__(self, fields: dict[str, Any], loader: Loader, schemas: Schemas) -> None:
        self._target = fields.get("target")
        self._merges: list[Resource] | None = None
        self._operations: Operations = []
        text, self._source = self._text(fields, loader)
        try:
            merges: list[Resource] | None = [Resource(obj, schemas) for obj in documents.objects(text)]
        except KustomizeError:
            merges = None
        try:
            operations: Operations | None = _json_patch(text)
        except ValueError:
            operations = None
        if merges is not None and operations is not None:
            raise KustomizeError(f"illegally qualifies as both an SM and JSON patch: {self._source}")
        if merges is None and operations is None:
            raise KustomizeError(f"unable to parse SM or JSON patch from {self._source}")
        options = fields.get("options", {})
        for patch in merges or ():
            patch.allows_name_change = options.get("allowNameChange", False)
            patch.allows_kind_change = options.get("allowKindChange", False)
            if patch.allows_name_change or patch.allows_kind_change:  # kustomize notes it in an annotation, which makes all of them text
                patch.set_pairs("annotations", patch.pairs("annotations"))
        self._merges, self._operations = merges, operations or []

    def _text(self, fields: dict[str, Any], loader: Loader) -> tuple[str, str]:
        from minikube_py.kits.yaml import documents as streams

        patch, path = fields.get("patch", "").strip(), fields.get("path", "")
        if bool(patch) == bool(path):
            problem = "patch and path can't be set at the same time" if patch else "must specify one of patch and path in"
            raise KustomizeError(f"{problem}\n{_shown(fields)}")
        if patch:
            return patch, f"[patch: {gofmt.quote(patch)}]"
        try:
            return streams.decode(loader.load(path)), f"[path: {gofmt.quote(path)}]"
        except KustomizeError as error:
            raise KustomizeError(f"failed to get the patch file from path({path}): {error}") from None

    def transform(self, resources: ResMap) -> None:
        """Apply the patch."""
        if self._merges:
            self._merge(self._merges, resources)
            return
        if self._target is None:
            raise KustomizeError(f"must specify a target for JSON patch {self._source}")
        for resource in resources.select(self._target):
            resource.store_id()
            apply_json(resource, self._operations)

    def _merge(self, merges: list[Resource], resources: ResMap) -> None:
        if self._target is not None:
            if len(merges) > 1:
                where = "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field"
                raise KustomizeError(f"{where}: {self._source}")
            try:
                selected = resources.select(self._target)
            except KustomizeError as error:
                raise KustomizeError(f"unable to find patch target {gofmt.quote(_selector(self._target))} in `resources`: {error}") from None
            _merge_selected(resources, selected, merges[0])
            return
        for patch in merges:
            try:
                target = resources.target(patch.original_id)
            except KustomizeError as error:
                raise KustomizeError(f'no resource matches strategic merge patch "{patch.original_id}": {error}') from None
            merge_into(target, patch)


def _shown(fields: dict[str, Any]) -> str:
    from minikube_py.kits import yaml

    return yaml.dump(fields)


def _selector(target: dict[str, Any]) -> str:
    from minikube_py.kustomize.ids import Gvk, ResId

    wanted = ResId(Gvk(target.get("group", ""), target.get("version", ""), target.get("kind", "")), target.get("name", ""), target.get("namespace", ""))
    return f"{wanted}:a={target.get('annotationSelector', '')}:l={target.get('labelSelector', '')}"


class StrategicMergeTransformer:
    """All of `patchesStrategicMerge`: paths, or patches themselves."""

    def __init__(self, fields: dict[str, Any], loader: Loader, schemas: Schemas) -> None:
        paths, text = fields.get("paths", []), fields.get("patches", "")
        if not paths and not text:
            raise KustomizeError("empty file path and empty patch content")
        found: list[nodes.Map] = []
        for path in paths:
            try:
                found += documents.objects(path)
            except KustomizeError:
                found += from_file(loader, path)
        found += documents.objects(text) if text else []
        if not found:
            raise KustomizeError(f"patch appears to be empty; files=[{' '.join(paths)}], Patch={text}")
        self._patches = [Resource(obj, schemas) for obj in found]

    def transform(self, resources: ResMap) -> None:
        """Apply each to the one resource that it names."""
        for patch in self._patches:
            _merge_selected(resources, [resources.target(patch.original_id)], patch)


def from_file(loader: Loader, path: str) -> list[nodes.Map]:
    """Return the objects of a file; where it is no YAML, the error names it."""
    content = loader.load(path)
    try:
        return documents.objects(content)
    except documents.MalformedError as error:
        raise documents.MalformedError(f"{error} in File: {path}") from None


class Json6902Transformer:
    """One entry of `patchesJson6902`."""

    def __init__(self, fields: dict[str, Any], loader: Loader, _: Schemas) -> None:
        from minikube_py.kits.yaml import documents as streams

        self._target = fields.get("target") or {}
        path, text = fields.get("path", ""), fields.get("jsonOp", "")
        if not self._target.get("name"):
            raise KustomizeError("must specify the target name")
        if not path and not text:
            raise KustomizeError("empty file path and empty jsonOp")
        if path:
            if text:
                raise KustomizeError("must specify a file path or jsonOp, not both")
            text = streams.decode(loader.load(path))
            if not text:
                raise KustomizeError(f"patch file '{path}' empty seems to be empty")
        try:
            self._operations = _json_patch(text)
        except ValueError as error:
            raise KustomizeError(f"decoding {text}: {error}") from None
        if not self._operations:
            raise KustomizeError(f"patch appears to be empty; file={path}, JsonOp={text}")

    def transform(self, resources: ResMap) -> None:
        """Apply the patch to what its target selects."""
        for resource in resources.select(self._target):
            apply_json(resource, self._operations)
