"""kctl get."""

from typing import TYPE_CHECKING

from minikube_py.cli import failures, targets
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, UsageError, Values
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from minikube_py.printers import output, text

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient
    from minikube_py.printers.output import Printer

FLAGS = (
    Flag("all-namespaces", "bool", short="A", usage="If present, list the requested object(s) across all namespaces, whatever --namespace says."),
    Flag("allow-missing-template-keys", "bool", True, usage="If true, a field or map key that a template names and that is missing is no error."),
    Flag("chunk-size", "int", 500, usage="Return large lists in chunks of this size; 0 for all at once."),
    Flag("field-selector", usage="Selector (field query) to filter on, supports '=', '==', and '!='."),
    Flag("filename", "list", short="f", usage="Filename, directory, or URL to files identifying the resource to get from a server."),
    Flag("ignore-not-found", "bool", usage="If the requested object does not exist the command will return exit code 0."),
    Flag("kustomize", short="k", usage="Process the kustomization directory. This flag can't be used together with -f or -R."),
    Flag("label-columns", "list", short="L", usage="Labels, separated by commas, that are to be columns of their own."),
    Flag("no-headers", "bool", usage="Don't print headers."),
    Flag("output", short="o", usage="Output format: json, yaml, name, wide, go-template, jsonpath, custom-columns and their -file forms."),
    Flag("output-watch-events", "bool", usage="With --watch, print watch events; the objects that are there come as ADDED."),
    Flag("raw", usage="Raw URI to request from the server."),
    Flag("recursive", "bool", short="R", usage="Process the directory used in -f, --filename recursively."),
    Flag("selector", short="l", usage="Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'."),
    Flag("server-print", "bool", True, usage="If true, have the server return the appropriate table output."),
    Flag("show-kind", "bool", usage="If present, list the resource type for the requested object(s)."),
    Flag("show-labels", "bool", usage="Show all labels as the last column."),
    Flag("show-managed-fields", "bool", usage="If true, keep the managedFields when printing objects in JSON or YAML format."),
    Flag("sort-by", usage="Sort list types by this field, a JSONPath expression such as {.metadata.name}."),
    Flag("subresource", usage="If specified, gets the subresource of the requested object."),
    Flag("template", usage="Template string or path to a template file, for -o go-template and -o go-template-file."),
    Flag("watch", "bool", short="w", usage="After listing/getting the requested object, watch for changes."),
    Flag("watch-only", "bool", usage="Watch for changes to the requested object(s), without listing/getting first."),
)
_NEVER_TABLES = ("name", "go-template", "template")  # what kubectl prints as it prints tables, though no server sends one
_NO_TABLE = "Unable to decode server response into a Table. Falling back to hardcoded types: attempt to decode non-Table object"


