"""kctl api-resources."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, UsageError, Values
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.scheme import Resource
from minikube_py.printers.tabwriter import TabWriter

if TYPE_CHECKING:
    from minikube_py.machinery.scheme import Scheme

FLAGS = (
    Flag("api-group", usage="Limit to resources in the specified API group."),
    Flag("cached", "bool", usage="Use the cached list of resources if available."),
    Flag("categories", "list", usage="Limit to resources that belong to the specified categories."),
    Flag("namespaced", "bool", True, usage="If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default."),
    Flag("no-headers", "bool", usage="Don't print headers."),
    Flag("output", short="o", usage="Output format. One of: (wide, name)."),
    Flag("sort-by", usage="If non-empty, sort list of resources using specified field: name or kind."),
    Flag("verbs", "list", usage="Limit to resources that support the specified verbs."),
)
_ORDERS: dict[str, Callable[[Resource], str]] = {
    "": lambda resource: resource.group, "name": lambda resource: resource.plural, "kind": lambda resource: resource.kind,
}  # fmt: skip


class ApiResourcesOptions:
    """What `kctl api-resources` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        if arguments:
            raise UsageError(f"unexpected arguments: [{' '.join(arguments)}]", "See 'kctl api-resources -h' for help and examples")
        factory.configured()

    def validate(self) -> None:
        """Refuse other formats and orders."""
        values = self.values
        if values["output"] not in ("", "wide", "name"):
            raise KctlError(f"--output {values['output']} is not available")
        if values["sort-by"] not in _ORDERS:
            raise KctlError("--sort-by accepts only name or kind")

    def run(self) -> int | None:
        """Print them."""
        values, order = self.values, _ORDERS[self.values["sort-by"]]
        resources = [resource for resource in _preferred(self.factory.client("kubectl", fresh=not values["cached"]).scheme) if self._is_wanted(resource)]
        writer = TabWriter(self.factory.streams.out)
        if values["output"] != "name" and not values["no-headers"]:
            writer.write("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND" + ("\tVERBS\tCATEGORIES" if values["output"] == "wide" else "") + "\n")
        for resource in sorted(resources, key=lambda resource: (order(resource), resource.plural)):
            writer.write(_row(resource, values["output"]))
        writer.flush()
        return None

    def _is_wanted(self, resource: Resource) -> bool:
        values = self.values
        return (
            (not values.changed("api-group") or resource.group == values["api-group"])
            and (not values.changed("namespaced") or resource.namespaced == values["namespaced"])
            and set(values["verbs"]) <= set(resource.verbs)
            and set(values["categories"]) <= set(resource.categories)
        )


def _preferred(scheme: "Scheme") -> list[Resource]:
    return [resource for resource in scheme if resource.served and resource.verbs and scheme.preferred(*resource.key) == resource]


def _row(resource: Resource, output: str) -> str:
    if output == "name":
        return f"{resource.qualified}\n"
    cells = [resource.plural, ",".join(resource.short_names), resource.api_version, str(resource.namespaced).lower(), resource.kind]
    if output == "wide":
        cells += [",".join(resource.verbs), ",".join(resource.categories)]
    return "\t".join(cells) + "\n"


COMMAND = Command(
    "api-resources", "Print the supported API resources on the server", "[flags]", FLAGS, ApiResourcesOptions,
    long="Print the supported API resources on the server.",
    examples="""  # Print the supported API resources, with more columns
  kctl api-resources -o wide

  # Print those that belong to no namespace, in the order of their names
  kctl api-resources --namespaced=false --sort-by=name

  # Print those of one API group
  kctl api-resources --api-group=apps""",
)  # fmt: skip
