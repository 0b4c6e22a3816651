"""The flags of deletions, which delete, apply --force, apply --prune and replace --force share; and the waiting for their end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from minikube_py.cli import dryrun
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient

FLAGS = (
    Flag("cascade", default="background", optional="background",
         usage='Must be "background", "orphan", or "foreground": what becomes of the dependents (such as the pods of a replica set).'),
    Flag("force", "bool", usage="If true, immediately remove resources from API and bypass graceful deletion."),
    Flag("grace-period", "int", -1, usage="Seconds that the resource may take to terminate. Ignored if negative. 1 for immediate shutdown; 0 needs --force."),
    Flag("timeout", "duration", usage="The length of time to wait before giving up on a delete, zero means for ever."),
)  # fmt: skip
_POLICIES = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}


def wait_flag(default: bool) -> Flag:
    """Return --wait."""
    return Flag("wait", "bool", default, usage="If true, wait for resources to be gone before returning. This waits for finalizers.")


def propagation(factory: "Factory", values: Values) -> str:
    """Return the propagation policy of --cascade."""
    text: str = values["cascade"]
    if text in _POLICIES:
        return _POLICIES[text]
    meant = "background" if text in dryrun.TRUE else "orphan" if text in dryrun.FALSE else ""
    if not meant:
        raise KctlError(f'invalid cascade value ({text}). Must be "background", "foreground", or "orphan"')
    print(f"warning: --cascade={text} is deprecated (boolean value) and can be replaced with --cascade={meant}.", file=factory.streams.err)
    return _POLICIES[meant]


def options(policy: str, grace_period: int, dry_run: str) -> dict[str, Any]:
    """Return the client's options for a DELETE."""
    return {"propagation_policy": policy, "grace_period_seconds": grace_period if grace_period >= 0 else None, "dry_run": dry_run == dryrun.SERVER or None}


def uid_of(answer: dict[str, Any]) -> str:
    """Return the uid of what a DELETE removed or marked."""
    if answer.get("kind") == "Status":
        return str((answer.get("details") or {}).get("uid", ""))
    return str(answer["metadata"].get("uid", ""))


class Waiting:
    """Waits until deleted objects are gone."""

    def __init__(self, factory: "Factory", client: "RestClient", deleted: Sequence[tuple[Info, str]]) -> None:
        self._factory, self._client = factory, client
        self._left = list(deleted)

    def run(self, timeout: float) -> None:
        """Wait, `timeout` seconds at most (0: for ever); KctlError where that was not enough."""
        try:
            done = self._factory.wait(self._gone, timeout or None)
        except (errors.Forbidden, errors.MethodNotAllowed):
            return  # who may not look need not wait
        if not done:
            info = self._left[0][0]
            raise KctlError(f"timed out waiting for the condition on {info.resource.plural}/{info.name}")

    def _gone(self) -> bool:
        self._left = [(info, uid) for info, uid in self._left if self._is_there(info, uid)]
        return not self._left

    def _is_there(self, info: Info, uid: str) -> bool:
        found = self._client.find(info.resource, info.name, info.namespace)
        return found is not None and (not uid or found["metadata"]["uid"] == uid)
