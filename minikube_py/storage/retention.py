"""How much history is kept: as with kube-apiserver, five minutes, so that a watch can go on after a pause."""

from minikube_py.storage.api import Backend

SECONDS = 300.0
REVISIONS = 100_000  # of history at most, however young
WORTHWHILE = 500  # revisions: fewer are not worth a transaction
_MARKS = "storage/marks/"


def retain(backend: Backend, now: float, *, seconds: float = SECONDS, revisions: int = REVISIONS, needed: int | None = None) -> int:
    """Note which revision is current `now` and compact what is too old; return the oldest readable revision.

    Called after writes. `needed` is the last revision that every loop has seen: nothing after it is forgotten.
    """
    head, compacted = backend.revision(), backend.compact_revision()
    marks = [(float(key.removeprefix(_MARKS)), int(value)) for key, value in backend.state_range(_MARKS)]
    _mark(backend, marks, now, head, seconds)
    old = [revision for at, revision in marks if at <= now - seconds]
    goal = min(max([head - revisions, *old]), head if needed is None else needed)
    if goal - compacted < WORTHWHILE:
        return compacted
    with backend.batch():
        for at, revision in marks:
            if revision <= goal:
                backend.state_delete(_key(at))
    backend.compact(goal)
    return goal


def _mark(backend: Backend, marks: list[tuple[float, int]], now: float, head: int, seconds: float) -> None:
    """Keep one mark in a tenth of the time; marks of the future are from before the clock was set back."""
    wrong = [at for at, revision in marks if at > now or revision > head]
    recent = any(now - seconds / 10 < at <= now for at, _ in marks)
    if recent and not wrong:
        return
    with backend.batch():
        for at in wrong:
            backend.state_delete(_key(at))
        backend.state_put(_key(now), b"%d" % head)


def _key(at: float) -> str:
    return f"{_MARKS}{at:020.6f}"
