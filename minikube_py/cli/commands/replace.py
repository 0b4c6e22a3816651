"""kctl replace."""

from typing import TYPE_CHECKING

from minikube_py.cli import deleting, deletion, dryrun, failures, lastapplied, lookup, patching, rawrequests
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Found, Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

_FORCE_TIMEOUT = 300.0  # seconds that a forced deletion may take
FLAGS = (
    *dryrun.files("that contains the configuration to replace."),
    *deletion.FLAGS,
    deletion.wait_flag(False),
    dryrun.DRY_RUN,
    dryrun.VALIDATE,
    dryrun.SAVE_CONFIG,
    dryrun.field_manager("kubectl-replace"),
    Flag("raw", usage="Raw URI to PUT to the server."),
    Flag("subresource", usage="If specified, replace will operate on the subresource of the requested object."),
    *OUTPUT_FLAGS,
)


class ReplaceOptions:
    """What `kctl replace` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        self.validation = dryrun.validation(values)
        self.dry_run = dryrun.strategy(factory, values)
        self.printer = Outcome(factory, values, self.dry_run).printer("replaced")
        self.policy = deletion.propagation(factory, values)
        factory.configured()
        if not values["filename"] and not values["kustomize"]:
            raise KctlError("must specify one of -f and -k")
        self.grace_period: int = values["grace-period"] or 1
        self.replaced = 0

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        if self.grace_period >= 0 and not values["force"]:
            raise KctlError("--grace-period must have --force specified")
        if values["timeout"] and not values["force"]:
            raise KctlError("--timeout must have --force specified")
        if values["force"] and self.dry_run != dryrun.NONE:
            raise KctlError("--dry-run can not be used when --force is set")
        if values["raw"]:
            rawrequests.check_flags(values)

    def run(self) -> int | None:
        """Replace what the files name."""
        if self.values["raw"]:
            body = rawrequests.content(self.factory, self.values["filename"])
            rawrequests.send(self.factory, "PUT", self.values["raw"], body)
            return None
        self.client = self.factory.client("kubectl")
        wanted = lookup.query(self.values)._replace(validation=self.validation)
        found = lookup.find(self.factory, self.client, wanted)
        if self.values["force"]:
            return self._recreate(found)
        found.visit(self._replace)
        return None

    def _replace(self, info: Info) -> None:
        obj = lastapplied.noted(info.there, self.values["save-config"])
        if self.dry_run != dryrun.CLIENT:
            try:
                obj = self._updated(info, obj)
            except KctlError as error:
                raise failures.with_source("replacing", info.source, error) from None
        self.printer.print_object(obj, self.factory.streams.out)

    def _updated(self, info: Info, obj: dict[str, object]) -> dict[str, object]:
        if not info.name:
            raise KctlError("resource name may not be empty")
        metadata = obj["metadata"]
        assert isinstance(metadata, dict), "an object with a name has metadata"
        subresource = self.values["subresource"]
        if not metadata.get("resourceVersion"):
            try:
                live = self.client.get(info.resource, info.name, info.namespace, subresource=subresource)
            except KctlError:
                live = {"metadata": {}}  # then the server says what is wrong
            version = live["metadata"].get("resourceVersion")
            obj = {**obj, "metadata": {**metadata, "resourceVersion": version}} if version else obj
        options = dryrun.write_options(self.values, self.dry_run, info.duplicates)
        return self.client.send("update", info.resource, namespace=info.namespace, name=info.name, subresource=subresource, body=obj, **options).body

    def _recreate(self, found: Found) -> int | None:
        """Delete the objects, wait until they are gone, and create them anew."""
        infos, broken = found.collect()
        if broken is not None:
            raise broken
        short = self.values["output"] == "name"
        deleter = deleting.Deleter(self.factory, self.client, policy=self.policy, grace_period=self.grace_period, short=short)
        Found(infos).visit(deleter.delete, ignored=errors.NotFound)
        deletion.Waiting(self.factory, self.client, deleter.deleted).run(self.values["timeout"] or _FORCE_TIMEOUT)
        Found(infos).visit(self._await_absence)
        Found(infos).visit(self._create)
        if not self.replaced:
            raise KctlError("no objects passed to replace")
        return None

    def _await_absence(self, info: Info) -> None:
        """Ask until it is gone: who may not ask may not replace. Somebody may have made it anew."""

        def is_gone() -> bool:
            try:
                self.client.get(info.resource, info.name, info.namespace)
            except errors.NotFound:
                return True
            return False

        if not self.factory.wait(is_gone, self.values["timeout"] or _FORCE_TIMEOUT):
            raise KctlError("timed out waiting for the condition")

    def _create(self, info: Info) -> None:
        obj = patching.without_version(lastapplied.noted(info.there, self.values["save-config"]))
        created = self.client.create(obj, namespace=info.namespace, **dryrun.write_options(self.values, self.dry_run, info.duplicates))
        self.replaced += 1
        self.printer.print_object(created, self.factory.streams.out)


COMMAND = Command(
    "replace",
    "Replace a resource by file name or stdin",
    "-f FILENAME [options]",
    FLAGS,
    ReplaceOptions,
    long="""Replace whole objects by those of files or standard input: what these do not say is gone, or set by defaults.

 To get a whole object, to change it: `kctl get TYPE NAME -o yaml`. With --force the object is deleted and made anew.""",
    examples="""  # Replace what a file holds
  kctl replace -f web.yaml

  # Delete it and make it anew
  kctl replace --force -f web.yaml""",
)
