"""kctl set serviceaccount."""

from minikube_py.cli import dryrun, podspecs, setting
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object


class ServiceAccountOptions(setting.Setter):
    """What `kctl set serviceaccount` was asked for."""

    done = "serviceaccount updated"
    failure = "failed to patch ServiceAccountName"
    skips_unchanged = False

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and find the objects."""
        self.begin(factory, values)
        if values["local"] and self.dry_run == dryrun.SERVER:
            raise KctlError(setting.LOCAL_AND_SERVER)
        self.printer = self.outcome.printer(self.done)
        if not arguments:
            raise KctlError("serviceaccount is required")
        self.account = arguments[-1]
        self.wanted = self.infos(arguments[:-1])

    def run(self) -> int | None:
        """Set the account."""
        self.work(self.wanted, self._change)
        return None

    def _change(self, obj: Object) -> bool:
        podspecs.of(obj)["serviceAccountName"] = self.account
        return True


COMMAND = Command(
    "set serviceaccount",
    "Update the service account of a resource",
    "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT [options]",
    setting.flags("serviceaccount", selector=False),
    ServiceAccountOptions,
    long="Update the service account as which the pods of pod templates act.",
    examples="""  # Let the pods of a deployment act as 'robot'
  kctl set serviceaccount deployment shop robot

  # Show what would come of a file
  kctl set sa -f shop.yaml robot --local -o yaml""",
    aliases=("sa",),
)
