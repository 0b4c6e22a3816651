"""kctl label."""

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
from minikube_py.machinery.patch import values as jsonvalues

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    *dryrun.files("identifying the resource to update the labels"),
    dryrun.DRY_RUN,
    dryrun.SELECTOR,
    dryrun.FIELD_SELECTOR,
    dryrun.field_manager("kubectl-label"),
    Flag("all", "bool", usage="Select all resources, in the namespace of the specified resource types"),
    Flag("all-namespaces", "bool", short="A", usage="If true, check the specified action in all namespaces."),
    Flag("list", "bool", usage="If true, display the labels for a given resource."),
    Flag("local", "bool", usage="If true, label will NOT contact api-server but run locally."),
    Flag("overwrite", "bool", usage="If true, allow labels to be overwritten, otherwise reject label updates that overwrite existing labels."),
    Flag("resource-version", usage="If non-empty, the labels update will only succeed if this is the current resource-version for the object."),
    recording.RECORD,
    *OUTPUT_FLAGS,
)


class LabelOptions:
    """What `kctl label` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        self.dry_run = dryrun.strategy(factory, values)
        self.outcome = Outcome(factory, values, self.dry_run)
        self.resources, changes = pairs.split(arguments, "label")
        self.added, self.removed = pairs.labels(changes)
        if values["list"] and values["output"]:
            raise KctlError("--list and --output may not be specified together")

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        has_files = bool(values["filename"] or values["kustomize"])
        refusals = (
            (values["all"] and values["selector"], "cannot set --all and --selector at the same time"),
            (values["all"] and values["field-selector"], "cannot set --all and --field-selector at the same time"),
            (values["local"] and self.dry_run == dryrun.SERVER, "cannot specify --local and --dry-run=server - did you mean --dry-run=client?"),
            (values["local"] and self.resources, "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set"),
            (values["local"] and not has_files, "one or more files must be specified as -f pod.yaml or --filename=pod.json"),
            (not self.resources and not has_files, "one or more resources must be specified as <resource> <name> or <resource>/<name>"),
            (not self.added and not self.removed and not values["list"], "at least one label update is required"),
        )
        failures.refuse(refusals)

    def run(self) -> int | None:
        """Label all that was named."""
        found = self._found()
        self.single = found.single
        if not self.single and self.values["resource-version"]:
            raise KctlError("--resource-version may only be used with a single resource")
        found.visit(self._one)
        return None

    def _found(self) -> Found:
        values = self.values
        wanted = lookup.query(values, self.resources)._replace(latest=True)
        if values["local"]:
            infos, broken = files.read(self.factory, None, wanted.files, recursive=wanted.recursive, kustomize=wanted.kustomize)
            return Found(infos, broken, single=lookup.single_file(wanted))
        self.client = self.factory.client("kubectl")
        return lookup.find(self.factory, self.client, wanted)

    def _one(self, info: Info) -> None:
        values = self.values
        before = meta.clone(info.there)
        if values["resource-version"]:
            before["metadata"].pop("resourceVersion", None)
        stays_here = self.dry_run == dryrun.CLIENT or values["local"] or values["list"]
        if not stays_here:
            info.require_name()
            self._tell_missing(before)
        after = self._labeled(before) if stays_here else recording.noted(values, self._labeled(before))
        done = self._done(before, after)
        if not stays_here:
            options = dryrun.write_options(values, self.dry_run)
            body = mergepatch.create(before, after)
            self.client.patch(info.resource, info.name, info.namespace, body, patch_type=api.MERGE_PATCH, **options)
        if values["list"]:
            self._list(info, after)
            return
        self.outcome.tell(after, done)

    def _tell_missing(self, obj: Object) -> None:
        for key in self.removed:
            if key not in meta.labels(obj):
                print(f'label "{key}" not found.', file=self.factory.streams.out)

    def _labeled(self, obj: Object) -> Object:
        labels = dict((obj.get("metadata") or {}).get("labels") or {})
        if not self.values["overwrite"]:
            clashes = [
                KctlError(f"'{key}' already has a value ({labels[key]}), and --overwrite is false")
                for key, value in self.added.items()
                if labels.get(key, value) != value
            ]
            if clashes:
                raise failures.Several(clashes)
        labels.update(self.added)
        for key in self.removed:
            labels.pop(key, None)
        after = {**obj, "metadata": {**(obj.get("metadata") or {}), "labels": labels}}
        if self.values["resource-version"]:
            after["metadata"]["resourceVersion"] = self.values["resource-version"]
        return after

    def _done(self, before: Object, after: Object) -> str:
        """Return what kubectl says was done; it compares the texts of the objects."""
        old, new = jsonvalues.marshal(before), jsonvalues.marshal(after)
        if old == new:
            return "not labeled"
        return "unlabeled" if not self.values["overwrite"] and len(new) < len(old) else "labeled"

    def _list(self, info: Info, obj: Object) -> None:
        out, indent = self.factory.streams.out, ""
        if not self.single:
            indent = " "
            print(f"Listing labels for {info.resource.kind}.{info.resource.group}/{info.name}:", file=out)
        for key, value in sorted(meta.labels(obj).items()):
            print(f"{indent}{key}={value}", file=out)


COMMAND = Command(
    "label",
    "Update the labels on a resource",
    "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version] [options]",
    FLAGS,
    LabelOptions,
    long="""Add labels to objects, change them, or take them away: what selectors, controllers and people find objects by.

 Keys and values are 63 characters at most: letters and digits, with hyphens, dots and underscores between them; a key may have a domain
and a slash before it. What is there already is only changed with --overwrite. With --resource-version, the object must not have changed since.""",
    examples="""  # Label a pod
  kctl label pods web tier=front

  # Change the label
  kctl label --overwrite pods web tier=back

  # Remove it from all pods of the namespace
  kctl label pods --all tier-

  # Show the labels of a node
  kctl label nodes minikube --list""",
)
