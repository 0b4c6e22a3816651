"""kctl rollout pause."""

from minikube_py.cli import rollouts
from minikube_py.cli.command import Command
from minikube_py.cli.infos import Info
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object


class PauseOptions(rollouts.Patching):
    """What `kctl rollout pause` was asked for."""

    done = "paused"

    def change(self, obj: Object) -> None:
        """Pause a deployment."""
        if not rollouts.is_deployment(obj):
            raise KctlError("pausing is not supported")
        if obj["spec"].get("paused"):
            raise KctlError("is already paused")
        obj["spec"]["paused"] = True

    def unchanged(self, info: Info) -> None:
        """Say that nothing was to be done."""
        self.tell(info.there, "already paused")


COMMAND = Command(
    "rollout pause",
    "Mark the provided resource as paused",
    "RESOURCE [options]",
    rollouts.PATCH_FLAGS,
    PauseOptions,
    long="""Stop a deployment from rolling out what is changed in its template. What runs already goes on.

 Only deployments can be paused.""",
    examples="""  # Collect several changes, and roll them out at once
  kctl rollout pause deployment/shop
  kctl rollout resume deployment/shop""",
)
