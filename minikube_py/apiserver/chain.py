"""The filters that each request passes, in the order of the list FILTERS; what nobody expected ends in recover()."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from minikube_py.apiserver.request import Request
from minikube_py.machinery import errors, meta, schemas, scheme
from minikube_py.machinery.errors import StatusError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from minikube_py.plugin import auth

if TYPE_CHECKING:
    from minikube_py.apiserver.audit.auditor import Record
    from minikube_py.apiserver.server import APIServer

# A filter refuses by raising; it may add to the request what later ones need.
Filter = Callable[["APIServer", Request], None]
_EVERYWHERE = frozenset({"list", "watch", "deletecollection"})
_DOTS = frozenset({".", ".."})
# What v1.33 says with every request for a kind that is deprecated (core/v1 lifecycle.go, apiserver endpoints/deprecation).
_DEPRECATED = {
    ("", "endpoints"): "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ("", "componentstatuses"): "v1 ComponentStatus is deprecated in v1.19+",
}


def recover(server: "APIServer", error: Exception) -> StatusError:
    """Return what a caller gets where something unexpected happened: only ever a StatusError."""
    if isinstance(error, RecursionError):
        return errors.BadRequest("the object is nested too deeply")
    if isinstance(error, UnicodeEncodeError):  # bytes of a command line, of which Python makes surrogates (PEP 383)
        return errors.BadRequest(f"{errors.quoted(error.object[error.start : error.end])} is no valid UTF-8")
    server.report(error)
    return errors.InternalError(f"{type(error).__name__}: {error}")


def request_info(server: "APIServer", request: Request) -> None:
    """Find the resource that is asked for. Nothing is refused yet: nobody learns what there is before it is known who asks, and that he may."""
    resource = scheme.EVERYTHING if request.resource == "*" == request.group else server.scheme.get(request.group, request.version, request.resource)
    request.info = resource
    if resource is not None and not resource.namespaced:
        request.namespace = ""


def route(server: "APIServer", request: Request) -> None:
    """Refuse what is not served, and what cannot be read; warn of what is deprecated."""
    resource = request.info
    if resource is None:
        raise _unknown(request)
    deprecated = _DEPRECATED.get(resource.key)
    if deprecated is not None:
        request.warnings.append(deprecated)
    verbs = resource.verbs
    if request.subresource:
        subresource = resource.subresources.get(request.subresource)
        if subresource is None:
            raise _unknown(request)
        verbs = subresource.verbs
    if request.problem is not None and isinstance(request.problem, errors.UnknownPath | errors.MethodNotAllowed):
        raise request.problem
    if request.verb not in verbs and (request.verb or request.subresource != "proxy"):  # a proxy hands on all methods
        raise errors.MethodNotAllowed()
    _check_path(resource, request)
    if request.problem is not None:
        raise request.problem


def _unknown(request: Request) -> errors.UnknownPath:
    """Return the 404 of a request; the front end may know better words for its path."""
    return request.problem if isinstance(request.problem, errors.UnknownPath) else errors.UnknownPath()


def _check_path(resource: Resource, request: Request) -> None:
    name, namespace = request.name, request.namespace
    if not (name + namespace).replace("-", "").isalnum():
        for segment in (namespace, name):
            if segment in _DOTS or "/" in segment or "%" in segment or "\0" in segment:
                raise errors.BadRequest(f"invalid path segment: {segment!r}")
    if resource.namespaced and not namespace and (name or request.verb == "create"):
        raise errors.BadRequest("an empty namespace may not be set when a resource name is provided")
    if not name and (request.subresource or (request.verb not in _EVERYWHERE and request.verb != "create")):
        raise errors.BadRequest("name must be provided")


def authenticate(server: "APIServer", request: Request) -> None:
    """Find out who asks. Bad credentials are refused, never taken for anonymous."""
    try:
        user = server.policy.authenticate(request.credentials)
    except errors.Unauthorized:
        if server.audit is not None:
            server.audit.refused(request.credentials, request.attributes(), request.origin, request.user_agent)
        raise
    request.user = grouped(user)


def grouped(user: auth.UserInfo) -> auth.UserInfo:
    """Return an identity with the group of all who have one."""
    if auth.ALL_AUTHENTICATED in user.groups or user.name == auth.ANONYMOUS:
        return user
    return user._replace(groups=(*user.groups, auth.ALL_AUTHENTICATED))


def audit(server: "APIServer", request: Request) -> None:
    """Tell the audit log, where there is one, that a request came in."""
    if server.audit is not None:
        request.record = server.audit.begin(request)


def impersonate(server: "APIServer", request: Request) -> None:
    """Act as somebody else, if the real user may impersonate that user, each group, the uid and each extra value."""
    wanted = request.impersonate
    if wanted is None:
        return
    if not wanted.name:
        raise errors.BadRequest("requested groups, uid or extra without impersonating a user")
    _may_impersonate(server, request, "", "users", wanted.name)
    for group in wanted.groups:
        _may_impersonate(server, request, "", "groups", group)
    if wanted.uid:
        _may_impersonate(server, request, "authentication.k8s.io", "uids", wanted.uid)
    for key, values in wanted.extra.items():
        for value in values:
            _may_impersonate(server, request, "authentication.k8s.io", "userextras", value, key)
    groups = wanted.groups
    if wanted.name.startswith(auth.SERVICE_ACCOUNT) and not groups:
        groups = auth.service_account_groups(wanted.name)
    marker = auth.ALL_UNAUTHENTICATED if wanted.name == auth.ANONYMOUS else auth.ALL_AUTHENTICATED
    request.user = wanted._replace(groups=groups if marker in groups else (*groups, marker))


def _may_impersonate(server: "APIServer", request: Request, group: str, resource: str, name: str, subresource: str = "") -> None:
    namespace = ""
    if resource == "users" and name.startswith(auth.SERVICE_ACCOUNT) and name.count(":") == 3:
        _, _, namespace, name = name.split(":")
        resource = "serviceaccounts"
    require(server, auth.Attributes(request.user, "impersonate", group, "v1", resource, subresource, namespace, name))


def authorize(server: "APIServer", request: Request) -> None:
    """Go on only where an authorizer says allow."""
    verb, name, namespace, options = request.verb, request.name, request.namespace, request.options
    if options:
        if options.get("informer") and request.credentials.local is not None:
            verb = "list"  # an informer gets what it has listed
        if not name and verb in _EVERYWHERE and options.get("fieldSelector"):
            name = _selected_name(str(options["fieldSelector"]))
    if request.resource == "namespaces" and not request.group:
        namespace = request.name  # who has a role in it may have one that tells of itself (apiserver RequestInfo)
    require(server, auth.Attributes(request.user, verb, request.group, request.version, request.resource, request.subresource, namespace, name),
            request.record)  # fmt: skip


def _selected_name(text: str) -> str:
    """Return the one name that a field selector allows: a list of it is authorized as that object (apiserver RequestInfo)."""
    from minikube_py.machinery import fieldselectors

    try:
        return fieldselectors.parse(text).exact("metadata.name") or ""
    except ValueError:
        return ""


def require(server: "APIServer", attributes: auth.Attributes, record: "Record | None" = None) -> None:
    """Raise Forbidden where no authorizer allows it; tell the request's record what they decided."""
    decision = server.policy.authorize(attributes)
    if record is not None:
        record.decided(decision)
    if decision.verdict != auth.ALLOW:
        raise forbidden(attributes, decision.reason)


