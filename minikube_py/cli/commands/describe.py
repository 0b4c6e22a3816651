"""kctl describe."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minikube_py.cli import failures, lookup, targets
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    Flag("all-namespaces", "bool", short="A", usage="If present, list the requested object(s) across all namespaces, whatever --namespace says."),
    Flag("chunk-size", "int", 500, usage="Return large lists in chunks of this size; 0 for all at once."),
    Flag("filename", "list", short="f", usage="Filename, directory, or URL to files containing the resource to describe"),
    Flag("kustomize", short="k", usage="Process the kustomization directory. This flag can't be used together with -f or -R."),
    Flag("recursive", "bool", short="R", usage="Process the directory used in -f, --filename recursively."),
    Flag("selector", short="l", usage="Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'."),
    Flag("show-events", "bool", True, usage="If true, display the events of each object."),
)
_ASKED_TWICE = (("policy", "poddisruptionbudgets"), ("networking.k8s.io", "ingresses"), ("discovery.k8s.io", "endpointslices"))


class DescribeOptions:
    """What `kctl describe` was asked for."""

    factory: Factory
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        self.all_namespaces: bool = values["all-namespaces"]
        self.show_events: bool = values["show-events"]
        self.chunk: int = values["chunk-size"]

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if not (self.arguments or self.values["filename"] or self.values["kustomize"]):
            raise KctlError('You must specify the type of resource to describe. Use "kctl api-resources" for a complete list of supported resources.')

    def run(self) -> int | None:
        """Print descriptions, with two empty lines between them."""
        self.client = self.factory.client("kubectl")
        found, error = self._find()
        if isinstance(error, errors.StatusError) and error.reason == "NotFound" and len(self.arguments) == 2:
            self._by_prefix(error, *self.arguments)
            return None
        failed = [] if error is None else [error]
        failed += self._print(found)
        if not found and not failed:
            where = "" if self.all_namespaces else f" in {self.factory.namespace} namespace."
            print(f"No resources found{where}", file=self.factory.streams.err)
        if failed:
            raise failures.Several(failed)
        return None

    def _find(self) -> tuple[list[Info], KctlError | None]:
        query = lookup.query(self.values, self.arguments)
        named = query.selector or len(self.arguments) > 1 or any("/" in word for word in self.arguments)
        query = query._replace(everything=bool(self.arguments) and not named, anywhere=self.all_namespaces)
        self.listed = query.selecting
        return lookup.find(self.factory, self.client, query).collect()

    def _print(self, found: Sequence[Info]) -> list[KctlError]:
        failed: dict[str, KctlError] = {}
        separator = ""
        for info in found:
            try:
                text = self._describe(info)
            except KctlError as error:
                failed.setdefault(str(error), error)
                continue
            self.factory.streams.out.write(separator + text)
            separator = "\n\n"
        return list(failed.values())

    def _by_prefix(self, error: KctlError, kind: str, prefix: str) -> None:
        """Describe what begins with a word that is no name; raise `error` where nothing does."""
        if "/" in kind:  # TYPE/NAME TYPE/NAME, which kubectl takes for a type and a name
            raise error
        first, *more = targets.parse(self.client.scheme, [kind])
        if more:
            raise KctlError("you may only specify a single resource type")
        resource = first.resource
        namespace = self.factory.namespace if resource.namespaced else ""
        try:
            items = self.client.items(resource, namespace, limit=self.chunk)
        except errors.StatusError as refused:
            raise targets.explained(refused, resource, "", "") from refused
        matching = [item for item in items if item["metadata"]["name"].startswith(prefix)]
        if not matching:
            raise error
        self.listed = True
        for item in matching:
            self.factory.streams.out.write(self._describe(Info(resource, item["metadata"]["name"], namespace, item)) + "\n")

    def _describe(self, info: Info) -> str:
        from minikube_py import describers

        now = self.factory.clock.now()
        if info.source:
            try:
                _fetch(info, self.client)
            except errors.NotFound as error:
                told = self._events_of(info, str(error), now)
                if not told:
                    raise
                return told
        elif self.listed:  # kubectl reads each by itself then: not everybody who may list may get
            info.object = self.client.get(info.resource, info.name, info.namespace)
        return describers.describe(info.resource, info.there, self.client, now=now, show_events=self.show_events, chunk_size=self.chunk)

    def _events_of(self, info: Info, problem: str, now: float) -> str:
        """Return what the events of a pod tell that a file names and that is not there; "" where nothing is told."""
        if not self.show_events or (info.resource.group, info.resource.kind) != ("", "Pod"):
            return ""
        from minikube_py.describers import context, pod

        return pod.describe_missing(info.name, info.namespace, problem, context.Context(self.client, now, chunk_size=self.chunk))


def _fetch(info: Info, client: "RestClient") -> None:
    """Read what a file names; of some kinds kubectl then asks for an older version, and tells that this is not there."""
    if info.resource.namespaced and not info.namespace:
        raise errors.UnknownPath()
    try:
        info.object = client.get(info.resource, info.name, info.namespace)
    except errors.NotFound as error:
        if info.resource.key in _ASKED_TWICE:
            raise errors.UnknownPath() from error
        raise


COMMAND = Command(
    "describe",
    "Show details of a specific resource or group of resources",
    "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    FLAGS,
    DescribeOptions,
    long="""Show details of a specific resource or group of resources.

 Prints what an object says of itself together with what belongs to it, such as events or the pods of a node. Where no object has the
 name that you give, those whose names begin with it are shown.

Use "kctl api-resources" for a complete list of supported resources.""",
    examples="""  # Describe a node
  kctl describe node minikube

  # Describe the pods whose names begin with web
  kctl describe pod web

  # Describe the pods that carry a label
  kctl describe pods -l app=web

  # Describe what a file names
  kctl describe -f web.yaml""",
)
