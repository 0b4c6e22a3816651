"""kctl apply set-last-applied."""

from minikube_py.cli import dryrun, failures, lookup
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.client import api
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.patch import threeway, values

FLAGS = (
    dryrun.files("that contains the last-applied-configuration annotations")[0],
    dryrun.DRY_RUN,
    Flag("create-annotation", "bool", usage="If true, give the annotation to objects that do not have it."),
    *OUTPUT_FLAGS,
)


class SetLastAppliedOptions:
    """What `kctl apply set-last-applied` was asked for."""

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:  # noqa: ARG002  (kubectl takes no notice of arguments)
        """Take over the command line."""
        self.factory, self.values = factory, values
        self.dry_run = dryrun.strategy(factory, values)
        self.printer = Outcome(factory, values, self.dry_run).printer("configured")
        self.client = factory.client("kubectl")
        self.patches: list[tuple[Info, str]] = []

    def validate(self) -> None:
        """Compare each file with what its object says was applied last."""
        infos, broken = lookup.find(self.factory, self.client, lookup.Query(files=self.values["filename"])).collect()
        for info in infos:
            self._compare(info)
        if broken is not None:
            raise broken

    def _compare(self, info: Info) -> None:
        written = values.marshal(info.there) + "\n"
        try:
            info.get(self.client)
        except errors.NotFound:
            raise
        except KctlError as error:
            raise failures.with_source(f"retrieving current configuration of:\n{info}\nfrom server for:", info.source, error) from None
        before = meta.annotations(info.there).get(threeway.ANNOTATION)
        if before is None and not self.values["create-annotation"]:
            raise KctlError(f"no last-applied-configuration annotation found on resource: {info.name}, "
                            "to create the annotation, run the command with --create-annotation")  # fmt: skip
        if before == written:
            print(f"set-last-applied {info.name}: no changes required.", file=self.factory.streams.out)
        else:
            self.patches.append((info, written))

    def run(self) -> int | None:
        """Write the annotations."""
        for info, written in self.patches:
            obj = info.there
            if self.dry_run != dryrun.CLIENT:
                body = {"metadata": {"annotations": {threeway.ANNOTATION: written}}}
                obj = self.client.patch(info.resource, info.name, info.namespace, body, patch_type=api.MERGE_PATCH,
                                        dry_run=self.dry_run == dryrun.SERVER or None)  # fmt: skip
            self.printer.print_object(obj, self.factory.streams.out)
        return None


COMMAND = Command(
    "apply set-last-applied",
    "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    "-f FILENAME [options]",
    FLAGS,
    SetLastAppliedOptions,
    long="""Let the annotation that tells what was applied last say what stands in a file, as if the file had been applied.

 Nothing else of the object changes.""",
    examples="""  # As if deploy.yaml had been applied
  kctl apply set-last-applied -f deploy.yaml

  # Also where the object has no such annotation yet
  kctl apply set-last-applied -f deploy.yaml --create-annotation=true""",
)
