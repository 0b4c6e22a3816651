"""Which bound pods a selector selects, by node: listed once, then kept by the changes that the loop sees."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.client.api import Client
from minikube_py.machinery import labelmatch, meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import nodeinfo
from minikube_py.scheduler.terms import Term


class Match:
    """The bound pods of some namespaces (None: all) that a selector selects: uid to (node name, being deleted)."""

    __slots__ = ("namespaces", "selector", "pods", "per_node")

    def __init__(self, namespaces: frozenset[str] | None, selector: dict[str, Any]) -> None:
        self.namespaces = namespaces
        self.selector = selector
        self.pods: dict[str, tuple[str, bool]] = {}
        self.per_node: dict[str, int] = {}

    def set(self, uid: str, node: str, deleting: bool) -> None:
        """Count a pod in, or anew."""
        self.drop(uid)
        self.pods[uid] = (node, deleting)
        self.per_node[node] = self.per_node.get(node, 0) + 1

    def drop(self, uid: str) -> None:
        """Count a pod out."""
        known = self.pods.pop(uid, None)
        if known is not None:
            self.per_node[known[0]] -= 1
            if not self.per_node[known[0]]:
                del self.per_node[known[0]]

    def selects(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Tell whether a pod is meant."""
        return (self.namespaces is None or namespace in self.namespaces) and labelmatch.matches(self.selector, labels)

    def counts(self, removed: Iterable[str] = (), *, living: bool = False) -> dict[str, int]:
        """Return the number of pods by node; `living` leaves out those being deleted, `removed` are uids to leave out."""
        gone = [uid for uid in removed if uid in self.pods]
        if living:
            # One that is removed as well is taken off twice, as by kube-scheduler, which never counted it.
            gone += [uid for uid, (_, deleting) in self.pods.items() if deleting]
        if not gone:
            return self.per_node
        found = dict(self.per_node)
        for uid in gone:
            found[self.pods[uid][0]] -= 1
        return found


class PodIndex:
    """All selectors that were asked for in this process."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._matches: dict[str, Match] = {}
        self._by_label: dict[tuple[str, str], list[Match]] = {}
        self._general: list[Match] = []
        self._members: dict[str, list[Match]] = {}
        self._assumed: dict[str, tuple[Object, str]] = {}
        self._namespaces: dict[str, dict[str, str]] | None = None

    def match(self, namespaces: Iterable[str] | None, selector: dict[str, Any] | None) -> Match:
        """Return the pods that `selector` selects in `namespaces` (None: all)."""
        spaces = None if namespaces is None else frozenset(namespaces)
        if selector is None:
            return Match(spaces, {})
        identity = json.dumps([None if spaces is None else sorted(spaces), selector], sort_keys=True)
        match = self._matches.get(identity)
        if match is None:
            match = self._matches[identity] = self._listed(Match(spaces, selector))
        return match

    def for_term(self, term: Term) -> Match:
        """Return the pods that an affinity term means."""
        spaces = set(term.namespaces)
        if term.namespace_selector is not None:
            if not term.namespace_selector:
                return self.match(None, term.selector)
            spaces |= {name for name, labels in self._all_namespaces().items() if labelmatch.matches(term.namespace_selector, labels)}
        return self.match(spaces, term.selector)

    def namespace_labels(self, namespace: str) -> dict[str, str]:
        """Return the labels of a namespace."""
        return self._all_namespaces().get(namespace, {})

    def forget_namespaces(self) -> None:
        """Look at the namespaces again: one changed."""
        self._namespaces = None

    def pod_changed(self, pod: Object, deleted: bool) -> None:
        """Follow a change. A pod without a node is not counted, unless it was assumed, and then stays so."""
        if not self._matches:
            return
        gone = deleted or meta.is_over(pod)
        node = nodeinfo.node_name(pod)
        if node or gone:
            self._assumed.pop(pod["metadata"].get("uid", ""), None)
            self._apply(pod, "" if gone else node)

    def bound(self, uid: str) -> None:
        """Note that an assumed pod is bound: the API tells of it from now on."""
        self._assumed.pop(uid, None)

    def assume(self, pod: Object, node: str) -> None:
        """Count a pod that is about to be bound."""
        self._assumed[pod["metadata"].get("uid", "")] = (pod, node)
        self._apply(pod, node)

    def forget(self, pod: Object) -> None:
        """Count a pod out that could not be bound."""
        self._assumed.pop(pod["metadata"].get("uid", ""), None)
        self._apply(pod, "")

    def _apply(self, pod: Object, node: str) -> None:
        metadata = pod["metadata"]
        uid, namespace, labels = metadata.get("uid", ""), metadata.get("namespace", ""), metadata.get("labels") or {}
        deleting = bool(metadata.get("deletionTimestamp"))
        if not self._matches:
            return
        before = self._members.pop(uid, ())
        now = []
        if node:
            found = [*self._general, *(match for pair in labels.items() for match in self._by_label.get(pair, ()))]
            now = [match for match in found if match.selects(namespace, labels)]
        for match in before:
            match.drop(uid)
        for match in now:
            match.set(uid, node, deleting)
        if now:
            self._members[uid] = now

    def _listed(self, match: Match) -> Match:
        pairs = labelmatch.exact_labels(match.selector)
        if pairs:
            self._by_label.setdefault(pairs[0], []).append(match)
        else:
            self._general.append(match)
        spaces = sorted(match.namespaces) if match.namespaces is not None else [""]
        for space in spaces:
            index = ("label", f"{pairs[0][0]}={pairs[0][1]}") if pairs else None
            for pod in self._client.items("pods", space, index=index):
                self._take(match, pod)
        for pod, node in self._assumed.values():
            if match.selects(pod["metadata"].get("namespace", ""), pod["metadata"].get("labels") or {}):
                self._join(match, pod["metadata"].get("uid", ""), node, False)
        return match

    def _join(self, match: Match, uid: str, node: str, deleting: bool) -> None:
        if uid not in match.pods:
            self._members.setdefault(uid, []).append(match)
        match.set(uid, node, deleting)

    def _take(self, match: Match, pod: Object) -> None:
        metadata, node = pod["metadata"], nodeinfo.node_name(pod)
        if node and not meta.is_over(pod) and match.selects(metadata.get("namespace", ""), metadata.get("labels") or {}):
            self._join(match, metadata.get("uid", ""), node, bool(metadata.get("deletionTimestamp")))

    def _all_namespaces(self) -> dict[str, dict[str, str]]:
        if self._namespaces is None:
            listed = self._client.items("namespaces")
            self._namespaces = {space["metadata"]["name"]: space["metadata"].get("labels") or {} for space in listed}
        return self._namespaces
