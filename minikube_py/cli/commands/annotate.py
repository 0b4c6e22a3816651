"""kctl annotate."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, failures, files, lookup, pairs, recording
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Found, Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.client import api
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import mergepatch

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    *dryrun.files("identifying the resource to update the annotation"),
    dryrun.DRY_RUN,
    dryrun.SELECTOR,
    dryrun.FIELD_SELECTOR,
    dryrun.field_manager("kubectl-annotate"),
    Flag("all", "bool", usage="Select all resources, in the namespace of the specified resource types."),
    Flag("all-namespaces", "bool", short="A", usage="If true, check the specified action in all namespaces."),
    Flag("list", "bool", usage="If true, display the annotations for a given resource."),
    Flag("local", "bool", usage="If true, annotation will NOT contact api-server but run locally."),
    Flag("overwrite", "bool", usage="If true, allow annotations to be overwritten, otherwise reject updates that overwrite existing annotations."),
    Flag("resource-version", usage="If non-empty, the update will only succeed if this is the current resource-version for the object."),
    recording.RECORD,
    *OUTPUT_FLAGS,
)
_CHANGE_CAUSE = "kubernetes.io/change-cause"  # may always be overwritten


class AnnotateOptions:
    """What `kctl annotate` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        self.dry_run = dryrun.strategy(factory, values)
        self.outcome = Outcome(factory, values, self.dry_run)
        self.printer = self.outcome.printer("annotated")
        self.resources, changes = pairs.split(arguments, "annotation")
        self.added, self.removed = pairs.parse(changes, "annotation", removable=True)

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values, local = self.values, self.values["local"]
        has_files = bool(values["filename"] or values["kustomize"])
        both = [key for key in self.removed if key in self.added]
        refusals = (
            (values["all"] and values["selector"], "cannot set --all and --selector at the same time"),
            (values["all"] and values["field-selector"], "cannot set --all and --field-selector at the same time"),
            (not local and not self.resources and not has_files, "one or more resources must be specified as <resource> <name> or <resource>/<name>"),
            (local and self.dry_run == dryrun.SERVER, "cannot specify --local and --dry-run=server - did you mean --dry-run=client?"),
            (local and self.resources, "can only use local files by -f rsrc.yaml or --filename=rsrc.json when --local=true is set"),
            (local and not has_files, "one or more files must be specified as -f rsrc.yaml or --filename=rsrc.json"),
            (not self.added and not self.removed and not values["list"], "at least one annotation update is required"),
            (both, f"can not both modify and remove the following annotation(s) in the same command: {', '.join(both)}"),
        )
        failures.refuse(refusals)

    def run(self) -> int | None:
        """Annotate all that was named."""
        found = self._found()
        self.single = found.single
        if not self.single and self.values["resource-version"]:
            raise KctlError("--resource-version may only be used with a single resource")
        found.visit(self._one)
        return None

    def _found(self) -> Found:
        wanted = lookup.query(self.values, self.resources)._replace(latest=True)
        if self.values["local"]:
            infos, broken = files.read(self.factory, None, wanted.files, recursive=wanted.recursive, kustomize=wanted.kustomize)
            return Found(infos, broken, single=lookup.single_file(wanted))
        self.client = self.factory.client("kubectl")
        return lookup.find(self.factory, self.client, wanted)

    def _one(self, info: Info) -> None:
        values, before = self.values, meta.clone(info.there)
        stays_here = self.dry_run == dryrun.CLIENT or values["local"] or values["list"]
        if not stays_here:
            info.require_name()
        if values["resource-version"] and not stays_here:
            before["metadata"].pop("resourceVersion", None)
        after = self._annotated(before if stays_here else recording.noted(values, before))
        if not stays_here:
            body, options = mergepatch.create(before, after), dryrun.write_options(values, self.dry_run)
            after = self.client.patch(info.resource, info.name, info.namespace, body, patch_type=api.MERGE_PATCH, **options)
        if values["list"]:
            self._list(info, after)
        else:
            self.printer.print_object(after, self.factory.streams.out)

    def _annotated(self, obj: Object) -> Object:
        annotations = dict(meta.annotations(obj))
        if not self.values["overwrite"]:
            clashes = [
                f"'{key}' already has a value ({annotations[key]})"
                for key, value in self.added.items()
                if key != _CHANGE_CAUSE and annotations.get(key, value) != value
            ]
            if clashes:
                raise KctlError(f"--overwrite is false but found the following declared annotation(s): {'; '.join(clashes)}")
        annotations.update(self.added)
        for key in self.removed:
            annotations.pop(key, None)
        metadata = {**(obj.get("metadata") or {}), "annotations": annotations}
        if self.values["resource-version"]:
            metadata["resourceVersion"] = self.values["resource-version"]
        return {**obj, "metadata": metadata}

    def _list(self, info: Info, obj: Object) -> None:
        out, indent = self.factory.streams.out, ""
        if not self.single:
            indent = " "
            print(f"Listing annotations for {info.resource.kind}.{info.resource.group}/{info.name}:", file=out)
        for key, value in sorted(meta.annotations(obj).items()):
            print(f"{indent}{key}={value}", file=out)


COMMAND = Command(
    "annotate",
    "Update the annotations on a resource",
    "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version] [options]",
    FLAGS,
    AnnotateOptions,
    long="""Update the annotations of objects: notes of any length, which tools and extensions keep with them.

 What is there already is only changed with --overwrite. With --resource-version, the object must not have changed since.""",
    examples="""  # Add a note to a pod
  kctl annotate pods web note='do not restart'

  # Change it
  kctl annotate --overwrite pods web note='may be restarted'

  # Remove it from all pods
  kctl annotate pods --all note-

  # Show the annotations of a deployment
  kctl annotate deployment shop --list""",
)