class GetOptions:
    """What `kctl get` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"
    wanted: list[targets.Target]

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        self.all_namespaces: bool = values["all-namespaces"]
        self.broken: list[KctlError] = []  # of files
        self.files: list[str] = values["filename"]
        self.watching = values["watch"] or values["watch-only"]
        self.as_table = output.is_table(values["output"], values["template"])
        self.columns = tuple(values["label-columns"])
        if values["sort-by"] and self.watching:
            what = "--watch requested, --sort-by will be ignored for watch events received"
            print(f"warning: {what if values['watch'] else '--watch-only requested, --sort-by will be ignored'}", file=factory.streams.err)

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        if values["raw"]:
            from minikube_py.cli import rawrequests

            if self.arguments:
                raise KctlError("arguments may not be passed when --raw is specified")
            rawrequests.check_get(values)
            return
        if not (self.arguments or self.files or values["kustomize"] or self.watching):
            raise _nothing_wanted(self.factory)
        if not self.as_table and values["show-labels"]:
            raise KctlError(f"--show-labels option cannot be used with {values['output'] or 'go-template'} printer")
        if values["output-watch-events"] and not self.watching:
            raise KctlError("--output-watch-events option can only be used with --watch or --watch-only")

    def run(self) -> int | None:
        """Print what was asked for."""
        if self.values["raw"]:
            from minikube_py.cli import rawrequests

            rawrequests.send(self.factory, "GET", self.values["raw"])
            return None
        self.client = self.factory.client("kubectl")
        self.wanted = self._targets()
        if self.watching:
            if self.broken:
                raise failures.Several(self.broken)
            from minikube_py.cli import watching

            return watching.run(self)
        return self.print_now()

    def print_now(self) -> int | None:
        """Print what is there."""
        if not self.as_table:
            return self._objects()
        return self._tables() if self.values["server-print"] else self._names_and_ages()

    def _targets(self) -> list[targets.Target]:
        values, scheme = self.values, self.client.scheme
        selecting = bool(values["selector"] or values["field-selector"])
        if self.files or values["kustomize"]:
            from minikube_py.cli import files

            if self.arguments:
                files.sources(self.files, recursive=values["recursive"], kustomize=values["kustomize"])  # what is not there is said first
                raise KctlError("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well")
            wanted, self.broken = files.targets(self.factory, scheme, self.files, recursive=values["recursive"], kustomize=values["kustomize"],
                                                all_namespaces=self.all_namespaces, whole=self.watching)  # fmt: skip
            return wanted
        if values["subresource"] and not self.watching and targets.only_types(self.arguments):
            raise KctlError("subresource cannot be used when bulk resources are specified")
        wanted = targets.parse(scheme, self.arguments, selecting=selecting, all_namespaces=self.all_namespaces)
        if not wanted:
            raise KctlError(targets.MISSING)
        return wanted

    def timeout(self) -> float | None:
        """Return --request-timeout in seconds; None for no limit."""
        return self.factory.request_timeout()

    def printer(self, resource: Resource | None, *, with_kind: bool = False, with_namespace: bool = False, sort_by: str = "") -> "Printer":
        """Return the printer for a resource's table, or (None) for whole objects."""
        values = self.values
        kind = None if resource is None else (resource.group, resource.kind)
        if kind is None and values["v"] >= 2 and values["server-print"] and (values["template"] or values["output"].startswith(_NEVER_TABLES)):
            self.factory.log.info(2, "table_printer.go:45", _NO_TABLE)
        return output.for_output(
            values["output"], wide=values["output"] == "wide", no_headers=values["no-headers"], show_labels=values["show-labels"],
            label_columns=self.columns, show_kind=with_kind or values["show-kind"], kind=kind, sort_by=sort_by, with_namespace=with_namespace,
            template=values["template"], show_managed_fields=values["show-managed-fields"],
            allow_missing_template_keys=values["allow-missing-template-keys"], clock=self.factory.clock,
        )  # fmt: skip

    def namespace_of(self, target: targets.Target) -> str:
        """Return the namespace that a target is looked for in; empty for all."""
        if not target.resource.namespaced or (self.all_namespaces and not target.name):
            return ""
        return target.namespace or self.factory.namespace

    def fetch(self, target: targets.Target, table: str | None) -> Object:
        """Return one object or a whole list, as a Table where `table` says so."""
        if target.held is not None:
            return target.held
        if target.name is not None:
            subresource = "" if self.watching else self.values["subresource"]
            return self.client.get(target.resource, target.name, self.namespace_of(target), subresource=subresource, table=table)
        try:
            return self._list(target, table)
        except errors.StatusError as error:
            raise targets.explained(error, target.resource, self.values["selector"], self.values["field-selector"]) from error

    def _list(self, target: targets.Target, table: str | None) -> Object:
        values, namespace, field = self.values, self.namespace_of(target), "rows" if table else "items"
        limit = 0 if values["sort-by"] and not self.watching else values["chunk-size"]
        listing: Object = {}
        token = ""
        while True:
            page = self.client.list(target.resource, namespace, label_selector=values["selector"], field_selector=values["field-selector"],
                                    limit=limit, table=table, continue_=token)  # fmt: skip
            token = page["metadata"].pop("continue", "")
            if listing:
                listing[field] += page[field]
            else:
                listing = page
            if not token:
                page["metadata"].pop("remainingItemCount", None)
                return listing

    def _each(self, table: str | None) -> tuple[list[tuple[targets.Target, Object]], list[KctlError]]:
        """Return what was found, and the errors of the rest."""
        found: list[tuple[targets.Target, Object]] = []
        failed, absent = list(self.broken), 0
        for target in self.wanted:
            try:
                fetched = self.fetch(target, table)
                if not self._is_left_out(fetched):
                    found.append((target, fetched))
            except KctlError as error:
                if not (isinstance(error, errors.NotFound) and self.values["ignore-not-found"]):
                    failed.insert(target.after + absent, error)
                    absent += 1
        return found, failed

    def _is_left_out(self, fetched: Object) -> bool:
        """Tell whether a selector leaves out what a file names. kubectl looks at what it has fetched, and a Table has no labels."""
        if not self.files or not self.values["selector"]:
            return False
        from minikube_py.cli import lookup
        from minikube_py.cli.infos import Info

        return not lookup.matching([Info(self.wanted[0].resource, "", obj=fetched)], self.values["selector"])

    def _tables(self) -> int | None:
        found, failed = self._each("Object" if self.values["sort-by"] else "Metadata")
        rows = found
        if self.values["sort-by"]:
            from minikube_py.printers import sorting

            field = self.values["sort-by"]
            if len(found) > 1:  # kubectl looks for the field in the tables themselves
                sorting.sort_objects([table for _, table in found], field)
            try:
                rows = [(target, sorting.sort_any(table, field)) for target, table in found]
            except sorting.NotFoundError:
                rows = []  # kubectl passes over what goes wrong while it prints a table
        return self._print(rows, found, failed)

    def _names_and_ages(self) -> int | None:
        """Print what can be told without the server's tables (--server-print=false)."""
        found, failed = self._each(None)
        rows = _flattened(found)
        if self.values["sort-by"]:
            from minikube_py.printers import sorting

            order = {id(obj): position for position, obj in enumerate(sorting.sort_objects([obj for _, obj in rows], self.values["sort-by"]))}
            rows.sort(key=lambda row: order[id(row[1])])
        return self._print(rows, rows, failed)

    def _print(self, rows: list[tuple[targets.Target, Object]], found: list[tuple[targets.Target, Object]], failed: list[KctlError]) -> int | None:
        sheet = text.Sheet(self.factory.streams.out, no_headers=self.values["no-headers"])
        several = len({target.resource.key for target, _ in found}) > 1
        last: Resource | None = None
        printer: Printer | None = None
        for target, table in rows:
            if printer is None or target.resource is not last:
                sheet.begin()
                printer = self.printer(target.resource, with_kind=several, with_namespace=self.all_namespaces and target.resource.namespaced)
                last = target.resource
            sheet.print_object(printer, table)  # type: ignore[arg-type]
        if not sheet.end() and not failed and not self.values["ignore-not-found"]:
            self._say_nothing_found([target for target, _ in found])
        if self.broken and len(failed) == 1:
            from minikube_py.cli.infos import Mismatched

            if not isinstance(self.broken[0], Mismatched):
                raise failures.Verbatim(str(self.broken[0]))
        return _fail(failed)

    def _say_nothing_found(self, looked_for: list[targets.Target]) -> None:
        namespaced = not self.all_namespaces and all(target.resource.namespaced for target in looked_for)
        where = f" in {self.factory.namespace} namespace." if namespaced else ""
        print(f"No resources found{where}", file=self.factory.streams.err)

    def _objects(self) -> int | None:
        found, failed = self._each(None)
        single = self._asks_for_one()
        items = [obj for _, obj in _flattened(found)]
        if (failed and single) or (not items and self.values["ignore-not-found"]):
            return _fail(failed)
        printer, out = self.printer(None, sort_by=self.values["sort-by"]), self.factory.streams.out
        try:
            if single and len(items) == 1:
                printer.print_object(items[0], out)
            else:
                from minikube_py.printers import serial

                printer.print_object(serial.new_list(items), out)
        except KctlError as error:
            failed.append(error)
        return _fail(failed)

    def _asks_for_one(self) -> bool:
        """Tell whether one object is asked for, so that it is shown without a list around it."""
        if self.files:
            from minikube_py.cli import lookup

            return lookup.single_file(lookup.Query(files=self.files, recursive=self.values["recursive"]))
        return len(self.wanted) == 1 and not self.wanted[0].is_bulk


