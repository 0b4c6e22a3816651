"""kctl api-versions."""

from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import UsageError, Values


class ApiVersionsOptions:
    """Lists the versions of all API groups."""

    factory: Factory

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.arguments = factory, arguments

    def validate(self) -> None:
        """Refuse arguments."""
        if self.arguments:
            raise UsageError(f"unexpected arguments: [{' '.join(self.arguments)}]", "See 'kctl api-versions -h' for help and examples")

    def run(self) -> int | None:
        """Print them in order."""
        served = {resource.api_version for resource in self.factory.client("kubectl", fresh=True).scheme if resource.served}
        for version in sorted(served):
            print(version, file=self.factory.streams.out)
        return None


COMMAND = Command(
    "api-versions", 'Print the supported API versions on the server, in the form of "group/version"', "", (), ApiVersionsOptions,
    examples="  # Print the supported API versions\n  kctl api-versions",
)  # fmt: skip
