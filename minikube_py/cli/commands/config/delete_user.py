"""kctl config delete-user."""

from minikube_py.cli import kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.flags import UsageError
from minikube_py.cli.kubeconfigs import ConfigOptions
from minikube_py.machinery.errors import KctlError


class DeleteUserOptions(ConfigOptions):
    """Removes a user."""

    def run(self) -> int | None:
        """Do it."""
        content = self.load()
        if len(self.arguments) != 1:
            raise UsageError("user to delete is required", "See 'kctl config delete-user -h' for help and examples")
        name = self.arguments[0]
        if kubeconfigs.find(content, "users", name) is None:
            raise KctlError(f"cannot delete user {name}, not in {self.file}")
        self.save(kubeconfigs.drop(content, "users", name))
        self.say(f"deleted user {name} from {self.file}")
        return None


COMMAND = Command(
    "config delete-user", "Delete the specified user from the kubeconfig", "NAME", (), DeleteUserOptions,
    examples="  # Delete the user minikube\n  kctl config delete-user minikube",
)  # fmt: skip
