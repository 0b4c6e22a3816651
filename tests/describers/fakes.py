"""A client over a list of objects, as far as describers ask for: get, find and items with selectors."""

import re
from typing import Any

from minikube_py.machinery import errors, meta, scheme
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

SCHEME = scheme.builtin()


class FakeClient:
    """Answers from `objects`; `calls` and `indexes` tell what was asked, `failing` which resources answer with which error."""

    user = "admin"

    def __init__(self, *objects: Object, forbidden: tuple[str, ...] = (), failing: dict[str, errors.StatusError] | None = None) -> None:
        self.objects = list(objects)
        self.forbidden = forbidden
        self.failing = failing or {}
        self.indexes: list[tuple[str, str]] = []
        self.calls: list[tuple[str, str, str, str]] = []

    def get(self, resource: str | Resource, name: str, namespace: str = "", *, subresource: str = "", **options: Any) -> Object:
        found = self._resource(resource)
        self._refuse(found, name)
        for obj in self.items(resource, namespace):
            if meta.name(obj) == name:
                return obj
        raise errors.NotFound(found.plural, name, found.group)

    def find(self, resource: str | Resource, name: str, namespace: str = "") -> Object | None:
        try:
            return self.get(resource, name, namespace)
        except errors.NotFound:
            return None

    def items(self, resource: str | Resource, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
              index: tuple[str, str] | None = None, limit: int = 0) -> list[Object]:  # fmt: skip
        found = self._resource(resource)
        self.calls.append((found.qualified, namespace, label_selector, field_selector))
        if index is not None:
            self.indexes.append(index)
        self._refuse(found, "")
        return [
            obj
            for obj in self.objects
            if obj["kind"] == found.kind
            and meta.split_api_version(obj["apiVersion"])[0] == found.group
            and (not namespace or meta.namespace(obj) == namespace)
            and _labels_match(obj, label_selector)
            and _fields_match(obj, field_selector)
        ]

    def _refuse(self, resource: Resource, name: str) -> None:
        if resource.plural in self.failing:
            raise self.failing[resource.plural]
        if resource.plural in self.forbidden:
            raise errors.Forbidden(resource.plural, name, "no", resource.group)

    @staticmethod
    def _resource(resource: str | Resource) -> Resource:
        return SCHEME.must(resource) if isinstance(resource, str) else resource


def _labels_match(obj: Object, selector: str) -> bool:
    return all(meta.labels(obj).get(key) == value for key, _, value in (term.partition("=") for term in selector.split(",") if term))


def _fields_match(obj: Object, selector: str) -> bool:
    for term in filter(None, selector.split(",")):
        field, operator, value = re.match(r"([^!=]+)(!=|=)(.*)", term).groups()
        actual: Any = obj
        for step in field.split("."):
            actual = (actual or {}).get(step)
        if ((actual or "") == value) != (operator == "="):
            return False
    return True
