"""kctl config delete-user."""

from minikube_py.cli.command import Command
from minikube_py.cli.commands.config.deleting import DeleteOptions
from minikube_py.cli.flags import UsageError


class DeleteUserOptions(DeleteOptions):
    """Removes a user."""

    field = "users"

    def refuse(self) -> int | None:
        """Say that one name is wanted."""
        raise UsageError("user to delete is required", "See 'kctl config delete-user -h' for help and examples")


COMMAND = Command(
    "config delete-user", "Delete the specified user from the kubeconfig", "NAME", (), DeleteUserOptions,
    examples="  # Delete the user minikube\n  kctl config delete-user minikube",
)  # fmt: skip
