"""kctl config delete-cluster."""

from minikube_py.cli import kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.kubeconfigs import ConfigOptions
from minikube_py.machinery.errors import KctlError


class DeleteClusterOptions(ConfigOptions):
    """Removes a cluster's entry; the cluster itself stays (kctl cluster delete removes that)."""

    def run(self) -> int | None:
        """Do it."""
        content = self.load()
        if len(self.arguments) != 1:
            from minikube_py.cli import help as texts

            self.factory.streams.out.write(texts.leaf(COMMAND))
            return None
        name = self.arguments[0]
        if kubeconfigs.find(content, "clusters", name) is None:
            raise KctlError(f"cannot delete cluster {name}, not in {self.file}")
        self.save(kubeconfigs.drop(content, "clusters", name))
        self.say(f"deleted cluster {name} from {self.file}")
        return None


COMMAND = Command(
    "config delete-cluster", "Delete the specified cluster from the kubeconfig", "NAME", (), DeleteClusterOptions,
    examples="  # Delete the entry of the cluster minikube\n  kctl config delete-cluster minikube",
)  # fmt: skip
