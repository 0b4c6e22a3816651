"""ImageLocality: prefers nodes that have the pod's images already."""

from collections.abc import Sequence

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import MAX_NODE_SCORE, SKIPPED, CycleState, SchedulerPlugin, Status
from minikube_py.scheduler.nodeinfo import NodeInfo

_MIN = 23 * 1024 * 1024  # kube-scheduler imagelocality: the size below which images do not count
_MAX_PER_CONTAINER = 1000 * 1024 * 1024


def normalized_name(image: str) -> str:
    """Return the image with the tag latest where it has none, as nodes list it."""
    return image if image.rfind(":") > image.rfind("/") else f"{image}:latest"


class ImageLocality(SchedulerPlugin):
    """Scores by the size of the images at hand, scaled by how widely they are spread."""

    name = "ImageLocality"

    def pre_score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Skip pods of whose images no node has any: each node would score 0."""
        spread = self.handle.snapshot.image_nodes()
        if not spread:
            return SKIPPED
        wanted = [normalized_name(container.get("image") or "") for container in meta.containers(pod["spec"])]
        known = [name for name in wanted if name in spread]
        state.data[self.name] = (known, len(wanted))
        return None if known else SKIPPED

    def score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> list[int]:
        """Return 0 up to 23 MiB, 100 from 1000 MiB a container."""
        known, containers = state.data[self.name]
        spread, total = self.handle.snapshot.image_nodes(), len(self.handle.snapshot.nodes())
        highest = _MAX_PER_CONTAINER * containers
        scores = []
        for node in nodes:
            size = sum(int(node.images[name] * (spread[name] / total)) for name in known if name in node.images)
            size = min(max(size, _MIN), highest)
            scores.append(MAX_NODE_SCORE * (size - _MIN) // (highest - _MIN))
        return scores
