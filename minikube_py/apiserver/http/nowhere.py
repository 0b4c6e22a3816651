"""Paths that lead nowhere: a Status from the part of kube-apiserver that a path belongs to, and Go's own words where it belongs to none.

Whoever has a group of the API, or one of the few pages in `_CLAIMED`, answers for all below it (apiserver server/handler.go, director). All
else, groups that nobody serves included, falls through to the end of the chain of servers (util/notfoundhandler).
"""

from typing import TYPE_CHECKING

from minikube_py.apiserver.http import answers
from minikube_py.machinery import errors, scheme

if TYPE_CHECKING:
    from minikube_py.machinery.scheme import Scheme

_CLAIMED = frozenset({"api", "version"})
_AGGREGATED = frozenset(resource.group for resource in scheme.METRICS)  # behind the aggregator, which knows of their versions only


def error(known: "Scheme", path: str) -> errors.UnknownPath:
    """Return the 404 of a path."""
    parts = path.split("/")[1:]
    return errors.UnknownPath() if _is_claimed(known, parts) else answers.PageNotFound()


def _is_claimed(known: "Scheme", parts: list[str]) -> bool:
    if parts[0] != "apis":
        return parts[0] in _CLAIMED
    group, version = [*parts[1:], "", ""][:2]
    if group in _AGGREGATED:
        return version in known.versions(group)
    return any(resource.group == group and answers.is_typed(resource) for resource in known)
