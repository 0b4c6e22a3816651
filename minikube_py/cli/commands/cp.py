"""kctl cp."""

from minikube_py.cli import podtargets
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError


class CopyOptions:
    """What `kctl cp` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if len(self.arguments) != 2:
            raise KctlError("source and destination are required")

    def run(self) -> int | None:
        """Copy in the one direction or the other."""
        from minikube_py.cli import copying

        source, target = (copying.place(word) for word in self.arguments)
        if source.pod and target.pod:
            raise KctlError("one of src or dest must be a local file specification")
        if not source.path or not target.path:
            raise KctlError("filepath can not be empty")
        if not source.pod and not target.pod:
            raise KctlError("one of src or dest must be a remote file specification")
        values = self.values
        copy = copying.Copy(self.factory, self.factory.client("kubectl"), values["container"])
        try:
            if source.pod:
                copy.fetch(source, target, retries=values["retries"])
            else:
                copy.send(source, target, preserve=not values["no-preserve"])
        except copying.Failed as error:
            print(error, file=self.factory.streams.err)
            return error.code
        return None


COMMAND = Command(
    "cp",
    "Copy files and directories to and from containers",
    "<file-spec-src> <file-spec-dest>",
    (
        podtargets.CONTAINER,
        Flag("no-preserve", "bool", usage="Do not keep owners and permissions of what is copied into the container"),
        Flag("retries", "int", usage="How often to go on with a copy out of a container that broke off; any negative value: without end"),
    ),
    CopyOptions,
    long="Copy files and directories to and from containers. The container's image must have tar. Symbolic links are not copied out of containers.",
    examples="""  # Copy a folder into a pod
  kctl cp ./site web-1:/usr/share/nginx/html

  # Copy a file out of one of a pod's containers, in another namespace
  kctl cp prod/db-0:/var/log/db.log ./db.log -c server""",
)
