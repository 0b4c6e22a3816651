"""What the commands `kctl rollout ...` share: which objects they work on, and the ones that send a small patch (kubectl pkg/cmd/rollout)."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, failures, lookup, setting, targets, typedobjects
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Found, Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient
    from minikube_py.printers.output import Printer

FLAGS = (*dryrun.files("identifying the resource to get from a server."), dryrun.SELECTOR)
PATCH_FLAGS: tuple[Flag, ...] = (*FLAGS, *OUTPUT_FLAGS, dryrun.field_manager("kubectl-rollout"))


class Rollout:
    """The options of each of them."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        self.dry_run = dryrun.strategy(factory, values) if "dry-run" in values.flags else dryrun.NONE

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if not self.arguments and not self.values["filename"] and not self.values["kustomize"]:
            raise KctlError("required resource not specified")

    def found(self) -> Found:
        """Return what the command works on: with a type and no name, all of that type."""
        self.client = self.factory.client("kubectl")
        only_types = targets.only_types(self.arguments)
        wanted = lookup.query(self.values, self.arguments)._replace(latest=True, typed=True, everything=only_types and not self.values["selector"])
        return lookup.find(self.factory, self.client, wanted)

    def tell(self, obj: Object, done: str, printer: "Printer | None" = None) -> None:
        """Print an object, or what was done to it. `printer` is that of several objects, which come as one stream."""
        outcome = Outcome(self.factory, self.values, self.dry_run)
        typedobjects.tell(outcome, obj, done, show_managed_fields=self.values["show-managed-fields"], printer=printer)

    def tell_nothing(self) -> None:
        """Say that there is nothing to work on."""
        print(f"No resources found in {self.factory.namespace} namespace.", file=self.factory.streams.err)


class Patching(Rollout):
    """The options of pause, resume and restart. `done` is what they do."""

    done = ""

    def change(self, obj: Object) -> None:
        """Change an object in place; KctlError where that makes no sense."""
        raise TypeError(f"{type(self).__name__} changes nothing")

    def unchanged(self, info: Info) -> None:
        """Deal with an object that the change leaves as it is."""
        raise TypeError(f"{type(self).__name__} leaves nothing as it is")

    def run(self) -> int | None:
        """Patch all that was named."""
        infos, broken = self.found().collect()
        problems: list[KctlError] = [] if broken is None else [failures.Several([broken])] if isinstance(broken, failures.Several) else [broken]
        if not infos and not problems:
            self.tell_nothing()
        for info in infos:
            try:
                self._patch(info)
            except KctlError as error:
                problems.append(error)
        problem = failures.combined(problems)
        if problem is not None:
            raise problem
        return None

    def _patch(self, info: Info) -> None:
        info.object = typedobjects.require(info)
        before = meta.clone(info.there)
        try:
            self.change(info.there)
        except KctlError as error:
            called = f"{info.resource.plural}.{info.resource.group}" if info.resource.group else info.resource.plural
            raise KctlError(f'error: {called} "{info.name}" {error}') from None
        patch = setting.patch_of(info, before)
        if not patch:
            self.unchanged(info)
            return
        try:
            patched = self.client.patch(info.resource, info.name, info.namespace, patch, field_manager=self.values["field-manager"])
        except KctlError as error:
            raise KctlError(f"failed to patch: {error}") from error
        self.tell(patched, self.done)


def is_deployment(obj: Object) -> bool:
    """Tell whether an object is a deployment."""
    return bool(obj["kind"] == "Deployment" and obj["apiVersion"].startswith("apps/"))
