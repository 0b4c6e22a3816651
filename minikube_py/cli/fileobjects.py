"""The objects in a document: identity checks, and lists taken apart (apimachinery's unstructured decoder, kubectl pkg/validation)."""

from functools import cache
from typing import TYPE_CHECKING, Any

from minikube_py.cli import failures
from minikube_py.cli.infos import Info
from minikube_py.machinery import gotypes, meta, schemas
from minikube_py.machinery.errors import KctlError, quoted
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource, Scheme

if TYPE_CHECKING:
    from minikube_py.kits.yaml import Document
    from minikube_py.machinery.schemas import Schema

_TYPE_META = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'
_UNKNOWN = 'no kind is registered for the type runtime.Unknown in scheme "pkg/scheme/scheme.go:28"'
NO_OBJECT = "invalid object to validate"
_TURN_OFF = "if you choose to ignore these errors, turn validation off with --validate=false"


class Unreadable(KctlError):
    """A document after which the others of its file are not looked at."""


def check_identity(value: Any, source: str) -> None:
    """Refuse a document without apiVersion or kind, as commands do that validate."""
    refuse(identity_problems(value), source)


def refuse(problems: list[str], source: str) -> None:
    """Raise what a validation found, if it found anything."""
    if problems:
        text = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
        raise KctlError(f'error validating "{source}": error validating data: {text}; {_TURN_OFF}')


def identity_problems(value: Any) -> list[str]:
    """Return what a document lacks to be an object, as kubectl words it."""
    if not isinstance(value, dict):
        return [NO_OBJECT]
    problems = []
    for field in ("apiVersion", "kind"):
        if value.get(field) is None:
            problems.append(f"{field} not set")
        elif not isinstance(value[field], str):
            problems.append(f"{field} isn't string type")
        elif field == "apiVersion" and value[field].count("/") > 1:
            problems.append(f"unexpected GroupVersion string: {value[field]}")
    return problems


def flattened(scheme: Scheme | None, document: "Document", source: str, *, typed: bool = False,
              whole: bool = False) -> tuple[list[Info], list[KctlError]]:  # fmt: skip
    """Return the objects of a document, and the failures of a list's items; KctlError where the document is none. `whole`: a list stays one."""
    obj = _decoded(document, source, typed=typed)
    duplicates = [f'duplicate field "{duplicate.path}"' for duplicate in document.duplicates]
    resource = _resource_of(scheme, obj)
    name, namespace = _text(obj, "name"), _text(obj, "namespace")
    if resource is None and typed:
        raise _undecodable(source, no_type(_api_version(obj), _kind(obj)))
    if resource is None:
        where = f'name: "{name}" namespace: "{namespace}" from "{source}"'
        raise KctlError(f"resource mapping not found for {where}: {_no_match(obj)}\nensure CRDs are installed first")
    if whole or "items" not in obj:
        if typed:
            _check_type(obj, source)
        return [Info(resource, name, namespace, obj, source, duplicates)], []
    return _typed_items(scheme, obj, source) if typed and _kind(obj) == "List" else _items(scheme, obj, source)


def _check_type(obj: Object, source: str) -> None:
    """Refuse an object that does not fit into the Go struct that kubectl has of its kind, and one of a kind without."""
    from minikube_py.machinery import decode

    schema = schemas.for_kind(_api_version(obj), _kind(obj))
    problem = no_type(_api_version(obj), _kind(obj)) if schema is None else decode.decode(obj, schema).error
    if problem:
        raise _undecodable(source, problem) if source else KctlError(problem)


def _undecodable(source: str, problem: object) -> KctlError:
    return KctlError(f'unable to decode "{source}": {problem}')


def _decoded(document: "Document", source: str, *, typed: bool) -> Object:
    try:
        return _interpreted(document) if typed else _checked(document)
    except ValueError as error:
        raise _undecodable(source, error) from None


def _interpreted(document: "Document") -> Object:
    """Return the object that a document is, where its apiVersion and kind can be read; ValueError in the words of Go's typed decoders."""
    value = document.value
    unread = "couldn't get version/kind; json parse error: json: cannot unmarshal"
    if not isinstance(value, dict):
        raise ValueError(f"{unread} {gotypes.kind_of(value)} into Go value of type {_TYPE_META}")
    for field in value if document.json else sorted(value):
        if field in ("apiVersion", "kind") and not isinstance(value[field], str | None):
            raise ValueError(f"{unread} {gotypes.kind_of(value[field])} into Go struct field .{field} of type string")
    api_version = _api_version(value)
    if api_version.count("/") > 1:
        raise ValueError(f"unexpected GroupVersion string: {api_version}")
    missing = "Kind" if not value.get("kind") else "apiVersion" if not meta.split_api_version(api_version)[1] else ""
    if missing:
        raise _lacking(missing, document)
    return value


def _lacking(field: str, document: "Document") -> ValueError:
    from minikube_py.kits import jsonio

    return ValueError(f"Object '{field}' is missing in '{document.json or jsonio.go_json(document.value)}'")


def _checked(document: "Document") -> Object:
    value = document.value
    if not isinstance(value, dict):
        raise ValueError(f"json: cannot unmarshal {gotypes.kind_of(value)} into Go value of type unstructured.detector")
    items = value.get("items")
    if items is not None and not isinstance(items, list):
        raise ValueError(f"json: cannot unmarshal {gotypes.kind_of(items)} into Go struct field decodeList.items of type []json.RawMessage")
    for item in items or ():
        if item is not None and not isinstance(item, dict):
            raise ValueError(f"json: cannot unmarshal {gotypes.kind_of(item)} into Go value of type map[string]interface {{}}")
    if not _kind(value):
        raise _lacking("Kind", document)
    for field in value if document.json else sorted(value):
        if field == "apiVersion" and not isinstance(value[field], str | None):
            raise ValueError(f"json: cannot unmarshal {gotypes.kind_of(value[field])} into Go struct field metadataOnlyObject.apiVersion of type string")
        if field == "metadata":
            _check_metadata(value)
    return value


