"""kctl apply."""

from typing import TYPE_CHECKING

from minikube_py.cli import deletion, dryrun, failures, lookup, patching, recording
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, UsageError, Values
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import threeway

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minikube_py.cli.applysets import ApplySet
    from minikube_py.cli.pruning import Mapping
    from minikube_py.client.rest import RestClient

CLIENT_SIDE = "kubectl-client-side-apply"
FLAGS = (
    *dryrun.files("that contains the configuration to apply"),
    *deletion.FLAGS,
    deletion.wait_flag(False),
    dryrun.DRY_RUN,
    dryrun.VALIDATE,
    dryrun.SELECTOR,
    dryrun.field_manager(CLIENT_SIDE),
    Flag("applyset", hidden=True),  # kubectl's own flag for it is there only while KUBECTL_APPLYSET is set
    Flag("all", "bool", usage="Select all resources in the namespace of the specified resource types."),
    Flag("force-conflicts", "bool", usage="If true, server-side apply will force the changes against conflicts."),
    Flag("openapi-patch", "bool", True, usage="If true, use openapi to calculate the patch. kctl has one schema for both."),
    Flag("overwrite", "bool", True, usage="Resolve conflicts between the modified and live configuration by using values from the modified configuration"),
    Flag("prune", "bool", usage="Delete objects of earlier applies that do not appear in the configs. Should be used with either -l or --all."),
    Flag("prune-allowlist", "strings", usage="Overwrite the default allowlist with <group/version/kind> for --prune"),
    Flag("server-side", "bool", usage="If true, apply runs in the server instead of the client."),
    Flag("subresource", usage="If specified, apply will operate on the subresource. Only allowed when using --server-side."),
    recording.RECORD,
    *OUTPUT_FLAGS,
)
_NO_ANNOTATION = (
    "Warning: resource {name} is missing the " + threeway.ANNOTATION + " annotation which is required by kctl apply. "
    "kctl apply should only be used on resources created declaratively by either kctl create --save-config or kctl apply. "
    "The missing annotation will be patched automatically."
)  # fmt: skip


