"""kctl config current-context."""

from minikube_py.cli.command import Command
from minikube_py.cli.kubeconfigs import ConfigOptions
from minikube_py.machinery.errors import KctlError


class CurrentContextOptions(ConfigOptions):
    """Shows which context is in force."""

    def run(self) -> int | None:
        """Print it."""
        name = self.load()["current-context"]
        if not name:
            raise KctlError("current-context is not set")
        self.say(name)
        return None


COMMAND = Command(
    "config current-context", "Display the current-context", "[flags]", (), CurrentContextOptions,
    examples="  # Display the current-context\n  kctl config current-context",
)  # fmt: skip
