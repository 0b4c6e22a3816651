"""The scheduling framework as authors of plugins see it: statuses, the state of a cycle, and the base of every plugin.

A plugin with no more than a score:

    from minikube_py.plugin import hookimpl
    from minikube_py.scheduler.framework import SchedulerPlugin

    class Cheapest(SchedulerPlugin):
        name = "Cheapest"
        weight = 5

        def score(self, state, pod, nodes):
            return [100 - int(node.labels.get("price", "100")) for node in nodes]

    @hookimpl
    def kctl_register_scheduler_plugins(registry):
        registry.add(Cheapest.name, Cheapest)
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    import random

    from minikube_py.client.api import Client
    from minikube_py.client.recorder import EventRecorder
    from minikube_py.kits.clock import Clock
    from minikube_py.scheduler.nodeinfo import NodeInfo, PodInfo
    from minikube_py.scheduler.nominated import Nominated
    from minikube_py.scheduler.owners import Owners
    from minikube_py.scheduler.podindex import PodIndex
    from minikube_py.scheduler.runtime import Framework
    from minikube_py.scheduler.snapshot import Snapshot

MAX_NODE_SCORE = 100
MIN_NODE_SCORE = 0

SUCCESS = "Success"
ERROR = "Error"
UNSCHEDULABLE = "Unschedulable"  # preemption of other pods may help
UNRESOLVABLE = "UnschedulableAndUnresolvable"  # it can not
WAIT = "Wait"  # Permit and PreBind: come again after `timeout` at the latest
SKIP = "Skip"  # PreFilter, PreScore: leave this plugin's Filter or Score out; Bind: the next plugin is to bind
PENDING = "Pending"  # PreEnqueue, PostFilter and others: waits for something outside of the scheduler
CODES = frozenset((SUCCESS, ERROR, UNSCHEDULABLE, UNRESOLVABLE, WAIT, SKIP, PENDING))
_REJECTED = frozenset((UNSCHEDULABLE, UNRESOLVABLE, PENDING))


class Status:
    """What a plugin answers. Success may also be spelled None."""

    __slots__ = ("code", "reasons", "plugin", "timeout")

    def __init__(self, code: str, *reasons: str, plugin: str = "", timeout: float = 0.0) -> None:
        if code not in CODES:
            raise ValueError(f"unknown status code {code!r}")
        self.code = code
        self.reasons = reasons
        self.plugin = plugin
        self.timeout = timeout  # seconds, for WAIT

    def __repr__(self) -> str:
        return f"Status({self.code}, {', '.join(map(repr, self.reasons))})"

    def message(self) -> str:
        """Return all reasons in one line."""
        return ", ".join(self.reasons)

    def is_rejected(self) -> bool:
        """Tell whether the pod can not be placed (and nothing went wrong)."""
        return self.code in _REJECTED

    def named(self, plugin: str) -> "Status":
        """Return the status with the plugin that gave it."""
        return self if self.plugin else Status(self.code, *self.reasons, plugin=plugin, timeout=self.timeout)


def unschedulable(*reasons: str) -> Status:
    """Return a refusal that preemption may turn."""
    return Status(UNSCHEDULABLE, *reasons)


def unresolvable(*reasons: str) -> Status:
    """Return a refusal that preemption can not turn."""
    return Status(UNRESOLVABLE, *reasons)


SKIPPED = Status(SKIP)


class PreFilterResult(NamedTuple):
    """The only nodes that are worth looking at."""

    node_names: Collection[str]


class PostFilterResult(NamedTuple):
    """The node that the pod is to get once it is free; empty clears an earlier nomination."""

    nominated_node_name: str


class CycleState:
    """What the plugins of one scheduling cycle tell each other: each keeps its own data under its own name."""

    __slots__ = ("pod_info", "data", "skip_filter", "skip_score", "removed", "statuses")

    def __init__(self, pod_info: "PodInfo") -> None:
        self.pod_info = pod_info
        self.data: dict[str, Any] = {}
        self.skip_filter: set[str] = set()
        self.skip_score: set[str] = set()
        self.removed: frozenset[str] = frozenset()  # uids of pods to leave out of account: preemption tries what would be
        self.statuses: Mapping[str, Status] = {}  # why nodes were refused, for PostFilter


class ClusterEvent(NamedTuple):
    """Something that may make a refused pod schedulable.

    `resource` is Node, AssignedPod, UnscheduledPod, PersistentVolumeClaim, PersistentVolume or StorageClass; `actions` are
    Add, Delete, Update, and for nodes also UpdateAllocatable, UpdateLabel, UpdateTaint, UpdateAnnotation; for pods
    UpdateLabel, UpdateScaleDown, UpdateTolerations, UpdateGates. `hint(pod, old, new)` may look closer: whether to try again.
    """

    resource: str
    actions: Collection[str]
    hint: Callable[[Object, Object | None, Object | None], bool] | None = None


class Handle:
    """What a plugin is made with: clients and views that live as long as the scheduler does."""

    client: "Client"
    clock: "Clock"
    rng: "random.Random"
    recorder: "EventRecorder"
    snapshot: "Snapshot"
    pods: "PodIndex"
    nominated: "Nominated"
    owners: "Owners"
    framework: "Framework"

    def nodes(self) -> "Sequence[NodeInfo]":
        """Return all nodes, with what is requested of them."""
        return self.snapshot.nodes()

    def filter_one(self, state: CycleState, pod: Object, node: "NodeInfo") -> Status | None:
        """Run the Filter plugins on one node, which may be an altered copy; return the refusal, or None."""
        return self.framework.filter(state, pod, [node])[1].get(node.name)

    def pre_filter(self, state: CycleState, pod: Object) -> Status | None:
        """Run the PreFilter plugins again, as after `state.removed` changed; return the refusal, or None."""
        return self.framework.pre_filter(state, pod, self.nodes())[1]


class SchedulerPlugin:
    """Subclass it, name it, and override the extension points that matter; what is not overridden is never called.

    Objects are shared: do not change pods or nodes. Where a method raises, answers with something else than declared, or
    takes more than ten seconds, the pod is not bound and the failure names the plugin.
    """

    name = ""
    weight = 1  # of the scores; a profile may set another

    def __init__(self, args: Mapping[str, Any] | None = None, handle: Handle | None = None) -> None:
        self.args = args or {}
        if handle is not None:
            self.handle = handle

    def events_to_register(self) -> Iterable[ClusterEvent] | None:
        """Return the events after which a pod that this plugin refused is worth another try; None means any event."""
        return None

    def pre_enqueue(self, pod: Object) -> Status | None:
        """Say whether the pod may be scheduled at all now."""

    def sort_key(self, pod: Object, timestamp: float) -> Any:
        """Return what pods are sorted by (QueueSort); `timestamp` is when it came. One plugin only."""

    def pre_filter(self, state: CycleState, pod: Object, nodes: "Sequence[NodeInfo]") -> Status | PreFilterResult | None:
        """Prepare for Filter; refuse the pod as a whole, narrow the nodes, or return SKIPPED where Filter has nothing to do."""

    def filter(self, state: CycleState, pod: Object, nodes: "Sequence[NodeInfo]") -> Mapping[str, Status]:
        """Return the names of those of `nodes` that can not run the pod, each with the reason (unschedulable, unresolvable).

        Called with many nodes at once; once for a cycle, more often only where a large cluster's nodes are sampled.
        """
        return {}

    def post_filter(self, state: CycleState, pod: Object) -> tuple[PostFilterResult | None, Status]:
        """Make room where no node is feasible; `state.statuses` says why. Success stops further PostFilter plugins."""
        return None, unschedulable()

    def pre_score(self, state: CycleState, pod: Object, nodes: "Sequence[NodeInfo]") -> Status | None:
        """Prepare for Score, or return SKIPPED."""

    def score(self, state: CycleState, pod: Object, nodes: "Sequence[NodeInfo]") -> Sequence[int]:
        """Return a score for each of the nodes, in their order: 0 to 100, or anything if normalize_score puts that right."""
        return [0] * len(nodes)

    def normalize_score(self, state: CycleState, pod: Object, nodes: "Sequence[NodeInfo]", scores: Sequence[int]) -> Sequence[int]:
        """Bring the scores of all nodes to 0 to 100."""
        return scores

    def reserve(self, state: CycleState, pod: Object, node_name: str) -> Status | None:
        """Take what the pod needs on the node."""

    def unreserve(self, state: CycleState, pod: Object, node_name: str) -> None:
        """Give it back, also where reserve was never called or failed."""

    def permit(self, state: CycleState, pod: Object, node_name: str) -> Status | None:
        """Approve, refuse, or Status(WAIT, timeout=seconds): the node stays reserved, and permit is asked again until the timeout."""

    def pre_bind(self, state: CycleState, pod: Object, node_name: str) -> Status | None:
        """Do what must be done before the pod is bound, or wait for it as in permit."""

    def bind(self, state: CycleState, pod: Object, node_name: str) -> Status | None:
        """Bind the pod, or return SKIPPED to leave it to the next plugin."""
        return SKIPPED

    def post_bind(self, state: CycleState, pod: Object, node_name: str) -> None:
        """Look at what was done."""
