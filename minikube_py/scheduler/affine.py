"""The affinity terms of the pods that are there, found by the labels that they ask for rather than by looking at all."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from minikube_py.machinery import labelmatch
from minikube_py.scheduler import terms
from minikube_py.scheduler.nodeinfo import NodeInfo
from minikube_py.scheduler.terms import Term

AFFINITY, ANTI, PREFERRED, PREFERRED_ANTI = range(4)  # the order of terms.Terms


class Standing(NamedTuple):
    """One term of a pod on a node."""

    uid: str
    node: str
    kind: int
    term: Term


class AffineIndex:
    """Terms by one (key, value) that every pod they select has; those that name none are looked at always."""

    def __init__(self, nodes: Iterable[NodeInfo]) -> None:
        self._by_label: dict[tuple[str, str], dict[tuple[str, int, int], Standing]] = {}
        self._general: dict[tuple[str, int, int], Standing] = {}
        self._places: dict[str, list[tuple[dict[tuple[str, int, int], Standing], tuple[str, int, int]]]] = {}
        for node in nodes:
            for uid, record in node.affine.items():
                self.add(uid, node.name, record)

    def add(self, uid: str, node: str, record: list[Any]) -> None:
        """Take in the terms of a pod, in the form of terms.Terms."""
        self.remove(uid)
        places = self._places[uid] = []
        for kind, listed in enumerate(terms.from_record(record)):
            for number, term in enumerate(listed):
                pairs = labelmatch.exact_labels(term.selector) if term.selector else []
                shelf = self._by_label.setdefault(pairs[0], {}) if pairs else self._general
                shelf[(uid, kind, number)] = Standing(uid, node, kind, term)
                places.append((shelf, (uid, kind, number)))

    def remove(self, uid: str) -> None:
        """Forget the terms of a pod."""
        for shelf, place in self._places.pop(uid, ()):
            shelf.pop(place, None)

    def __bool__(self) -> bool:
        return bool(self._places)

    def concerning(self, labels: Mapping[str, str]) -> Iterator[Standing]:
        """Yield the terms that may select a pod with these labels."""
        yield from self._general.values()
        for pair in labels.items():
            yield from self._by_label.get(pair, {}).values()
