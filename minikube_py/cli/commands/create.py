"""kctl create: from files, and the family of generators."""

from minikube_py.cli import dryrun, failures, lastapplied, lookup, patching, rawrequests, recording
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
    Flag("windows-line-endings", "bool", usage="If true, lines of the file that --edit opens end as on Windows, with CR and LF."),
    recording.RECORD,
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
        if values["raw"]:
            self._check_raw()

    def _check_raw(self) -> None:
        values, names = self.values, self.values["filename"]
        if values["edit"]:
            raise KctlError("--raw and --edit are mutually exclusive")
        if len(names) != 1:
            raise KctlError("--raw can only use a single local file or stdin")
        if values["selector"]:
            raise KctlError("--raw and --selector (-l) are mutually exclusive")
        rawrequests.check_flags(values)

    def run(self) -> int | None:
        """Create what the files hold."""
        if self.values["raw"] or (self.validation != "Ignore" and not self.values["edit"]):
            self.factory.configured()
        if self.values["raw"]:
            rawrequests.send(self.factory, "POST", self.values["raw"], rawrequests.content(self.factory, self.values["filename"]))
            return None
        self.client = self.factory.client("kubectl")
        if self.values["edit"]:
            from minikube_py.cli import editing

            session = editing.Session(self.factory, self.client, self.values, editing.CREATE)
            lookup.find(self.factory, self.client, lookup.query(self.values)).visit(lambda info: session.edit([info]))
            return None
        wanted = lookup.query(self.values)._replace(validation=self.validation)
        lookup.find(self.factory, self.client, wanted).visit(self._create)
        if not self.created:
            raise KctlError("no objects passed to create")
        return None

    def _create(self, info: Info) -> None:
        obj = recording.noted(self.values, lastapplied.noted(info.there, self.values["save-config"]))
        if self.dry_run != dryrun.CLIENT:
            options = dryrun.write_options(self.values, self.dry_run, info.duplicates)
            try:
                obj = self.client.create(patching.without_version(obj), namespace=info.namespace, **options)
            except KctlError as error:
                raise failures.with_source("creating", info.source, error) from None
        self.created += 1
        self.printer.print_object(obj, self.factory.streams.out)


_LONG = """Create the objects of files or standard input, in JSON or YAML, or one that flags describe: see the commands below."""
_EXAMPLES = """  # Create what a file holds
  kctl create -f web.yaml

  # And what comes from another program
  generate | kctl create -f -"""
COMMAND = Family(
    "create",
    "Create a resource from a file or from stdin",
    "-f FILENAME [options]",
    {
        "clusterrole": ("create_clusterrole", "Create a cluster role"),
        "clusterrolebinding": ("create_clusterrolebinding", "Create a cluster role binding for a particular cluster role"),
        "configmap": ("create_configmap", "Create a config map from a local file, directory or literal value"),
        "cronjob": ("create_cronjob", "Create a cron job with the specified name"),
        "deployment": ("create_deployment", "Create a deployment with the specified name"),
        "ingress": ("create_ingress", "Create an ingress with the specified name"),
        "job": ("create_job", "Create a job with the specified name"),
        "namespace": ("create_namespace", "Create a namespace with the specified name"),
        "poddisruptionbudget": ("create_poddisruptionbudget", "Create a pod disruption budget with the specified name"),
        "priorityclass": ("create_priorityclass", "Create a priority class with the specified name"),
        "quota": ("create_quota", "Create a quota with the specified name"),
        "role": ("create_role", "Create a role with single rule"),
        "rolebinding": ("create_rolebinding", "Create a role binding for a particular role or cluster role"),
        "secret": ("create_secret", "Create a secret using a specified subcommand"),
        "service": ("create_service", "Create a service using a specified subcommand"),
        "serviceaccount": ("create_serviceaccount", "Create a service account with the specified name"),
        "token": ("create_token", "Request a service account token"),
    },
    Command("create", "Create a resource from a file or from stdin", "-f FILENAME [options]", FLAGS, CreateOptions, long=_LONG, examples=_EXAMPLES),
    long=_LONG,
    examples=_EXAMPLES,
    synonyms={
        "cj": "cronjob", "cm": "configmap", "deploy": "deployment", "ing": "ingress", "ns": "namespace", "pc": "priorityclass",
        "pdb": "poddisruptionbudget", "resourcequota": "quota", "sa": "serviceaccount", "svc": "service",
    },  # fmt: skip
)
