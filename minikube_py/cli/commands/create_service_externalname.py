"""kctl create service externalname."""

from minikube_py.cli.command import Command
from minikube_py.cli.commands import create_service
from minikube_py.cli.flags import Flag
from minikube_py.machinery import names
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object


class ExternalNameOptions(create_service.ServiceGenerator):
    """What `kctl create service externalname` was asked for."""

    path = "create service externalname"
    kind = "ExternalName"
    required = ("external-name",)

    def validate(self) -> None:
        """Refuse what makes no sense."""
        name = self.values["external-name"]
        if names.dns_subdomain(name):
            raise KctlError(f"invalid service external name {name}")

    def spec(self) -> Object:
        """Return the name."""
        return {"externalName": self.values["external-name"]}


COMMAND = Command(
    "create service externalname",
    "Create an ExternalName service",
    "NAME --external-name external.name [--dry-run=server|client|none] [options]",
    (Flag("external-name", usage="The name that the service stands for."), *create_service.FLAGS),
    ExternalNameOptions,
    long="Create a service that is another name for a host outside of the cluster.",
    examples="""  # Give a database outside a name within the cluster
  kctl create service externalname database --external-name=db.example""",
)
