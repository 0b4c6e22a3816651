"""kctl diff."""

import json
from typing import TYPE_CHECKING

from minikube_py.cli import comparing, dryrun, failures, klog, lookup, patching, pruning
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.client import api
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import threeway

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    *dryrun.files("that contains the configuration to diff"),
    dryrun.SELECTOR,
    dryrun.field_manager("kubectl-client-side-apply"),
    Flag("concurrency", "int", 1, usage="Number of objects to compare at the same time. kctl compares them one after the other, whatever the number."),
    Flag("force-conflicts", "bool", usage="If true, server-side apply will force the changes against conflicts."),
    Flag("prune", "bool", usage="Include resources that would be deleted by pruning. Can be used with -l."),
    Flag("prune-allowlist", "strings", usage="Overwrite the default allowlist with <group/version/kind> for --prune"),
    Flag("server-side", "bool", usage="If true, compare with what server-side apply would make."),
    Flag("show-managed-fields", "bool", usage="If true, include managed fields in the diff."),
)


class DiffOptions:
    """What `kctl diff` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        dryrun.refuse_arguments("diff", arguments)
        self.factory, self.values = factory, values
        if not values["filename"] and not values["kustomize"]:
            raise KctlError("must specify one of -f and -k")
        self.server_side: bool = values["server-side"]
        if values["force-conflicts"] and not self.server_side:
            raise KctlError("--force-conflicts only works with --server-side")
        if self.server_side and not values.changed("field-manager"):
            values.set("field-manager", "kubectl")
        factory.configured()
        self.client = factory.client("kubectl")
        self.prunable = pruning.mappings(self.client.scheme, values["prune-allowlist"]) if values["prune"] else []
        self.uids: set[str] = set()
        self.namespaces: set[str] = set()

    def validate(self) -> None:
        """Nothing is left to refuse."""

    def run(self) -> int | None:
        """Write each object as it is and as it would be, and let a program compare them."""
        with comparing.Folders() as folders:
            infos, broken = lookup.find(self.factory, self.client, lookup.query(self.values)._replace(everything=False)).collect()
            for info in infos:
                self._write(folders, info)
            if broken is not None:
                raise failures.first(broken)
            if self.values["prune"]:
                self._write_pruned(folders)
            comparing.compare(self.factory, folders)
        return None

    def _write(self, folders: comparing.Folders, info: Info) -> None:
        config = info.there
        live: Object | None
        try:
            live = info.get(self.client)
        except errors.NotFound:
            live = info.object = None
        if info.resource.namespaced:
            self.namespaces.add(info.namespace)
        if live is not None:
            self.uids.add(meta.uid(live))
        merged = self._merged(info, config, live)
        if not self.values["show-managed-fields"]:
            from minikube_py.printers import serial

            live, merged = serial.without_managed_fields(live) if live else None, serial.without_managed_fields(merged)
        secret = info.resource.version == "v1" and info.resource.kind == "Secret"
        if secret:
            live, merged = comparing.masked(live, merged)
        of = info.resource
        name = f"{of.group + '.' if of.group else ''}{of.version}.{of.kind}.{info.namespace}.{info.name}"
        folders.write(folders.live, name, live, masked=secret)
        folders.write(folders.merged, name, merged)
        if live is not None and meta.is_deleting(live):
            print(f"Warning: Detected changes to resource {info.name} which is currently being deleted.", file=self.factory.streams.err)

    def _merged(self, info: Info, config: Object, live: Object | None) -> Object:
        """Return what an apply would make of an object."""
        options = {"field_manager": self.values["field-manager"], "dry_run": True}
        if self.server_side:
            options["force"] = self.values["force-conflicts"]
            try:
                return self.client.patch(info.resource, info.name, info.namespace, config, patch_type=api.APPLY_PATCH, **options)
            except errors.StatusError as error:
                if error.reason == "Conflict":  # of managers, which kubectl takes for one of revisions
                    of = info.resource
                    what = f"Object ({of.group}/{of.version}, Kind={of.kind}: {info.name}) keeps changing, diffing without lock"
                    klog.warning(what, "diff.go:723", self.factory.streams.err)
                raise
        if live is None:
            return self.client.create(patching.without_version(config), namespace=info.namespace, **options)
        patcher = patching.Patcher(self.factory, self.client, options=options, overwrite=True, force=False, delete_options={}, timeout=0,
                                    locked=True)  # fmt: skip
        return patcher.patch(info, json.loads(threeway.encoded(config)))[1]

    def _write_pruned(self, folders: comparing.Folders) -> None:
        if not self.values["prune-allowlist"]:
            pruning.warn(self.factory)
        for mapping, obj in pruning.orphans(self.client, self.prunable, sorted(self.namespaces), self.values["selector"], self.uids):
            folders.write(folders.live, comparing.file_name(obj, mapping.group, mapping.version, meta.namespace(obj)), obj)


COMMAND = Command(
    "diff",
    "Diff the live version against a would-be applied version",
    "-f FILENAME [options]",
    FLAGS,
    DiffOptions,
    long="""Show how objects would change if the files were applied: from the objects as they are to what the cluster would make of them.

 The program diff is called for it, with -u and -N; KUBECTL_EXTERNAL_DIFF names another one, with its flags. Values of secrets are
not shown. The exit code is 0 where nothing differs, 1 where something does, and more than 1 where the command failed.""",
    examples="""  # What would change if pod.json was applied
  kctl diff -f pod.json

  # The same for what is read from stdin
  cat service.yaml | kctl diff -f -

  # With colours
  KUBECTL_EXTERNAL_DIFF="colordiff -N -u" kctl diff -f pod.json""",
    failure=2,
)
