"""Says what a command did: `deployment.apps/web created`, or the object itself where -o asks for it."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.meta import Object
from minikube_py.printers import output
from minikube_py.printers.tabwriter import Out

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.printers.output import Printer

FLAGS = (
    Flag("allow-missing-template-keys", "bool", True, usage="If true, a field or map key that a template names and that is missing is no error."),
    Flag("output", short="o", usage=f"Output format. One of: ({', '.join(output.FORMATS)})."),
    Flag("show-managed-fields", "bool", usage="If true, keep the managedFields when printing objects in JSON or YAML format."),
    Flag("template", usage="Template string or path to template file to use when -o=go-template, -o=go-template-file."),
)


class Outcome:
    """Prints what became of objects, in the way that the command line asks for."""

    def __init__(self, factory: "Factory", values: Values, dry_run: str = dryrun.NONE) -> None:
        self._values = values
        self._dry_run = dry_run
        self.out: Out = factory.streams.out
        self.format: str = values["output"]
        self.shows_object = bool(self.format or values["template"]) and self.format != "name"

    def printer(self, done: str) -> "Printer":
        """Return a printer; KctlError for an unknown -o."""
        values = self._values
        return output.for_command(
            self.format, operation=dryrun.operation(done, self._dry_run), template=values["template"],
            show_managed_fields=values["show-managed-fields"], allow_missing_template_keys=values["allow-missing-template-keys"],
        )  # fmt: skip

    def tell(self, obj: Object, done: str) -> None:
        """Print one object, or what was done to it."""
        self.printer(done).print_object(obj, self.out)

    def tell_generated(self, obj: Object, done: str) -> None:
        """Print an object that kctl made itself: as JSON in the order of its fields."""
        if self.format.lower() == "json":
            self._write_json(obj)
        else:
            output.print_struct(self.printer(done), obj, self.out)

    def tell_list(self, objects: list[Object]) -> None:
        """Print objects as one List, which kctl made itself, of what the server made."""
        made: Object = {"kind": "List", "apiVersion": "v1", "metadata": {}}
        if self.format.lower() != "json":
            self.tell({**made, "items": objects}, "")
            return
        from minikube_py.cli import typedjson
        from minikube_py.printers import serial

        shown = objects if self._values["show-managed-fields"] else [serial.without_managed_fields(obj) for obj in objects]
        self._write_json({**made, "items": typedjson.in_order(shown)})

    def _write_json(self, obj: Object) -> None:
        from minikube_py.cli import typedjson

        self.out.write(typedjson.indented(obj) + "\n")