class ApplyOptions:
    """What `kctl apply` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        self._check_alpha()
        dryrun.refuse_arguments("apply", arguments)
        self.server_side: bool = values["server-side"]
        self.dry_run = dryrun.strategy(factory, values)
        factory.configured()
        if self.server_side and not values.changed("field-manager"):
            values.set("field-manager", "kubectl")
        self.policy = deletion.propagation(factory, values)
        if not values["filename"] and not values["kustomize"]:
            raise KctlError("must specify one of -f and -k")
        self.validation = dryrun.validation(values)
        self.outcome = Outcome(factory, values, self.dry_run)
        self.set = self._apply_set()
        self.visited_uids: set[str] = set()
        self.visited_namespaces: set[str] = {factory.namespace} if factory.namespace_enforced else set()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        refusals = (
            (values["force-conflicts"] and not self.server_side, "--force-conflicts only works with --server-side"),
            (self.dry_run == dryrun.CLIENT and self.server_side,
             "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"),
            (self.server_side and values["force"], "--force cannot be used with --server-side"),
            (self.dry_run == dryrun.SERVER and values["force"], "--dry-run=server cannot be used with --force"),
            (values["all"] and values["selector"], "cannot set --all and --selector at the same time"),
            (values["subresource"] and not self.server_side, "--subresource can only be specified for --server-side"),
        )  # fmt: skip
        failures.refuse(refusals[:5])
        if self.set is not None:
            failures.refuse(((not values["prune"], "--applyset requires --prune"),))
            self.set.validate()
        failures.refuse(self._prune_refusals())
        failures.refuse(refusals[5:])

    def _prune_refusals(self) -> "Sequence[tuple[bool, str]]":
        values = self.values
        if not values["prune"]:
            return ()
        first = (values["force"], "--force cannot be used with --prune")
        if self.set is not None:
            return (
                first,
                (values["all"], "--all is incompatible with --applyset"),
                (bool(values["selector"]), "--selector is incompatible with --applyset"),
                (bool(values["prune-allowlist"]), "--prune-allowlist is incompatible with --applyset"),
            )
        return (
            first,
            (not values["all"] and not values["selector"],
             "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. "
             "If you did not mean to prune all resources, specify a label selector"),
            (self.server_side, "--prune is in alpha and doesn't currently work on objects created by server-side apply"),
        )  # fmt: skip

    def _check_alpha(self) -> None:
        """Refuse --applyset as an unknown flag unless the environment turns it on."""
        if not self.values.changed("applyset"):
            return
        from minikube_py.cli import applysets

        if self.factory.environment.get(applysets.VARIABLE) not in dryrun.TRUE:
            raise UsageError("unknown flag: --applyset", "See 'kctl apply --help' for usage.")

    def _apply_set(self) -> "ApplySet | None":
        if not self.values["applyset"]:
            return None
        from minikube_py import KUBERNETES_VERSION
        from minikube_py.cli import applysets

        client, namespace = self.factory.client("kubectl"), self.factory.namespace if self.factory.namespace_enforced else ""
        options = dryrun.write_options(self.values, self.dry_run)
        return applysets.ApplySet(client, self.values["applyset"], namespace, KUBERNETES_VERSION, options, self.dry_run)

    def run(self) -> int | None:
        """Apply each object, in the order of the files; then print what -o asks for, and prune."""
        self.client = self.factory.client("kubectl")
        prunable = self._prunable()
        wanted = lookup.query(self.values)._replace(validation=self.validation, everything=False)
        infos, broken = lookup.find(self.factory, self.client, wanted).collect()
        if not infos and broken is None:
            raise KctlError("no objects passed to apply")
        failed = [broken] if broken is not None else []
        if self.set is not None:
            self.set.label(infos)
            self.set.before(infos)
        for info in infos:
            try:
                self._apply(info)
            except KctlError as error:
                failed.append(error)
        problem = failures.combined(failed)
        if problem is not None:
            raise problem
        if self.outcome.shows_object:
            self._show([info.there for info in infos])
        if self.values["prune"]:
            self._prune(prunable)
        return None

    def _apply(self, info: Info) -> None:
        if info.namespace:
            self.visited_namespaces.add(info.namespace)
        info.object = recording.noted(self.values, info.there)
        metadata = info.there.get("metadata")
        generated = metadata.get("generateName") if isinstance(metadata, dict) else None
        if not info.name and generated:
            raise KctlError(f"from {generated}: cannot use generate name with apply")
        done = self._on_server(info) if self.server_side else self._on_client(info)
        self.visited_uids.add(info.there["metadata"].get("uid", ""))
        if not self.outcome.shows_object:
            self.outcome.tell(info.there, done)

    def _on_server(self, info: Info) -> str:
        from minikube_py.cli import serverside

        options = dryrun.write_options(self.values, self.dry_run)
        force, subresource = self.values["force-conflicts"], self.values["subresource"]
        serverside.Applier(self.client, self.factory.streams.err, options=options, force=force, subresource=subresource).apply(info)
        self._warn_if_deleting(info)
        return "serverside-applied"

    def _on_client(self, info: Info) -> str:
        config = info.there
        modified = threeway.with_last_applied(config)
        live = self._live(info)
        if live is None:
            self._create(info, modified)
            return "created"
        info.object = live
        if self.dry_run == dryrun.CLIENT:
            return "configured"
        if threeway.ANNOTATION not in meta.annotations(live):
            print(_NO_ANNOTATION.format(name=f"{info.resource.plural}/{info.name}"), file=self.factory.streams.err)
        changed, patched = self._patcher().patch(info, modified)
        info.refresh(patched)
        self._warn_if_deleting(info)
        return "configured" if changed else "unchanged"

    def _live(self, info: Info) -> Object | None:
        try:
            info.require_name()
            return self.client.get(info.resource, info.name, info.namespace)
        except errors.NotFound:
            return None
        except KctlError as error:
            raise failures.with_source(f"retrieving current configuration of:\n{info}\nfrom server for:", info.source, error) from None

    def _create(self, info: Info, modified: Object) -> None:
        obj = patching.without_nulls(modified)
        if self.dry_run == dryrun.CLIENT:
            info.object = obj
            return
        options = dryrun.write_options(self.values, self.dry_run, info.duplicates)
        try:
            info.refresh(self.client.create(patching.without_version(obj), namespace=info.namespace, **options))
        except KctlError as error:
            raise failures.with_source("creating", info.source, error) from None

    def _patcher(self) -> patching.Patcher:
        values = self.values
        return patching.Patcher(
            self.factory, self.client, options=dryrun.write_options(values, self.dry_run), overwrite=values["overwrite"], force=values["force"],
            delete_options=deletion.options(self.policy, values["grace-period"], self.dry_run), timeout=values["timeout"],
            openapi=values["openapi-patch"],
        )  # fmt: skip

    def _warn_if_deleting(self, info: Info) -> None:
        if meta.is_deleting(info.there):
            print(f"Warning: Detected changes to resource {info.name} which is currently being deleted.", file=self.factory.streams.err)

    def _show(self, objects: list[Object]) -> None:
        if len(objects) == 1:
            self.outcome.tell(objects[0], "")
        else:
            self.outcome.tell_list(objects)

    def _prunable(self) -> "list[Mapping]":
        if not self.values["prune"] or self.set is not None:
            return []
        from minikube_py.cli import pruning

        return pruning.mappings(self.client.scheme, self.values["prune-allowlist"])

    def _prune(self, prunable: "list[Mapping]") -> None:
        from minikube_py.cli import pruning

        delete_options = deletion.options(self.policy, self.values["grace-period"], self.dry_run)
        if self.set is not None:
            self.set.prune(self.outcome, self.visited_uids, delete_options)
            return
        pruner = pruning.Pruner(self.client, self.outcome, selector=self.values["selector"], kept=self.visited_uids, dry_run=self.dry_run,
                                delete_options=delete_options)  # fmt: skip
        if not self.values["prune-allowlist"]:
            pruning.warn(self.factory)
        pruner.run(prunable, sorted(self.visited_namespaces))


_SHORT, _USAGE = "Apply a configuration to a resource by file name or stdin", "(-f FILENAME | -k DIRECTORY) [options]"
_LONG = """Apply a configuration to a resource by file name or stdin. The resource name must be specified. This resource will be created if
it doesn't exist yet. To use 'apply', always create the resource initially with either 'apply' or 'create --save-config'.

 JSON and YAML formats are accepted."""
_EXAMPLES = """  # Apply the configuration in pod.json to a pod
  kctl apply -f ./pod.json

  # Apply the JSON passed into stdin to a pod
  cat pod.json | kctl apply -f -

  # Apply all manifests below a directory, with conflicts found by the server
  kctl apply --server-side -R -f manifests/"""
COMMAND = Family(
    "apply",
    _SHORT,
    _USAGE,
    {
        "edit-last-applied": ("apply_edit_last_applied", "Edit latest last-applied-configuration annotations of a resource/object"),
        "set-last-applied": ("apply_set_last_applied",
                             "Set the last-applied-configuration annotation on a live object to match the contents of a file"),
        "view-last-applied": ("apply_view_last_applied", "View the latest last-applied-configuration annotations of a resource/object"),
    },
    Command("apply", _SHORT, _USAGE, FLAGS, ApplyOptions, long=_LONG, examples=_EXAMPLES),
    long=_LONG,
    examples=_EXAMPLES,
)  # fmt: skip
