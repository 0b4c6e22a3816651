"""Where kctl explain finds definitions of kinds: the OpenAPI document of a server, or what a cluster of this machine would serve as one."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from minikube_py.machinery import errors

if TYPE_CHECKING:
    from minikube_py.client.servers import Server
    from minikube_py.machinery.scheme import Resource, Scheme

Schema = Mapping[str, Any]
_PREFIX = "#/components/schemas/"
_KINDS = "x-kubernetes-group-version-kind"


class Definitions(Protocol):
    """The definitions of one group version."""

    def resolve(self, reference: object) -> Schema | None:
        """Return what a $ref means; None for what is none, or is not there."""

    def of(self, resource: "Resource") -> Schema | None:
        """Return the definition of a resource's kind."""


class Served:
    """The definitions in a document of /openapi/v3."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Any] = (document.get("components") or {}).get("schemas") or {}

    def resolve(self, reference: object) -> Schema | None:
        """Return what a $ref means."""
        if not isinstance(reference, str) or not reference.startswith(_PREFIX):
            return None
        found = self._schemas.get(reference[len(_PREFIX) :])
        return found if isinstance(found, dict) else None

    def of(self, resource: "Resource") -> Schema | None:
        """Return the definition of a resource's kind."""
        wanted = {"group": resource.group, "kind": resource.kind, "version": resource.version}
        return next((schema for _, schema in self._in_order() if wanted in (schema.get(_KINDS) or ())), None)

    def _in_order(self) -> Iterator[tuple[str, Any]]:
        yield from sorted(self._schemas.items())


class BuiltIn:
    """The definitions of a cluster of this machine, each made when it is asked for: a whole document would take longer than the answer may."""

    def __init__(self, known: "Scheme") -> None:
        self._known = known
        self._made: dict[str, Schema] = {}

    def resolve(self, reference: object) -> Schema | None:
        """Return what a $ref means."""
        if not isinstance(reference, str) or not reference.startswith(_PREFIX):
            return None
        return self._definition(reference[len(_PREFIX) :])

    def of(self, resource: "Resource") -> Schema | None:
        """Return the definition of a resource's kind."""
        from minikube_py.machinery import schemas

        found = schemas.for_kind(resource.api_version, resource.kind)
        return self._definition(found.name) if found is not None else self._custom(resource)

    def _definition(self, name: str) -> Schema:
        from minikube_py.apiserver.openapi import components, prose

        if name not in self._made:
            versions = [(group, version) for group in self._known.groups() for version in self._known.versions(group)]
            self._made[name] = components.schema(name, versions, prose.describe)
        return self._made[name]

    def _custom(self, resource: "Resource") -> Schema | None:
        import json

        from minikube_py.apiserver.openapi import documents

        path = f"apis/{resource.group}/{resource.version}"
        found = documents.Documents(self._known).v3(path)
        return Served(json.loads(found)).of(resource) if found is not None else None


def of_server(server: "Server", group: str, version: str) -> Definitions | None:
    """Return the definitions of a group version; None where the server has none such."""
    from minikube_py.client import answers

    path = f"/openapi/v3/apis/{group}/{version}" if group else f"/openapi/v3/api/{version}"
    try:
        answer = server.fetch(path, "application/json")
    except errors.NotFound:
        return None
    document: Any = answers.decode(answer.data, answer.content_type, path)
    return Served(document if isinstance(document, dict) else {})
