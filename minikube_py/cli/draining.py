"""Which pods of a node a drain takes away, which it leaves, and which forbid it (kubectl pkg/drain/filters.go)."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from minikube_py.cli import cordoning
from minikube_py.kits import clock
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_DAEMONS = ("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)", "ignoring DaemonSet-managed Pods")
_DATA = ("Pods with local storage (use --delete-emptydir-data to override)", "deleting Pods with local storage")
_BARE = ("cannot delete Pods that declare no controller (use --force to override)", "deleting Pods that declare no controller")
_MIRROR = "kubernetes.io/config.mirror"


class Verdict(NamedTuple):
    """What becomes of a pod; the warning or the refusal that comes with it."""

    goes: bool = True
    warning: str = ""
    refusal: str = ""


class Rules(NamedTuple):
    """What the command line allows. `daemon_set` finds a daemon set by namespace and name."""

    force: bool
    ignore_daemon_sets: bool
    delete_data: bool
    skip_after: int
    now: float
    daemon_set: Callable[[str, str], Object]

    def judge(self, pod: Object) -> Verdict:
        """Return what becomes of a pod: the first rule that keeps it has the word, else the last one."""
        verdict = Verdict()
        for rule in (self._deleted, self._daemon, self._mirror, self._data, self._bare):
            verdict = rule(pod)
            if not verdict.goes:
                break
        return verdict

    def _deleted(self, pod: Object) -> Verdict:
        return Verdict(not is_old(pod, self.skip_after, self.now))

    def _daemon(self, pod: Object) -> Verdict:
        name = cordoning.is_daemon(pod)
        if not name or meta.is_over(pod):
            return Verdict()
        try:
            self.daemon_set(meta.namespace(pod), name)
        except KctlError as error:
            if isinstance(error, errors.NotFound) and self.force:
                return Verdict(warning=str(error))
            return Verdict(False, refusal=str(error))
        return Verdict(False, warning=_DAEMONS[1]) if self.ignore_daemon_sets else Verdict(False, refusal=_DAEMONS[0])

    @staticmethod
    def _mirror(pod: Object) -> Verdict:
        return Verdict(_MIRROR not in meta.annotations(pod))

    def _data(self, pod: Object) -> Verdict:
        if meta.is_over(pod) or not any("emptyDir" in volume for volume in pod["spec"].get("volumes") or ()):
            return Verdict()
        return Verdict(warning=_DATA[1]) if self.delete_data else Verdict(False, refusal=_DATA[0])

    def _bare(self, pod: Object) -> Verdict:
        if meta.is_over(pod) or meta.controller_of(pod) is not None:
            return Verdict()
        return Verdict(warning=_BARE[1]) if self.force else Verdict(False, refusal=_BARE[0])


def is_old(pod: Object, seconds: int, now: float) -> bool:
    """Tell whether a pod was to be gone longer ago than `seconds` (0: no matter when)."""
    gone = pod["metadata"].get("deletionTimestamp")
    return bool(seconds > 0 and gone and int(now - clock.parse_rfc3339(gone)) > seconds)


class Plan:
    """The verdicts on all pods of a node."""

    def __init__(self, pods: Sequence[Object], rules: Rules) -> None:
        self._judged = [(pod, rules.judge(pod)) for pod in pods]

    @property
    def pods(self) -> list[Object]:
        """Return the pods that go."""
        return [pod for pod, verdict in self._judged if verdict.goes]

    def warning(self) -> str:
        """Return all warnings in one line."""
        return "; ".join(f"{text}: {pods}" for text, pods in self._by(lambda verdict: verdict.warning).items())

    def refusals(self) -> list[KctlError]:
        """Return why the node cannot be drained."""
        return [KctlError(f"cannot delete {text}: {pods}") for text, pods in self._by(lambda verdict: verdict.refusal).items()]

    def _by(self, said: Callable[[Verdict], str]) -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for pod, verdict in self._judged:
            if said(verdict):
                found.setdefault(said(verdict), []).append(f"{meta.namespace(pod)}/{meta.name(pod)}")
        return {text: ", ".join(pods) for text, pods in found.items()}
