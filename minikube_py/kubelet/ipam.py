"""Pod addresses: each node hands out the addresses of its pod network, lowest free one first after the last one given."""

from minikube_py.client.loops import State
from minikube_py.machinery.meta import Object

_FIRST = 2  # .0 is the network, .1 the bridge


class Addresses:
    """The addresses in use, a row a node, kept in memory until flush()."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._nodes: dict[str, dict[str, str]] = {}
        self._last: dict[str, int] = {}
        self._dirty: set[str] = set()

    def allocate(self, node: Object, uid: str) -> str:
        """Return the address of a pod on a node; the same one when asked again. ValueError where the network is full."""
        name, cidr = node["metadata"]["name"], node["spec"].get("podCIDR", "")
        if not cidr:
            raise ValueError(f'node "{name}" has no podCIDR')
        used = self._used(name)
        for address, owner in used.items():
            if owner == uid:
                return address
        base, size = _network(cidr)
        start = max(self._last.get(name, 0) - base, _FIRST - 1)
        for step in range(1, size):
            offset = (start + step) % size
            address = _spell(base + offset)
            if _FIRST <= offset < size - 1 and address not in used:
                used[address] = uid
                self._last[name] = base + offset
                self._dirty.add(name)
                return address
        raise ValueError(f"no address is left in {cidr}")

    def hold(self, node: str, uid: str, address: str) -> None:
        """Note the address that a pod has already, if it was not stored by whoever gave it: no other pod is to get it."""
        used = self._used(node)
        if address and address not in used and uid not in used.values():
            used[address] = uid
            self._dirty.add(node)

    def release(self, node: str, uid: str) -> None:
        """Take back a pod's address."""
        used = self._used(node)
        for address in [address for address, owner in used.items() if owner == uid]:
            del used[address]
            self._dirty.add(node)

    def flush(self) -> None:
        """Store what changed, and read it anew next time: another process may settle in between."""
        for name in sorted(self._dirty):
            self._state.put(f"addresses/{name}", self._nodes[name])
        for kept in (self._dirty, self._nodes, self._last):
            kept.clear()

    def forget(self, node: str) -> None:
        """Forget a node that is gone."""
        self._state.delete(f"addresses/{node}")
        self._dirty.discard(node)
        self._nodes.pop(node, None)

    def _used(self, node: str) -> dict[str, str]:
        if node not in self._nodes:
            self._nodes[node] = self._state.get(f"addresses/{node}") or {}
            self._last[node] = max((_parse(address) for address in self._nodes[node]), default=0)
        return self._nodes[node]


def _network(cidr: str) -> tuple[int, int]:
    address, _, bits = cidr.partition("/")
    return _parse(address), 1 << (32 - int(bits))


def _parse(address: str) -> int:
    first, second, third, fourth = (int(part) for part in address.split("."))
    return first << 24 | second << 16 | third << 8 | fourth


def _spell(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
