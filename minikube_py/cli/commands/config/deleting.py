"""What delete-cluster, delete-context and delete-user have in common."""

from typing import Any

from minikube_py.cli import kubeconfigs
from minikube_py.cli.kubeconfigs import ChangeOptions
from minikube_py.machinery.errors import KctlError


class DeleteOptions(ChangeOptions):
    """Removes the one entry that is named. `field` is clusters, contexts or users."""

    field = ""

    def change(self) -> int | None:
        """Do it."""
        content = self.load()
        if len(self.arguments) != 1:
            return self.refuse()
        name, kind = self.arguments[0], self.field[:-1]
        if kubeconfigs.find(content, self.field, name) is None:
            raise KctlError(f"cannot delete {kind} {name}, not in {self.file}")
        self.warn(content, name)
        self.save(kubeconfigs.drop(content, self.field, name))
        self.say(f"deleted {kind} {name} from {self.file}")
        return None

    def refuse(self) -> int | None:
        """Say that one name is wanted: kubectl prints the help of clusters and contexts."""
        from minikube_py.cli import help as texts

        self.factory.streams.out.write(texts.leaf(self.command()))
        return None

    def command(self) -> Any:
        """Return the command, for its help."""
        raise TypeError(f"{type(self).__name__} lacks command")

    def warn(self, content: dict[str, Any], name: str) -> None:
        """Say what else the removal means."""
