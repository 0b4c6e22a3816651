"""Opens the runtime of a cluster that is on an engine."""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from minikube_py.client.loops import LoopContext
from minikube_py.kits.clock import Clock
from minikube_py.kubelet.engines import api, find
from minikube_py.kubelet.runtimes.engine import EngineRuntime
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.kubelet.runtimes.volumes import Place

VARIABLES = {
    "docker": ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"),
    "podman": ("CONTAINER_HOST", "CONTAINER_CONNECTION", "CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE", "PODMAN_CONNECTIONS_CONF"),
}
_OFTEN = 0.1  # seconds between two lines of progress


def environment(kind: str, where: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which an engine is found at the place that was noted when the cluster was made."""
    return {name: value for name, value in os.environ.items() if name not in VARIABLES[kind]} | dict(where)


def engine(kind: str, where: Mapping[str, str]) -> api.Engine:
    """Return a cluster's engine."""
    return find.open_engine(kind, environment(kind, where))


def of_loop(kind: str, context: LoopContext) -> EngineRuntime:
    """Return the runtime of the kubelets' loop. Does not connect yet."""
    config = context.config
    if not config.get("folder") or not config.get("cluster_id"):
        raise api.EngineError(f"a cluster with the runtime {kind} is made by kctl cluster create")
    progress = Progress() if config.get("progress") and sys.stderr.isatty() else None
    return runtime(engine(kind, config["engine"]), config, context.clock, progress)


def runtime(found: api.Engine, config: Mapping[str, Any], clock: Clock, progress: "Progress | None" = None) -> EngineRuntime:
    """Return the runtime of a cluster; `config` is that of its loops."""
    place = Place(config["folder"], tuple(config["host_paths"]), config["rootless"])
    told = {} if progress is None else {"progress": progress}
    return EngineRuntime(found, Owner(config["cluster"], config["cluster_id"]), place, clock, (config["pod_range"], config["names_range"]), **told)


class Progress:
    """Shows on a terminal how far pulls are: a line that is written again and again."""

    def __init__(self) -> None:
        self._layers: dict[str, dict[str, tuple[int, int]]] = {}
        self._shown = 0.0

    def __call__(self, image: str, layer: str, done: int, whole: int) -> None:
        """Note how much of a layer is there."""
        layers = self._layers.setdefault(image, {})
        layers[layer] = (done, whole)
        now = time.monotonic()
        if now - self._shown >= _OFTEN:
            self._shown = now
            sys.stderr.write(f"\r{self.line(image)}\x1b[K")
            sys.stderr.flush()

    def line(self, image: str) -> str:
        """Return what is shown of an image."""
        known = [(done, whole) for done, whole in self._layers[image].values() if whole]
        done, whole = sum(each for each, _ in known), sum(each for _, each in known)
        filled = 20 * done // whole if whole else 0
        return f"Pulling {image} [{'#' * filled}{'.' * (20 - filled)}] {done / 1e6:.1f}/{whole / 1e6:.1f} MB"
