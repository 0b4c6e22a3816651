"""kctl config delete-context."""

from minikube_py.cli import kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.kubeconfigs import ConfigOptions
from minikube_py.machinery.errors import KctlError


class DeleteContextOptions(ConfigOptions):
    """Removes a context."""

    def run(self) -> int | None:
        """Do it."""
        content = self.load()
        if len(self.arguments) != 1:
            from minikube_py.cli import help as texts

            self.factory.streams.out.write(texts.leaf(COMMAND))
            return None
        name = self.arguments[0]
        if kubeconfigs.find(content, "contexts", name) is None:
            raise KctlError(f"cannot delete context {name}, not in {self.file}")
        if content["current-context"] == name:
            print('warning: this removed your active context, use "kctl config use-context" to select a different one', file=self.factory.streams.err)
        self.save(kubeconfigs.drop(content, "contexts", name))
        self.say(f"deleted context {name} from {self.file}")
        return None


COMMAND = Command(
    "config delete-context", "Delete the specified context from the kubeconfig", "NAME", (), DeleteContextOptions,
    examples="  # Delete the context minikube\n  kctl config delete-context minikube",
)  # fmt: skip
