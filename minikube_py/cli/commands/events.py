"""kctl events."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from minikube_py.cli import failures, targets, typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.client.api import WatchEvent
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    Flag("all-namespaces", "bool", short="A", usage="If present, show the events of all namespaces, whatever --namespace says."),
    Flag("chunk-size", "int", 500, usage="Return large lists in chunks of this size; 0 for all at once."),
    Flag("for", usage="Show only what happened to this object, TYPE/NAME."),
    Flag("no-headers", "bool", usage="Print the table without headers."),
    Flag("types", "list", usage="Show only events of these types: Normal, Warning."),
    Flag("watch", "bool", short="w", usage="After the events that there are, show those that come."),
    *OUTPUT_FLAGS,
)
_TYPES = ("normal", "warning")
_EVENT = {"kind": "Event", "apiVersion": "v1"}
_LIST: Object = {"kind": "EventList", "apiVersion": "v1", "metadata": {}}


class EventsOptions:
    """What `kctl events` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line; kubectl looks at no arguments here."""
        self.factory, self.values = factory, values
        self.all_namespaces: bool = values["all-namespaces"]
        self.namespace = "" if self.all_namespaces else factory.namespace
        factory.configured()
        self.client = factory.client("kubectl")
        self.fields = self._about(values["for"]) if values["for"] else ""
        self.types = {word.lower() for word in values["types"]}
        self.outcome = Outcome(factory, values)
        self.as_table = not self.outcome.format
        if not self.as_table:
            self.printer = self.outcome.printer("events")

    def _about(self, word: str) -> str:
        """Return the field selector of the events about an object."""
        kind, slash, name = word.partition("/")
        if not slash:
            raise KctlError("--for must be in resource/name form")
        if "/" in name:
            raise KctlError("arguments in resource/name form may not have more than one slash")
        if not kind:
            raise KctlError("a resource must be present, got: /, Resource=")
        of = self.client.scheme.find(kind.lower())
        if of is None:
            plural, _, group = kind.lower().partition(".")
            raise failures.Verbatim(f'the server doesn\'t have a resource type "{plural}"' + (f' in group "{group}"' if group else ""))
        wanted = (("kind", of.kind), ("apiVersion", of.api_version), ("name", name))
        return ",".join(f"involvedObject.{field}={value}" for field, value in wanted) if name else ""

    def validate(self) -> None:
        """Refuse types that there are not."""
        if not self.types <= set(_TYPES):
            raise KctlError("valid --types are Normal or Warning")

    def run(self) -> int | None:
        """Print events."""
        if self.values["watch"]:
            self._watch()
            return None
        found = [event for event in self._listed() if self._is_wanted(event)]
        if not found:
            where = "" if self.all_namespaces else f" in {self.namespace} namespace"
            print(f"No events found{where}.", file=self.factory.streams.err)
            return None
        from minikube_py.kits import gosort

        found = gosort.ordered(found, lambda one, other: _time(one) < _time(other))
        if self.as_table:
            self._table(found)
        else:
            self._tell({**_LIST, "items": [typedobjects.of({**_EVENT, **event}) for event in found]})
        return None

    def _is_wanted(self, event: Object) -> bool:
        return not self.types or str(event.get("type", "")).lower() in self.types

    def _listed(self) -> list[Object]:
        found: list[Object] = []
        token = ""
        while True:
            try:
                page = self.client.list("events", self.namespace, field_selector=self.fields, limit=max(self.values["chunk-size"], 0), continue_=token)
            except errors.StatusError as error:
                raise targets.explained(error, self.client.resource("events"), "", self.fields) from error
            found += page["items"]
            token = page["metadata"].get("continue", "")
            self.revision = page["metadata"]["resourceVersion"]
            if not token:
                return found

    def _tell(self, obj: Object) -> None:
        """Print; as in kubectl a template that does not fit ends nothing, and a list has no name."""
        if self.outcome.format.lower() == "name" and "items" in obj:
            return
        from minikube_py.printers.tabwriter import TabWriter

        writer = TabWriter(self.factory.streams.out)  # kubectl aligns whatever comes
        self.outcome.out = writer
        try:
            typedobjects.show(self.outcome, obj, self.printer, show_managed_fields=self.values["show-managed-fields"])
        except KctlError:
            return
        finally:
            writer.flush()

    def _table(self, events: list[Object]) -> None:
        from minikube_py.cli import eventtables

        table = eventtables.Table(self.factory, no_headers=self.values["no-headers"], with_namespace=self.all_namespaces)
        table.write(events)

    def _watch(self) -> None:
        from minikube_py.cli import eventtables

        table = eventtables.Table(self.factory, no_headers=self.values["no-headers"], with_namespace=self.all_namespaces)
        for event in self._changes():
            if event.type == "DELETED" or not self._is_wanted(event.object):
                continue
            if self.as_table:
                table.write([event.object])
            else:
                self._tell(typedobjects.of({**_EVENT, **event.object}))
            self.factory.streams.out.flush()

    def _changes(self) -> Iterator[WatchEvent]:
        for item in self._listed():
            yield WatchEvent("ADDED", item)

        def changes(revision: int, seconds: float | None) -> Iterator[WatchEvent]:
            return self.client.watch("events", self.namespace, resource_version=str(revision), field_selector=self.fields, timeout_seconds=seconds)

        for event in self.factory.follow(int(self.revision), changes, self.factory.request_timeout()):
            if event.type == "ERROR":
                raise KctlError(event.object.get("message", "the watch ended"))
            yield event


def _time(event: Object) -> float:
    """Return the instant by which events are sorted."""
    from minikube_py.kits.clock import parse_rfc3339

    text = (event.get("series") or {}).get("lastObservedTime") if event.get("series") else event.get("lastTimestamp") or event.get("eventTime")
    return parse_rfc3339(text) if text else float("-inf")


COMMAND = Command(
    "events",
    "List events",
    "[(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] "
    "[--watch] [--types=Normal,Warning] [options]",
    FLAGS,
    EventsOptions,
    long="""List events: what the parts of the cluster have told about objects, the latest last.

 They can be those of a namespace, of all namespaces, or of one object. Events are forgotten after an hour.""",
    examples="""  # The events of this namespace
  kctl events

  # What has gone wrong anywhere
  kctl events -A --types=Warning

  # What happens to a pod, from now on too
  kctl events --for pod/store-0 --watch""",
)
