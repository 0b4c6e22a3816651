"""Which objects a command line's arguments mean: TYPE, TYPE NAME ..., TYPE/NAME ..., TYPE1,TYPE2 (cli-runtime's resource builder)."""

from collections.abc import Sequence
from typing import NamedTuple

from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.scheme import Resource, Scheme


class Target(NamedTuple):
    """One object, or (without a name) all objects of a resource; `namespace` where a file names one."""

    resource: Resource
    name: str = ""
    namespace: str = ""


def resolve(scheme: Scheme, word: str) -> Resource:
    """Return the resource that a user's word means."""
    found = scheme.find(word)
    if found is None:
        if "/" in word:
            raise KctlError(f"arguments in resource/name form may not have more than one slash: {word}")
        raise KctlError(f"the server doesn't have a resource type \"{word}\"")
    return found


def _resolve_all(scheme: Scheme, words: str) -> list[Resource]:
    """Return the resources of a list such as `pods,svc` or of a category such as `all`."""
    found: dict[tuple[str, str, str], Resource] = {}
    for word in words.split(","):
        if not word:
            raise KctlError(f"arguments in resource/name form may not have an empty resource: {words}")
        for resource in scheme.in_category(word) or [resolve(scheme, word)]:
            found[resource.group, resource.version, resource.plural] = resource
    return list(found.values())


def parse(scheme: Scheme, arguments: Sequence[str], *, selecting: bool = False, all_namespaces: bool = False) -> list[Target]:
    """Return what the arguments mean, in their order; [] for none. `selecting`: a selector was given, so names must not be."""
    if not arguments:
        return []
    if any("/" in word for word in arguments):
        return _pairs(scheme, arguments, all_namespaces)
    resources = _resolve_all(scheme, arguments[0])
    names = list(arguments[1:])
    if not names:
        return [Target(resource) for resource in resources]
    if selecting:
        raise KctlError("name cannot be provided when a selector is specified")
    if all_namespaces:
        raise KctlError("a resource cannot be retrieved by name across all namespaces")
    for name in names:
        _check_name(name)
    return [Target(resource, name) for resource in resources for name in dict.fromkeys(names)]


def _pairs(scheme: Scheme, arguments: Sequence[str], all_namespaces: bool) -> list[Target]:
    targets = []
    for word in arguments:
        if "/" not in word:
            raise KctlError("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form "
                            "(e.g. 'kctl get resource/<resource_name>' instead of 'kctl get resource resource/<resource_name>'")  # fmt: skip
        kind, _, name = word.partition("/")
        if "/" in name:
            raise KctlError("arguments in resource/name form may not have more than one slash")
        if not kind or not name:
            raise KctlError("arguments in resource/name form must have a single resource and name")
        if all_namespaces:
            raise KctlError("a resource cannot be retrieved by name across all namespaces")
        _check_name(name)
        targets.append(Target(resolve(scheme, kind), name))
    return targets


def _check_name(name: str) -> None:
    if name in (".", ".."):
        raise KctlError(f"invalid resource name \"{name}\": [may not be '{name}']")
    if "%" in name:
        raise KctlError(f"invalid resource name \"{name}\": [may not contain '%']")
