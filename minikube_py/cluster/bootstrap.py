"""Makes a cluster: a store, the objects of manifests/bootstrap, its nodes. Complete or not there: cluster.json is written last."""

import json
import os
import shutil
from typing import Any

from minikube_py.cluster import kubeconfig
from minikube_py.cluster.cluster import DRY_RUN, ENGINES, POD_RANGE, Cluster, Settings, open_backend, open_cluster, plugin_manager
from minikube_py.cluster.home import DEFAULT_CLUSTER, Home, write_json
from minikube_py.cluster.nodes import node_address
from minikube_py.kits import datafiles, digests, filelock
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

_KUBELET = "kubelet"
_ON_PAPER = "kctl.dev/runtime"
_WORKLOADS = ("Pod", "DaemonSet", "Deployment")
_LOCK_TIMEOUT = 60.0  # seconds that another process may take to create the same cluster


def open_or_create(home: Home, name: str) -> Cluster:
    """Open a cluster; the default one is created at first use, silently."""
    if os.path.exists(os.path.join(home.cluster(name), "cluster.json")):
        return open_cluster(home, name)
    if name != DEFAULT_CLUSTER:
        raise KctlError(f'cluster "{name}" does not exist: create it with "kctl cluster create {name}"')
    return create(home, Settings(name), exist_ok=True)


def create(home: Home, settings: Settings, *, exist_ok: bool = False) -> Cluster:
    """Create a cluster and return it open and settled; its kubeconfig entries are made too."""
    folder = home.cluster(settings.name)
    home.make("clusters")
    with filelock.hold(home.join("create.lock"), _LOCK_TIMEOUT):
        if os.path.exists(os.path.join(folder, "cluster.json")):
            if exist_ok:
                return open_cluster(home, settings.name)
            raise KctlError(f'cluster "{settings.name}" already exists')
        _clean_engine(folder)
        shutil.rmtree(folder, ignore_errors=True)  # what a killed creation left behind
        home.make("clusters", settings.name)
        if settings.runtime in ENGINES:
            from minikube_py.cluster import engines

            settings = engines.prepare(settings, folder)
        plugins = plugin_manager(home)
        cluster = Cluster(settings, open_backend(settings, folder, plugins), plugins, folder=folder)
        try:
            populate(cluster)
            write_json(os.path.join(folder, "cluster.json"), {**settings._asdict(), "without": list(settings.without)})
            if settings.runtime in ENGINES:
                engines.begun(folder)
            with kubeconfig.changing(home):
                if not (exist_ok and os.path.exists(home.kubeconfig)):  # at first use, keep what the user has configured before
                    known = kubeconfig.load(home) if os.path.exists(home.kubeconfig) else kubeconfig.EMPTY
                    kubeconfig.save(home, kubeconfig.with_cluster(known, settings.name))
        except BaseException:
            cluster.close()
            raise
    return cluster


def check(home: Home, settings: Settings) -> None:
    """Refuse settings that name a loop or runtime that nobody provides."""
    plugins = plugin_manager(home)
    loops = [*plugins.registry("controllers").names(), "controllers"]
    for name in settings.without:
        if name not in loops:
            raise KctlError(f'there is no loop "{name}" to leave out; there are: {", ".join(sorted(loops))}')
    runtimes = plugins.registry("runtimes").names()
    if settings.runtime not in runtimes:
        raise KctlError(f'no plugin provides the runtime "{settings.runtime}"; there are: {", ".join(runtimes)}')
    if settings.runtime in ENGINES:
        from minikube_py.cluster import engines

        engines.check(settings)
    elif settings.host_paths:
        raise KctlError(f"--allow-host-path is for clusters on an engine: {' or '.join(ENGINES)}")


def delete(home: Home, name: str, *, force: bool = False) -> None:
    """Remove a cluster and all that it holds; with `force` also where its engine does not answer, and what is there stays.

    Its folder goes last: as long as that is there, what a killed deletion or creation has left can be deleted.
    """
    folder = home.cluster(name)
    _check_there(name, folder)
    from minikube_py.cluster import served

    served.refuse(home, name)
    with filelock.hold(home.join("create.lock"), _LOCK_TIMEOUT):
        _check_there(name, folder)
        settings = os.path.join(folder, "cluster.json")
        if os.path.exists(settings):
            _remove_from_engine(folder, force=force)
            _remove(settings)
        else:
            _clean_engine(folder, force=force)
        for entry in os.listdir(folder):
            _remove(os.path.join(folder, entry))
        with kubeconfig.changing(home):
            kubeconfig.save(home, kubeconfig.without_cluster(kubeconfig.load(home), name))
        _remove(folder)