def _kind(obj: Object) -> str:
    """Return the kind as kubectl sees it: none where the apiVersion makes no sense."""
    kind, api_version = obj.get("kind"), obj.get("apiVersion")
    if not isinstance(kind, str) or (isinstance(api_version, str) and api_version.count("/") > 1):
        return ""
    return kind


def _check_metadata(obj: Object) -> None:
    metadata = obj.get("metadata")
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        kind = gotypes.kind_of(metadata)
        raise ValueError(f"json: cannot unmarshal {kind} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta")
    from minikube_py.machinery import decode

    found = decode.decode({"metadata": metadata}, _metadata_schema())
    if found.error:
        raise ValueError(found.error)


@cache
def _metadata_schema() -> "Schema":
    return schemas.from_openapi({})


def _text(obj: Object, field: str) -> str:
    metadata = obj.get("metadata")
    found = metadata.get(field) if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else ""


def _api_version(obj: Object) -> str:
    found = obj.get("apiVersion")
    return found if isinstance(found, str) else ""


def _resource_of(scheme: Scheme | None, obj: Object) -> Resource | None:
    """Return the resource of an object; for a list, any one of its group and version that has lists of that kind."""
    api_version, kind = _api_version(obj), _kind(obj)
    if scheme is None:
        return local_resource(obj)
    if kind == "List":
        return _any_list(scheme, api_version)
    found = scheme.for_kind(api_version, kind) if api_version else _without_version(scheme, kind)
    if found is not None or "items" not in obj:
        return found
    return scheme.for_kind(api_version, kind.removesuffix("List"))


def _any_list(scheme: Scheme, api_version: str) -> Resource | None:
    """Return the resource of kind List, which clients take for one of every group version that is served."""
    group, version = meta.split_api_version(api_version)
    if not any((resource.group, resource.version) == (group, version) and resource.served for resource in scheme):
        return None
    return Resource(group, version, "lists", "List", "list", False, (), (), (), {})


def _without_version(scheme: Scheme, kind: str) -> Resource | None:
    """Return the resource of a kind of the core group that is asked for without a version: no server has it."""
    found = scheme.for_kind("v1", kind)
    return found._replace(version="") if found is not None else None


def local_resource(obj: Object) -> Resource:
    """Return a stand-in for the resource of an object that nobody looks up."""
    group, version = meta.split_api_version(_api_version(obj))
    kind = _kind(obj)
    return Resource(group, version, kind.lower(), kind, kind.lower(), bool(_text(obj, "namespace")), (), (), (), {})


def no_type(api_version: str, kind: str) -> str:
    """Return what kubectl says of a kind that it has no Go type of, where it wants one."""
    return f'no kind {quoted(kind)} is registered for version {quoted(api_version)} in scheme "pkg/scheme/scheme.go:28"'


def _no_match(obj: Object) -> str:
    return f'no matches for kind "{_kind(obj)}" in version "{_api_version(obj)}"'


def _items(scheme: Scheme | None, listing: Object, source: str) -> tuple[list[Info], list[KctlError]]:
    infos: list[Info] = []
    refused: list[KctlError] = []
    items = [_item(listing, item) for item in listing["items"] or ()]
    if any(isinstance(item.get("items"), list) for item in items):
        raise Unreadable("*unstructured.Unstructured is not a list: no Items field in this object")
    for item in items:
        missing = "Kind" if not _kind(item) else "apiVersion" if not _api_version(item) else ""
        resource = None if missing else _resource_of(scheme, item)
        if missing:
            there = f"object has no {'kind field ' if missing == 'Kind' else 'apiVersion field'}"
            refused.append(KctlError(f'unable to get type info from the object "*unstructured.Unstructured": Object \'{missing}\' is missing in \'{there}\''))
        elif resource is None:
            refused.append(KctlError(f"unable to recognize {_no_match(item)}"))
        else:
            infos.append(Info(resource, _text(item, "name"), _text(item, "namespace"), item, source))
    return infos, [failures.Several(refused)] if refused else []


def _typed_items(scheme: Scheme | None, listing: Object, source: str) -> tuple[list[Info], list[KctlError]]:
    """Return the items of a List that go into Go structs: all of them, or what is wrong with some."""
    from minikube_py.kits import jsonio
    from minikube_py.kits.yaml import Document

    infos: list[Info] = []
    refused: list[KctlError] = []
    unknown: list[KctlError] = []
    for value in listing["items"] or ():
        try:
            item = _interpreted(Document(value, 1, [], jsonio.in_order(value)))
            resource = _resource_of(scheme, item) if schemas.for_kind(_api_version(item), _kind(item)) is not None else None
            if resource is None:
                unknown.append(KctlError(f'unable to get type info from the object "*runtime.Unknown": {_UNKNOWN}'))
                continue
            _check_type(item, "")
            infos.append(Info(resource, _text(item, "name"), _text(item, "namespace"), item, source))
        except (KctlError, ValueError) as error:
            refused.append(KctlError(str(error)))
    if refused:
        return [], [failures.Several(refused)]
    return infos, [failures.Several(unknown)] if unknown else []


def _item(listing: Object, item: Any) -> Object:
    """Return an item of a list; one that has neither is of the list's apiVersion and kind."""
    made: Object = item or {}
    if not made.get("kind") and not made.get("apiVersion"):
        return {**made, "apiVersion": listing.get("apiVersion"), "kind": _kind(listing).removesuffix("List")}
    return made
