"""kctl create service loadbalancer."""

from minikube_py.cli.command import Command
from minikube_py.cli.commands import create_service


class LoadBalancerOptions(create_service.ServiceGenerator):
    """What `kctl create service loadbalancer` was asked for."""

    path = "create service loadbalancer"
    kind = "LoadBalancer"


COMMAND = Command(
    "create service loadbalancer",
    "Create a LoadBalancer service",
    "NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [options]",
    create_service.FLAGS,
    LoadBalancerOptions,
    examples="""  # Create a service that the world can reach
  kctl create service loadbalancer web --tcp=80:8080""",
)
