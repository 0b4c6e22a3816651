"""kctl get."""

from typing import TYPE_CHECKING, Any

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
_NOTHING = """You must specify the type of resource to get. Use "kctl api-resources" for a complete list of supported resources.
"""


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
        self.files: list[str] = values["filename"]
        self.watching = values["watch"] or values["watch-only"]
        self.as_table = output.is_table(values["output"], values["template"])
        self.columns = tuple(values["label-columns"])

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        if values["raw"] or values["kustomize"]:
            raise KctlError(f"--{'raw' if values['raw'] else 'kustomize'} is not supported by this version of kctl")
        if not self.as_table and (values["show-labels"] and values["output"]):
            raise KctlError("--show-labels option cannot be used with " + values["output"] + " printer")
        if values["output-watch-events"] and not self.watching:
            raise KctlError("--output-watch-events option can only be used with --watch or --watch-only")
        if not self.arguments and not self.files:
            self.factory.streams.err.write(_NOTHING + "\n")
            raise UsageError("Required resource not specified.", 'Use "kctl explain <resource>" for a detailed description of that resource '
                             "(e.g. kctl explain pods).\nSee 'kctl get -h' for help and examples")  # fmt: skip

    def run(self) -> int | None:
        """Print what was asked for."""
        self._check_output()
        self.client = self.factory.client("kubectl")
        selecting = bool(self.values["selector"] or self.values["field-selector"])
        if self.files:
            from minikube_py.cli import files

            self.wanted = files.targets(self.factory, self.client.scheme, self.files, recursive=self.values["recursive"])
        else:
            self.wanted = targets.parse(self.client.scheme, self.arguments, selecting=selecting, all_namespaces=self.all_namespaces)
        if self.watching:
            return self._watch()
        return self._tables() if self.as_table else self._objects()

    def _check_output(self) -> None:
        """Refuse an unknown format before the cluster is asked."""
        if not self.as_table:
            self.printer(None)

    def timeout(self) -> float | None:
        """Return --request-timeout in seconds; None for no limit."""
        from minikube_py.machinery import durations

        text_ = self.values["request-timeout"]
        try:
            seconds = float(text_) if text_.isdecimal() else durations.parse(text_)
        except ValueError:
            raise KctlError("Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding "
                            "time unit (e.g. 1s | 2m | 3h)") from None  # fmt: skip
        return seconds or None

    def printer(self, resource: Resource | None, *, with_kind: bool = False) -> "Printer":
        """Return the printer for a resource's table, or (None) for whole objects."""
        values = self.values
        kind = None if resource is None else (resource.group, resource.kind)
        return output.for_output(
            values["output"], wide=values["output"] == "wide", no_headers=values["no-headers"], show_labels=values["show-labels"],
            label_columns=self.columns, show_kind=with_kind or values["show-kind"], kind=kind, sort_by=values["sort-by"],
            with_namespace=self.all_namespaces and resource is not None and resource.namespaced, template=values["template"],
            show_managed_fields=values["show-managed-fields"], allow_missing_template_keys=values["allow-missing-template-keys"],
        )  # fmt: skip

    def namespace_of(self, target: targets.Target) -> str:
        """Return the namespace that a target is looked for in; empty for all."""
        if not target.resource.namespaced or (self.all_namespaces and not target.name):
            return ""
        return target.namespace or self.factory.namespace

    def fetch(self, target: targets.Target, table: str | None) -> Object:
        """Return one object or a whole list, as a Table where `table` says so."""
        values, namespace = self.values, self.namespace_of(target)
        if target.name:
            return self.client.get(target.resource, target.name, namespace, subresource=values["subresource"], table=table)
        if values["subresource"]:
            raise KctlError("subresource cannot be used when bulk resources are specified")
        listing: Object | None = None
        field = "rows" if table else "items"
        token = ""
        while True:
            page = self.client.list(target.resource, namespace, label_selector=values["selector"], field_selector=values["field-selector"],
                                    limit=0 if values["sort-by"] else values["chunk-size"], table=table, continue_=token)  # fmt: skip
            if listing is None:
                listing = page
            else:
                listing[field] = [*listing[field], *page[field]]
            token = page["metadata"].pop("continue", "")
            page["metadata"].pop("remainingItemCount", None)
            if not token:
                return listing

    def _each(self, table: str | None) -> tuple[list[tuple[targets.Target, Object]], list[KctlError]]:
        found, failed = [], []
        for target in self.wanted:
            try:
                found.append((target, self.fetch(target, table)))
            except errors.NotFound as error:
                if not self.values["ignore-not-found"]:
                    failed.append(error)
            except errors.StatusError as error:
                failed.append(self._explained(error))
        return found, failed

    def _explained(self, error: errors.StatusError) -> errors.StatusError:
        """Return a list's failure with what was selected, as cli-runtime words it."""
        values = self.values
        if isinstance(error, errors.BadRequest) and (values["selector"] or values["field-selector"]):
            resource = self.wanted[0].resource
            what = f"{resource.group}/{resource.version}, Resource={resource.plural}"
            text_ = f'Unable to find "{what}" that match label selector "{values["selector"]}", field selector "{values["field-selector"]}"'
            return errors.BadRequest(f"{text_}: {error.message}", details=error.details)
        return error

    def _tables(self) -> int | None:
        found, failed = self._each("Object" if self.values["sort-by"] else "Metadata")
        out = self.factory.streams.out
        sheet = text.Sheet(out, no_headers=self.values["no-headers"])
        several = _several(found)
        last: Resource | None = None
        printer: Printer | None = None
        for target, table in found:
            if printer is None or target.resource is not last:
                sheet.begin()
                printer, last = self.printer(target.resource, with_kind=several), target.resource
            sheet.print_object(printer, table)  # type: ignore[arg-type]
        if not sheet.end() and not failed and not self.values["ignore-not-found"]:
            self._nothing(found)
        return _fail(failed)

    def _nothing(self, found: list[tuple[targets.Target, Object]]) -> None:
        namespaced = not self.all_namespaces and all(target.resource.namespaced for target, _ in found)
        where = f" in {self.factory.namespace} namespace." if namespaced else ""
        print(f"No resources found{where}", file=self.factory.streams.err)

    def _objects(self) -> int | None:
        from minikube_py.printers import serial

        found, failed = self._each(None)
        single = len(self.wanted) == 1 and bool(self.wanted[0].name)
        if failed and (single or not found):
            return _fail(failed)
        if not found and self.values["ignore-not-found"]:
            return None
        items: list[Object] = []
        for target, obj in found:
            if target.name:
                items.append(obj)
            else:
                items.extend({"apiVersion": target.resource.api_version, "kind": target.resource.kind, **item} for item in obj["items"])
        printer = self.printer(None)
        out = self.factory.streams.out
        if single:
            printer.print_object(items[0], out)
        elif self.values["output"].startswith("name"):
            for item in items:
                printer.print_object(item, out)
        else:
            printer.print_object(serial.new_list(items), out)
        return _fail(failed)

    def _watch(self) -> int | None:
        from minikube_py.cli import watching

        return watching.run(self)


def _several(found: list[tuple[targets.Target, Any]]) -> bool:
    return len({(target.resource.group, target.resource.plural) for target, _ in found}) > 1


def _fail(failed: list[KctlError]) -> int | None:
    if not failed:
        return None
    raise failed[0] if len(failed) == 1 else failures.Several(failed)


COMMAND = Command(
    "get",
    "Display one or many resources",
    "[(-o|--output=)json|yaml|name|...|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags] [options]",
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
