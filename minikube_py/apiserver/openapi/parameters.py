"""The parameters of every request, as tables."""

from typing import Any

Parameter = dict[str, Any]

_TYPES = {
    "allowWatchBookmarks": "boolean", "follow": "boolean", "force": "boolean", "gracePeriodSeconds": "integer",
    "ignoreStoreReadErrorWithClusterBreakingPotential": "boolean", "insecureSkipTLSVerifyBackend": "boolean", "limit": "integer",
    "limitBytes": "integer", "orphanDependents": "boolean", "ports": "integer", "previous": "boolean", "sendInitialEvents": "boolean",
    "sinceSeconds": "integer", "stderr": "boolean", "stdin": "boolean", "stdout": "boolean", "tailLines": "integer",
    "timeoutSeconds": "integer", "timestamps": "boolean", "tty": "boolean", "watch": "boolean",
}  # fmt: skip

_DELETE = ("dryRun", "gracePeriodSeconds", "ignoreStoreReadErrorWithClusterBreakingPotential", "orphanDependents", "propagationPolicy")
_WRITE = ("dryRun", "fieldManager", "fieldValidation")
_STREAMS = ("container", "stderr", "stdin", "stdout", "tty")

BY_ACTION: dict[str, tuple[str, ...]] = {
    "list": (
        "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch",
        "sendInitialEvents", "timeoutSeconds", "watch",
    ),
    "post": _WRITE,
    "put": _WRITE,
    "patch": (*_WRITE, "force"),
    "delete": _DELETE,
    "deletecollection": tuple(sorted((
        *_DELETE, "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch", "sendInitialEvents",
        "timeoutSeconds",
    ))),
}  # fmt: skip

# Of subresources that are no objects, by the kind that they speak; and of logs.
BY_KIND: dict[str, tuple[str, ...]] = {
    "PodAttachOptions": _STREAMS,
    "PodExecOptions": ("command", *_STREAMS),
    "PodPortForwardOptions": ("ports",),
    "PodProxyOptions": ("path",),
    "ServiceProxyOptions": ("path",),
    "NodeProxyOptions": ("path",),
}
LOG = ("container", "follow", "insecureSkipTLSVerifyBackend", "limitBytes", "previous", "sinceSeconds", "stream", "tailLines", "timestamps")


def query(name: str) -> Parameter:
    """Return a parameter behind the question mark."""
    return {"name": name, "in": "query", "schema": {"type": _TYPES.get(name, "string"), "uniqueItems": True}}


def path(name: str) -> Parameter:
    """Return a parameter in the path."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "uniqueItems": True}}


def for_action(action: str) -> list[Parameter]:
    """Return what an action takes."""
    return [query(name) for name in BY_ACTION.get(action, ())]
