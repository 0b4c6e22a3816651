"""One line of figures, and what the cases measure with."""

import json
from typing import NamedTuple


class NotHere(Exception):
    """A case needs what this machine does not have."""


class Figure(NamedTuple):
    """One measured thing: seconds for kctl, for its peer (0 where there is none), and the aim as a ratio or in seconds."""

    name: str
    ours: float
    peer: float
    aim: str

    def __str__(self) -> str:
        beside = f"{self.peer * 1000:11.1f} {self.ours / self.peer:7.2f}" if self.peer else f"{'-':>11} {'-':>7}"
        return f"{self.name:<58} {self.ours * 1000:11.1f} {beside}  {self.aim}"


HEADER = f"{'':<58} {'kctl ms':>11} {'peer ms':>11} {'ratio':>7}  aim"


def deployment(name: str, replicas: int) -> dict[str, object]:
    """Return a Deployment of an ordinary size."""
    container = {"name": "web", "image": "nginx:1.27", "ports": [{"containerPort": 80}], "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def listed(deployments: list[dict[str, object]]) -> str:
    """Return a List of them."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": deployments})
