"""Brings RBAC objects to the rights that files tell: what is missing is added, what is too much may go (component-helpers auth/rbac/reconciliation)."""

from typing import TYPE_CHECKING, Any

from minikube_py.auth import rules
from minikube_py.cli import typedobjects
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

CREATE, UPDATE, RECREATE, NONE = "create", "update", "recreate", "none"
_AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
_ROLES = ("Role", "ClusterRole")
_NAMESPACED = ("Role", "RoleBinding")
_ATTEMPTS = 3


class Result:
    """What an object becomes, by which operation, and what was missing or too much of it. `protected`: it opted out."""

    __slots__ = ("extra", "missing", "object", "operation", "protected")

    def __init__(self, obj: Object, operation: str) -> None:
        self.object = obj
        self.operation = operation
        self.protected = False
        self.missing: list[Any] = []
        self.extra: list[Any] = []


def is_role(obj: Object) -> bool:
    """Tell whether an object is a role, and no binding."""
    return obj["kind"] in _ROLES


def reconcile(client: "RestClient", wanted: Object, *, remove_extra: bool, confirm: bool) -> Result:
    """`wanted` is what a file says, read into a struct. Find out what is to be done, and (`confirm`) do it; again where somebody else was faster."""
    attempts = 0
    while True:
        attempts += 1
        result, present = _computed(client, wanted, remove_extra)
        if result.protected or not confirm or result.operation == NONE:
            return result
        try:
            result.object = _written(client, result, present)
        except (errors.Conflict, errors.AlreadyExists, errors.NotFound):  # somebody was faster
            if attempts < _ATTEMPTS:
                continue
            raise
        return result


def _computed(client: "RestClient", wanted: Object, remove_extra: bool) -> tuple[Result, Object]:
    resource = client.scheme.for_kind(wanted["apiVersion"], wanted["kind"])
    assert resource is not None, "RBAC is always served"
    namespace = meta.namespace(wanted)
    nowhere = (errors.BadRequest,) if resource.namespaced and not namespace else ()  # kubectl asks for it nevertheless: who may not is told so
    try:
        present = client.get(resource, meta.name(wanted), namespace)
    except (errors.NotFound, errors.UnknownPath, *nowhere):
        result = Result(wanted, CREATE)
        result.missing = list(wanted.get("rules" if is_role(wanted) else "subjects") or ())
        return result, {}
    present = typedobjects.of({"apiVersion": wanted["apiVersion"], "kind": wanted["kind"], **present})
    return (_role(present, wanted, remove_extra) if is_role(wanted) else _binding(present, wanted, remove_extra)), present


def _written(client: "RestClient", result: Result, present: Object) -> Object:
    if result.operation == UPDATE:
        return client.update(result.object)
    obj = result.object
    namespace = meta.namespace(obj)
    if result.operation == RECREATE:
        resource = client.scheme.for_kind(obj["apiVersion"], obj["kind"])
        assert resource is not None, "it has just been read"
        client.delete(resource, meta.name(obj), namespace, uid=meta.uid(present))
    if obj["kind"] in _NAMESPACED:
        _ensure_namespace(client, namespace)
    return client.create(obj)


def _ensure_namespace(client: "RestClient", name: str) -> None:
    if not name:
        raise KctlError("resource name may not be empty")
    try:
        client.get("namespaces", name)
    except (errors.NotFound, errors.Forbidden):
        try:
            client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        except (errors.AlreadyExists, errors.Forbidden):
            return  # the objects themselves will tell


def _merged(present: Object, wanted: Object) -> Result:
    """Start with a copy of what is there, with the labels and annotations that are wanted."""
    result = Result(meta.clone(present), NONE)
    result.protected = meta.annotations(present).get(_AUTOUPDATE) == "false"
    for field in ("annotations", "labels"):
        asked, held = (obj["metadata"].get(field) for obj in (wanted, present))
        merged = None if asked is None and held is None else {**(asked or {}), **(held or {})}
        if merged != held:
            result.object["metadata"][field] = merged
            result.operation = UPDATE
    return result


def _role(present: Object, wanted: Object, remove_extra: bool) -> Result:
    result = _merged(present, wanted)
    held, asked = present.get("rules") or [], wanted.get("rules") or []
    if wanted.get("aggregationRule") is None or present.get("aggregationRule") is None:
        result.extra = rules.missing(asked, held)
    result.missing = rules.missing(held, asked)
    if _change(result, "rules", held, asked, remove_extra):
        result.operation = UPDATE
    if _aggregation(result.object, present.get("aggregationRule"), wanted.get("aggregationRule"), remove_extra):
        result.operation = UPDATE
    return result


def _change(result: Result, field: str, held: list[Any], asked: list[Any], remove_extra: bool) -> bool:
    if remove_extra and (result.missing or result.extra):
        result.object[field] = asked
        return True
    if not remove_extra and result.missing:
        result.object[field] = [*held, *result.missing]
        return True
    return False


def _aggregation(obj: Object, held: Object | None, asked: Object | None, remove_extra: bool) -> bool:
    """Change the aggregation rule; tell whether it had to be."""
    if asked is None:
        return obj.pop("aggregationRule", None) is not None
    has, wants = ((rule or {}).get("clusterRoleSelectors") or [] for rule in (held, asked))
    missing = [selector for selector in wants if selector not in has]
    extra = [selector for selector in has if selector not in wants]
    if remove_extra and (missing or extra):
        obj["aggregationRule"] = asked
        return True
    if not remove_extra and missing:
        obj["aggregationRule"] = {"clusterRoleSelectors": [*has, *missing]}
        return True
    return False


def _binding(present: Object, wanted: Object, remove_extra: bool) -> Result:
    if wanted.get("roleRef") != present.get("roleRef"):
        result = Result(wanted, RECREATE)
        result.protected = meta.annotations(present).get(_AUTOUPDATE) == "false"
        return result
    result = _merged(present, wanted)
    held, asked = present.get("subjects") or [], wanted.get("subjects") or []
    result.missing, result.extra = _only(asked, held), _only(held, asked)
    if _change(result, "subjects", held, asked, remove_extra):
        result.operation = UPDATE
    return result


def _only(these: list[Any], those: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in these:
        if item not in those and item not in found:
            found.append(item)
    return found