def _nothing_wanted(factory: Factory) -> UsageError:
    from minikube_py.cli import commands

    factory.streams.err.write('You must specify the type of resource to get. Use "kctl api-resources" for a complete list of supported resources.\n\n')
    explain = 'Use "kctl explain <resource>" for a detailed description of that resource (e.g. kctl explain pods).\n' if commands.find("explain") else ""
    return UsageError("Required resource not specified.", f"{explain}See 'kctl get -h' for help and examples")


def _flattened(found: list[tuple[targets.Target, Object]]) -> list[tuple[targets.Target, Object]]:
    """Return the items of lists in place of the lists."""
    flat = []
    for target, obj in found:
        if not target.is_bulk:
            flat.append((target, obj))
        else:
            of = target.resource
            flat.extend((target, {"apiVersion": of.api_version, "kind": of.kind, **item}) for item in obj["items"])
    return flat


def _fail(failed: list[KctlError]) -> int | None:
    error = failures.combined(failed)
    if error is not None:
        raise error
    return None


COMMAND = Command(
    "get",
    "Display one or many resources",
    "[(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|"
    "custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags] [options]",
    FLAGS,
    GetOptions,
    long="""Display one or many resources.

 Prints a table of the most important information about the resources that you name. Label and field selectors narrow it down;
 without --namespace or --all-namespaces you see the current namespace only.""",
    examples="""  # List all pods, with more columns
  kctl get pods -o wide

  # List the pods and services of all namespaces
  kctl get pods,services -A

  # Print one field of one pod
  kctl get pod web-1 -o jsonpath='{.status.podIP}'

  # Watch deployments change
  kctl get deployments --watch""",
)
