"""kctl rollout restart."""

from minikube_py.cli import rollouts
from minikube_py.cli.command import Command
from minikube_py.cli.infos import Info
from minikube_py.kits import clock
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_RESTARTED = "kubectl.kubernetes.io/restartedAt"


class RestartOptions(rollouts.Patching):
    """What `kctl rollout restart` was asked for."""

    done = "restarted"

    def change(self, obj: Object) -> None:
        """Note the time in the pod template, so that all pods are made anew."""
        if obj["kind"] not in ("Deployment", "DaemonSet", "StatefulSet"):
            raise KctlError("restarting is not supported")
        if obj["kind"] == "Deployment" and obj["spec"].get("paused"):
            raise KctlError("can't restart paused deployment (run rollout resume first)")
        metadata = obj["spec"]["template"].setdefault("metadata", {})
        metadata["annotations"] = {**(metadata.get("annotations") or {}), _RESTARTED: clock.rfc3339(self.factory.clock.now())}

    def unchanged(self, info: Info) -> None:
        """Say why nothing happens."""
        hint = "if restart has already been triggered within the past second, please wait before attempting to trigger another"
        raise KctlError(f"failed to create patch for {info.name}: {hint}")


COMMAND = Command(
    "rollout restart",
    "Restart a resource",
    "RESOURCE [options]",
    rollouts.PATCH_FLAGS,
    RestartOptions,
    long="Make all pods of a deployment, daemon set or stateful set anew, as a rollout does it: a few at a time.",
    examples="""  # Restart a deployment
  kctl rollout restart deployment/shop

  # Restart all deployments with a label
  kctl rollout restart deployments -l app=shop""",
)
