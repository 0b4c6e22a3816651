"""What kustomize knows of kinds: which lists merge by which keys, and which kinds have no namespace.

It knows Kubernetes v1.21 (mergekeys.json, taken from the OpenAPI document within kustomize), or what a kustomization names under
`openapi`. A kind that is younger has no merge keys: its lists are replaced.
"""

import json
import os
from functools import cache
from typing import Any

from minikube_py.kustomize.nodes import KustomizeError
from minikube_py.machinery.errors import KctlError

Merge = dict[str, Any]  # fields, items, values: what lies within; keys: the merge keys of a list that merges
BUILT_IN_VERSION = "v1.21.2"
_UNREADABLE = "json: cannot unmarshal Go value of type spec.Swagger"

# Kinds of Kubernetes without a namespace, by their group and versions.
_CLUSTER_KINDS = {
    "admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1": "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
    "apiextensions.k8s.io/v1 apiextensions.k8s.io/v1beta1": "CustomResourceDefinition",
    "apiregistration.k8s.io/v1 apiregistration.k8s.io/v1beta1": "APIService",
    "certificates.k8s.io/v1 certificates.k8s.io/v1beta1": "CertificateSigningRequest",
    "flowcontrol.apiserver.k8s.io/v1beta1": "FlowSchema PriorityLevelConfiguration",
    "networking.k8s.io/v1 networking.k8s.io/v1beta1": "IngressClass",
    "node.k8s.io/v1 node.k8s.io/v1beta1": "RuntimeClass",
    "policy/v1beta1": "PodSecurityPolicy",
    "rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1": "ClusterRole ClusterRoleBinding",
    "scheduling.k8s.io/v1 scheduling.k8s.io/v1beta1": "PriorityClass",
    "storage.k8s.io/v1 storage.k8s.io/v1beta1": "CSIDriver CSINode StorageClass VolumeAttachment",
    "v1": "ComponentStatus Namespace Node NodeProxyOptions PersistentVolume",
}
_CLUSTER = frozenset((version, kind) for versions, kinds in _CLUSTER_KINDS.items() for version in versions.split() for kind in kinds.split())


@cache
def _built_in() -> dict[str, dict[str, Any]]:
    with open(os.path.join(os.path.dirname(__file__), "mergekeys.json"), encoding="utf-8") as file:
        return json.load(file)  # type: ignore[no-any-return]


class Schemas:
    """The kinds that one build knows."""

    def __init__(self) -> None:
        self._set = self._is_custom = False
        self._content: bytes | None = None  # of a file that nobody has asked about yet
        self._custom: dict[str, Any] | None = None
        self._scopes: dict[tuple[str, str], bool] = {}
        self._kinds: dict[tuple[str, str], dict[str, Any]] = {}

    def use(self, field: dict[str, str], content: bytes | None) -> None:
        """Take over the `openapi` field of a kustomization; the first that says something counts."""
        if self._set:
            return
        if content is not None:
            if "version" in field:
                raise KustomizeError("builtin version and custom schema provided, cannot use both")
            self._set, self._is_custom, self._content = True, True, content
        elif field.get("version"):
            if field["version"] != BUILT_IN_VERSION:
                raise KustomizeError("the specified OpenAPI version is not built in")
            self._set = True

    def _read(self) -> None:
        """Read the file of the `openapi` field when it is needed for the first time: what is wrong with it is told then."""
        content, self._content = self._content, None
        if content is None:
            return
        found = _document(content)
        self._custom = found.get("definitions") or {}
        for definition in self._custom.values():
            for gvk in _types(definition):
                self._kinds[_type_of(gvk)] = definition
        for path, item in (found.get("paths") or {}).items():
            for gvk in _types(item.get("get") or {}):
                self._scopes[_type_of(gvk)] = self._scopes.get(_type_of(gvk), False) or "namespaces/{namespace}" in path

    def is_cluster_scoped(self, api_version: str, kind: str) -> bool:
        """Tell whether a kind is known to have no namespace."""
        if (api_version, kind) in _CLUSTER:
            return True
        if not self._is_custom or f"{api_version}/{kind}" in _built_in()["kinds"]:  # of these a file of one's own says nothing new
            return False
        self._read()
        return self._scopes.get((api_version, kind)) is False

    def for_kind(self, api_version: str, kind: str) -> Merge | None:
        """Return how objects of a kind merge; None where nothing is known."""
        self._read()
        if self._custom is None:
            name = _built_in()["kinds"].get(f"{api_version}/{kind}")
            return self._resolved(name) if name else None
        definition = self._kinds.get((api_version, kind))
        return self._resolved(_custom_merge(definition)) if definition is not None else None

    def _resolved(self, found: Any) -> Merge | None:
        seen = 0
        while isinstance(found, str) and seen < 100:
            seen += 1
            if self._custom is None:
                found = _built_in()["definitions"].get(found)
            else:
                definition = self._custom.get(found)
                found = _custom_merge(definition) if isinstance(definition, dict) else None
        return found if isinstance(found, dict) else None

    def field(self, schema: Merge | None, name: str) -> Merge | None:
        """Return what is known of a field."""
        if schema is None:
            return None
        found = schema.get("fields", {}).get(name)
        return self._resolved(found if found is not None else schema.get("values"))

    def element(self, schema: Merge | None) -> Merge | None:
        """Return what is known of the elements of a list."""
        return None if schema is None else self._resolved(schema.get("items"))


