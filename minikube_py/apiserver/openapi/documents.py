"""The documents of /openapi/v3 and /openapi/v2 as bytes, each made when first asked for and kept."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import minikube_py
from minikube_py.apiserver import discovery
from minikube_py.apiserver.openapi import components, gnostic, prose, swagger
from minikube_py.apiserver.openapi.paths import Paths
from minikube_py.machinery import meta, schemas
from minikube_py.machinery.protobuf.layouts import META
from minikube_py.machinery.scheme import Resource, Scheme

CustomSchema = Callable[[Resource], dict[str, Any] | None]

JSON = "application/json"
PROTOBUF_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_PROTOBUF_WORDS = ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", PROTOBUF_V2)


def wants_protobuf(accept: str) -> bool:
    """Tell whether an Accept header asks for v2 as protobuf before it takes JSON."""
    for clause in accept.split(","):
        media = clause.partition(";")[0].strip()
        if media in _PROTOBUF_WORDS:
            return True
        if media in (JSON, "application/*", "*/*"):
            return False
    return False


def _no_schema(_: Resource) -> dict[str, Any] | None:
    return None


class Documents:
    """All documents of one scheme, as it is when they are asked for.

    `custom_schema` returns the openAPIV3Schema of a custom resource's version (None: anything goes). Call `forget` when a definition
    of custom resources has changed.
    """

    def __init__(self, known: Scheme, custom_schema: CustomSchema = _no_schema) -> None:
        self._known = known
        self._custom_schema = custom_schema
        self._documents: dict[str, bytes] = {}
        self._digests: dict[str, str] = {}
        self._v2: bytes | None = None
        self._v2_protobuf: bytes | None = None

    def forget(self) -> None:
        """Make documents anew when they are asked for next."""
        self._documents.clear()
        self._digests.clear()
        self._v2 = self._v2_protobuf = None

    def root(self) -> bytes:
        """Return the document of /openapi/v3: where the others are."""
        paths = {path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={self.digest(path)}"} for path in self._group_versions()}
        return _encoded({"paths": paths})

    def v3(self, path: str) -> bytes | None:
        """Return the document of `api/v1` or `apis/apps/v1`; None where there is no such group version."""
        if path not in self._documents:
            place = self._group_versions().get(path)
            if place is None:
                return None
            self._documents[path] = _encoded(self._document(*place))
        return self._documents[path]

    def digest(self, path: str) -> str | None:
        """Return the hash of a document (its ETag without quotes), without making it; None where there is no such group version."""
        if path not in self._digests:
            place = self._group_versions().get(path)
            if place is None:
                return None
            resources = [(repr(resource), self._custom_schema(resource)) for resource in self._resources(*place)]
            made_of = [minikube_py.__version__, prose.source(), list(self._versions()), resources]
            self._digests[path] = discovery.digest(_encoded(made_of))
        return self._digests[path]

    def v2(self) -> bytes:
        """Return the document of /openapi/v2 as JSON."""
        if self._v2 is None:
            self._v2 = _encoded(self._swagger())
        return self._v2

    def v2_protobuf(self) -> bytes:
        """Return the document of /openapi/v2 as gnostic's protobuf."""
        if self._v2_protobuf is None:
            self._v2_protobuf = gnostic.document(self._swagger())
        return self._v2_protobuf

    def _swagger(self) -> dict[str, Any]:
        parts = (self._document(*place) for place in self._group_versions().values())
        return swagger.document(parts, minikube_py.KUBERNETES_VERSION)

    def _versions(self) -> Iterable[tuple[str, str]]:
        return [(group, version) for group in self._known.groups() for version in self._known.versions(group)]

    def _group_versions(self) -> dict[str, tuple[str, str]]:
        return {f"apis/{group}/{version}" if group else f"api/{version}": (group, version) for group, version in self._versions()}

    def _resources(self, group: str, version: str) -> list[Resource]:
        return [resource for resource in self._known if (resource.group, resource.version) == (group, version) and resource.served]

    def _document(self, group: str, version: str) -> dict[str, Any]:
        paths = Paths(group, version, definition_name)
        custom: dict[str, Any] = {}
        for resource in self._resources(group, version):
            is_custom = schemas.for_kind(resource.api_version, resource.kind) is None
            paths.add(resource, is_custom=is_custom)
            if is_custom:
                custom |= _custom(resource, self._custom_schema(resource))
        versions = list(self._versions())
        names = components.closure((paths.needed | {META + "ObjectMeta", META + "ListMeta"} if custom else paths.needed) - set(custom))
        definitions = custom | {name: components.schema(name, versions, prose.describe) for name in names}
        return {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": minikube_py.KUBERNETES_VERSION},
            "paths": dict(sorted(paths.items.items())),
            "components": {
                "schemas": dict(sorted(definitions.items())),
                "securitySchemes": {"BearerToken": {"type": "apiKey", "name": "authorization", "in": "header", "description": "Bearer Token authentication"}},
            },
        }


def definition_name(group: str, version: str, kind: str) -> str:
    """Return io.k8s.api.apps.v1.Deployment, or com.example.v1.Widget for a custom kind of the group example.com."""
    known = schemas.for_kind(meta.api_version(group, version), kind)
    return known.name if known is not None else ".".join((*reversed(group.split(".")), version, kind))


def _custom(resource: Resource, given: dict[str, Any] | None) -> dict[str, Any]:
    """Return the definitions of a custom kind and of its list."""
    name = definition_name(resource.group, resource.version, resource.kind)
    text = {"type": "string"}
    gvk = {"group": resource.group, "version": resource.version}

    def described(metadata: str, more: dict[str, Any]) -> dict[str, Any]:
        fields = {"apiVersion": text, "kind": text, "metadata": {"allOf": [{"$ref": components.PREFIX + META + metadata}]}}
        return fields | more

    raw: dict[str, Any] = dict(given) if given is not None else {"x-kubernetes-preserve-unknown-fields": True}
    fields = {key: value for key, value in raw.pop("properties", {}).items() if key not in ("apiVersion", "kind", "metadata")}
    one = {"type": "object"} | raw | {"properties": described("ObjectMeta", fields)}
    many = {
        "type": "object",
        "required": ["items"],
        "properties": described("ListMeta", {"items": {"type": "array", "items": {"$ref": components.PREFIX + name}}}),
    }
    return {
        name: one | {"x-kubernetes-group-version-kind": [gvk | {"kind": resource.kind}]},
        name + "List": many | {"x-kubernetes-group-version-kind": [gvk | {"kind": resource.kind + "List"}]},
    }


def _encoded(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
