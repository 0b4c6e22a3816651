"""What a server serves: aggregated discovery (v2, v2beta1), or the older documents where it has no other. Tells what is there, never what is allowed."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from minikube_py.client import answers
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError, StatusError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource, Subresource

TIMEOUT = 32.0  # seconds, as client-go
_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
ACCEPT = ",".join((_AGGREGATED.format("v2"), _AGGREGATED.format("v2beta1"), "application/json"))
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_ROOTS = ("/api", "/apis")
_MISSING = (403, 404, 406)  # a server without some of it, or that does not show it


class Document(Protocol):
    """An answer to a GET."""

    @property
    def data(self) -> bytes:
        """The bytes."""

    @property
    def content_type(self) -> str:
        """The Content-Type header."""


Get = Callable[[str, str, float | None], Document]


def resources(get: Get) -> list[Resource]:
    """Return all resources, the core group's first, each group's preferred version before its others. `get` fetches path, Accept, timeout."""
    found: list[Resource] = []
    failed: list[StatusError] = []
    for root in _ROOTS:
        try:
            document = get(root, ACCEPT, TIMEOUT)
        except StatusError as error:
            if error.code not in _MISSING:
                raise
            failed.append(error)
            continue
        body = answers.decode(document.data, document.content_type, root)
        found += _read(root, lambda body=body: list(_of_root(get, body)))  # type: ignore[misc]
    if len(failed) == len(_ROOTS):
        raise failed[0]
    return found


def _read(where: str, read: Callable[[], list[Resource]]) -> list[Resource]:
    try:
        return read()
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise answers.Strange(f"the server answered {where} with what tells of no resources") from error


def _of_root(get: Get, body: Object) -> Iterator[Resource]:
    kind = body.get("kind")
    if kind == "APIGroupDiscoveryList":
        for group in body.get("items") or ():
            yield from _aggregated(group)
    elif kind == "APIVersions":
        for version in body.get("versions") or ():
            yield from _legacy(get, f"/api/{_word(version)}", "", version)
    elif kind == "APIGroupList":
        for group in body.get("groups") or ():
            for version in _versions(group):
                yield from _legacy(get, f"/apis/{_word(group['name'])}/{_word(version)}", group["name"], version)
    else:
        raise ValueError(kind)


def _word(value: Any) -> str:
    """Return a part of a path; ValueError for what would lead elsewhere."""
    if not isinstance(value, str) or not _PART.fullmatch(value) or ".." in value:
        raise ValueError(value)
    return value


def _versions(group: Object) -> list[str]:
    listed = [version["version"] for version in group.get("versions") or ()]
    preferred = (group.get("preferredVersion") or {}).get("version")
    return sorted(listed, key=lambda version: version != preferred)


def _aggregated(group: Object) -> Iterator[Resource]:
    name = (group.get("metadata") or {}).get("name") or ""
    for version in group.get("versions") or ():
        for row in version.get("resources") or ():
            yield _of_row(name, version["version"], row)


def _of_row(group: str, version: str, row: Object) -> Resource:
    own = row.get("responseKind") or {}
    subresources = {}
    for sub in row.get("subresources") or ():
        kind = sub.get("responseKind") or {}
        subresources[sub["subresource"]] = _subresource(sub["subresource"], group, version, kind, kind.get("kind"), sub.get("verbs"))
    return resource(group, version, row["resource"], own.get("kind") or "", row.get("singularResource"), row["scope"] == "Namespaced",
                    row.get("shortNames"), row.get("categories"), row.get("verbs"), subresources)  # fmt: skip


def _subresource(name: str, group: str, version: str, foreign: Object, kind: Any, verbs: Any) -> Subresource:
    """Return a subresource; where its kind is not of the resource's group version, `foreign` names group and version."""
    if foreign.get("version"):
        group, version = foreign.get("group") or "", foreign["version"]
    return Subresource(name, group, version, kind or "", tuple(verbs or ()))


def resource(group: Any, version: Any, plural: Any, kind: Any, singular: Any, namespaced: bool, short_names: Any, categories: Any, verbs: Any,
             subresources: dict[str, Subresource]) -> Resource:  # fmt: skip
    """Return a resource of values that came from elsewhere; ValueError where one of them is no text."""
    lists = [tuple(values or ()) for values in (short_names, categories, verbs)]
    texts = (group, version, plural, kind, singular or "", *(text for values in lists for text in values),
             *(text for sub in subresources.values() for text in (*sub[:4], *sub.verbs)))  # fmt: skip
    if not all(isinstance(text, str) and text.isprintable() for text in texts) or not (version and plural):
        raise ValueError("no resource")
    return Resource(group, version, plural, kind, singular or kind.lower(), namespaced, lists[0], lists[1], lists[2], subresources)


def _legacy(get: Get, path: str, group: str, version: str) -> Iterator[Resource]:
    """Yield the resources of one group version; a part of the API that does not answer is left out, as kubectl leaves it out."""
    try:
        document = get(path, "application/json", TIMEOUT)
    except StatusError as error:
        if error.code in _MISSING or error.code >= 500:
            return
        raise
    rows = answers.decode(document.data, document.content_type, path).get("resources") or ()
    below: dict[str, dict[str, Subresource]] = {}
    for row in rows:
        plural, slash, name = row["name"].partition("/")
        if slash:
            below.setdefault(plural, {})[name] = _subresource(name, group, version, row, row["kind"], row.get("verbs"))
    for row in rows:
        if "/" not in row["name"]:
            yield resource(group, version, row["name"], row["kind"], row.get("singularName"), bool(row["namespaced"]), row.get("shortNames"),
                           row.get("categories"), row.get("verbs"), below.get(row["name"], {}))  # fmt: skip


def to_rows(found: list[Resource]) -> list[Any]:
    """Return resources as JSON values."""
    return [[*each[:9], {name: [*sub[1:4], list(sub.verbs)] for name, sub in each.subresources.items()}] for each in found]


def from_rows(rows: Any) -> list[Resource]:
    """Return what `to_rows` was given; ValueError where it was not made by it."""
    try:
        return [
            resource(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6], row[7], row[8],
                     {name: Subresource(name, sub[0], sub[1], sub[2], tuple(sub[3])) for name, sub in row[9].items()})
            for row in rows
        ]  # fmt: skip
    except (TypeError, IndexError, AttributeError) as error:
        raise ValueError("no resources") from error


def unknown(word: str) -> KctlError:
    """Return the error for a resource that the server lacks."""
    return KctlError(f"the server doesn't have a resource type {errors.quoted(word.partition('.')[0])}")
