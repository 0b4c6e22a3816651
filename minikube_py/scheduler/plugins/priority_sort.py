"""PrioritySort: higher priority first, then who came first."""

from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import SchedulerPlugin


class PrioritySort(SchedulerPlugin):
    """Orders the queue."""

    name = "PrioritySort"

    def sort_key(self, pod: Object, timestamp: float) -> tuple[int, float]:
        """Return (descending priority, time)."""
        return (-(pod["spec"].get("priority") or 0), timestamp)
