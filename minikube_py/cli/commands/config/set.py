"""kctl config set."""

from minikube_py.cli import kubeconfigpaths
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.cli.kubeconfigs import ChangeOptions
from minikube_py.machinery.errors import KctlError

FLAGS = (Flag("set-raw-bytes", "bool", usage="Take the value of a field of bytes as it is, not in base64."),)


class SetOptions(ChangeOptions):
    """Sets one value."""

    def validate(self) -> None:
        """Refuse anything but a property and its value."""
        if len(self.arguments) != 2:
            raise self.unexpected(COMMAND)
        if not self.arguments[1]:
            raise KctlError("you cannot use set to unset a property")
        if not self.arguments[0]:
            raise KctlError("you must specify a property")

    def change(self) -> int | None:
        """Do it."""
        path, value = self.arguments
        self.save(kubeconfigpaths.with_value(self.load(), path, value, raw=self.values["set-raw-bytes"]))
        self.say(f'Property "{path}" set.')
        return None


COMMAND = Command(
    "config set", "Set an individual value in a kubeconfig file", "PROPERTY_NAME PROPERTY_VALUE", FLAGS, SetOptions,
    long="""Set an individual value in a kubeconfig file.

 PROPERTY_NAME is current-context, or LIST.NAME.FIELD with contexts, clusters or users for LIST. An entry that is missing is made.""",
    examples="  # Make a context work in another namespace\n  kctl config set contexts.minikube.namespace web",
)  # fmt: skip
