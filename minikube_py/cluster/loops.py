"""Builds the loops of a cluster, in the order in which they take their turns."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver.objectstore import prefix_of
from minikube_py.client.loops import VOLUME_DRIVER, Loop, LoopContext
from minikube_py.client.recorder import EventRecorder
from minikube_py.client.rest import RestClient
from minikube_py.cluster import lateloops
from minikube_py.cluster.cluster import DRY_RUN, ENGINES
from minikube_py.cluster.loopstate import LoopState
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin import auth, late
from minikube_py.plugin.auth import Credentials, UserInfo

if TYPE_CHECKING:
    from minikube_py.cluster.cluster import Cluster, Settings
    from minikube_py.plugin.registries import Entry

_MANAGERS_NAME = "kube-controller-manager"
_MANAGER = UserInfo(f"system:{_MANAGERS_NAME}")
CONTROLLERS, SCHEDULER, KUBELET = "controllers", "scheduler", "kubelet"


def build(cluster: "Cluster") -> list[Loop]:
    """Return the loops that the cluster was not created without."""
    without = set(cluster.settings.without)
    loops: list[Loop] = []
    for entry in sorted(cluster.plugins.registry("controllers"), key=_turn):
        if entry.name not in without and not (CONTROLLERS in without and entry.trusted and entry.name not in (SCHEDULER, KUBELET)):
            loops.append(_late(cluster, entry.name, entry.value) or _make(cluster, entry.name, entry.value))
    return loops


def _late(cluster: "Cluster", name: str, factory: Any) -> Loop | None:
    """Return a stand-in for a loop that is made once it has something to do; None where what could go wrong then is to be told at once."""
    settings = cluster.settings
    watched = factory.watched if isinstance(factory, late.Factory) else ""
    if not watched or settings.scheduler or cluster.plugins.third_party() or (name == KUBELET and settings.runtime != DRY_RUN):
        return None

    def has_any(resource: str) -> bool:
        return bool(cluster.backend.range(prefix_of(cluster.scheme.must(resource)), limit=1).kvs)

    return lateloops.LateLoop(name, watched.split(), lambda: _make(cluster, name, factory), has_any)


def _turn(entry: "Entry[Any]") -> int:
    """Loops of others come first, among those that make what pods need: each finds what the one before has made."""
    return entry.value.turn if isinstance(entry.value, late.Factory) else late.BEFORE_PODS


def _make(cluster: "Cluster", name: str, factory: Any) -> Loop:
    user, manager = getattr(factory, "user", ""), getattr(factory, "manager", Loop.manager)
    if not user or "/" in name:
        raise KctlError(f'the controller "{name}" does not say as which user it acts' if not user else f'"{name}" is no name for a controller')
    informers = Credentials(local=_MANAGER) if manager == _MANAGERS_NAME else None
    client = client_as(cluster, user, getattr(factory, "groups", ()), manager, informers)
    config: Mapping[str, Any] = {
        "runtime": cluster.settings.runtime, "runtimes": cluster.plugins.registry("runtimes"), **of_engine(cluster.settings, cluster.folder),
        "scheduler_plugins": cluster.plugins.registry("scheduler_plugins"),
        "keys": lambda: cluster.keys, "pod_cidr": lambda number: _pod_cidr(number, cluster.settings), "progress": not cluster.is_served,
        "volume_driver": VOLUME_DRIVER if cluster.settings.runtime in ENGINES else "",
        "scheduler_configuration": cluster.settings.scheduler,
    }  # fmt: skip
    context = LoopContext(
        client=client,
        client_for=lambda user, groups: client_as(cluster, user, groups, manager),
        recorder=EventRecorder(client, getattr(factory, "component", "") or name, cluster.clock, memory=cluster.client()),
        clock=cluster.clock,
        rng=cluster.rng,
        state=LoopState(cluster.backend, name),
        config=config,
    )
    try:
        loop = factory(context)
    except KctlError:
        raise
    except Exception as error:
        raise KctlError(f'the controller "{name}" cannot be made: {type(error).__name__}: {error}') from error
    if not isinstance(loop, Loop) or loop.name != name:
        raise KctlError(f'the controller registered as "{name}" is no Loop of that name')
    return loop


def _pod_cidr(number: int, settings: "Settings") -> str:
    from minikube_py.cluster import nodes

    return nodes.pod_cidr(number, settings)


def of_engine(settings: "Settings", folder: str) -> dict[str, Any]:
    """Return what a runtime on an engine must know of its cluster."""
    return {"cluster": settings.name, "folder": folder, "cluster_id": settings.id, "pod_range": settings.pod_range,
            "names_range": settings.names_range,
            "host_paths": settings.host_paths, "rootless": settings.rootless, "engine": settings.engine}  # fmt: skip


def client_as(cluster: "Cluster", user: str, groups: tuple[str, ...], manager: str, informers: Credentials | None = None) -> RestClient:
    """Return a client for one of the cluster's own identities."""
    if user.startswith(auth.SERVICE_ACCOUNT):
        groups = (*groups, *auth.service_account_groups(user))
    return cluster.client(UserInfo(user, groups), user_agent=manager, informers=informers)
