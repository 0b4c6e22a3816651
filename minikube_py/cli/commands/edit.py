"""kctl edit."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, editing, lookup, recording
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    *dryrun.files("to use to edit the resource"),
    dryrun.VALIDATE,
    dryrun.SAVE_CONFIG,
    dryrun.field_manager("kubectl-edit"),
    Flag("output-patch", "bool", usage="Output the patch if the resource is edited."),
    Flag("subresource", usage="If specified, edit will operate on the subresource of the requested object."),
    editing.WINDOWS_LINE_ENDINGS,
    recording.RECORD,
    *OUTPUT_FLAGS,
)


class EditOptions:
    """What `kctl edit` was asked for."""

    client: "RestClient"
    infos: list[Info]

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and read what it names from the server."""
        self.factory, self.values = factory, values
        self.client = factory.client("kubectl")
        self.infos = latest(factory, self.client, values, arguments)
        dryrun.validation(values)

    def validate(self) -> None:
        """Refuse a command line that names nothing that is there."""
        if not self.infos:
            raise KctlError("edit cancelled, no objects found")

    def run(self) -> int | None:
        """Edit all of them in one file."""
        editing.Session(self.factory, self.client, self.values).edit(self.infos)
        return None


def latest(factory: Factory, client: "RestClient", values: Values, arguments: list[str]) -> list[Info]:
    """Return the objects of files or arguments as the server has them; a type without a name means all of its objects."""
    everything = len(arguments) == 1 and "/" not in arguments[0]
    subresource = values["subresource"] if "subresource" in values.flags else ""
    wanted = lookup.query(values, arguments)._replace(latest=True, everything=everything, subresource=subresource)
    infos, broken = lookup.find(factory, client, wanted).collect()
    if broken is not None:
        raise broken
    return infos


COMMAND = Command(
    "edit",
    "Edit a resource on the server",
    "(RESOURCE/NAME | -f FILENAME) [options]",
    FLAGS,
    EditOptions,
    long="""Edit objects of the cluster in an editor: the one that KUBE_EDITOR or else EDITOR names, or vi.

 What you save is sent as a patch. What the cluster refuses is opened again, with the reasons as comments at the top; an unchanged or
empty file ends it. Where your changes cannot be saved, a copy of them is kept in a temporary file whose name you are told.""",
    examples="""  # Edit a service
  kctl edit svc/registry

  # Use another editor
  KUBE_EDITOR="nano" kctl edit svc/registry

  # Edit a job as JSON
  kctl edit job.v1.batch/backup -o json

  # Edit the status of a deployment
  kctl edit deployment web --subresource=status""",
)
