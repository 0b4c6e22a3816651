"""kctl create: from files, and the family of generators."""

from minikube_py.cli import dryrun, failures, lastapplied, lookup, patching
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery.errors import KctlError

FLAGS = (
    *dryrun.files("to use to create the resource"),
    dryrun.DRY_RUN,
    dryrun.VALIDATE,
    dryrun.SAVE_CONFIG,
    dryrun.SELECTOR,
    dryrun.field_manager("kubectl-create"),
    Flag("edit", "bool", usage="Edit the API resource before creating"),
    Flag("raw", usage="Raw URI to POST to the server."),
    *OUTPUT_FLAGS,
)


class CreateOptions:
    """What `kctl create -f` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        dryrun.refuse_arguments("create", arguments)
        self.factory, self.values = factory, values
        self.dry_run = dryrun.strategy(factory, values)
        self.validation = dryrun.validation(values)
        self.printer = Outcome(factory, values, self.dry_run).printer("created")
        self.created = 0

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        if not values["filename"] and not values["kustomize"]:
            raise KctlError("must specify one of -f and -k")
        for flag in ("edit", "raw"):
            if values[flag]:
                raise KctlError(f"--{flag} is not supported by this version of kctl")

    def run(self) -> int | None:
        """Create what the files hold."""
        self.client = self.factory.client("kubectl")
        wanted = lookup.query(self.values)._replace(checked=self.validation != "Ignore")
        lookup.find(self.factory, self.client, wanted).visit(self._create)
        if not self.created:
            raise KctlError("no objects passed to create")
        return None

    def _create(self, info: Info) -> None:
        obj = lastapplied.noted(info.there, self.values["save-config"])
        if self.dry_run != dryrun.CLIENT:
            options = dryrun.write_options(self.values, self.dry_run, info.duplicates)
            try:
                obj = self.client.create(patching.without_version(obj), namespace=info.namespace, **options)
            except KctlError as error:
                raise failures.with_source("creating", info.source, error) from None
        self.created += 1
        self.printer.print_object(obj, self.factory.streams.out)


_LONG = """Create a resource from a file or from stdin.

 JSON and YAML formats are accepted."""
_EXAMPLES = """  # Create a pod using the data in pod.json
  kctl create -f ./pod.json

  # Create a pod based on the JSON passed into stdin
  cat pod.json | kctl create -f -"""
COMMAND = Family(
    "create",
    "Create a resource from a file or from stdin",
    "-f FILENAME [options]",
    {
        "configmap": ("create_configmap", "Create a config map from a local file, directory or literal value"),
        "deployment": ("create_deployment", "Create a deployment with the specified name"),
        "namespace": ("create_namespace", "Create a namespace with the specified name"),
        "token": ("create_token", "Request a service account token"),
    },
    Command("create", "Create a resource from a file or from stdin", "-f FILENAME [options]", FLAGS, CreateOptions, long=_LONG, examples=_EXAMPLES),
    long=_LONG,
    examples=_EXAMPLES,
    synonyms={"cm": "configmap", "deploy": "deployment", "ns": "namespace"},
)
