"""kctl top pod."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, usages
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery import durations, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.usages import Usage
    from minikube_py.client.rest import RestClient
    from minikube_py.printers.tabwriter import TabWriter

FLAGS = (
    *usages.FLAGS,
    dryrun.FIELD_SELECTOR,
    Flag("all-namespaces", "bool", short="A", usage="If present, show the pods of all namespaces, whatever --namespace says."),
    Flag("containers", "bool", usage="If present, print usage of containers within a pod."),
    Flag("sum", "bool", usage="Print the sum of the resource usage"),
)
_COLUMNS = ("NAME", "CPU(cores)", "MEMORY(bytes)")
_LATE = 120.0  # seconds after which a pod should have been measured
_RULE = "________"


class TopPodOptions:
    """What `kctl top pod` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        if len(arguments) > 1:
            raise dryrun.usage_error("top pod", "pod [NAME | -l label]")
        self.name = arguments[0] if arguments else ""
        self.all_namespaces: bool = values["all-namespaces"]
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        usages.check_order(values)
        if self.name and (values["selector"] or values["field-selector"]):
            raise KctlError("only one of NAME or selector can be provided")

    def run(self) -> int | None:
        """Print the usage of pods."""
        self.selector = str(usages.label_selector(self.values["selector"]))
        self.fields = _field_selector(self.values["field-selector"])
        self.client = self.factory.client("kubectl")
        namespace = "" if self.all_namespaces else self.factory.namespace
        metrics = usages.measured(self.client, "pods", self.name, namespace, self.selector, self.fields)
        if metrics:
            self._print(metrics)
        else:
            self._explain_nothing()
        return None

    def _explain_nothing(self) -> None:
        """Say why nothing is shown; that is a failure where there are pods."""
        namespace = self.factory.namespace
        pods = self.client.items("pods", namespace, label_selector=self.selector, field_selector=self.fields)
        now = self.factory.clock.now()
        for pod in pods:
            age = now - parse_rfc3339(pod["metadata"]["creationTimestamp"])
            if age > _LATE:
                raise KctlError(f"Metrics not available for pod {meta.namespace(pod)}/{meta.name(pod)}, age: {durations.spelled(age)}")
        if pods:
            raise KctlError("metrics not available yet")
        where = "" if self.all_namespaces else f" in {namespace} namespace."
        print(f"No resources found{where}", file=self.factory.streams.err)

    def _print(self, metrics: list[Object]) -> None:
        from minikube_py.printers.tabwriter import TabWriter

        values = self.values
        writer = TabWriter(self.factory.streams.out)
        before = ["NAMESPACE"] * self.all_namespaces + ["POD"] * values["containers"]
        if not values["no-headers"]:
            writer.write(usages.line([*before, *_COLUMNS]))
        by_namespace = self.all_namespaces and not values["sort-by"]
        metrics.sort(key=usages.order(values["sort-by"], _of_pod))
        if by_namespace:
            metrics.sort(key=meta.namespace)
        for one in metrics:
            self._print_one(writer, one)
        if values["sum"]:
            width = len(_COLUMNS) + (0 if values["no-headers"] else len(before))
            writer.write(usages.line([*[""] * (width - 2), _RULE, _RULE]))
            writer.write(usages.line([*[""] * (width - 2), *usages.cells(usages.total(map(_of_pod, metrics)))]))
        writer.flush()

    def _print_one(self, writer: "TabWriter", one: Object) -> None:
        before = [meta.namespace(one)] * self.all_namespaces
        if not self.values["containers"]:
            writer.write(usages.line([*before, meta.name(one), *usages.cells(_of_pod(one))]))
            return
        for container in sorted(one.get("containers") or (), key=usages.order(self.values["sort-by"], _of_container)):
            writer.write(usages.line([*before, meta.name(one), container["name"], *usages.cells(_of_container(container))]))


def _of_container(container: Object) -> "Usage":
    return usages.usage(container.get("usage"))


def _of_pod(one: Object) -> "Usage":
    return usages.total(map(_of_container, one.get("containers") or ()))


def _field_selector(text: str) -> str:
    """Return --field-selector, read here as kubectl does."""
    from minikube_py.machinery import fieldselectors

    try:
        return str(fieldselectors.parse(text)) if text else ""
    except ValueError as error:
        raise KctlError(str(error)) from error


COMMAND = Command(
    "top pod",
    "Display resource (CPU/memory) usage of pods",
    "[NAME | -l label] [options]",
    FLAGS,
    TopPodOptions,
    long="""Show how much CPU and memory pods use.

 A pod that has just begun is measured a little later, and not shown until then.""",
    examples="""  # The pods of this namespace
  kctl top pod

  # The containers of one pod
  kctl top pod store-0 --containers

  # All pods, those that use most memory first, and what they use together
  kctl top pod -A --sort-by=memory --sum""",
    aliases=("pods", "po"),
)
