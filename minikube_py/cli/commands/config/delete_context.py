"""kctl config delete-context."""

from typing import Any

from minikube_py.cli.command import Command
from minikube_py.cli.commands.config.deleting import DeleteOptions


class DeleteContextOptions(DeleteOptions):
    """Removes a context."""

    field = "contexts"

    def command(self) -> Command:
        """Return the command, for its help."""
        return COMMAND

    def warn(self, content: dict[str, Any], name: str) -> None:
        """Say that no context is left in force."""
        if content["current-context"] == name:
            print('warning: this removed your active context, use "kctl config use-context" to select a different one', file=self.factory.streams.err)


COMMAND = Command(
    "config delete-context", "Delete the specified context from the kubeconfig", "NAME", (), DeleteContextOptions,
    examples="  # Delete the context minikube\n  kctl config delete-context minikube",
)  # fmt: skip
