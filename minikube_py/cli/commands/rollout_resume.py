"""kctl rollout resume."""

from minikube_py.cli import rollouts
from minikube_py.cli.command import Command
from minikube_py.cli.infos import Info
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object


class ResumeOptions(rollouts.Patching):
    """What `kctl rollout resume` was asked for."""

    done = "resumed"

    def change(self, obj: Object) -> None:
        """Let a deployment go on."""
        if not rollouts.is_deployment(obj):
            raise KctlError("resuming is not supported")
        if not obj["spec"].pop("paused", False):
            raise KctlError("is not paused")

    def unchanged(self, info: Info) -> None:
        """Say that nothing was to be done."""
        self.tell(info.there, "already resumed")


COMMAND = Command(
    "rollout resume",
    "Resume a paused resource",
    "RESOURCE [options]",
    rollouts.PATCH_FLAGS,
    ResumeOptions,
    long="Let a paused deployment roll out again. Only deployments can be paused.",
    examples="""  # Let a deployment go on
  kctl rollout resume deployment/shop""",
)
