"""kctl uncordon."""

from minikube_py.cli import cordoning
from minikube_py.cli.command import Command


class UncordonOptions(cordoning.Nodes):
    """What `kctl uncordon` was asked for."""

    path = "uncordon"

    def run(self) -> int | None:
        """Let new pods come again."""
        self.cordon(False)
        return None


COMMAND = Command(
    "uncordon",
    "Mark node as schedulable",
    "NODE [options]",
    cordoning.FLAGS,
    UncordonOptions,
    long="Mark nodes so that pods are scheduled there again.",
    examples="""  # Let pods come to a node again
  kctl uncordon minikube""",
)
