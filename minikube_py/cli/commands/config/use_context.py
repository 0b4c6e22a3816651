"""kctl config use-context."""

from minikube_py.cli import kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.kubeconfigs import ChangeOptions
from minikube_py.machinery.errors import KctlError


class UseContextOptions(ChangeOptions):
    """Makes a context the current one."""

    def validate(self) -> None:
        """Refuse anything but one name."""
        if len(self.arguments) != 1:
            raise self.unexpected(COMMAND)

    def change(self) -> int | None:
        """Do it."""
        name = self.arguments[0]
        content = self.load()
        if not name:
            raise KctlError("empty context names are not allowed")
        if kubeconfigs.find(content, "contexts", name) is None:
            raise KctlError(f'no context exists with the name: "{name}"')
        self.save({**content, "current-context": name})
        self.say(f'Switched to context "{name}".')
        return None


COMMAND = Command(
    "config use-context", "Set the current-context in a kubeconfig file", "CONTEXT_NAME", (), UseContextOptions,
    examples="  # Use the context of the cluster minikube\n  kctl config use-context minikube", aliases=("use",),
)  # fmt: skip
