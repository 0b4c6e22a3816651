"""kctl config get-clusters."""

from minikube_py.cli import kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.kubeconfigs import ConfigOptions


class GetClustersOptions(ConfigOptions):
    """Lists the clusters of a kubeconfig."""

    def run(self) -> int | None:
        """Print their names."""
        for line in ("NAME", *kubeconfigs.names(self.load(), "clusters")):
            self.say(line)
        return None


COMMAND = Command(
    "config get-clusters", "Display clusters defined in the kubeconfig", "[flags]", (), GetClustersOptions,
    examples="  # List the clusters that kctl knows about\n  kctl config get-clusters",
)  # fmt: skip
