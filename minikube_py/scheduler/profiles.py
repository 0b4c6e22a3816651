"""Which plugins run at which extension point: KubeSchedulerConfiguration's profiles, with kube-scheduler's defaults."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from minikube_py.machinery.errors import KctlError

DEFAULT_NAME = "default-scheduler"

# kube-scheduler v1.33 apis/config/v1/default_plugins.go, in its order.
DEFAULT_PLUGINS: tuple[tuple[str, int], ...] = (
    ("SchedulingGates", 0),
    ("PrioritySort", 0),
    ("NodeUnschedulable", 0),
    ("NodeName", 0),
    ("TaintToleration", 3),
    ("NodeAffinity", 2),
    ("NodePorts", 0),
    ("NodeResourcesFit", 1),
    ("VolumeRestrictions", 0),
    ("VolumeBinding", 0),
    ("VolumeZone", 0),
    ("PodTopologySpread", 2),
    ("InterPodAffinity", 2),
    ("DefaultPreemption", 0),
    ("NodeResourcesBalancedAllocation", 1),
    ("ImageLocality", 1),
    ("DefaultBinder", 0),
)

# The configuration's field of each extension point, and the method that a plugin overrides there.
POINTS: dict[str, str] = {
    "preEnqueue": "pre_enqueue", "queueSort": "sort_key", "preFilter": "pre_filter", "filter": "filter", "postFilter": "post_filter",
    "preScore": "pre_score", "score": "score", "reserve": "reserve", "permit": "permit", "preBind": "pre_bind", "bind": "bind",
    "postBind": "post_bind",
}  # fmt: skip


class Profile(NamedTuple):
    """One scheduler name. `multi_point` are (plugin, weight) for every point that the plugin implements; `points` what differs."""

    name: str
    percentage: int
    multi_point: tuple[tuple[str, int], ...]
    points: Mapping[str, Mapping[str, Any]]
    args: Mapping[str, Mapping[str, Any]]

    def plugins_at(self, point: str, implementers: Iterable[str]) -> list[tuple[str, int]]:
        """Return (plugin, weight) in order, of those plugins that implement the point."""
        able = set(implementers)
        setting = self.points.get(point) or {}
        enabled = {item["name"]: int(item.get("weight") or 0) for item in setting.get("enabled") or ()}
        disabled = {item["name"] for item in setting.get("disabled") or ()}
        for name in enabled:
            if name not in able:
                raise KctlError(f'{self.name}: plugin "{name}" is enabled at {point} but does not implement it')
        general = {} if "*" in disabled else {name: w for name, w in self.multi_point if name in able and name not in disabled}
        # As kube-scheduler's expandMultiPointPlugins: what overrides comes first, then the rest, then what is new here.
        first = [(name, weight or general[name]) for name, weight in enabled.items() if name in general]
        rest = [(name, weight) for name, weight in general.items() if name not in enabled]
        new = [(name, weight or 1) for name, weight in enabled.items() if name not in general]
        return first + rest + new


def load(config: Mapping[str, Any] | None, strangers: Iterable[tuple[str, int]] = ()) -> dict[str, Profile]:
    """Return the profiles of a KubeSchedulerConfiguration by scheduler name; none means the default profile."""
    config = config or {}
    kind = config.get("kind")
    if kind not in (None, "KubeSchedulerConfiguration"):
        raise KctlError(f'scheduler configuration: unknown kind "{kind}"')
    others = tuple(strangers)
    listed = config.get("profiles") or [{}]
    profiles: dict[str, Profile] = {}
    for item in listed:
        profile = _profile(item, int(config.get("percentageOfNodesToScore") or 0), others)
        if profile.name in profiles:
            raise KctlError(f'scheduler configuration: duplicate profile with scheduler name "{profile.name}"')
        profiles[profile.name] = profile
    return profiles


def _profile(item: Mapping[str, Any], percentage: int, strangers: tuple[tuple[str, int], ...]) -> Profile:
    name = item.get("schedulerName") or DEFAULT_NAME
    points = item.get("plugins") or {}
    for point in points:
        if point != "multiPoint" and point not in POINTS:
            raise KctlError(f'scheduler configuration: profile {name}: unknown extension point "{point}"')
    base = (*DEFAULT_PLUGINS, *strangers) if name == DEFAULT_NAME else DEFAULT_PLUGINS
    args = {entry["name"]: entry.get("args") or {} for entry in item.get("pluginConfig") or ()}
    share = int(item.get("percentageOfNodesToScore") or percentage)
    if not 0 <= share <= 100:
        raise KctlError(f"scheduler configuration: profile {name}: percentageOfNodesToScore: {share}: not in valid range [0-100]")
    return Profile(name, share, _multi_point(base, points.get("multiPoint") or {}), points, args)


def _multi_point(base: tuple[tuple[str, int], ...], setting: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    disabled = {item["name"] for item in setting.get("disabled") or ()}
    chosen = {} if "*" in disabled else {name: weight for name, weight in base if name not in disabled}
    for item in setting.get("enabled") or ():
        chosen[item["name"]] = int(item.get("weight") or chosen.get(item["name"]) or 1)
    return tuple(chosen.items())