def forbidden(attributes: auth.Attributes, reason: str) -> errors.Forbidden:
    """Return the 403 of kube-apiserver (responsewriters.ForbiddenStatusError)."""
    resource = attributes.resource + (f"/{attributes.subresource}" if attributes.subresource else "")
    text = f'User "{attributes.user.name}" cannot {attributes.verb} resource "{resource}" in API group "{attributes.group}"'
    text += f' in the namespace "{attributes.namespace}"' if attributes.namespace else " at the cluster scope"
    return errors.Forbidden(attributes.resource, attributes.name, f"{text}: {reason}" if reason else text, attributes.group)


KNOWN: tuple[Filter, ...] = (request_info, authenticate, audit)  # after these it is known, and written down, who asks for what
FILTERS: tuple[Filter, ...] = (*KNOWN, impersonate, authorize, route)


def report_to_stderr(error: BaseException) -> None:
    """Print a traceback where KCTL_DEBUG asks for it."""
    import os
    import traceback

    if os.environ.get("KCTL_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)


def must_match(resource: Resource, obj: Object) -> None:
    """Refuse a body that is no object of the resource; a missing apiVersion or kind is the resource's own."""
    if not obj.get("apiVersion"):
        obj["apiVersion"] = resource.api_version
    if not obj.get("kind"):
        obj["kind"] = resource.kind
    sent, kind = obj["apiVersion"], obj["kind"]
    if sent == resource.api_version and kind == resource.kind:
        return
    cause = another_kind(resource, sent, kind)
    if cause:
        raise errors.BadRequest(f'{kind} in version "{meta.split_api_version(sent)[1]}" cannot be handled as a {resource.kind}: {cause}')
    raise errors.BadRequest(f"the API version in the data ({sent}) does not match the expected API version ({resource.api_version})")


def another_kind(resource: Resource, api_version: str, kind: str) -> str:
    """Return why another kind is refused, with the names that Go's types and kube-apiserver's scheme have; empty for the same in another version."""
    if schemas.for_kind(api_version, kind) is None:
        return f'no kind "{kind}" is registered for version "{api_version}" in scheme "pkg/api/legacyscheme/scheme.go:30"'
    group, version = meta.split_api_version(api_version)
    if (group, kind) == (resource.group, resource.kind):
        return ""
    package = resource.group.partition(".")[0] or "core"
    return f"converting ({version}.{kind}) to ({package}.{resource.kind}): unknown conversion"
