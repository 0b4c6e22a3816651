"""kctl config unset."""

from minikube_py.cli import kubeconfigpaths
from minikube_py.cli.command import Command
from minikube_py.cli.kubeconfigs import ChangeOptions
from minikube_py.machinery.errors import KctlError


class UnsetOptions(ChangeOptions):
    """Removes one value, entry or list."""

    def validate(self) -> None:
        """Refuse anything but one property."""
        if len(self.arguments) != 1:
            raise self.unexpected(COMMAND)
        if not self.arguments[0]:
            raise KctlError("you must specify a property")

    def change(self) -> int | None:
        """Do it."""
        path = self.arguments[0]
        self.save(kubeconfigpaths.without(self.load(), path))
        self.say(f'Property "{path}" unset.')
        return None


COMMAND = Command(
    "config unset", "Unset an individual value in a kubeconfig file", "PROPERTY_NAME", (), UnsetOptions,
    long="""Unset an individual value in a kubeconfig file.

 PROPERTY_NAME is current-context, a LIST, LIST.NAME or LIST.NAME.FIELD with contexts, clusters or users for LIST.""",
    examples="  # Have no current context\n  kctl config unset current-context",
)  # fmt: skip
