"""How long a deletion takes: grace periods, and finalizers for the garbage collector."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver.request import Request
from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.machinery.meta import Object
from minikube_py.registry.strategy import Strategy

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"
# What happens to dependents where nobody says so (DefaultGarbageCollectionPolicy): Background, but for these.
_DEFAULT = {("batch", "jobs"): "Orphan", ("", "replicationcontrollers"): "Orphan"}
_UNSUPPORTED = frozenset({("", "events"), ("events.k8s.io", "events")})


def is_deleting(obj: Object) -> bool:
    """Tell whether deletion was asked for before."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def before(server: "APIServer", request: Request, obj: Object) -> bool | None:
    """Set the time and grace of a kind that is deleted gracefully. True: it was set; False: no grace at all; None: nothing changes."""
    strategy, metadata = server.strategy(request.target), obj["metadata"]
    asked = request.options.get("gracePeriodSeconds")
    if asked is not None and asked < 0:
        asked = 1
    if type(strategy).grace_period is Strategy.grace_period:
        return False
    now = server.clock.now()
    if is_deleting(obj):
        return _shorten(metadata, asked, now)
    period = strategy.grace_period(obj, asked)
    metadata["deletionTimestamp"] = rfc3339(now + period)
    metadata["deletionGracePeriodSeconds"] = period
    _count(metadata)
    return True


def _shorten(metadata: Any, asked: int | None, now: float) -> bool | None:
    """Let a later request shorten the grace; the time that has passed counts."""
    former = metadata.get("deletionGracePeriodSeconds")
    if not former:
        return False
    if asked is None or asked >= former:
        return None
    end = parse_rfc3339(metadata["deletionTimestamp"]) - former + asked
    if end < now:
        # Somebody still has to see the shorter grace and act on it: one second, unless none was asked for.
        end, asked = now, min(asked, 1)
    metadata["deletionTimestamp"] = rfc3339(end)
    metadata["deletionGracePeriodSeconds"] = asked
    return True


def mark(server: "APIServer", obj: Object) -> bool:
    """Mark an object that finalizers hold; tell whether that changed it."""
    metadata, now = obj["metadata"], server.clock.now()
    before = metadata.get("deletionTimestamp"), metadata.get("deletionGracePeriodSeconds")
    if not before[0]:
        _count(metadata)
    if not before[0] or parse_rfc3339(before[0]) > now:
        metadata["deletionTimestamp"] = rfc3339(now)
    metadata["deletionGracePeriodSeconds"] = 0
    return before != (metadata["deletionTimestamp"], 0)


def _count(metadata: Any) -> None:
    if metadata.get("generation"):
        metadata["generation"] += 1


def set_finalizers(request: Request, metadata: Any) -> bool:
    """Write the propagation policy into the finalizers, for the garbage collector; tell whether that changed them."""
    former = metadata.get("finalizers") or []
    policy = _policy(request, former)
    kept = [name for name in former if name not in (ORPHAN, FOREGROUND)]
    if policy == "Orphan":
        kept.append(ORPHAN)
    elif policy == "Foreground":
        kept.append(FOREGROUND)
    if set(kept) == set(former):
        return False
    if kept:
        metadata["finalizers"] = kept
    else:
        del metadata["finalizers"]
    return True


def _policy(request: Request, finalizers: list[str]) -> str:
    key = request.target.key
    if key in _UNSUPPORTED:
        return "Background"
    orphan = request.options.get("orphanDependents")
    if orphan is not None:
        return "Orphan" if orphan else "Background"
    asked = request.option("propagationPolicy")
    if asked:
        return str(asked)
    for name in finalizers:  # the first one counts: validation keeps both from being there
        if name in (ORPHAN, FOREGROUND):
            return "Orphan" if name == ORPHAN else "Foreground"
    return _DEFAULT.get(key, "Background")
