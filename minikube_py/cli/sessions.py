"""Asks for a session with a container, before any event loop is started: what cannot be is known at once where the cluster is in this process."""

from typing import TYPE_CHECKING, NamedTuple

from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient
    from minikube_py.kubelet.streams import ExecSession
    from minikube_py.machinery.meta import Object

EXEC, ATTACH = "exec", "attach"


class Wish(NamedTuple):
    """What to run in which container, or (without a command) to join. `raw`: through this process's terminal."""

    pod: "Object"
    container: str
    command: tuple[str, ...] = ()
    stdin: bool = False
    raw: bool = False
    stderr: bool = True

    @property
    def subresource(self) -> str:
        """Return which subresource of the pod this is about."""
        return EXEC if self.command else ATTACH


def ask(client: "RestClient", wish: Wish) -> "ExecSession":
    """Ask for a session; the client's error where there can be none."""
    metadata = wish.pod["metadata"]
    found = client.connect(metadata["name"], metadata.get("namespace", ""), wish.subresource, container=wish.container, command=wish.command or None,
                           stdin=wish.stdin or None, stdout=True, stderr=(wish.stderr and not wish.raw) or None, tty=wish.raw or None)  # fmt: skip
    if found.process is None:
        raise KctlError("the server answered with no process")
    return found.process
