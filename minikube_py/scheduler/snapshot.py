"""What is requested on each node, kept in the loop's state: work follows the pods that change, not the pods that exist.

Two records a node: `node/<name>` is what scheduling reads (the trimmed node and sums), `pods/<name>` the share of each pod by
uid, read only when one of that node's pods comes or goes. As shares are counted by uid, seeing a change again changes nothing.
"""

from minikube_py.client.api import Client
from minikube_py.client.loops import State
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import nodeinfo
from minikube_py.scheduler.affine import AffineIndex
from minikube_py.scheduler.nodeinfo import AFFINITY, NodeInfo, PodInfo, Share

_MARK = "snapshot"
_CURSOR = "cursor"
_MANY = 100  # below that all nodes are looked at, and it does not matter where the search starts
_VERSION = 1
_ZONE = "topology.kubernetes.io/zone"


class Snapshot:
    """All nodes as of the changes seen so far, and of the pods assumed."""

    def __init__(self, state: State, client: Client) -> None:
        self._state = state
        self._client = client
        self._infos: dict[str, NodeInfo] = {}
        self._shares: dict[str, dict[str, Share]] = {}
        self._absent: set[str] = set()
        self._complete = False
        self._ready = False
        self._dirty: set[str] = set()
        self._list: list[NodeInfo] | None = None
        self._images: dict[str, int] | None = None
        self._affine: AffineIndex | None = None
        self.generation = 0  # of the set of nodes and their properties
        self.cursor = 0  # where the next search among many nodes starts
        self._kept_cursor = 0

    def nodes(self) -> list[NodeInfo]:
        """Return all nodes that exist, those of different zones in turn."""
        if self._list is None:
            self._load_all()
            self._list = _interleaved([info for _, info in sorted(self._infos.items()) if info.node])
        return self._list

    def get(self, name: str) -> NodeInfo | None:
        """Return a node that exists, or None."""
        self._prepare()
        info = self._info(name)
        return info if info is not None and info.node else None

    def affine(self) -> AffineIndex:
        """Return the terms of the pods that are there."""
        if self._affine is None:
            self._load_all()
            self._affine = AffineIndex(info for info in self._infos.values() if info.affine)
        return self._affine

    def image_nodes(self) -> dict[str, int]:
        """Return on how many nodes each image is."""
        if self._images is None:
            self._images = {}
            for info in self.nodes():
                for name in info.images:
                    self._images[name] = self._images.get(name, 0) + 1
        return self._images

    def pods_on(self, name: str) -> dict[str, Share]:
        """Return the shares of a node's pods by uid."""
        self._prepare()
        return self._shares_of(name)

    def set_node(self, node: Object) -> bool:
        """Take over a node; tell whether anything that matters here changed."""
        self._prepare()
        name, kept = node["metadata"]["name"], nodeinfo.trimmed(node)
        info = self._info(name)
        if info is None:
            info = self._infos[name] = NodeInfo(name)
            self._absent.discard(name)
        elif info.node == kept:
            return False
        info.set_node(kept)
        self._touched(name)
        return True

    def remove_node(self, name: str) -> None:
        """Forget a node; the counts stay while pods name it."""
        self._prepare()
        info = self._info(name)
        if info is not None:
            info.set_node(None)
            self._touched(name)

    def add_pod(self, pod: PodInfo, node: str) -> None:
        """Count a pod on a node, once."""
        self._prepare()
        shares, share = self._shares_of(node), pod.share()
        known = shares.get(pod.uid)
        if known == share:
            return
        info = self._info(node)
        if info is None:
            info = self._infos[node] = NodeInfo(node)
            self._absent.discard(node)
        if known is not None:
            info.remove(pod.uid, known)
        info.add(pod.uid, share)
        if share[AFFINITY] and self._affine is not None:
            self._affine.add(pod.uid, node, share[AFFINITY])
        shares[pod.uid] = share
        self._dirty.add(node)

    def remove_pod(self, uid: str, node: str) -> bool:
        """Count a pod out; tell whether it was counted."""
        self._prepare()
        share = self._shares_of(node).pop(uid, None)
        info = self._info(node)
        if share is None or info is None:
            return False
        info.remove(uid, share)
        if share[AFFINITY] and self._affine is not None:
            self._affine.remove(uid)
        self._dirty.add(node)
        return True

    def flush(self) -> None:
        """Write what changed."""
        for name in sorted(self._dirty):
            info, shares = self._infos[name], self._shares.get(name)
            if not info.node and not info.pod_count:
                self._state.delete(f"node/{name}")
                self._state.delete(f"pods/{name}")
                self._infos.pop(name)
                self._absent.add(name)
                continue
            self._state.put(f"node/{name}", info.record())
            if shares is not None:
                self._state.put(f"pods/{name}", shares)
        self._dirty.clear()
        if self.cursor != self._kept_cursor and len(self._list or ()) >= _MANY:
            self._state.put(_CURSOR, self.cursor)
            self._kept_cursor = self.cursor

    def _touched(self, name: str) -> None:
        self._dirty.add(name)
        self._list = None
        self._images = None
        self.generation += 1

    def _info(self, name: str) -> NodeInfo | None:
        info = self._infos.get(name)
        if info is None and not self._complete and name not in self._absent:
            record = self._state.get(f"node/{name}")
            if record is None:
                self._absent.add(name)
            else:
                info = self._infos[name] = NodeInfo.from_record(name, record)
        return info

    def _shares_of(self, name: str) -> dict[str, Share]:
        shares = self._shares.get(name)
        if shares is None:
            shares = self._shares[name] = self._state.get(f"pods/{name}") or {}
        return shares

    def _load_all(self) -> None:
        self._prepare()
        if self._complete:
            return
        for key, record in self._state.items("node/"):
            name = key[len("node/") :]
            if name not in self._infos and name not in self._absent:
                self._infos[name] = NodeInfo.from_record(name, record)
        self._complete = True

    def _prepare(self) -> None:
        """Count everything once, where no state is kept yet."""
        if self._ready:
            return
        self._ready = True
        if self._state.get(_MARK) == _VERSION:
            self.cursor = self._kept_cursor = self._state.get(_CURSOR) or 0
            return
        for prefix in ("node/", "pods/"):
            for key, _ in self._state.items(prefix):
                self._state.delete(key)
        self._complete = True
        for node in self._client.items("nodes"):
            self.set_node(node)
        for pod in self._client.items("pods"):
            name = nodeinfo.node_name(pod)
            if name and not meta.is_over(pod):
                self.add_pod(PodInfo(pod), name)
        self._state.put(_MARK, _VERSION)


def _interleaved(infos: list[NodeInfo]) -> list[NodeInfo]:
    zones: dict[str, list[NodeInfo]] = {}
    for info in infos:
        zones.setdefault(info.labels.get(_ZONE, ""), []).append(info)
    if len(zones) < 2:
        return infos
    groups = list(zones.values())
    return [group[at] for at in range(max(map(len, groups))) for group in groups if at < len(group)]
