"""What `kctl create KIND NAME` and `kctl run` have in common: an object made of flags, sent or only shown."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, lastapplied
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (dryrun.DRY_RUN, dryrun.VALIDATE, dryrun.SAVE_CONFIG, dryrun.field_manager("kubectl-create"), *OUTPUT_FLAGS)


class Generator:
    """The options of a command that makes one object. Each command adds `path`, `build`, and what it validates."""

    path = ""
    failure = ""  # what stands before the server's words, where kubectl puts something there
    factory: Factory
    values: Values
    name: str
    arguments: list[str]

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        self.require()
        named = len(arguments) if values.dash < 0 else values.dash
        if named != 1:
            raise dryrun.usage_error(self.path, f"exactly one NAME is required, got {named}")
        self.name = arguments[0]
        self.dry_run = dryrun.strategy(factory, values)
        self.outcome = Outcome(factory, values, self.dry_run)
        self.outcome.printer("created")
        dryrun.validation(values)

    def require(self) -> None:
        """Refuse a command line that lacks a flag."""

    def validate(self) -> None:
        """Refuse what makes no sense."""

    def build(self) -> Object:
        """Return the object."""
        raise TypeError(f"{type(self).__name__} builds nothing")

    def run(self) -> int | None:
        """Create the object, or show it."""
        obj = lastapplied.generated(self.build(), self.values["save-config"])
        if self.dry_run == dryrun.CLIENT:
            self.outcome.tell_generated(obj, "created")
            return None
        client = self.factory.client("kubectl")  # what is wrong with the cluster is said without "failed to create"
        try:
            created = send(client, obj, self.factory, self.values, self.dry_run)
        except KctlError as error:
            raise KctlError(f"{self.failure}: {error}") if self.failure else error from None
        self.outcome.tell(created, "created")
        return None

    @property
    def metadata(self) -> Object:
        """Return the metadata of what is made; its namespace only where the command line names one."""
        found: Object = {"name": self.name}
        if self.factory.namespace_enforced:
            found["namespace"] = self.factory.namespace
        return {**found, "creationTimestamp": None}


def send(client: "RestClient", obj: Object, factory: Factory, values: Values, dry_run: str) -> Object:
    """Create a generated object in the namespace in force."""
    return client.create(obj, namespace=factory.namespace, **dryrun.write_options(values, dry_run))
