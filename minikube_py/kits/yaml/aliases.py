"""Anchors and what aliases of them cost, counted as goyaml counts, so that an alias bomb is refused before it expands."""

from typing import Any, NamedTuple

from minikube_py.kits.yaml import errors

MAX_DEPTH = 200  # of a document; what is deeper would overrun readers that recurse

# goyaml's bounds: of a small document nearly all nodes may come from aliases, of a large one a tenth.
_FEW, _MANY = 400_000, 4_000_000
_MOST, _LEAST = 0.99, 0.10


class _Anchor(NamedTuple):
    value: Any
    size: int


def _allowed_ratio(nodes: int) -> float:
    if nodes <= _FEW:
        return _MOST
    if nodes >= _MANY:
        return _LEAST
    return _MOST - (_MOST - _LEAST) * (nodes - _FEW) / (_MANY - _FEW)


class Anchors:
    """The anchors of one document."""

    def __init__(self) -> None:
        self._anchors: dict[str, _Anchor | None] = {}
        self._aliased = 0

    def open(self, name: str) -> None:
        """Note that the value of an anchor has begun."""
        self._anchors[name] = None

    def record(self, name: str, value: Any, size: int) -> None:
        """Keep the value of an anchor; `size` is the number of nodes in it, aliases expanded."""
        self._anchors[name] = _Anchor(value, size)

    def require(self, name: str) -> None:
        """Refuse the name of an anchor that has not come yet."""
        if name not in self._anchors:
            raise errors.goyaml(f"unknown anchor '{name}' referenced")

    def expand(self, name: str, nodes: int, depth: int) -> tuple[Any, int]:
        """Return a copy of an anchor's value and its size; `nodes` have been read so far, aliases expanded."""
        self.require(name)
        anchor = self._anchors[name]
        if anchor is None:
            raise errors.undecodable(f"anchor '{name}' value contains itself")
        self._aliased += anchor.size
        total = nodes + anchor.size
        if self._aliased > 100 and total > 1000 and self._aliased / total > _allowed_ratio(total):
            raise errors.undecodable("document contains excessive aliasing")
        return _copy(anchor.value, depth), anchor.size


def _copy(value: Any, depth: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if depth >= MAX_DEPTH:
        raise errors.goyaml(f"exceeded max depth of {MAX_DEPTH}")
    if isinstance(value, dict):
        return {key: _copy(item, depth + 1) for key, item in value.items()}
    return [_copy(item, depth + 1) for item in value]
