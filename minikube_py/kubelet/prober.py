"""When a pod's probes are due, and what follows from their outcomes (pkg/kubelet/prober/worker.go).

Between two commands nobody probes: what was found out is kept in the kubelet's state, and a probe that is due is carried out when the pod is next
looked at. Under `kctl serve` timers see to that.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from minikube_py.client.loops import State
from minikube_py.kubelet import handlers
from minikube_py.kubelet.handlers import Outcome, Where
from minikube_py.kubelet.jobs import Busy, Jobs
from minikube_py.kubelet.runtime import ContainerStatus

LIVENESS, READINESS, STARTUP = "liveness", "readiness", "startup"
_FIELDS = {LIVENESS: "livenessProbe", READINESS: "readinessProbe", STARTUP: "startupProbe"}
_PREFIX = "probes/"

Tell = Callable[[str, str, str], None]  # (reason, message, container) of an event
_UNHEALTHY, _WARNED = "Unhealthy", "ProbeWarning"


class Verdict(NamedTuple):
    """What probes say of a container that runs. `failed` names the probe because of which it is to be started again; `soon`: seconds until the next one."""

    started: bool = True
    ready: bool = True
    failed: str = ""
    soon: float | None = None


class Prober:
    """The probes of one pod at one moment."""

    def __init__(self, state: State, uid: str, jobs: Jobs, key: str, now: float, tell: Tell) -> None:
        self._state = state
        self._row = _PREFIX + uid
        self._jobs = jobs
        self._key = key
        self._now = now
        self._tell = tell
        self._records: dict[str, dict[str, Any]] | None = None
        self._changed = False

    def look(self, spec: Mapping[str, Any], found: ContainerStatus, where: Callable[[], Where]) -> Verdict:
        """Carry out the probes of a running container that are due, as far as they have not been begun, and tell how it stands."""
        if not any(spec.get(field) for field in _FIELDS.values()):
            return Verdict()
        soon: list[float] = []
        started = self._probe(spec, found, STARTUP, where, soon)
        if started is not True:
            return Verdict(False, False, STARTUP if started is False else "", min(soon, default=None))
        alive = self._probe(spec, found, LIVENESS, where, soon)
        ready = self._probe(spec, found, READINESS, where, soon)
        return Verdict(True, ready is True, LIVENESS if alive is False else "", min(soon, default=None))

    def readiness(self, spec: Mapping[str, Any], found: ContainerStatus, where: Callable[[], Where]) -> Verdict:
        """Carry out the readiness probe alone, as of a container that is being stopped."""
        if spec.get(_FIELDS[STARTUP]) and self._record(spec["name"], STARTUP, found)["result"] is not True:
            return Verdict(False, False)
        soon: list[float] = []
        ready = self._probe(spec, found, READINESS, where, soon)
        return Verdict(True, ready is True, "", min(soon, default=None))

    def save(self) -> None:
        """Keep what was found out."""
        if self._changed and self._records is not None:
            self._state.put(self._row, self._records)
            self._changed = False

    def _probe(self, spec: Mapping[str, Any], found: ContainerStatus, kind: str, where: Callable[[], Where], soon: list[float]) -> bool | None:
        """Carry out a probe where it is due; return its result so far, True where the container has none such."""
        probe = spec.get(_FIELDS[kind])
        if not probe:
            return True
        record = self._record(spec["name"], kind, found)
        if kind == STARTUP and record["result"] is not None or kind == LIVENESS and record["result"] is False:
            return bool(record["result"])  # it has done its work
        period = float(probe.get("periodSeconds") or 10)
        due = max(found.started_at + float(probe.get("initialDelaySeconds") or 0), record["at"] + period if record["at"] else 0.0)
        what = f"probe/{spec['name']}/{kind}/{record['of']}"
        if due > self._now and not self._jobs.goes_on(self._key, what):
            soon.append(due - self._now)
            return record["result"]  # type: ignore[no-any-return]
        place = where()
        try:
            outcome = self._jobs.run(self._key, what, lambda: handlers.probe(probe, place), awaited=False)
        except Busy:
            return record["result"]  # type: ignore[no-any-return]
        self._note(record, spec["name"], kind, probe, outcome)
        soon.append(period)
        return record["result"]  # type: ignore[no-any-return]

    def _note(self, record: dict[str, Any], name: str, kind: str, probe: Mapping[str, Any], outcome: Outcome) -> None:
        record["at"] = self._now
        self._changed = True
        title = kind.capitalize()
        if not outcome.known:
            self._tell(_UNHEALTHY, f"{title} probe errored and resulted in unknown state: {outcome.text}", name)
            return
        if outcome.warns:
            self._tell(_WARNED, f"{title} probe warning: {outcome.text}", name)
        if not outcome.well:
            self._tell(_UNHEALTHY, f"{title} probe failed: {outcome.text}", name)
        good, bad = (record["good"] + 1, 0) if outcome.well else (0, record["bad"] + 1)
        record["good"], record["bad"] = good, bad
        if good >= int(probe.get("successThreshold") or 1):
            record["result"] = True
        elif bad >= int(probe.get("failureThreshold") or 3):
            record["result"] = False

    def _record(self, name: str, kind: str, found: ContainerStatus) -> dict[str, Any]:
        """Return what is known of a probe since this container's last start."""
        if self._records is None:
            self._records = self._state.get(self._row) or {}
        start = f"{found.id[:12]}.{found.restarts}"
        record = self._records.get(f"{name}/{kind}")
        if record is None or record["of"] != start:
            record = {"of": start, "at": 0.0, "good": 0, "bad": 0, "result": {LIVENESS: True, READINESS: False, STARTUP: None}[kind]}
            self._records[f"{name}/{kind}"] = record
            self._changed = True
        return record


def forget(state: State, uid: str) -> None:
    """Forget all about a pod."""
    state.delete(_PREFIX + uid)
