"""Which objects a command line's arguments mean: TYPE, TYPE NAME ..., TYPE/NAME ..., TYPE1,TYPE2 (cli-runtime's resource builder)."""

from collections.abc import Sequence
from typing import NamedTuple

from minikube_py.client import rest
from minikube_py.machinery.errors import KctlError, StatusError, from_status, quoted
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource, Scheme


class Target(NamedTuple):
    """One object, or (without a name) all objects of a resource; `namespace` where a file names one, `held` what a file holds without a name.

    `after` is how many documents before it in the files could not be read.
    """

    resource: Resource
    name: str | None = None
    namespace: str = ""
    held: Object | None = None
    after: int = 0

    @property
    def is_bulk(self) -> bool:
        """Tell whether all objects are meant. An empty name, as of an empty variable of a shell, never means that."""
        return self.name is None


MISSING = """You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'"""


def resolve(scheme: Scheme, word: str) -> Resource:
    """Return the resource that a user's word means."""
    found = scheme.find(word)
    if found is None:
        raise KctlError(f"the server doesn't have a resource type {quoted(word.partition('.')[0])}")
    return found


def of_kind(plural: str, names: Sequence[str]) -> list[str]:
    """Return TYPE/NAME for names of one kind; what has a slash stays as it is."""
    if "" in names:
        raise KctlError("resource name may not be empty")
    return [name if "/" in name else f"{plural}/{name}" for name in names]


def only_types(arguments: Sequence[str]) -> bool:
    """Tell whether arguments name types and no objects: where they name some, most commands do not look at --all."""
    return len(arguments) == 1 and "/" not in arguments[0]


def parse(scheme: Scheme, arguments: Sequence[str], *, selecting: bool = False, all_namespaces: bool = False) -> list[Target]:
    """Return what the arguments mean, in their order; [] for none. `selecting`: a selector was given, so names must not be."""
    if not arguments:
        return []
    words, names = list(dict.fromkeys(arguments[0].split(","))), arguments[1:]
    if names and len(words) > 1:  # TYPE1,TYPE2 NAME ... means each of the names in each of the types
        arguments = [f"{word}/{name}" for word in words for name in names]
    pairs = check(arguments)
    if pairs:
        if selecting:
            raise KctlError("selectors and the all flag cannot be used when passing resource/name arguments")
        kinds = {kind: resolve(scheme, kind) for kind in dict.fromkeys(kind for kind, _ in pairs)}
        return [_named(kinds[kind], name, all_namespaces) for kind, name in pairs]
    if not names:
        return [Target(resource) for resource in _resolve_all(scheme, words)]
    if selecting:
        raise KctlError("name cannot be provided when a selector is specified")
    resources = _resolve_all(scheme, words)
    if len(resources) > 1:
        raise KctlError("you must specify only one resource")
    return [_named(resources[0], name, all_namespaces) for name in names]


def check(arguments: Sequence[str]) -> list[tuple[str, str]]:
    """Return arguments of the form TYPE/NAME taken apart, [] for others; KctlError for what makes no sense, whatever types there are."""
    slashed = ["/" in word for word in arguments]
    if not any(slashed):
        return []
    if not all(slashed):
        raise KctlError("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form "
                        "(e.g. 'kctl get resource/<resource_name>' instead of 'kctl get resource resource/<resource_name>'")  # fmt: skip
    return [_pair(word) for word in arguments]


def explained(error: StatusError, resource: Resource, selector: str, field_selector: str) -> StatusError:
    """Return the failure of a list with what was looked for, as cli-runtime words it."""
    if error.reason not in ("BadRequest", "NotFound"):
        return error
    what = f'"{resource.group}/{resource.version}, Resource={resource.plural}"'
    said = f"Unable to list {what}: {error.message}"
    if selector or field_selector:
        said = f"Unable to find {what} that match label selector {quoted(selector)}, field selector {quoted(field_selector)}: {error.message}"
    return from_status({**error.status(), "message": said})


def _resolve_all(scheme: Scheme, words: Sequence[str]) -> list[Resource]:
    """Return the resources of words such as `pods` or of categories such as `all`, each once."""
    found: dict[tuple[str, str, str], Resource] = {}
    for word in words:
        for resource in scheme.in_category(word) or [resolve(scheme, word)]:
            found[resource.group, resource.version, resource.plural] = resource
    return list(found.values())


def _pair(word: str) -> tuple[str, str]:
    kind, _, name = word.partition("/")
    if "/" in name:
        raise KctlError("arguments in resource/name form may not have more than one slash")
    if not kind or not name or "," in kind:
        raise KctlError("arguments in resource/name form must have a single resource and name")
    return kind, name


def _named(resource: Resource, name: str, all_namespaces: bool) -> Target:
    if all_namespaces and resource.namespaced:
        raise KctlError("a resource cannot be retrieved by name across all namespaces")
    rest.check_segment("resource name", name)
    return Target(resource, name)
