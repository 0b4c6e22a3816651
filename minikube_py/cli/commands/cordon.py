"""kctl cordon."""

from minikube_py.cli import cordoning
from minikube_py.cli.command import Command


class CordonOptions(cordoning.Nodes):
    """What `kctl cordon` was asked for."""

    path = "cordon"

    def run(self) -> int | None:
        """Keep new pods away."""
        self.cordon(True)
        return None


COMMAND = Command(
    "cordon",
    "Mark node as unschedulable",
    "NODE [options]",
    cordoning.FLAGS,
    CordonOptions,
    long="Mark nodes so that no new pods are scheduled there. Those that are there stay.",
    examples="""  # Keep new pods away from a node
  kctl cordon minikube""",
)
