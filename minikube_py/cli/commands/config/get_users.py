"""kctl config get-users."""

from minikube_py.cli import kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.kubeconfigs import ConfigOptions


class GetUsersOptions(ConfigOptions):
    """Lists the users of a kubeconfig."""

    def run(self) -> int | None:
        """Print their names."""
        for line in ("NAME", *kubeconfigs.names(self.load(), "users")):
            self.say(line)
        return None


COMMAND = Command(
    "config get-users", "Display users defined in the kubeconfig", "[flags]", (), GetUsersOptions,
    examples="  # List the users that kctl knows about\n  kctl config get-users",
)  # fmt: skip
