"""Runs the plugins of one profile at their extension points, and lets none of them, whatever it does, bind a pod by mistake."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.plugin import guard
from minikube_py.plugin.registries import Registry
from minikube_py.scheduler import framework, profiles
from minikube_py.scheduler.framework import ClusterEvent, CycleState, Handle, PreFilterResult, SchedulerPlugin, Status
from minikube_py.scheduler.nodeinfo import NodeInfo
from minikube_py.scheduler.profiles import Profile


class PluginFailure(KctlError):
    """A plugin raised, hung, or answered with nonsense: the cycle fails."""


class Slot(NamedTuple):
    """A plugin at an extension point."""

    name: str
    plugin: SchedulerPlugin
    trusted: bool
    weight: int


# kube-scheduler framework/runtime/framework.go says it so at each point.
_FAILED = {
    "pre_enqueue": 'running PreEnqueue plugin "{}": {}',
    "sort_key": 'running QueueSort plugin "{}": {}',
    "pre_filter": 'running PreFilter plugin "{}": {}',
    "filter": 'running "{}" filter plugin: {}',
    "post_filter": 'running PostFilter plugin "{}": {}',
    "pre_score": 'running PreScore plugin "{}": {}',
    "score": 'running Score plugins: plugin "{}" failed with: {}',
    "normalize_score": 'running Normalize on Scores: plugin "{}" failed with: {}',
    "reserve": 'running Reserve plugin "{}": {}',
    "unreserve": 'running Unreserve plugin "{}": {}',
    "permit": 'running Permit plugin "{}": {}',
    "pre_bind": 'running PreBind plugin "{}": {}',
    "bind": 'running Bind plugin "{}": {}',
    "post_bind": 'running PostBind plugin "{}": {}',
    "hint": 'running queueing hint of "{}": {}',
    "events_to_register": 'running EventsToRegister of "{}": {}',
}


class Framework:
    """One profile's plugins, made and ready."""

    def __init__(self, profile: Profile, registry: Registry[Any], handle: Handle) -> None:
        self.profile = profile
        self.handle = handle
        handle.framework = self
        self._broken: dict[str, str] = {}
        made = self._make(profile, registry, handle)
        self.points: dict[str, list[Slot]] = {}
        for point, method in profiles.POINTS.items():
            able = [name for name, (plugin, _) in made.items() if overrides(plugin, method)]
            chosen = profile.plugins_at(point, able)
            self.points[method] = [Slot(name, *made[name], weight or 1) for name, weight in chosen]
        if len(self.points["sort_key"]) != 1:
            raise KctlError(f"{profile.name}: one plugin must sort the queue, not {len(self.points['sort_key'])}")
        if not self.points["bind"]:
            raise KctlError(f"{profile.name}: at least one bind plugin is needed")
        self.unreservers = [Slot(name, *both, 0) for name, both in made.items() if overrides(both[0], "unreserve")]
        self.events = {name: self._events(Slot(name, *both, 0)) for name, both in made.items()}
        self.slots = {name: Slot(name, *both, 0) for name, both in made.items()}

    def call(self, slot: Slot, point: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a plugin's function; PluginFailure where it fails. One that hung once is not asked again in this process."""
        if slot.name in self._broken:
            raise PluginFailure(self._broken[slot.name])
        try:
            return function(*arguments) if slot.trusted else guard.call(slot.name, False, function, *arguments)
        except Exception as error:
            if isinstance(error, PluginFailure):
                raise
            text = str(error) if isinstance(error, KctlError) else f"{type(error).__name__}: {error}"
            failure = _FAILED[point].format(slot.name, text)
            if isinstance(error, guard.Hung):
                self._broken[slot.name] = failure
            raise PluginFailure(failure) from error

    def pre_enqueue(self, pod: Object) -> Status | None:
        """Return the first refusal to queue the pod, or None."""
        for slot in self.points["pre_enqueue"]:
            status = self._status(slot, "pre_enqueue", slot.plugin.pre_enqueue, pod)
            if status is not None:
                return status
        return None

    def sort_key(self, pod: Object, timestamp: float) -> Any:
        """Return the QueueSort plugin's key."""
        slot = self.points["sort_key"][0]
        return self.call(slot, "sort_key", slot.plugin.sort_key, pod, timestamp)

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> tuple[set[str] | None, Status | None, list[str]]:
        """Return (the only nodes worth looking at, or None; a refusal, or None; the plugins that narrowed)."""
        names: set[str] | None = None
        narrowed: list[str] = []
        state.skip_filter.clear()
        for slot in self.points["pre_filter"]:
            answer = self.call(slot, "pre_filter", slot.plugin.pre_filter, state, pod, nodes)
            if answer is None:
                continue
            if isinstance(answer, PreFilterResult):
                narrowed.append(slot.name)
                names = set(answer.node_names) if names is None else names & set(answer.node_names)
                if not names:
                    return names, _no_node(narrowed), narrowed
                continue
            status = self._checked(slot, "pre_filter", answer)
            if status is not None and status.code == framework.SKIP:
                state.skip_filter.add(slot.name)
            elif status is not None:
                return names, status, [slot.name]
        return names, None, narrowed

    def filter(self, state: CycleState, pod: Object, nodes: list[NodeInfo]) -> tuple[list[NodeInfo], dict[str, Status]]:
        """Return (the nodes that can run the pod, for each other one its first refusal)."""
        refused: dict[str, Status] = {}
        for slot in self.points["filter"]:
            if slot.name in state.skip_filter:
                continue
            answer = self.refusals(slot, state, pod, nodes)
            if answer:
                refused.update(answer)
                nodes = [node for node in nodes if node.name not in answer]
                if not nodes:
                    break
        return nodes, refused

    def refusals(self, slot: Slot, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Return what one Filter plugin refuses."""
        answer = self.call(slot, "filter", slot.plugin.filter, state, pod, nodes)
        if not answer and isinstance(answer, dict):
            return answer
        if not isinstance(answer, Mapping):
            raise self._nonsense(slot, "filter", answer, "a mapping of node names to Status")
        if slot.trusted:
            return {name: status.named(slot.name) for name, status in answer.items()}
        known = {node.name for node in nodes}
        for name, status in answer.items():
            if not isinstance(status, Status) or not status.is_rejected() or name not in known:
                raise self._nonsense(slot, "filter", {name: status}, "given nodes' names, each with a Status that refuses")
        return {name: status.named(slot.name) for name, status in answer.items()}

    def post_filter(self, state: CycleState, pod: Object) -> tuple[str | None, Status]:
        """Return (nominated node or None, status with the reasons of all plugins)."""
        reasons: list[str] = []
        nominated: str | None = None
        rejector = ""
        for slot in self.points["post_filter"]:
            answer = self.call(slot, "post_filter", slot.plugin.post_filter, state, pod)
            if not (isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], Status)):
                raise self._nonsense(slot, "post_filter", answer, "(PostFilterResult or None, Status)")
            result, status = answer
            if result is not None:
                nominated = result.nominated_node_name
            if status.code == framework.SUCCESS:
                return nominated, status
            if status.code == framework.ERROR:
                raise PluginFailure(_FAILED["post_filter"].format(slot.name, status.message()))
            reasons.extend(status.reasons)
            rejector = rejector or slot.name
        return nominated, Status(framework.UNSCHEDULABLE, *reasons, plugin=rejector)

    def score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> dict[str, list[int]]:
        """Return each Score plugin's weighted, normalized scores, in the order of `nodes`."""
        state.skip_score.clear()
        for slot in self.points["pre_score"]:
            status = self._status(slot, "pre_score", slot.plugin.pre_score, state, pod, nodes)
            if status is not None and status.code == framework.SKIP:
                state.skip_score.add(slot.name)
            elif status is not None:
                raise PluginFailure(_FAILED["pre_score"].format(slot.name, status.message()))
        return {slot.name: self._scores(slot, state, pod, nodes) for slot in self.points["score"] if slot.name not in state.skip_score}

    def _scores(self, slot: Slot, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> list[int]:
        plugin = slot.plugin
        scores = self.call(slot, "score", plugin.score, state, pod, nodes)
        self._check_scores(slot, scores, len(nodes))
        if overrides(plugin, "normalize_score"):
            scores = self.call(slot, "normalize_score", plugin.normalize_score, state, pod, nodes, scores)
            self._check_scores(slot, scores, len(nodes))
        if min(scores) < framework.MIN_NODE_SCORE or max(scores) > framework.MAX_NODE_SCORE:
            wrong = min(scores) if min(scores) < framework.MIN_NODE_SCORE else max(scores)
            allowed = f"[{framework.MIN_NODE_SCORE}, {framework.MAX_NODE_SCORE}]"
            text = f"returns an invalid score {wrong}, it should in the range of {allowed} after normalizing"
            raise PluginFailure(f'plugin "{slot.name}" {text}')
        weight = slot.weight
        return [score * weight for score in scores]

    def _check_scores(self, slot: Slot, scores: Any, count: int) -> None:
        if slot.trusted:
            return
        if not isinstance(scores, Sequence) or len(scores) != count or not all(type(score) is int for score in scores):
            raise self._nonsense(slot, "score", scores, f"{count} whole numbers")

    def run(self, point: str, state: CycleState, pod: Object, node: str) -> tuple[Status | None, list[Status]]:
        """Run Reserve, Permit or PreBind; return (the first refusal, or None; those that want to wait)."""
        waits: list[Status] = []
        for slot in self.points[point]:
            status = self._status(slot, point, getattr(slot.plugin, point), state, pod, node)
            if status is not None and status.code == framework.WAIT:
                waits.append(status)
            elif status is not None and status.code == framework.ERROR:
                raise PluginFailure(_FAILED[point].format(slot.name, status.message()))
            elif status is not None:
                return status, waits
        return None, waits

    def unreserve(self, state: CycleState, pod: Object, node: str) -> list[str]:
        """Give back what was reserved, the last first; return what failed."""
        return self._all("unreserve", list(reversed(self.unreservers)), state, pod, node)

    def bind(self, state: CycleState, pod: Object, node: str) -> None:
        """Bind by the first plugin that does not leave it to the next; PluginFailure where it fails."""
        for slot in self.points["bind"]:
            status = self._status(slot, "bind", slot.plugin.bind, state, pod, node)
            if status is None:
                return
            if status.code != framework.SKIP:
                raise PluginFailure(_FAILED["bind"].format(slot.name, status.message()))
        raise PluginFailure("no Bind plugin took the pod")

    def post_bind(self, state: CycleState, pod: Object, node: str) -> list[str]:
        """Tell the plugins; return what failed: the pod is bound anyhow."""
        return self._all("post_bind", self.points["post_bind"], state, pod, node)

    def _all(self, point: str, slots: list[Slot], *arguments: Any) -> list[str]:
        failures = []
        for slot in slots:
            try:
                self.call(slot, point, getattr(slot.plugin, point), *arguments)
            except PluginFailure as error:
                failures.append(str(error))
        return failures

    def _status(self, slot: Slot, point: str, function: Callable[..., Any], *arguments: Any) -> Status | None:
        answer = self.call(slot, point, function, *arguments)
        return None if answer is None else self._checked(slot, point, answer)

    def _checked(self, slot: Slot, point: str, answer: Any) -> Status | None:
        if not isinstance(answer, Status):
            raise self._nonsense(slot, point, answer, "a Status or None")
        if answer.code == framework.SUCCESS:
            return None
        if answer.code == framework.ERROR and point == "pre_filter":
            raise PluginFailure(_FAILED[point].format(slot.name, answer.message()))
        if answer.code == framework.WAIT and point not in ("permit", "pre_bind"):
            raise self._nonsense(slot, point, answer, "no Wait here")
        if answer.code == framework.SKIP and point not in ("pre_filter", "pre_score", "bind"):
            raise self._nonsense(slot, point, answer, "no Skip here")
        return answer.named(slot.name)

    @staticmethod
    def _nonsense(slot: Slot, point: str, answer: Any, wanted: str) -> PluginFailure:
        shown = repr(answer)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        return PluginFailure(_FAILED[point].format(slot.name, f"answered {shown}, want {wanted}"))

    def _make(self, profile: Profile, registry: Registry[Any], handle: Handle) -> dict[str, tuple[SchedulerPlugin, bool]]:
        names = [name for name, _ in profile.multi_point]
        for point in profile.points:
            names += [item["name"] for item in profile.points[point].get("enabled") or ()]
        made: dict[str, tuple[SchedulerPlugin, bool]] = {}
        for name in dict.fromkeys(names):
            entry = registry.get(name)
            if entry is None:
                raise KctlError(f'{profile.name}: scheduler plugin "{name}" does not exist')
            try:
                plugin = guard.call(name, entry.trusted, entry.value, profile.args.get(name) or {}, handle)
            except Exception as error:
                raise KctlError(f'initializing plugin "{name}": {error}') from error
            if not isinstance(plugin, SchedulerPlugin):
                raise KctlError(f'initializing plugin "{name}": its factory made {type(plugin).__name__}, want a SchedulerPlugin')
            made[name] = (plugin, entry.trusted)
        return made

    def _events(self, slot: Slot) -> list[ClusterEvent] | None:
        events = self.call(slot, "events_to_register", slot.plugin.events_to_register)
        return None if events is None else list(events)


def overrides(plugin: SchedulerPlugin, method: str) -> bool:
    """Tell whether a plugin implements an extension point."""
    return getattr(type(plugin), method) is not getattr(SchedulerPlugin, method)


def _no_node(narrowed: list[str]) -> Status:
    names = sorted(narrowed)
    if len(names) == 1:
        return framework.unresolvable(f"node(s) didn't satisfy plugin {names[0]}").named(names[0])
    return framework.unresolvable(f"node(s) didn't satisfy plugin(s) [{' '.join(names)}] simultaneously").named(names[0])
