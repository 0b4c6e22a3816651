"""The nodes that cordon, uncordon and drain work on, and whether pods may come to them (kubectl pkg/cmd/drain, pkg/drain/cordon.go)."""

from minikube_py.cli import dryrun, lookup, targets
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.cli.infos import Info
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.printers import serial

FLAGS = (dryrun.DRY_RUN, dryrun.SELECTOR)


class Nodes:
    """The options of these commands. `path` is the command's name."""

    path = ""
    factory: Factory
    values: Values
    nodes: list[Info]

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and find the nodes."""
        if not arguments and not values.changed("selector"):
            raise dryrun.usage_error(self.path, f"USAGE: {self.path} NODE [flags]")
        if arguments and values["selector"]:
            raise dryrun.usage_error(self.path, "cannot specify both a node name and a --selector option")
        self.factory, self.values = factory, values
        self.dry_run = dryrun.strategy(factory, values)
        factory.configured()
        self.check()
        self.client = factory.client("kubectl")
        words = targets.of_kind("nodes", arguments) or (["nodes"] if values["selector"] else [])
        found = lookup.find(factory, self.client, lookup.chunked(lookup.Query(words, selector=values["selector"]), values))
        if len({targets.resolve(self.client.scheme, word.partition("/")[0]).key for word in words}) > 1:
            raise KctlError("you may only specify a single resource type")
        self.nodes = []
        found.until_failure(self._add)

    def _add(self, info: Info) -> None:
        of = info.resource
        if of.key != ("", "nodes"):
            raise KctlError(f'expected resource of type node, got "{of.group}/{of.version}, Resource={of.plural}"')
        self.nodes.append(info)

    def check(self) -> None:
        """Refuse, before nodes are looked for, what makes no sense."""

    def validate(self) -> None:
        """Nothing is left to refuse."""

    def cordon(self, wanted: bool) -> None:
        """Mark all nodes; what fails is told, and the rest goes on."""
        for info in self.nodes:
            was = bool((info.there.get("spec") or {}).get("unschedulable"))
            done = "cordoned" if wanted else "uncordoned"
            if was == wanted:
                self.tell(info.there, f"already {done}")
                continue
            try:
                self._mark(info, wanted)
            except KctlError as error:
                print(f'error: unable to {done.removesuffix("ed")} node "{info.name}": {error}', file=self.factory.streams.err)
                continue
            self.tell(info.there, done)

    def _mark(self, info: Info, wanted: bool) -> None:
        if self.dry_run == dryrun.CLIENT:
            return
        patch = {"spec": {"unschedulable": True if wanted else None}}
        self.client.patch(info.resource, info.name, "", patch, dry_run=self.dry_run == dryrun.SERVER or None)

    def tell(self, obj: Object, done: str) -> None:
        """Say what was done to a node or a pod."""
        serial.NamePrinter(dryrun.operation(done, self.dry_run)).print_object(obj, self.factory.streams.out)


def is_daemon(pod: Object) -> str:
    """Return the name of the daemon set that a pod belongs to, or nothing."""
    owner = meta.controller_of(pod)
    return owner["name"] if owner is not None and (owner["kind"], owner["apiVersion"]) == ("DaemonSet", "apps/v1") else ""
