"""SchedulingGates: a pod with gates is not scheduled until they are gone."""

from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import ClusterEvent, SchedulerPlugin, Status, unresolvable


class SchedulingGates(SchedulerPlugin):
    """Holds back pods whose spec.schedulingGates is not empty."""

    name = "SchedulingGates"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return the removal of gates."""
        return [ClusterEvent("UnscheduledPod", ("UpdateGates",))]

    def pre_enqueue(self, pod: Object) -> Status | None:
        """Refuse while there are gates."""
        gates = pod["spec"].get("schedulingGates")
        if not gates:
            return None
        names = " ".join(gate["name"] for gate in gates)
        return unresolvable(f"waiting for scheduling gates: [{names}]")
