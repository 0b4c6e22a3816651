"""kctl create serviceaccount."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.machinery.meta import Object


class ServiceAccountOptions(generating.Generator):
    """What `kctl create serviceaccount` was asked for."""

    path = "create serviceaccount"
    failure = "failed to create serviceaccount: "

    def validate(self) -> None:
        """Refuse what makes no sense."""
        self.require_name()

    def build(self) -> Object:
        """Return the service account."""
        return self.object("ServiceAccount")


COMMAND = Command(
    "create serviceaccount",
    "Create a service account with the specified name",
    "NAME [--dry-run=server|client|none] [options]",
    generating.FLAGS,
    ServiceAccountOptions,
    examples="""  # Create a service account for a program that deploys
  kctl create serviceaccount deployer""",
    aliases=("sa",),
)
