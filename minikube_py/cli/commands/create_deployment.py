"""kctl create deployment."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery import names
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object


class DeploymentOptions(generating.Generator):
    """What `kctl create deployment` was asked for."""

    path = "create deployment"
    failure = "failed to create deployment: "
    required = ("image",)

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if len(self.values["image"]) > 1 and self.command:
            raise KctlError("cannot specify multiple --image options and command")

    def build(self) -> Object:
        """Return the deployment."""
        labels = {"app": self.name}
        return {
            **self.object("Deployment", "apps/v1", labels=labels),
            "spec": {
                "replicas": self.values["replicas"],
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": self._containers()}},
            },
        }

    def _containers(self) -> list[Object]:
        containers = [generating.container(self._container_name(image), image, self.command) for image in self.values["image"]]
        if self.values["port"] >= 0 and containers:
            containers[0]["ports"] = [{"containerPort": self.values["port"]}]
        return containers

    def _container_name(self, image: str) -> str:
        """Return the image's name without registry and tag; made unique where it has to be changed."""
        name = image.rpartition("/")[2].partition(":")[0].partition("@")[0]
        if "_" not in name and "." not in name:
            return name
        rng = self.factory.random()
        return name.replace("_", "-").replace(".", "-") + "-" + names.suffix(rng.choice)


COMMAND = Command(
    "create deployment",
    "Create a deployment with the specified name",
    "NAME --image=image -- [COMMAND] [args...] [options]",
    (
        Flag("image", "list", usage="Image names to run. A deployment can have multiple images set for multi-container pod."),
        Flag("port", "int32", -1, usage="The containerPort that this deployment exposes."),
        Flag("replicas", "int32", 1, short="r", usage="Number of replicas to create. Default is 1."),
        *generating.FLAGS,
    ),
    DeploymentOptions,
    examples="""  # A deployment of one pod
  kctl create deployment web --image=nginx

  # Of three, with a port
  kctl create deployment web --image=nginx --replicas=3 --port=80

  # With a command in place of the image's own
  kctl create deployment clock --image=busybox -- sh -c 'while date; do sleep 1; done'""",
    aliases=("deploy",),
)