class BrokenSchemaError(KctlError):
    """A file of the `openapi` field that cannot be read. kubectl panics: nothing says where that was, so this is no KustomizeError."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"invalid schema file: {problem}")


def _document(content: bytes) -> dict[str, Any]:
    """Return an OpenAPI document of which the parts that are looked at have the types that they must have."""
    from minikube_py.kits import yaml

    try:
        found = yaml.load(content)
    except yaml.YAMLError as error:
        problem = str(error).removeprefix("error converting YAML to JSON: ")
        raise BrokenSchemaError(problem if problem.startswith("yaml: ") else f"{_UNREADABLE}: {problem}") from None
    if found is None:
        raise BrokenSchemaError(f"{_UNREADABLE}: EOF")
    _check(found, "spec.Swagger")
    for field, each in (("definitions", "spec.Schema"), ("paths", "spec.PathItem")):
        _check(found.get(field), f"spec.{field.capitalize()}", empty=True)
        for item in (found.get(field) or {}).values():
            _check(item, each)
            _check(item.get("properties"), "map[string]spec.Schema", empty=True)
            _check(item.get("get"), "spec.Operation", empty=True)
    return found  # type: ignore[no-any-return]


def _check(value: Any, wanted: str, *, empty: bool = False) -> None:
    """Refuse what is no object, as Go's decoder does; `empty`: it may be missing."""
    if isinstance(value, dict) or (empty and value is None):
        return
    kinds = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", type(None): "null"}
    raise BrokenSchemaError(f"{_UNREADABLE}: json: cannot unmarshal JSON {kinds[type(value)]} into Go value of type {wanted}")


def _types(item: dict[str, Any]) -> list[dict[str, str]]:
    """Return the kinds that an item says it is about; whatever is no list of them, or no kind, says nothing."""
    found = item.get("x-kubernetes-group-version-kind")
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]


def _type_of(gvk: dict[str, str]) -> tuple[str, str]:
    group, version = gvk.get("group", ""), gvk.get("version", "")
    return (f"{group}/{version}" if group else version), gvk.get("kind", "")


def _custom_merge(raw: dict[str, Any]) -> Any:
    """Return an OpenAPI schema in the form of mergekeys.json."""
    if "$ref" in raw:
        return str(raw["$ref"]).rpartition("/")[2]
    merge: Merge = {}
    if "merge" in str(raw.get("x-kubernetes-patch-strategy", "")).split(","):
        keys = raw.get("x-kubernetes-list-map-keys")
        single = raw.get("x-kubernetes-patch-merge-key")
        merge["keys"] = keys if keys is not None else [single] if single is not None else []
    if isinstance(raw.get("properties"), dict):
        merge["fields"] = {name: _custom_merge(item) for name, item in raw["properties"].items() if isinstance(item, dict)}
    if isinstance(raw.get("items"), dict) and raw.get("type") == "array":
        merge["items"] = _custom_merge(raw["items"])
    if isinstance(raw.get("additionalProperties"), dict):
        merge["values"] = _custom_merge(raw["additionalProperties"])
    return merge
