"""kctl alpha: kubectl 1.33 has it for commands to come, of which there is none, and so shows it nowhere."""

from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values


class AlphaOptions:
    """What `kctl alpha` was asked for: whatever it is, there is nothing."""

    factory: Factory

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory = factory

    def validate(self) -> None:
        """Refuse nothing."""

    def run(self) -> int | None:
        """Say so."""
        print("No alpha commands are available in this version of kctl", file=self.factory.streams.err)
        return None


COMMAND = Command("alpha", "Commands that may change or go", "", (), AlphaOptions, long="No alpha commands are available in this version of kctl.")
