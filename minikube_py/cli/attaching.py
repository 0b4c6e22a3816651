"""Joining a container's main process: for kctl attach, and for run and debug where they attach to what they made."""

from typing import TYPE_CHECKING

from minikube_py.cli import podtargets, sessions
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient


def attach(factory: "Factory", client: "RestClient", pod: Object, container: str = "", *, stdin: bool = False, tty: bool = False,
           quiet: bool = False, command: str = "kctl attach") -> int:  # fmt: skip
    """Join a container's process until it ends, or standard input does; return the exit code.

    Without a container's name the pod's default is taken. `command` is what the hint names by which to come back. Errors are the server's.
    """
    streams = factory.streams
    try:
        chosen = podtargets.container_of(pod, container, streams.err, quiet=quiet)
    except KctlError as error:
        raise KctlError(f"cannot attach to the container: {error}") from error
    if tty and not chosen.get("tty"):
        tty = False
        if not quiet:
            print(f"error: Unable to use a TTY - container {chosen['name']} did not allocate one", file=streams.err)
    raw = podtargets.terminal(factory, stdin=stdin, tty=tty or bool(chosen.get("tty")), quiet=quiet)
    if not quiet:
        print("If you don't see a command prompt, try pressing enter.", file=streams.err)
    wish = sessions.Wish(pod, chosen["name"], stdin=stdin, raw=raw)
    process = sessions.ask(client, wish)
    from minikube_py.cli import carrying

    code = carrying.of_process(factory, process, wish)
    if raw and not quiet and not code:
        streams.out.write(_hint(pod, chosen["name"], command) + "\n")
    return code


def _hint(pod: Object, container: str, command: str) -> str:
    again = f"'{command} {meta.name(pod)} -c {container} -i -t'"
    found = podtargets.container_named(pod, container)
    if found is not None and found[1] == "ephemeralContainers":
        return f"Session ended, the ephemeral container will not be restarted but may be reattached using {again} if it is still running"
    return f"Session ended, resume using {again} command when the pod is running"


def container_state(pod: Object, container: str) -> Object:
    """Return the state of a container as its kubelet tells it; {} where it tells nothing yet."""
    status = pod.get("status") or {}
    for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        for each in status.get(field) or ():
            if each["name"] == container:
                state: Object = each.get("state") or {}
                return state
    return {}
