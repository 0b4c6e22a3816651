"""kctl get --watch: prints what is there, then every change as it comes."""

from typing import TYPE_CHECKING

from minikube_py.cli.targets import Target
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.commands.get import GetOptions


def run(options: "GetOptions") -> int | None:
    """Print changes until the request's timeout, or for ever."""
    if len(options.wanted) != 1:
        raise KctlError("you may only specify a single resource type")
    target = options.wanted[0]
    table = "Metadata" if options.as_table else None
    first = options.fetch(target, table)
    printer = options.printer(target.resource if options.as_table else None)
    out, with_events = options.factory.streams.out, options.values["output-watch-events"]
    if not options.values["watch-only"]:
        for obj in _parts(first, table, target):
            printer.print_object(obj, out, "ADDED" if with_events else "")
    out.flush()
    timeout = options.timeout()
    events = options.client.watch(
        target.resource, options.namespace_of(target), resource_version=first["metadata"]["resourceVersion"], label_selector=options.values["selector"],
        field_selector=f"metadata.name={target.name}" if target.name else options.values["field-selector"], timeout_seconds=timeout, table=table,
    )  # fmt: skip
    for event in events:
        if event.type == "ERROR":
            raise KctlError(event.object.get("message", "the watch ended"))
        printer.print_object(event.object, out, event.type if with_events else "")
        out.flush()
    return None


def _parts(first: Object, table: str | None, target: Target) -> list[Object]:
    if table or target.name:
        return [first]
    return [{"apiVersion": target.resource.api_version, "kind": target.resource.kind, **item} for item in first["items"]]
