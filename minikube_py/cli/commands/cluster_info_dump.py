"""kctl cluster-info dump."""

from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError

FLAGS = (
    Flag("all-namespaces", "bool", short="A", usage="If true, dump all namespaces."),
    Flag("namespaces", "list", usage="The namespaces to dump, separated by commas."),
    Flag("output", default="json", short="o", usage="Output format: json, yaml and others."),
    Flag("output-directory", usage="Where to write the files; standard output where it is - or empty."),
)


class DumpOptions:
    """Says that this is not built yet."""

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over nothing."""

    def validate(self) -> None:
        """Refuse."""
        raise KctlError("cluster-info dump is not supported by this version of kctl")

    def run(self) -> int | None:
        """Do nothing: validate has refused."""


COMMAND = Command(
    "cluster-info dump", "Dump relevant information for debugging and diagnosis", "[flags]", FLAGS, DumpOptions,
    long="Dump relevant information for debugging and diagnosis. This version of kctl does not support it: use kctl get -A -o yaml.",
    examples="  # Dump the state of the cluster\n  kctl cluster-info dump",
)  # fmt: skip
