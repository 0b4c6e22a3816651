"""kctl cluster-info dump."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from minikube_py.cli import files, podlogs, typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from typing import TextIO

    from minikube_py.client.rest import RestClient

FLAGS = (
    Flag("all-namespaces", "bool", short="A", usage="If true, dump all namespaces, whatever --namespaces says."),
    Flag("namespaces", "list", usage="The namespaces to dump, separated by commas."),
    Flag("output-directory", usage="Where to write the files; standard output where it is - or empty."),
    Flag("pod-running-timeout", "duration", 20.0, usage="How long to wait (like 5s, 2m, or 3h, higher than zero) until there is a pod"),
    *(flag._replace(default="json") if flag.name == "output" else flag for flag in OUTPUT_FLAGS),
)
_EXTENSIONS = {"json": ".json", "yaml": ".yaml"}
_GENERIC = {"BadRequest": "the server rejected our request for an unknown reason", "NotFound": "the server could not find the requested resource"}
_KINDS = (("events", "events"), ("replicationcontrollers", "replication-controllers"), ("services", "services"), ("daemonsets.apps", "daemonsets"),
          ("deployments.apps", "deployments"), ("replicasets.apps", "replicasets"), ("pods", "pods"))  # fmt: skip


class DumpOptions:
    """What `kctl cluster-info dump` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line; kubectl looks at no arguments here."""
        self.factory, self.values = factory, values
        self.outcome = Outcome(factory, values)
        self.outcome.printer("")
        given = values["output-directory"]
        self.directory = "" if given == "-" else given
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if self.values["pod-running-timeout"] <= 0:
            raise KctlError("--pod-running-timeout must be higher than zero")

    def run(self) -> int | None:
        """Write nodes, then each namespace."""
        self.client = self.factory.client("kubectl")
        self.printer = self.outcome.printer("")
        self.extension = _EXTENSIONS.get(self.outcome.format, ".txt")
        self._list("nodes", "", "nodes")
        for namespace in self._namespaces():
            for word, name in _KINDS[:-1]:
                self._list(word, namespace, f"{namespace}/{name}")
            self._pods(namespace)
        if self.directory:
            self.factory.streams.out.write(f"Cluster info dumped to {self.directory}\n")
        return None

    def _namespaces(self) -> list[str]:
        values = self.values
        if values["all-namespaces"]:
            return [meta.name(item) for item in self.client.items("namespaces")]
        return values["namespaces"] or ["kube-system", self.factory.namespace]

    def _pods(self, namespace: str) -> None:
        for pod in self._list(*_KINDS[-1][:1], namespace, f"{namespace}/{_KINDS[-1][1]}"):
            with self._opened(f"{namespace}/{meta.name(pod)}/logs", ".txt") as out:
                for field in ("initContainers", "containers"):
                    for container in pod["spec"].get(field) or ():
                        self._log(out, pod, container["name"])

    def _list(self, word: str, namespace: str, name: str) -> list[Object]:
        """Write a list of one kind, and return its items."""
        resource = self.client.resource(word)
        listing = self.client.list(resource, namespace)
        with self._opened(name, self.extension) as out:
            self._print(_struct(listing, resource), out)
        items: list[Object] = listing["items"]
        return items

    def _print(self, listing: Object, out: "TextIO") -> None:
        if self.outcome.format == "name":
            raise KctlError(f"list types are not supported by name printing: *v1.{listing['kind']}")
        self.outcome.out = out
        typedobjects.show(self.outcome, listing, self.printer, show_managed_fields=self.values["show-managed-fields"])

    def _log(self, out: "TextIO", pod: Object, container: str) -> None:
        about = f"logs for container {container} of pod {meta.namespace(pod)}/{meta.name(pod)} ====\n"
        out.write(f"==== START {about}")
        for line in self._lines(pod, container):
            podlogs.write(out, line)
        out.write(f"==== END {about}")

    def _lines(self, pod: Object, container: str) -> Iterator[str]:
        try:
            yield from self.client.logs(meta.name(pod), meta.namespace(pod), container=container)
        except errors.StatusError as error:
            yield f"Request log error: {_GENERIC.get(error.reason, error.message)} (get pods {meta.name(pod)})\n"

    @contextmanager
    def _opened(self, name: str, extension: str) -> Iterator["TextIO"]:
        """Open where to write: a new file that is only for the user, as logs and objects may hold secrets."""
        if not self.directory:
            yield self.factory.streams.out
            return
        path = os.path.join(self.directory, name) + extension
        step, at = "mkdir", os.path.dirname(path)
        try:
            os.makedirs(at, mode=0o700, exist_ok=True)
            step, at = "open", path
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            why = "not a directory" if isinstance(error, FileExistsError) else files.reason(error)
            raise KctlError(f"{step} {at}: {why}") from error
        with files.writing(path), open(descriptor, "w", encoding="utf-8", newline="\n") as out:
            yield out


def _struct(listing: Object, resource: Resource) -> Object:
    """Return a list as kubectl's client has it: its items do not tell their kind."""
    items = []
    for item in listing["items"]:
        made = typedobjects.of({**item, "apiVersion": resource.api_version, "kind": resource.kind})
        items.append({field: value for field, value in made.items() if field not in ("kind", "apiVersion")})
    metadata = {field: value for field, value in listing["metadata"].items() if value}
    return {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": metadata, "items": items}


COMMAND = Command(
    "cluster-info dump",
    "Dump relevant information for debugging and diagnosis",
    "[flags] [options]",
    FLAGS,
    DumpOptions,
    long="""Write down what may help to find out what is wrong with the cluster: its nodes, and the events, workloads, services, pods and logs of
namespaces: those of --namespaces, else kube-system and the current one.

 All goes to standard output, or with --output-directory to a file each.""",
    examples="""  # All to standard output
  kctl cluster-info dump

  # Files, for all namespaces
  kctl cluster-info dump --all-namespaces --output-directory=state

  # Files in YAML, for two namespaces
  kctl cluster-info dump --namespaces=shop,kube-system --output-directory=state -o yaml""",
)
