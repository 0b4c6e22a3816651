"""kctl top node."""

from minikube_py.cli import dryrun, usages
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

FLAGS = (
    *usages.FLAGS,
    Flag("show-capacity", "bool", usage="Compare usage with the capacity of nodes, not with what pods may have of it."),
)
_COLUMNS = ("NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)")
_UNKNOWN = "<unknown>"


class TopNodeOptions:
    """What `kctl top node` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        if len(arguments) > 1:
            raise dryrun.usage_error("top node", "node [NAME | -l label]")
        self.name = arguments[0] if arguments else ""
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        usages.check_order(self.values)
        if self.name and self.values["selector"]:
            raise KctlError("only one of NAME or --selector can be provided")

    def run(self) -> int | None:
        """Print the usage of nodes."""
        selector = str(usages.label_selector(self.values["selector"]))
        client = self.factory.client("kubectl")
        metrics = usages.measured(client, "nodes", self.name, "", selector)
        if not metrics:
            raise KctlError("metrics not available yet")
        nodes = [client.get("nodes", self.name)] if self.name else client.items("nodes", label_selector=selector)
        field = "capacity" if self.values["show-capacity"] else "allocatable"
        self._print(metrics, {meta.name(node): (node.get("status") or {}).get(field) or {} for node in nodes})
        return None

    def _print(self, metrics: list[Object], available: dict[str, Object]) -> None:
        from minikube_py.printers.tabwriter import TabWriter

        writer = TabWriter(self.factory.streams.out)
        if not self.values["no-headers"]:
            writer.write(usages.line(_COLUMNS))
        for one in sorted(metrics, key=usages.order(self.values["sort-by"], lambda one: usages.usage(one.get("usage")))):
            name = meta.name(one)
            writer.write(usages.line([name, *usages.cells(usages.usage(one.get("usage")), available.pop(name, {}))]))
        for name in sorted(available):
            writer.write(usages.line([name, *[_UNKNOWN] * 2 * len(usages.MEASURED)]))
        writer.flush()


COMMAND = Command(
    "top node",
    "Display resource (CPU/memory) usage of nodes",
    "[NAME | -l label] [options]",
    FLAGS,
    TopNodeOptions,
    long="Show how much CPU and memory nodes use, and how much of what they have that is.",
    examples="""  # All nodes
  kctl top node

  # One node
  kctl top node minikube

  # The busiest first
  kctl top node --sort-by=cpu""",
    aliases=("nodes", "no"),
)
