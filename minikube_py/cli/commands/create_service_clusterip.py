"""kctl create service clusterip."""

from minikube_py.cli.command import Command
from minikube_py.cli.commands import create_service
from minikube_py.cli.flags import Flag
from minikube_py.machinery.meta import Object


class ClusterIPOptions(create_service.ServiceGenerator):
    """What `kctl create service clusterip` was asked for."""

    path = "create service clusterip"
    kind = "ClusterIP"

    def validate(self) -> None:
        """Refuse what makes no sense; a service without an address needs no ports."""
        if self.values["clusterip"] != "None":
            super().validate()

    def spec(self) -> Object:
        """Return the address."""
        return {"clusterIP": self.values["clusterip"]}


COMMAND = Command(
    "create service clusterip",
    "Create a ClusterIP service",
    "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none] [options]",
    (Flag("clusterip", usage="The address of the service; None for a headless one."), *create_service.FLAGS),
    ClusterIPOptions,
    examples="""  # Create a service within the cluster
  kctl create service clusterip web --tcp=80:8080

  # Create a headless service
  kctl create service clusterip peers --clusterip=None""",
)
