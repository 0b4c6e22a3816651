"""What is registered before it is imported."""

from typing import Any

from minikube_py import kits


class Factory:
    """Stands for a class of another module; everything but `watched` is that class's. `watched` are the resources that a loop watches."""

    __slots__ = ("_module", "_kind", "watched")

    def __init__(self, module: str, kind: str, watched: str = "") -> None:
        self._module = module
        self._kind = kind
        self.watched = watched

    def __getattr__(self, name: str) -> Any:
        """Return what the class has of that name."""
        return getattr(self.imported(), name)

    def __call__(self, *args: Any) -> Any:
        """Make one."""
        return self.imported()(*args)

    def imported(self) -> Any:
        """Return the class."""
        return getattr(kits.imported(self._module), self._kind)
