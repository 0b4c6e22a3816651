"""kctl config delete-cluster."""

from minikube_py.cli.command import Command
from minikube_py.cli.commands.config.deleting import DeleteOptions


class DeleteClusterOptions(DeleteOptions):
    """Removes a cluster's entry; the cluster itself stays (kctl cluster delete removes that)."""

    field = "clusters"

    def command(self) -> Command:
        """Return the command, for its help."""
        return COMMAND


COMMAND = Command(
    "config delete-cluster", "Delete the specified cluster from the kubeconfig", "NAME", (), DeleteClusterOptions,
    examples="  # Delete the entry of the cluster minikube\n  kctl config delete-cluster minikube",
)  # fmt: skip
