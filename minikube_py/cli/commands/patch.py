"""kctl patch."""

from typing import TYPE_CHECKING, Any

from minikube_py.cli import dryrun, fileobjects, files, lookup, recording
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Found, Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.client import api
from minikube_py.machinery import errors, schemas
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

_TYPES = {"json": api.JSON_PATCH, "merge": api.MERGE_PATCH, "strategic": api.STRATEGIC_PATCH}
FLAGS = (
    *dryrun.files("identifying the resource to update"),
    dryrun.DRY_RUN,
    dryrun.field_manager("kubectl-patch"),
    Flag("local", "bool", usage="If true, patch will operate on the content of the file, not the server-side resource."),
    Flag("patch", short="p", usage="The patch to be applied to the resource JSON file."),
    Flag("patch-file", usage="A file containing a patch to be applied to the resource."),
    Flag("subresource", usage="If specified, patch will operate on the subresource of the requested object."),
    Flag("type", default="strategic", usage="The type of patch being provided; one of [json merge strategic]"),
    recording.RECORD,
    *OUTPUT_FLAGS,
)


class PatchOptions:
    """What `kctl patch` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        self.dry_run = dryrun.strategy(factory, values)
        self.outcome = Outcome(factory, values)  # kubectl patch does not say that a run was dry
        self.patched = 0
        self.unreadable: KctlError | None = None

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        if values["patch"] and values["patch-file"]:
            raise KctlError("cannot specify --patch and --patch-file together")
        if not values["patch"] and not values["patch-file"]:
            raise KctlError("must specify --patch or --patch-file containing the contents of the patch")
        if values["local"] and self.arguments:
            raise KctlError("cannot specify --local and server resources")
        if values["local"] and self.dry_run == dryrun.SERVER:
            raise KctlError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?")
        if values["type"] and values["type"].lower() not in _TYPES:
            raise KctlError(f'--type must be one of [{" ".join(_TYPES)}], not "{values["type"]}"')

    def run(self) -> int | None:
        """Patch all that was named."""
        self.media_type = _TYPES[self.values["type"].lower() or "strategic"]
        self.patch = self._patch()
        self._found().visit(self._one)
        if not self.patched:
            raise KctlError("no objects passed to patch")
        return None

    def _patch(self) -> Any:
        from minikube_py.kits import yaml

        path, text = self.values["patch-file"], self.values["patch"]
        try:
            if path:
                with open(path, "rb") as file:
                    text = file.read()
        except OSError as error:
            raise KctlError(f"unable to read patch file: open {path}: {files.reason(error)}") from error
        try:
            return yaml.load(text)
        except yaml.YAMLError as error:
            self.unreadable = self._unreadable(error.message, text)

    def _unreadable(self, problem: str, text: str | bytes) -> KctlError:
        """Return what is said of each object, where a patch that looks like JSON is none; kubectl looks into others itself."""
        looks_like_json = text.lstrip()[:1] in ("{", b"{")
        if not looks_like_json:
            raise KctlError(f'unable to parse "{self.values["patch"]}": {problem.removeprefix("error converting YAML to JSON: ")}')
        if self.values["local"]:
            return KctlError("invalid JSON document")
        cause = problem.rpartition(": ")[2].replace("unexpected EOF", "unexpected end of JSON input")
        return errors.BadRequest(cause if self.values["type"] == "strategic" else f"error decoding patch: {cause}")

    def _found(self) -> Found:
        values = self.values
        if values["local"]:
            if not values["filename"] and not values["kustomize"]:
                raise KctlError(lookup.NOTHING)
            return Found(*files.read(self.factory, None, values["filename"], recursive=values["recursive"], kustomize=values["kustomize"]))
        self.client = self.factory.client("kubectl")
        return lookup.find(self.factory, self.client, lookup.query(values, self.arguments)._replace(subresource=values["subresource"]))

    def _one(self, info: Info) -> None:
        self.patched += 1
        if self.unreadable is not None:
            raise self.unreadable
        if self.values["local"] or self.dry_run == dryrun.CLIENT:
            after = local(info.there, self.patch, self.media_type)
        else:
            after = self._sent(info)
        self.outcome.tell(after, "patched" if after != info.there else "patched (no change)")

    def _sent(self, info: Info) -> Object:
        options = dryrun.write_options(self.values, self.dry_run)
        try:
            patched = self.client.patch(info.resource, info.name, info.namespace, self.patch, patch_type=self.media_type,
                                        subresource=self.values["subresource"], **options)  # fmt: skip
        except errors.UnsupportedMediaType as error:
            of = info.resource
            raise KctlError(f"{self.media_type} is not supported by {of.group}/{of.version}, Kind={of.kind}: {error}") from error
        noted = recording.patch(self.values, patched)
        if not noted:
            return patched
        return self.client.patch(info.resource, info.name, info.namespace, noted, patch_type=api.MERGE_PATCH, **options)


def local(obj: Object, patch: Any, media_type: str) -> Object:
    """Return what a patch makes of an object, without a server: what is wrong with it is said as the libraries say it."""
    try:
        after = _applied(obj, patch, media_type)
    except errors.StatusError as error:
        raise KctlError(error.message) from error
    if not after.get("kind"):
        from minikube_py.machinery.patch import values

        raise KctlError(f"Object 'Kind' is missing in '{values.marshal(after)}'")
    return after


def _applied(obj: Object, patch: Any, media_type: str) -> Object:
    from minikube_py.machinery.patch import jsonpatch, mergepatch, strategic

    if patch is None and media_type != api.MERGE_PATCH:
        return obj
    if media_type == api.JSON_PATCH:
        jsonpatch.check(patch)
        return jsonpatch.patched(obj, patch)
    if media_type == api.MERGE_PATCH:
        if isinstance(patch, list):  # takes the object's place
            raise KctlError("json: cannot unmarshal array into Go value of type unstructured.detector")
        return mergepatch.apply(obj, patch)
    of = fileobjects.local_resource(obj)
    schema = schemas.for_kind(of.api_version, of.kind)
    if schema is None:
        raise KctlError(f"strategic merge patch is not supported for {of.group}/{of.version}, Kind={of.kind} locally, try --type merge")
    if not isinstance(patch, dict):
        raise KctlError("invalid JSON document")
    return strategic.apply(obj, patch, schema)


COMMAND = Command(
    "patch",
    "Update fields of a resource",
    "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE] [options]",
    FLAGS,
    PatchOptions,
    long="""Change some fields of an object and leave the others: by a strategic merge patch (the default), a JSON merge patch, or a JSON patch.

 The patch is JSON or YAML. A strategic merge patch joins lists by the names of their elements; custom resources take the other two only.""",
    examples="""  # Keep new pods off a node
  kctl patch node minikube -p '{"spec":{"unschedulable":true}}'

  # Change the image of the first container, wherever it stands in the list
  kctl patch pod web --type=json -p '[{"op":"replace","path":"/spec/containers/0/image","value":"nginx:1.27"}]'

  # Scale a deployment through its subresource
  kctl patch deployment web --subresource=scale --type=merge -p 'spec: {replicas: 2}'""",
)
