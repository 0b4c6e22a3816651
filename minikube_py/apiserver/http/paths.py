"""Which resource, and which verb, a method and a path mean (apiserver endpoints/request RequestInfoFactory)."""

from typing import NamedTuple
from urllib.parse import unquote

from minikube_py.machinery import errors

_VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "OPTIONS": ""}
_OF_NAMESPACES = ("status", "finalize")
_BELOW = frozenset({"proxy"})  # subresources that take a path of their own


class Target(NamedTuple):
    """What a request is about; one that is about no resource has a path only."""

    verb: str
    path: str
    group: str = ""
    version: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""  # what follows a subresource such as proxy
    is_allowed: bool = True  # whether the path takes the method; who may not ask is not told
    problem: errors.StatusError | None = None  # why the path leads nowhere

    @property
    def is_resource(self) -> bool:
        """Tell whether this is about a resource of the API."""
        return bool(self.resource)


def parse(method: str, raw_path: str) -> Target:
    """Return what a method and a path (still with its % escapes) mean; `watch` is told apart from `list` by the query, not here."""
    verb = _VERBS.get(method)
    if verb is None:
        raise errors.MethodNotAllowed()
    parts = [unquote(part, errors="strict") for part in raw_path.split("/") if part]
    plain = Target(verb if method != "HEAD" else "head", unquote(raw_path))
    if parts[:1] == ["api"] and len(parts) > 2:
        return _resource(plain, verb, "", parts[1], parts[2:])
    if parts[:1] == ["apis"] and len(parts) > 3:
        return _resource(plain, verb, parts[1], parts[2], parts[3:])
    return plain._replace(verb=method.lower())


def _resource(plain: Target, verb: str, group: str, version: str, parts: list[str]) -> Target:
    if parts[0] == "watch" and len(parts) > 1:  # the old spelling of ?watch=true
        verb, parts = "watch", parts[1:]
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 2 and parts[2] not in _OF_NAMESPACES:
        namespace, parts = parts[1], parts[2:]
    resource, name, subresource, *rest = [*parts, "", "", ""][: max(3, len(parts))]
    leads_on = not rest or subresource in _BELOW
    problem = None if leads_on and "//" not in plain.path.partition("/proxy")[0] else errors.UnknownPath()
    is_allowed = subresource in _BELOW or not (not verb or (verb == "create" and name and not subresource) or (verb in ("update", "patch") and not name))
    if not name:
        verb = {"get": "list", "delete": "deletecollection"}.get(verb, verb)
    return plain._replace(verb=verb, group=group, version=version, resource=resource, namespace=namespace, name=name, subresource=subresource,
                          rest="/".join(rest), is_allowed=is_allowed, problem=problem)  # fmt: skip
