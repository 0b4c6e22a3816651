"""How policies and strategies look at other objects: past authorization, for reading only."""

from typing import Protocol

from minikube_py.machinery.meta import Object


class Reader(Protocol):
    """What the apiserver gives to whoever needs to look. `resource` is `pods` or `deployments.apps`."""

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        """Return one object, or None."""

    def list(self, resource: str, namespace: str = "", *, index: tuple[str, str] | None = None) -> list[Object]:
        """Return objects, of all namespaces where none is given; `index` such as ("owner", uid) narrows cheaply."""

    def version_of(self, *resources: str) -> tuple[int, ...]:
        """Return what changes whenever one of these resources may have changed: for caches of policies."""