def _check_there(name: str, folder: str) -> None:
    if not os.path.isdir(folder):
        raise KctlError(f'cluster "{name}" does not exist')


def _remove(path: str) -> None:
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    except OSError as error:
        raise KctlError(f"cannot delete {path}: {error.strerror}") from error


def _clean_engine(folder: str, *, force: bool = False) -> None:
    """Remove what a creation that was killed has left on an engine; there is hardly ever a folder of one."""
    if os.path.isdir(folder):
        from minikube_py.cluster import engines

        engines.clean(folder, force=force)


def _remove_from_engine(folder: str, *, force: bool) -> None:
    try:
        settings = Settings.read(folder)
    except KctlError:
        if force:
            return
        raise
    if settings.runtime in ENGINES:
        from minikube_py.cluster import engines

        engines.remove(settings, folder, force=force)


def populate(cluster: Cluster) -> None:
    """Write what every new cluster holds, and settle it."""
    objects = _objects(cluster.settings)
    early = [obj for obj in objects if obj["kind"] not in _WORKLOADS]
    _create(cluster, early)
    cluster.settle()  # nodes become ready before anything looks for one
    _create(cluster, [obj for obj in objects if obj["kind"] in _WORKLOADS])
    cluster.settle()


def _create(cluster: Cluster, objects: list[dict[str, Any]]) -> None:
    client = cluster.client(user_agent="kube-apiserver")
    with cluster.backend.batch():
        for obj in objects:
            try:
                client.create(obj)
            except errors.AlreadyExists:
                continue  # a controller was faster


def _objects(settings: Settings) -> list[dict[str, Any]]:
    """Return the objects of manifests/bootstrap, in the order of the files' names, and the nodes."""
    objects: list[dict[str, Any]] = [] if _KUBELET in settings.without else _nodes(settings)
    for file in sorted(os.listdir(datafiles.path("manifests", "bootstrap"))):
        if file.endswith(".json"):
            text = datafiles.read_text("manifests", "bootstrap", file).replace("{cluster}", settings.name).replace(POD_RANGE, settings.pod_range)
            objects.extend(json.loads(text)["items"] if "{node}" not in text else _on_control_planes(text, settings))
    if _KUBELET in settings.without:
        objects = [obj for obj in objects if obj["kind"] not in _WORKLOADS]
    if settings.runtime != DRY_RUN:
        _leave_on_paper(objects)
    return sorted(objects, key=lambda obj: obj["kind"] != "Namespace")


def _leave_on_paper(objects: list[dict[str, Any]]) -> None:
    """Let no container be made for what kctl itself is: the control plane, kube-proxy and the DNS server (kubelet/engineside.py)."""
    for obj in objects:
        if obj["kind"] in _WORKLOADS:
            about = obj if obj["kind"] == "Pod" else obj["spec"]["template"]
            about["metadata"].setdefault("annotations", {})[_ON_PAPER] = DRY_RUN


def _on_control_planes(text: str, settings: Settings) -> list[dict[str, Any]]:
    """Return the static pods of each control plane node: {node}, {ip} and {hash} stand for what differs."""
    found: list[dict[str, Any]] = []
    for number, name in enumerate(node_names(settings)[: settings.control_planes], 1):
        digest = digests.blake2b(f"{settings.name}/{name}".encode(), digest_size=16).hexdigest()
        found.extend(json.loads(text.replace("{node}", name).replace("{ip}", node_address(number)).replace("{hash}", digest))["items"])
    return found


def node_names(settings: Settings) -> list[str]:
    """Return the nodes' names as minikube gives them: NAME, NAME-m02, ..."""
    return [settings.name if number == 1 else f"{settings.name}-m{number:02}" for number in range(1, settings.nodes + 1)]


def _nodes(settings: Settings) -> list[dict[str, Any]]:
    from minikube_py.cluster import nodes

    return [nodes.node(name, number, settings) for number, name in enumerate(node_names(settings), 1)]
