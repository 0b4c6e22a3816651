"""What `kctl create KIND NAME` and its like have in common: an object made of flags, sent or only shown."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, lastapplied, typedobjects
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.printers import output, serial

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (dryrun.DRY_RUN, dryrun.VALIDATE, dryrun.SAVE_CONFIG, dryrun.field_manager("kubectl-create"), *OUTPUT_FLAGS)


class Generator:
    """The options of a command that makes one object. Each command adds `path`, `build`, and what it validates."""

    path = ""
    failure = ""  # what stands before the server's words, where kubectl puts something there
    remembers = True  # whether --save-config does anything
    required: tuple[str, ...] = ()  # flags that must be given
    factory: Factory
    values: Values
    name: str
    arguments: list[str]

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        dryrun.require(values, *self.required)
        named = len(arguments) if values.dash < 0 else values.dash
        if named != 1:
            raise dryrun.usage_error(self.path, f"exactly one NAME is required, got {named}")
        self.name = arguments[0]
        factory.configured()
        self.dry_run = dryrun.strategy(factory, values)
        self.teller = Teller(Outcome(factory, values, self.dry_run), values, "created")
        dryrun.validation(values)

    def validate(self) -> None:
        """Refuse what makes no sense."""

    def build(self) -> Object:
        """Return the object; what its struct writes of empty fields is added later."""
        raise TypeError(f"{type(self).__name__} builds nothing")

    def run(self) -> int | None:
        """Create the object, or show it."""
        obj = lastapplied.generated(typedobjects.of(self.build()), self.remembers and self.values["save-config"])
        if self.dry_run != dryrun.CLIENT:
            client = self.factory.client("kubectl")  # what is wrong with the cluster is said without "failed to create"
            try:
                obj = send(client, obj, self.factory, self.values, self.dry_run)
            except KctlError as error:
                raise KctlError(f"{self.failure}{error}") if self.failure else error from None
        self.teller.tell(obj)
        return None

    def object(self, kind: str, api_version: str = "v1", *, namespaced: bool = True, **metadata: object) -> Object:
        """Return the beginning of an object: its namespace only where the command line names one."""
        found: Object = {"name": self.name, **{field: value for field, value in metadata.items() if value}}
        if namespaced and self.factory.namespace_enforced:
            found["namespace"] = self.factory.namespace
        return {"kind": kind, "apiVersion": api_version, "metadata": found}

    @property
    def command(self) -> list[str]:
        """Return the words behind the name."""
        return self.arguments[1:]

    def require_name(self) -> None:
        """Refuse an empty name."""
        if not self.name:
            raise KctlError("name must be specified")


def send(client: "RestClient", obj: Object, factory: Factory, values: Values, dry_run: str) -> Object:
    """Create a generated object in the namespace in force."""
    try:
        return client.create(obj, namespace=factory.namespace, **dryrun.write_options(values, dry_run))
    except errors.Unauthorized:  # whatever was asked first: kubectl knows its own types, and does not ask what is served
        raise errors.Unauthorized() from None


class Teller:
    """Prints generated objects, and what the server made of them; `done` is created, exposed and so on."""

    def __init__(self, outcome: Outcome, values: Values, done: str) -> None:
        self._outcome, self._values, self._done = outcome, values, done
        self._printer = outcome.printer(done)

    def tell(self, obj: Object) -> None:
        """Print one object after the other."""
        if self._outcome.shows_object:
            hidden = self._outcome.format.lower() in ("json", "yaml") and not self._values["show-managed-fields"]
            obj = typedobjects.of(serial.without_managed_fields(obj) if hidden else obj)
        if self._outcome.format.lower() == "json":
            self._outcome.tell_generated(obj, self._done)
        else:
            output.print_struct(self._printer, obj, self._outcome.out)


def place(obj: Object, factory: Factory) -> Object:
    """Return an object that is only shown, in the namespace that the command line names."""
    return {**obj, "metadata": {**obj["metadata"], "namespace": factory.namespace}} if factory.namespace_enforced else obj


def container(name: str, image: str, command: Sequence[str] = ()) -> Object:
    """Return a container."""
    return {"name": name, "image": image, "command": list(command)}


def labels(text: str) -> dict[str, str]:
    """Return the labels of KEY=VALUE,KEY=VALUE."""
    found: dict[str, str] = {}
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if not equals or "=" in value:
            raise KctlError(f"unexpected label spec: {part}")
        if not key:
            raise KctlError("unexpected empty label key")
        found[key] = value
    return found


def label_text(given: Mapping[str, str]) -> str:
    """Return labels as `labels` reads them."""
    return ",".join(f"{key}={value}" for key, value in given.items())


def int_or_text(text: str) -> int | str:
    """Return a number where the text is one (intstr.Parse)."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdecimal()) or not -(2**31) <= int(text) < 2**31:
        return text
    return int(text)
