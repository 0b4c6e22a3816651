"""Finds what a changing command works on: objects of files, TYPE NAME ... arguments, or all that selectors match (cli-runtime's Builder)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from minikube_py.cli import files, targets
from minikube_py.cli.infos import Found, Info
from minikube_py.cli.targets import Target
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.cli.flags import Values
    from minikube_py.client.rest import RestClient

NOTHING = """You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'"""


class Query(NamedTuple):
    """What the command line says about it. `everything`: all objects of the types, where no name is given.

    `fetched`: the objects are read from the server, also those that a file holds where `latest` is set. `anywhere`: files are not bound to -n.
    """

    arguments: Sequence[str] = ()
    files: Sequence[str] = ()
    recursive: bool = False
    kustomize: str = ""
    selector: str = ""
    field_selector: str = ""
    everything: bool = False
    all_namespaces: bool = False
    fetched: bool = True
    latest: bool = False
    anywhere: bool = False
    validation: str = "Ignore"
    typed: bool = False  # files hold kinds only that kubectl has Go types of
    subresource: str = ""
    chunk: int = 500

    @property
    def selecting(self) -> bool:
        """Tell whether the server is asked for lists."""
        return bool(self.selector or self.field_selector or self.everything)


def query(values: "Values", arguments: Sequence[str] = ()) -> Query:
    """Return the query of a command with the usual flags."""
    known = values.flags

    def given(name: str) -> bool:
        return name in known and bool(values[name])

    return chunked(Query(arguments, values["filename"], values["recursive"], values["kustomize"], values["selector"] if "selector" in known else "",
                         values["field-selector"] if "field-selector" in known else "", given("all") and targets.only_types(arguments),
                         given("all-namespaces")), values)  # fmt: skip


def chunked(wanted: Query, values: "Values") -> Query:
    """Return a query that asks for lists in chunks as --chunk-size says, where a command has that flag."""
    return wanted._replace(chunk=values["chunk-size"]) if "chunk-size" in values.flags else wanted


def find(factory: "Factory", client: "RestClient", wanted: Query) -> Found:
    """Return what the command works on; KctlError where the command line makes no sense."""
    if wanted.files or wanted.kustomize:
        return _in_files(factory, client, wanted)
    if not wanted.arguments:
        if wanted.selecting:
            raise KctlError("at least one resource must be specified to use a selector")
        raise KctlError(NOTHING)
    named = targets.parse(client.scheme, wanted.arguments, selecting=wanted.selecting, all_namespaces=wanted.all_namespaces)
    if any(target.is_bulk for target in named):
        if not wanted.selecting:
            raise KctlError("resource(s) were provided, but no name was specified")
        return _selected(factory, client, wanted, [target.resource for target in named])
    infos = [_info(factory, target) for target in named]

    def read(info: Info) -> None:
        if wanted.fetched:
            info.get(client, wanted.subresource)

    return Found(infos, single=len(infos) == 1, prepare=read)


def _info(factory: "Factory", target: Target) -> Info:
    return Info(target.resource, target.name or "", factory.namespace if target.resource.namespaced else "")


def _in_files(factory: "Factory", client: "RestClient", wanted: Query) -> Found:
    if wanted.arguments:
        files.sources(wanted.files, recursive=wanted.recursive, kustomize=wanted.kustomize)  # what is not there is said first
        targets.check(wanted.arguments)
        if any("/" in word for word in wanted.arguments):
            raise KctlError("resource/name arguments cannot be provided when a path is specified")
        raise KctlError("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well")
    infos, broken = files.read(factory, client.scheme, wanted.files, recursive=wanted.recursive, kustomize=wanted.kustomize, validation=wanted.validation,
                               typed=wanted.typed)  # fmt: skip
    infos = matching(infos, wanted.selector)

    def prepare(info: Info) -> None:
        files.check_namespace(factory, info, all_namespaces=wanted.all_namespaces, enforced=not wanted.anywhere)
        if wanted.latest and info.name:
            files.require_namespace(info)
            info.get(client)

    return Found(infos, broken, single=single_file(wanted), prepare=prepare, in_files=True)


def single_file(wanted: Query) -> bool:
    """Tell whether -f means one object: one file, and no directory, URL or standard input."""
    import os

    return not wanted.recursive and len(wanted.files) == 1 and wanted.files[0] != "-" and not os.path.isdir(wanted.files[0])


def matching(infos: list[Info], selector: str) -> list[Info]:
    """Return the objects of files that a label selector matches."""
    if not selector:
        return infos
    from minikube_py.machinery import selectors

    try:
        parsed = selectors.parse(selector)
    except ValueError as error:
        raise KctlError(f'the provided selector "{selector}" is not valid: {error}') from error
    return [info for info in infos if parsed.matches(((info.object or {}).get("metadata") or {}).get("labels") or {})]


def _selected(factory: "Factory", client: "RestClient", wanted: Query, resources: Sequence[Resource]) -> Found:
    infos: list[Info] = []
    broken: list[KctlError] = []
    for resource in resources:
        namespace = factory.namespace if resource.namespaced and not wanted.all_namespaces else ""
        try:
            infos += _listed(client, wanted, resource, namespace)
        except errors.StatusError as error:
            broken.append(targets.explained(error, resource, wanted.selector, wanted.field_selector))
    return Found(infos, broken)


def _listed(client: "RestClient", wanted: Query, resource: Resource, namespace: str) -> list[Info]:
    found = client.items(resource, namespace, label_selector=wanted.selector, field_selector=wanted.field_selector, limit=wanted.chunk)
    return [Info(resource, obj["metadata"]["name"], obj["metadata"].get("namespace", ""), obj) for obj in found]
