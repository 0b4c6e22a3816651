"""kctl rollout undo."""

from minikube_py.cli import dryrun, histories, rollouts, typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.cli.histories import History, Revision
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.client import api
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

FLAGS = (*rollouts.FLAGS, *OUTPUT_FLAGS, dryrun.DRY_RUN, Flag("to-revision", "int", usage="The revision to rollback to. Default to 0 (last revision)."))
_KEPT = (  # annotations of a deployment that are its own, whatever a replica set says
    "kubectl.kubernetes.io/last-applied-configuration", histories.REVISION, "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas", "deprecated.deployment.rollback.to",
)  # fmt: skip


class UndoOptions(rollouts.Rollout):
    """What `kctl rollout undo` was asked for."""

    def run(self) -> int | None:
        """Roll back all that was named."""
        self.number: int = self.values["to-revision"]
        self.found().visit(self._one)
        return None

    def _one(self, info: Info) -> None:
        histories.check_kind(info, "rollbacker", "rollbacker")
        done = self._roll_back(info)
        self.tell(info.there, done)

    def _roll_back(self, info: Info) -> str:
        """Return what was done."""
        if self.number < 0:
            raise self._unknown()
        history = History(self.client, info)
        is_deployment = history.kind == "Deployment"
        revision = self._chosen(history)
        if self.dry_run == dryrun.CLIENT:
            text = histories.described(revision.template)
            return text if is_deployment else f"will roll back to {text}"
        if is_deployment and history.owner["spec"].get("paused"):
            raise KctlError("you cannot rollback a paused deployment; resume it first with 'kctl rollout resume' and try again")
        if _same(revision.template, history.owner["spec"]["template"], history.owner):
            return f"skipped rollback (current template already matches revision {self.number})"
        body = _operations(history.owner, revision) if is_deployment else revision.source["data"]
        kind = api.JSON_PATCH if is_deployment else api.STRATEGIC_PATCH
        try:
            self.client.patch(info.resource, info.name, info.namespace, body, patch_type=kind, dry_run=self.dry_run == dryrun.SERVER or None)
        except KctlError as error:
            raise KctlError(f"failed restoring revision {self.number}: {error}") from error
        return "rolled back"

    def _chosen(self, history: History) -> Revision:
        if self.number:
            found = history.find(self.number)
            if found is None:
                raise self._unknown()
            return found
        if len(history.revisions) > 1:
            return history.revisions[-2]
        if history.kind == "Deployment":
            raise KctlError(f'no rollout history found for deployment "{meta.name(history.owner)}"')
        raise KctlError("no last revision to roll back to")

    def _unknown(self) -> KctlError:
        return KctlError(f"unable to find specified revision {self.number} in history")


def _same(one: Object, other: Object, owner: Object) -> bool:
    first, second = (typedobjects.of({**owner, "spec": {**owner["spec"], "template": _without_hash(each)}}) for each in (one, other))
    return bool(first == second)


def _without_hash(template: Object) -> Object:
    metadata = template.get("metadata") or {}
    return {**template, "metadata": {**metadata, "labels": {key: value for key, value in meta.labels(template).items() if key != histories.POD_HASH}}}


def _operations(deployment: Object, revision: Revision) -> list[Object]:
    own, taken = meta.annotations(deployment), meta.annotations(revision.source)
    annotations = {key: own[key] for key in _KEPT if key in own} | {key: value for key, value in taken.items() if key not in _KEPT}
    return [
        {"op": "replace", "path": "/spec/template", "value": _without_hash(revision.template)},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]


COMMAND = Command(
    "rollout undo",
    "Undo a previous rollout",
    "(TYPE NAME | TYPE/NAME) [options]",
    FLAGS,
    UndoOptions,
    long="Roll a deployment, daemon set or stateful set back to the revision before, or to the one that --to-revision names.",
    examples="""  # Back to the revision before
  kctl rollout undo deployment/shop

  # Back to the third, only to see whether it would be taken
  kctl rollout undo daemonset/agent --to-revision=3 --dry-run=server""",
)
