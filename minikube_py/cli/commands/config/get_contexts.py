"""kctl config get-contexts."""

from minikube_py.cli import failures, kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.cli.kubeconfigs import ConfigOptions, Content
from minikube_py.machinery.errors import KctlError
from minikube_py.printers.tabwriter import TabWriter

FLAGS = (
    Flag("no-headers", "bool", usage="Don't print headers."),
    Flag("output", short="o", usage="Output format. One of: (name)."),
)


class GetContextsOptions(ConfigOptions):
    """Lists contexts."""

    def validate(self) -> None:
        """Refuse other formats."""
        if self.values["output"] not in ("", "name"):
            raise KctlError(f"--output {self.values['output']} is not available in kctl config get-contexts; resetting to default output format")

    def run(self) -> int | None:
        """Print them."""
        content, by_name = self.load(), self.values["output"] == "name"
        known = kubeconfigs.names(content, "contexts")
        wanted = sorted(name for name in self.arguments if name in known) if self.arguments else known
        missing: list[KctlError] = [KctlError(f"context {name} not found") for name in self.arguments if name not in known]
        writer = TabWriter(self.factory.streams.out)
        if not (by_name or self.values["no-headers"]):
            writer.write("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n")
        for name in wanted:
            writer.write(f"{name}\n" if by_name else _row(content, name))
        writer.flush()
        error = failures.combined(missing)
        if error is not None:
            raise error
        return None


def _row(content: Content, name: str) -> str:
    context = kubeconfigs.find(content, "contexts", name) or {}
    current = "*" if content["current-context"] == name else " "
    return "\t".join([current, name, *(context.get(field) or "" for field in ("cluster", "user", "namespace"))]) + "\n"


COMMAND = Command(
    "config get-contexts", "Describe one or many contexts", "[(-o|--output=)name)]", FLAGS, GetContextsOptions,
    long="Display one or many contexts from the kubeconfig file.",
    examples="  # List all contexts\n  kctl config get-contexts\n\n  # Describe one context\n  kctl config get-contexts minikube",
)  # fmt: skip
