"""The filters that each request passes, outermost first: the order is the list FILTERS."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors, meta, scheme
from minikube_py.machinery.scheme import Resource
from minikube_py.plugin import auth

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

Handler = Callable[[Request], Response]
Filter = Callable[["APIServer", Request, Handler], Response]


def recover(server: "APIServer", request: Request, proceed: Handler) -> Response:
    """Turn what nobody expected into an InternalError, so that a caller only ever meets StatusErrors."""
    try:
        return proceed(request)
    except (errors.KctlError, AssertionError, KeyboardInterrupt):
        raise
    except RecursionError as error:
        raise errors.BadRequest("the object is nested too deeply") from error
    except Exception as error:
        server.report(error)
        raise errors.InternalError(f"{type(error).__name__}: {error}") from error


def request_info(server: "APIServer", request: Request, proceed: Handler) -> Response:
    """Find the resource that is asked for, and whether it knows the verb."""
    resource = scheme.EVERYTHING if request.resource == "*" == request.group else server.scheme.get(request.group, request.version, request.resource)
    if resource is None:
        raise errors.UnknownPath()
    verbs = resource.verbs
    if request.subresource:
        subresource = resource.subresources.get(request.subresource)
        if subresource is None:
            raise errors.UnknownPath()
        verbs = subresource.verbs
    if request.verb not in verbs:
        raise errors.MethodNotAllowed("the server does not allow this method on the requested resource")
    _check_path(resource, request)
    request.info = resource
    return proceed(request)


def _check_path(resource: Resource, request: Request) -> None:
    for segment in (request.namespace, request.name):
        if segment in (".", "..") or "/" in segment or "%" in segment or "\0" in segment:
            raise errors.BadRequest(f"invalid path segment: {segment!r}")
    if not resource.namespaced:
        request.namespace = ""
    elif not request.namespace and (request.name or request.verb == "create"):
        raise errors.BadRequest("an empty namespace may not be set when a resource name is provided")


def authenticate(server: "APIServer", request: Request, proceed: Handler) -> Response:
    """Find out who asks. Bad credentials are refused, never taken for anonymous."""
    user = server.policy.authenticate(request.credentials)
    groups = user.groups
    if user.name != auth.ANONYMOUS and auth.ALL_AUTHENTICATED not in groups:
        user = user._replace(groups=(*groups, auth.ALL_AUTHENTICATED))
    request.user = user
    return proceed(request)


def audit(server: "APIServer", request: Request, proceed: Handler) -> Response:
    """Tell the audit sink, where there is one, that a request came in."""
    if server.audit is not None:
        server.audit(request)
    return proceed(request)


def impersonate(server: "APIServer", request: Request, proceed: Handler) -> Response:
    """Act as somebody else, if the real user may impersonate that user and each group."""
    wanted = request.impersonate
    if wanted is None:
        return proceed(request)
    _may_impersonate(server, request, "users", wanted.name)
    for group in wanted.groups:
        _may_impersonate(server, request, "groups", group)
    groups = wanted.groups
    if wanted.name.startswith("system:serviceaccount:") and not groups:
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{wanted.name.split(':')[2]}")
    marker = auth.ALL_UNAUTHENTICATED if wanted.name == auth.ANONYMOUS else auth.ALL_AUTHENTICATED
    request.user = wanted._replace(groups=groups if marker in groups else (*groups, marker))
    return proceed(request)


def _may_impersonate(server: "APIServer", request: Request, resource: str, name: str) -> None:
    group, namespace = "", ""
    if resource == "users" and name.startswith("system:serviceaccount:"):
        _, _, namespace, name = name.split(":", 3) if name.count(":") == 3 else ("", "", "", name)
        resource = "serviceaccounts" if namespace else "users"
    attributes = auth.Attributes(request.user, "impersonate", group, "v1", resource, namespace=namespace, name=name)
    decision = server.policy.authorize(attributes)
    if decision.verdict != auth.ALLOW:
        raise forbidden(attributes, decision.reason)


def authorize(server: "APIServer", request: Request, proceed: Handler) -> Response:
    """Go on only where an authorizer says allow."""
    resource = request.target
    verb = "list" if request.option("informer") and request.credentials.local is not None else request.verb  # an informer gets what it has listed
    attributes = auth.Attributes(request.user, verb, resource.group, resource.version, resource.plural, request.subresource,
                                 request.namespace, request.name)  # fmt: skip
    decision = server.policy.authorize(attributes)
    if decision.verdict != auth.ALLOW:
        raise forbidden(attributes, decision.reason)
    return proceed(request)


def forbidden(attributes: auth.Attributes, reason: str) -> errors.Forbidden:
    """Return the 403 of kube-apiserver (responsewriters.ForbiddenStatusError)."""
    resource = attributes.resource + (f"/{attributes.subresource}" if attributes.subresource else "")
    text = f'User "{attributes.user.name}" cannot {attributes.verb} resource "{resource}" in API group "{attributes.group}"'
    text += f' in the namespace "{attributes.namespace}"' if attributes.namespace else " at the cluster scope"
    return errors.Forbidden(attributes.resource, attributes.name, f"{text}: {reason}" if reason else text, attributes.group)


FILTERS: tuple[Filter, ...] = (recover, request_info, authenticate, audit, impersonate, authorize)


def build(server: "APIServer", handler: Handler) -> Handler:
    """Return one callable that takes a request through FILTERS to the handler."""
    for each in reversed(FILTERS):
        handler = _bind(each, server, handler)
    return handler


def _bind(each: Filter, server: "APIServer", proceed: Handler) -> Handler:
    def step(request: Request) -> Response:
        return each(server, request, proceed)

    return step


def report_to_stderr(error: BaseException) -> None:
    """Print a traceback where KCTL_DEBUG asks for it."""
    import os
    import traceback

    if os.environ.get("KCTL_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)


def must_match(resource: Resource, obj: object) -> None:
    """Refuse a body that is no object of the resource."""
    if not isinstance(obj, dict):
        raise errors.BadRequest("the body of the request must be an object")
    if obj.get("apiVersion") != resource.api_version:
        raise errors.BadRequest(
            f"the API version in the data ({obj.get('apiVersion') or ''}) does not match the expected API version ({resource.api_version})"
        )
    if obj.get("kind") != resource.kind:
        raise errors.BadRequest(f"{obj.get('kind')} in version \"{meta.split_api_version(resource.api_version)[1]}\" cannot be handled as a {resource.kind}: "
                                f"no kind \"{obj.get('kind')}\" is registered")  # fmt: skip
