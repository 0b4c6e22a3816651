"""What is registered before it is imported."""

from typing import Any

from minikube_py import kits

BEFORE_PODS, SCHEDULER, KUBELETS, OVER_PODS = range(4)  # the turns of loops: first what makes what pods need, last what looks at pods


class Factory:
    """Stands for a class of another module; everything but `watched` and `turn` is that class's.

    `watched` are the resources that a loop watches; loops take their turns by `turn`, and among equals in the order in which they are registered.
    """

    __slots__ = ("_module", "_kind", "watched", "turn")

    def __init__(self, module: str, kind: str, watched: str = "", turn: int = BEFORE_PODS) -> None:
        self._module = module
        self._kind = kind
        self.watched = watched
        self.turn = turn

    def __getattr__(self, name: str) -> Any:
        """Return what the class has of that name."""
        return getattr(self.imported(), name)

    def __call__(self, *args: Any) -> Any:
        """Make one."""
        return self.imported()(*args)

    def imported(self) -> Any:
        """Return the class."""
        return getattr(kits.imported(self._module), self._kind)


class Instance:
    """Stands for the one instance of a class of another module; what of it is `known` is told without it."""

    def __init__(self, module: str, kind: str, **known: Any) -> None:
        self._factory = Factory(module, kind)
        self._made: Any = None
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        """Return what the instance has of that name; it is made when first asked for."""
        if name in ("_factory", "_made"):  # of a copy that was not begun as one
            raise AttributeError(name)
        if self._made is None:
            self._made = self._factory()
        return getattr(self._made, name)
