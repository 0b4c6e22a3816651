"""The resources of a server as a Scheme, read when first asked for, and once more where something is missing from what was kept."""

from collections.abc import Callable, Iterator

from minikube_py.client import remotediscovery
from minikube_py.client.discoverycache import Cache
from minikube_py.machinery.scheme import Resource, Scheme


class RemoteScheme(Scheme):
    """`discover` asks the server; `cache` (None: none) keeps what it said."""

    def __init__(self, discover: Callable[[], list[Resource]], cache: Cache | None, *, fresh: bool = False) -> None:
        super().__init__()
        self._discover = discover
        self._cache = cache
        self._is_loaded = False
        self._is_fresh = fresh  # whether the cache does not count (any more)

    def _load(self) -> None:
        if self._is_loaded:
            return
        kept = None if self._is_fresh or self._cache is None else self._cache.get()
        if kept is None:
            kept = self._discover()
            self._is_fresh = True
            if self._cache is not None:
                self._cache.put(kept)
        self._is_loaded = True
        super().__init__(kept)

    def _refresh(self) -> bool:
        """Ask the server where that was not done yet; tell whether it was."""
        if self._is_fresh:
            return False
        self._is_fresh, self._is_loaded = True, False
        self._load()
        return True

    def __iter__(self) -> Iterator[Resource]:
        self._load()
        return super().__iter__()

    def groups(self) -> list[str]:
        """Return the groups in the server's order."""
        self._load()
        return super().groups()

    def versions(self, group: str) -> list[str]:
        """Return the versions of a group, the preferred one first."""
        self._load()
        return super().versions(group)

    def get(self, group: str, version: str, plural: str) -> Resource | None:
        """Return the resource at a path."""
        self._load()
        return super().get(group, version, plural)

    def preferred(self, group: str, plural: str) -> Resource | None:
        """Return a resource in the preferred version of its group."""
        self._load()
        return super().preferred(group, plural)

    def for_kind(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource of an apiVersion and kind."""
        self._load()
        found = super().for_kind(api_version, kind)
        return super().for_kind(api_version, kind) if found is None and self._refresh() else found

    def find(self, text: str) -> Resource | None:
        """Return what a user means by a word."""
        self._load()
        found = super().find(text)
        return super().find(text) if found is None and self._refresh() else found

    def must(self, qualified: str) -> Resource:
        """Return the preferred version of `deployments.apps` or `pods`; a KctlError where the server has none."""
        plural, _, group = qualified.partition(".")
        found = self.preferred(group, plural)
        if found is None and self._refresh():
            found = self.preferred(group, plural)
        if found is None:
            raise remotediscovery.unknown(plural)
        return found
