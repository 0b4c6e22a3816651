"""Which pod, and which of its containers, exec, attach, cp and port-forward mean (kubectl polymorphichelpers and podcmd)."""

from typing import TYPE_CHECKING, TextIO

from minikube_py.cli import lookup, podlogs, targets
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.lookup import Query
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient

CONTAINER = Flag("container", short="c", usage="Container name; without it, the one that the pod's annotation names, or the first one")
RUNNING_TIMEOUT = Flag("pod-running-timeout", "duration", 60.0, usage="How long to wait (like 5s, 2m, or 3h, higher than zero) until there is a pod")
STDIN = Flag("stdin", "bool", short="i", usage="Pass standard input to the container")
TTY = Flag("tty", "bool", short="t", usage="Standard input is a terminal")
QUIET = Flag("quiet", "bool", short="q", usage="Print what the container says only")
_KINDS = (("containers", ""), ("initContainers", " (init)"), ("ephemeralContainers", " (ephem)"))


def running_timeout(values: Values, path: str) -> float:
    """Return --pod-running-timeout."""
    from minikube_py.cli import dryrun

    seconds: float = values["pod-running-timeout"]
    if seconds <= 0:
        raise dryrun.usage_error(path, "--pod-running-timeout must be higher than zero")
    return seconds


def find(factory: "Factory", client: "RestClient", words: list[str], files: list[str] | tuple[str, ...] = ()) -> list[Object]:
    """Return the objects that are named, as the server has them, or as files say; a word without a slash is a pod's name."""
    infos, error = lookup.find(factory, client, Query(targets.of_kind("pods", words), files, typed=True)).collect()
    if error is not None:
        raise error
    return [{"apiVersion": info.resource.api_version, "kind": info.resource.kind, **info.there} for info in infos]


def pod_of(factory: "Factory", client: "RestClient", obj: Object, timeout: float) -> Object:
    """Return the pod that an object means: itself, or the most useful one of its own, for which `timeout` seconds are waited."""
    if obj["kind"] == "Pod":
        return obj
    return podlogs.awaited(factory, client, obj, timeout, "attach to", calmest=True)[0]


def container_named(pod: Object, name: str) -> tuple[Object, str] | None:
    """Return a container and the field that it is in."""
    return next(((each, field) for field, _ in _KINDS for each in pod["spec"].get(field) or () if each["name"] == name), None)


def container_of(pod: Object, name: str, err: TextIO, *, quiet: bool) -> Object:
    """Return the container that is meant where `name`, or none, was given."""
    containers = pod["spec"].get("containers")
    if not containers:
        raise KctlError(f"pod {meta.namespace(pod)}/{meta.name(pod)} does not have any containers")
    found = container_named(pod, name or meta.annotations(pod).get(podlogs.DEFAULT_CONTAINER, ""))
    if found is not None:
        return found[0]
    if name:
        raise KctlError(f"container {name} not found in pod {meta.name(pod)}")
    first: Object = containers[0]
    everyone = podlogs.shown(pod)
    if not quiet and "," in everyone:
        print(f'Defaulted container "{first["name"]}" out of: {everyone}', file=err)
    return first


def refuse_completed(pod: Object, what: str) -> None:
    """Refuse a pod whose containers have all ended."""
    phase = meta.phase(pod)
    if phase in ("Succeeded", "Failed"):
        raise KctlError(f"cannot {what} a container in a completed pod; current phase is {phase}")


def terminal(factory: "Factory", *, stdin: bool, tty: bool, quiet: bool) -> bool:
    """Tell whether the session goes through this process's terminal; say so where that was asked for, and cannot be."""
    from minikube_py.cli.factory import is_terminal

    if not (stdin and tty):
        return False
    if is_terminal(factory.streams.stdin):
        return True
    if not quiet:
        print("Unable to use a TTY - input is not a terminal or the right kind of file", file=factory.streams.err)
    return False
