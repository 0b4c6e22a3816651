"""How far and how soon an autoscaler may go: stabilization, rates, bounds (pkg/controller/podautoscaler/horizontal.go). No I/O."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

_DOWN_WINDOW = 300.0  # --horizontal-pod-autoscaler-downscale-stabilization
PERIOD = 15.0  # seconds between two looks
_LONGEST = 3600.0  # the longest window, and the longest period of a policy
Told = tuple[str, str]  # reason and message of a condition
WITHIN: Told = ("DesiredWithinRange", "the desired count is within the acceptable range")
_READY: Told = ("ReadyForNewScale", "recommended size matches current size")
_TOO_FEW: Told = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
_TOO_MANY: Told = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
_UP: Told = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
_DOWN: Told = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
_HELD_DOWN: Told = ("ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation")
_HELD_UP: Told = ("ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation")


class Decision(NamedTuple):
    """The size to be, what the conditions AbleToScale and ScalingLimited say, and when to look again."""

    size: int
    able: Told
    limited: Told
    again: float | None


class History:
    """What was recommended and done lately: kept between two looks, as JSON.

    A recommendation holds from when it was made until the next look that finds another one, as if it had been made every 15 seconds;
    the first one is the size that was found, and holds for that moment only.
    """

    def __init__(self, raw: Mapping[str, Any] | None) -> None:
        raw = raw or {}
        self.recommended: list[list[float]] = [list(item) for item in raw.get("recommended", ())]
        self.scaled: list[list[float]] = [list(item) for item in raw.get("scaled", ())]
        self.is_open = bool(raw.get("open"))

    def raw(self) -> dict[str, Any]:
        """Return the history as JSON."""
        return {"recommended": self.recommended, "scaled": self.scaled, "open": self.is_open}

    def recommend(self, size: int, current: int, now: float) -> None:
        """Add a recommendation."""
        if not self.recommended:
            self.recommended.append([now, current])
        elif self.is_open:
            self.recommended[-1][0] = now
        self.recommended = [item for item in self.recommended if item[0] > now - _LONGEST]
        if not (self.is_open and self.recommended and self.recommended[-1][1] == size):
            self.recommended.append([now, size])
        self.is_open = True

    def scale(self, change: int, now: float) -> None:
        """Note that replicas were added, or (below zero) taken away."""
        self.scaled = [*(item for item in self.scaled if item[0] > now - _LONGEST), [now, change]]

    def sizes(self, window: float, now: float) -> list[tuple[float, int]]:
        """Return when and what was recommended within a window."""
        return [(since, int(size)) for since, size in self.recommended if since > now - window]

    def base(self, current: int, period: float, now: float) -> int:
        """Return how many replicas there were when a period began."""
        return current - sum(int(change) for since, change in self.scaled if since > now - period)


def decide(spec: Mapping[str, Any], current: int, wanted: int, history: History, now: float) -> Decision:
    """Return what becomes of a recommendation, which is in the history already."""
    behavior = spec.get("behavior")
    stable, able, again = _stabilized(behavior, current, wanted, history, now)
    if behavior is None:
        size, limited = _bounded(spec, current, stable)
    else:
        size, limited = _by_rates(spec, behavior, current, stable, history, now)
    if limited in (_UP, _DOWN) and not _is_disabled(behavior, limited):
        again = PERIOD if again is None else min(again, PERIOD)
    return Decision(size, able, limited, again)


def _is_disabled(behavior: Mapping[str, Any] | None, limited: Told) -> bool:
    rules = (behavior or {}).get("scaleUp" if limited == _UP else "scaleDown") or {}
    return bool(rules.get("selectPolicy") == "Disabled")


def _stabilized(behavior: Mapping[str, Any] | None, current: int, wanted: int, history: History, now: float) -> tuple[int, Told, float | None]:
    """Return the size that recent recommendations allow, and when the one that holds it is forgotten."""
    up, down = 0.0, _DOWN_WINDOW
    if behavior is not None:
        up = float((behavior.get("scaleUp") or {}).get("stabilizationWindowSeconds") or 0)
        given = (behavior.get("scaleDown") or {}).get("stabilizationWindowSeconds")
        down = _DOWN_WINDOW if given is None else float(given)
    least = min((size for _, size in history.sizes(up, now) if up), default=wanted)
    most = max(size for _, size in [*history.sizes(down, now), (now, wanted)])
    low, high = min(least, wanted), max(most, wanted)
    # Without a behavior, going up is never held back.
    size = max(wanted, most) if behavior is None else min(max(current, low), high)
    if size == wanted:
        return size, _READY, None
    window, edge = (down, most) if wanted < size else (up, least)
    last = max((since for since, one in history.sizes(window, now) if one == edge), default=now)
    return size, _HELD_DOWN if wanted < current or behavior is None else _HELD_UP, max(1.0, last + window - now)


def _bounded(spec: Mapping[str, Any], current: int, wanted: int) -> tuple[int, Told]:
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    fastest = max(2 * current, 4)
    limit, told = (fastest, _UP) if most > fastest else (most, _TOO_MANY)
    if wanted < least:
        return least, _TOO_FEW
    return (limit, told) if wanted > limit else (wanted, WITHIN)


def _by_rates(spec: Mapping[str, Any], behavior: Mapping[str, Any], current: int, wanted: int, history: History, now: float) -> tuple[int, Told]:
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    if wanted > current:
        fastest = max(current, _limit(behavior.get("scaleUp") or {}, current, history, now, 1))
        limit, told = (fastest, _UP) if most > fastest else (most, _TOO_MANY)
        return (limit, told) if wanted > limit else (wanted, WITHIN)
    if wanted < current:
        slowest = min(current, _limit(behavior.get("scaleDown") or {}, current, history, now, -1))
        limit, told = (slowest, _DOWN) if least < slowest else (least, _TOO_FEW)
        return (limit, told) if wanted < limit else (wanted, WITHIN)
    return wanted, WITHIN


def _limit(rules: Mapping[str, Any], current: int, history: History, now: float, sign: int) -> int:
    """Return the size that the policies of a direction allow."""
    policy = rules.get("selectPolicy") or "Max"
    if policy == "Disabled":
        return current
    found = []
    for item in rules.get("policies") or ():
        base, value = history.base(current, item["periodSeconds"], now), item["value"]
        if item["type"] == "Pods":
            found.append(base + sign * value)
        else:
            share = base * (1 + sign * value / 100)
            found.append(math.ceil(share) if sign > 0 else int(share))
    if not found:
        return current
    highest = (policy == "Max") == (sign > 0)
    return int(max(found) if highest else min(found))
