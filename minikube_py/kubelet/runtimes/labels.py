"""What the things of a cluster are called on an engine, and by which labels they are known. Pure.

Names are for people who look at the engine, and for the engine to refuse a second one; whose a thing is, its labels say. A name is made of what
Kubernetes allows in names (no underscore), with underscores in between, so none can be read in two ways; what is too long, or is no
name of Kubernetes, ends in a digest of it all.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from minikube_py.kits import digests
from minikube_py.machinery.meta import Object

CLUSTER, NODE, KIND, ATTEMPT = "dev.kctl.cluster", "dev.kctl.node", "dev.kctl.kind", "dev.kctl.attempt"
NAMESPACE, POD, UID, CONTAINER = "io.kubernetes.pod.namespace", "io.kubernetes.pod.name", "io.kubernetes.pod.uid", "io.kubernetes.container.name"
SANDBOX_ATTEMPT = "dev.kctl.sandbox"  # the attempt of the sandbox that a container belongs to
ROLE = "dev.kctl.role"  # init, sidecar, main or ephemeral
MESSAGE = "dev.kctl.message"  # the terminationMessagePolicy
HELD = "dev.kctl.held"  # the run of the machine in which what the container mounts is there: later it must not be started
IMAGE = "dev.kctl.image"  # what the image is called in the spec
VOLUME = "dev.kctl.volume"
SANDBOX, WORKLOAD = "sandbox", "container"  # values of KIND
EMPTY, CLAIM = "emptydir", "claim"  # values of KIND, of volumes
INIT, SIDECAR, MAIN, EPHEMERAL = "init", "sidecar", "main", "ephemeral"

_LONGEST = 180
_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z")


class Owner(NamedTuple):
    """A cluster: its name, and the random id that tells it from others of that name on the same engine."""

    name: str
    id: str

    @property
    def label(self) -> str:
        """Return the value of the cluster's label."""
        return f"{self.name}-{self.id}"


def cluster(owner: Owner) -> dict[str, str]:
    """Return the labels of everything that belongs to a cluster."""
    return {CLUSTER: owner.label}


def pod(owner: Owner, pod: Object, node: str) -> dict[str, str]:
    """Return the labels of everything that belongs to a pod."""
    metadata = pod["metadata"]
    return {CLUSTER: owner.label, NODE: node, NAMESPACE: metadata["namespace"], POD: metadata["name"], UID: metadata["uid"]}


def sandbox(owner: Owner, pod_object: Object, node: str, attempt: int) -> dict[str, str]:
    """Return the labels of a sandbox."""
    return pod(owner, pod_object, node) | {KIND: SANDBOX, ATTEMPT: str(attempt)}


def container(owner: Owner, pod_object: Object, node: str, name: str, attempt: int, *, role: str, sandbox_attempt: int, message: str) -> dict[str, str]:
    """Return the labels of a container."""
    own = {KIND: WORKLOAD, CONTAINER: name, ATTEMPT: str(attempt), ROLE: role, SANDBOX_ATTEMPT: str(sandbox_attempt), MESSAGE: message}
    return pod(owner, pod_object, node) | own


def container_name(labels: Mapping[str, str]) -> str:
    """Return the name of the container or sandbox with these labels; empty where they are not of our making."""
    wanted = (CLUSTER, NAMESPACE, POD, UID, KIND, ATTEMPT)
    if any(label not in labels for label in wanted) or labels[KIND] == WORKLOAD and CONTAINER not in labels:
        return ""
    if not re.fullmatch(r"0|[1-9][0-9]{0,8}", labels[ATTEMPT]):
        return ""
    what = labels[CONTAINER] if labels[KIND] == WORKLOAD else "POD"
    return _name((labels[CLUSTER], labels[POD], labels[NAMESPACE], labels[UID], what, labels[ATTEMPT]), labels[CLUSTER].rpartition("-")[0])


def volume_name(owner: Owner, uid: str, volume: str) -> str:
    """Return the name of the engine's volume for an emptyDir."""
    return _name((owner.label, "volume", uid, volume), owner.name)


def claim_name(owner: Owner, persistent_volume: str) -> str:
    """Return the name of the engine's volume for a PersistentVolume."""
    return _name((owner.label, "pv", persistent_volume), owner.name, tail=f"_{owner.id}")


def networks(owner: Owner) -> tuple[str, str]:
    """Return the names of the network of the pods' addresses, and of the one of the services' names."""
    name = _name((owner.label,), owner.name).replace("_", "-") if not _PLAIN.match(owner.name) else f"kctl-{owner.name}-{owner.id}"
    return name, f"{name}-svc"


def _name(parts: tuple[str, ...], cluster_name: str, tail: str = "") -> str:
    """Join what identifies a thing to a name; all of it goes into the digest at the end."""
    digest = digests.blake2b("\0".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    shown = [part if _PLAIN.match(part) or part == "POD" else "" for part in (cluster_name, *parts[1:])]
    if len(parts) == 6:  # of a container: the uid is in the digest
        shown[3] = shown[3][:8]
    text = "_".join(["kctl", *shown])
    return f"{text[:_LONGEST]}_{digest}{tail}"
