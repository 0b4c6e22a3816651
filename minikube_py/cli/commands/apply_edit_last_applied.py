"""kctl apply edit-last-applied."""

from minikube_py.cli import dryrun, editing, recording
from minikube_py.cli.command import Command
from minikube_py.cli.commands import edit
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS

FLAGS = (
    *dryrun.files("to use to edit the resource"),
    dryrun.VALIDATE,
    dryrun.field_manager("kubectl-client-side-apply"),
    editing.WINDOWS_LINE_ENDINGS,
    recording.RECORD,
    *OUTPUT_FLAGS,
)


class EditLastAppliedOptions:
    """What `kctl apply edit-last-applied` was asked for."""

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and read what it names from the server."""
        self.factory, self.values = factory, values
        self.client = factory.client("kubectl")
        self.infos = edit.latest(factory, self.client, values, arguments)
        dryrun.validation(values)

    def validate(self) -> None:
        """Nothing is left to refuse."""

    def run(self) -> int | None:
        """Edit the configurations in one file."""
        applied = editing.applied(self.client, self.infos)
        editing.Session(self.factory, self.client, self.values, editing.APPLIED).edit(applied)
        return None


COMMAND = Command(
    "apply edit-last-applied",
    "Edit latest last-applied-configuration annotations of a resource/object",
    "(RESOURCE/NAME | -f FILENAME) [options]",
    FLAGS,
    EditLastAppliedOptions,
    long="""Edit what was applied last, as the annotation of an object tells it, in the editor that KUBE_EDITOR or EDITOR names.

 The object itself stays as it is: the next apply compares with the edited configuration.""",
    examples="""  # Edit what was applied last to a deployment
  kctl apply edit-last-applied deployment/nginx

  # The same as JSON
  kctl apply edit-last-applied deployment/nginx -o json""",
)
