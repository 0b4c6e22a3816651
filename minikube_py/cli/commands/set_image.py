"""kctl set image."""

from minikube_py.cli import dryrun, failures, pairs, podspecs, setting
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object


class ImageOptions(setting.Setter):
    """What `kctl set image` was asked for."""

    done = "image updated"
    failure = "failed to patch image update to pod template:"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and find the objects."""
        self.start(factory, values)
        self.resources, changes = pairs.split(arguments, "image")
        self.images, _ = pairs.parse(changes, "image", removable=False)
        if values["local"] and self.resources:
            raise KctlError(setting.LOCAL_RESOURCES)
        self.wanted = self.infos(self.resources)

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values, images = self.values, self.images
        refusals = (
            (values["all"] and values["selector"], setting.ALL_AND_SELECTOR),
            (not self.resources and not values["filename"] and not values["kustomize"], setting.NO_RESOURCES),
            (not images, "at least one image update is required"),
            (len(images) > 1 and "*" in images, "all containers are already specified by *, but saw more than one container_name=container_image pairs"),
            (values["local"] and self.dry_run == dryrun.SERVER, setting.LOCAL_AND_SERVER),
        )
        problem = failures.combined([KctlError(text) for refused, text in refusals if refused])
        if problem is not None:
            raise problem

    def run(self) -> int | None:
        """Set the images."""
        self.work(self.wanted, self._change)
        return None

    def _change(self, obj: Object) -> bool:
        spec = podspecs.of(obj)
        containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
        for name, image in self.images.items():
            meant = [container for container in containers if name in ("*", container.get("name"))]
            for container in meant:
                container["image"] = image
            if not meant:
                self.problems.append(KctlError(f'error: unable to find container named "{name}"'))
        return True


COMMAND = Command(
    "set image",
    "Update the image of a pod template",
    "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N [options]",
    setting.flags("image"),
    ImageOptions,
    long="""Update the images of containers, in pods and in everything that has a pod template.

 An asterisk in place of a container's name means all of them.""",
    examples="""  # Give the container 'web' of a deployment another image
  kctl set image deployment/shop web=nginx:1.27

  # All containers of all daemon sets
  kctl set image daemonsets --all *=busybox:1.36

  # Show what would come of a file
  kctl set image -f shop.yaml web=nginx:1.27 --local -o yaml""",
)
