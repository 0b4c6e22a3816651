"""kctl rollout history."""

from minikube_py.cli import histories, rollouts
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery.errors import KctlError

FLAGS = (
    *rollouts.FLAGS,
    *OUTPUT_FLAGS,
    Flag("revision", "int", usage="See the details, including podTemplate of the revision specified"),
)


class HistoryOptions(rollouts.Rollout):
    """What `kctl rollout history` was asked for."""

    def validate(self) -> None:
        """Refuse what makes no sense."""
        super().validate()
        self.revision: int = self.values["revision"]
        if self.revision < 0:
            raise KctlError(f"revision must be a positive integer: {self.revision}")

    def run(self) -> int | None:
        """Show the revisions of all that was named."""
        found = self.found()
        shows_objects = self.values.changed("output")
        self.printer = Outcome(self.factory, self.values).printer("")
        found.visit(self._objects if shows_objects else self._table)
        return None

    def _history(self, info: Info) -> histories.History:
        histories.check_kind(info, "history viewer", "history")
        return histories.History(self.client, info)

    def _objects(self, info: Info) -> None:
        history = self._history(info)
        if self.revision:
            chosen = history.find(self.revision)
            if chosen is None:
                raise KctlError(histories.NOT_FOUND)
            self.tell(chosen.obj, "", self.printer)
            return
        for revision in {revision.number: revision for revision in history.revisions}.values():
            self.tell(revision.obj, "", self.printer)

    def _table(self, info: Info) -> None:
        history, which = self._history(info), ""
        if not history.revisions:
            text = "No rollout history found."
        elif self.revision:
            chosen = history.find(self.revision)
            if chosen is None:
                raise KctlError(histories.NOT_FOUND)
            which, text = f"with revision #{self.revision}", histories.described(histories.noted(chosen))
        else:
            text = histories.table(history.revisions)
        self.tell(info.there, f"{which}\n{text}")


COMMAND = Command(
    "rollout history",
    "View rollout history",
    "(TYPE NAME | TYPE/NAME) [options]",
    FLAGS,
    HistoryOptions,
    long="Show the revisions of deployments, daemon sets and stateful sets, or the pod template of one of them.",
    examples="""  # The revisions of a deployment
  kctl rollout history deployment/shop

  # The pod template of the third
  kctl rollout history deployment/shop --revision=3""",
)
