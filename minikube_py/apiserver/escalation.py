"""Nobody gives away rights that they do not have (registry/rbac/*/policybased, component-helpers rbac/validation)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver.request import Request
from minikube_py.auth import rules
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

GROUP = "rbac.authorization.k8s.io"
_ROLES = ("roles", "clusterroles")
_EVERYTHING: list[dict[str, Any]] = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, {"verbs": ["*"], "nonResourceURLs": ["*"]}]
_COLLECTORS_FIELDS = ("ownerReferences", "finalizers", "managedFields", "resourceVersion")


def check(server: "APIServer", request: Request, obj: Object, old: Object | None) -> None:
    """Raise Forbidden where a role or binding gives rights that the user has not; NotFound where its role is not there."""
    if auth.MASTERS in request.user.groups or (old is not None and _is_collectors(obj, old)):
        return
    if request.resource in _ROLES:
        if _may(server, request, "escalate", request.resource, request.name):
            return
        wanted = list(obj.get("rules") or ())
        if obj.get("aggregationRule") or (old or {}).get("aggregationRule"):
            wanted = _EVERYTHING + wanted
    else:
        reference = obj["roleRef"]
        if _may(server, request, "bind", "clusterroles" if reference["kind"] == "ClusterRole" else "roles", reference["name"]):
            return
        wanted = _rules_of(server, reference, request.namespace)
    _confirm(server, request, obj, wanted)


def _is_collectors(obj: Object, old: Object) -> bool:
    """Tell whether only what the garbage collector writes has changed."""
    new, former = ({field: value for field, value in item["metadata"].items() if field not in _COLLECTORS_FIELDS} for item in (obj, old))
    return {**obj, "metadata": new} == {**old, "metadata": former}


def _may(server: "APIServer", request: Request, verb: str, resource: str, name: str) -> bool:
    attributes = auth.Attributes(request.user, verb, GROUP, "*", resource, namespace=request.namespace, name=name)
    return server.policy.authorize(attributes).verdict == auth.ALLOW


def _rules_of(server: "APIServer", reference: dict[str, str], namespace: str) -> list[dict[str, Any]]:
    plural = "clusterroles" if reference["kind"] == "ClusterRole" else "roles"
    role = server.reader.get(f"{plural}.{GROUP}", reference["name"], "" if plural == "clusterroles" else namespace)
    if role is None:
        raise errors.NotFound(plural, reference["name"], GROUP)
    return list(role.get("rules") or ())


def _confirm(server: "APIServer", request: Request, obj: Object, wanted: Iterable[dict[str, Any]]) -> None:
    own, _ = server.policy.rules_for(request.user, request.namespace)
    missing = rules.missing(own, wanted)
    if not missing:
        return
    groups = " ".join(rules.quoted(group) for group in request.user.groups)
    text = f"user {rules.quoted(request.user.name)} (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n"
    text += "\n".join(sorted({rules.compact(rule) for rule in rules.merged(missing)}))
    raise errors.Forbidden(request.resource, obj["metadata"].get("name", ""), text, GROUP)
