"""kctl delete."""

from typing import TYPE_CHECKING

from minikube_py.cli import deleting, deletion, dryrun, lookup, rawrequests
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Found
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    *dryrun.files("containing the resource to delete."),
    *deletion.FLAGS,
    deletion.wait_flag(True),
    dryrun.DRY_RUN,
    dryrun.SELECTOR,
    dryrun.FIELD_SELECTOR,
    Flag("all", "bool", usage="Delete all resources, in the namespace of the specified resource types."),
    Flag("all-namespaces", "bool", short="A", usage="If present, delete the requested object(s) across all namespaces, whatever --namespace says."),
    Flag("ignore-not-found", "bool", usage='Treat "resource not found" as a successful delete. Defaults to "true" when --all is specified.'),
    Flag("interactive", "bool", short="i", usage="If true, delete resource only when user confirms."),
    Flag("now", "bool", usage="If true, resources are signaled for immediate shutdown (same as --grace-period=1)."),
    Flag("output", short="o", usage='Output mode. Use "-o name" for shorter output (resource/name).'),
    Flag("raw", usage="Raw URI to DELETE to the server."),
)
_AT_ONCE = ("Immediate deletion does not wait for confirmation that the running resource has been terminated. "
            "The resource may continue to run on the cluster indefinitely.")  # fmt: skip


class DeleteOptions:
    """What `kctl delete` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"
    found: Found

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and find what it names."""
        self.factory, self.values = factory, values
        self.policy = deletion.propagation(factory, values)
        self.ignore_not_found: bool = values["ignore-not-found"]
        if (values["all"] or values["selector"] or values["field-selector"]) and not values.changed("ignore-not-found"):
            self.ignore_not_found = True
        self.grace_period = self._grace_period()
        self.dry_run = dryrun.strategy(factory, values)
        if values["raw"]:
            return
        if values["all"] and (values["selector"] or values["field-selector"]):
            raise KctlError("setting 'all' parameter but found a non empty selector. ")
        self.client = factory.client("kubectl")
        self.found = lookup.find(factory, self.client, lookup.query(values, arguments)._replace(fetched=False, everything=values["all"]))
        factory.configured()

    def _grace_period(self) -> int:
        values = self.values
        wanted: int = values["grace-period"]
        if values["now"]:
            if wanted != -1:
                raise KctlError("--now and --grace-period cannot be specified together")
            return 1
        if wanted == 0 and not values["force"]:
            return 1  # 0 alone was too easy a way to lose data
        return 0 if values["force"] and wanted < 0 else wanted

    def validate(self) -> None:
        """Refuse what makes no sense; warn where it is dangerous."""
        values = self.values
        if values["output"] not in ("", "name"):
            raise KctlError(f"unexpected -o output mode: {values['output']}. We only support '-o name'")
        if values["force"] and self.grace_period > 0:
            raise KctlError("--force and --grace-period greater than 0 cannot be specified together")
        if values["force"]:
            self.factory.warn(_AT_ONCE)
        if values["raw"]:
            rawrequests.check_flags(values)

    def run(self) -> int | None:
        """Delete all that was found, and wait until it is gone."""
        values, out = self.values, self.factory.streams.out
        if values["raw"]:
            body = rawrequests.content(self.factory, values["filename"])
            rawrequests.send(self.factory, "DELETE", values["raw"], body)
            return None
        if values["interactive"] and not self._confirmed():
            return None
        deleter = deleting.Deleter(
            self.factory, self.client, policy=self.policy, grace_period=self.grace_period, dry_run=self.dry_run, short=values["output"] == "name",
            warn_cluster_scope=self.factory.namespace_enforced and not values["all-namespaces"],
        )  # fmt: skip
        self.found.visit(deleter.delete, ignored=errors.NotFound if self.ignore_not_found else ())
        if not deleter.count:
            print("No resources found", file=out)
        elif values["wait"] and self.dry_run == dryrun.NONE:
            deletion.Waiting(self.factory, self.client, deleter.deleted).run(values["timeout"])
        return None

    def _confirmed(self) -> bool:
        streams = self.factory.streams
        infos, problem = self.found.collect()
        if problem is not None:
            raise problem
        if not infos:
            print("No resources found", file=streams.out)
            return False
        print(f"You are about to delete the following {len(infos)} resource(s):", file=streams.out)
        for info in infos:
            print(f"{deleting.kind_text(info)}/{info.name}", file=streams.out)
        streams.out.write("Do you want to continue? (y/n): ")
        streams.out.flush()
        if streams.stdin.readline().strip().lower() == "y":
            self.found = Found(infos)
            return True
        print("deletion is cancelled", file=streams.out)
        return False


COMMAND = Command(
    "delete",
    "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)]) [options]",
    FLAGS,
    DeleteOptions,
    long="""Delete objects: those of files, those named, or those that a selector finds; one of these at a time.

 Some, such as pods, take time to end: --grace-period says how long they may take, --now is short for one second, and --force removes
them at once, without waiting for the kubelet.""",
    examples="""  # Delete what a file holds
  kctl delete -f web.yaml

  # Delete a pod and a service of one name
  kctl delete pod,service web

  # Delete what carries a label
  kctl delete deployments,services -l app=web

  # Delete all jobs of the namespace
  kctl delete jobs --all""",
)
