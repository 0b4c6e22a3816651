"""kctl get --watch: prints what is there, then every change as it comes, while the cluster goes on working."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from minikube_py.cli.targets import MISSING, Target
from minikube_py.client.api import WatchEvent
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.printers.tabwriter import TabWriter

if TYPE_CHECKING:
    from minikube_py.cli.commands.get import GetOptions


def run(options: "GetOptions") -> int | None:
    """Print changes until the request's timeout, or for ever."""
    target, timeout = _only(options), options.timeout()
    sort_by = options.values["sort-by"]
    table = ("Object" if sort_by else "Metadata") if options.as_table and options.values["server-print"] else None
    first = options.fetch(target, table)
    printer = options.printer(target.resource if options.as_table else None, with_namespace=options.all_namespaces)
    out, with_events = options.factory.streams.out, options.values["output-watch-events"]
    writer = TabWriter(out)
    if not options.values["watch-only"]:
        for obj in _parts(_ordered(first, sort_by) if table and sort_by else first, table, target):
            printer.print_object(obj, writer, "ADDED" if with_events else "")
    writer.flush()
    out.flush()
    revision = (first.get("metadata") or {}).get("resourceVersion")
    for event in _changes(options, target, table, int(revision or 0), timeout):
        if event.type == "ERROR":
            raise KctlError(event.object.get("message", "the watch ended"))
        printer.print_object(event.object, writer, event.type if with_events else "")
        writer.flush()
        out.flush()
    return None


def _ordered(table: Object, field: str) -> Object:
    from minikube_py.printers import sorting

    try:
        return sorting.sort_table(table, field)
    except sorting.NotFoundError as error:
        raise KctlError(f"unable to output the provided object: {error}") from error


def _only(options: "GetOptions") -> Target:
    wanted = options.wanted
    if not wanted:
        raise KctlError(MISSING)
    if any(_is_list(target) for target in wanted):
        for target in wanted:
            if _is_list(target):
                raise KctlError("watch is only supported on individual resources and resource collections, but a list of resources is found")
            options.fetch(target, None)
    if len({target.resource.key for target in wanted}) > 1:
        if options.files:
            raise KctlError("watch is only supported on individual resources and resource collections - more than 1 resource was found")
        raise KctlError("you may only specify a single resource type")
    if len(wanted) > 1:
        if not options.values["watch-only"]:
            for target in wanted:
                options.fetch(target, None)
            options.print_now()
        if options.files:
            raise KctlError(f"watch is only supported on individual resources and resource collections - {len(wanted)} resources were found")
        raise KctlError("you may only watch a single resource or type of resource at a time")
    return wanted[0]


def _is_list(target: Target) -> bool:
    """Tell whether a file holds a list of objects in place of one."""
    return target.held is not None and "items" in target.held


def _changes(options: "GetOptions", target: Target, table: str | None, after: int, timeout: float | None) -> Iterator[WatchEvent]:
    values = options.values
    field_selector = f"metadata.name={target.name}" if not target.is_bulk else values["field-selector"]

    def changes(revision: int, seconds: float | None) -> Iterator[WatchEvent]:
        return options.client.watch(target.resource, options.namespace_of(target), resource_version=str(revision), label_selector=values["selector"],
                                    field_selector=field_selector, timeout_seconds=seconds, table=table)  # fmt: skip

    return options.factory.follow(after, changes, timeout)


def _parts(first: Object, table: str | None, target: Target) -> list[Object]:
    if table or not target.is_bulk:
        return [first]
    return [{"apiVersion": target.resource.api_version, "kind": target.resource.kind, **item} for item in first["items"]]
