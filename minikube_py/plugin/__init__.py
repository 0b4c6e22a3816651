"""How plugins come in: hook specifications, the manager that finds them, the list of built-in ones.

For authors: `from minikube_py.plugin import hookimpl`, then the types of minikube_py.plugin.admission, .auth and .specs.
"""

from collections.abc import Callable
from typing import Any, TypeVar

PROJECT = "kctl"
_F = TypeVar("_F", bound=Callable[..., Any])


def hookimpl(function: _F) -> _F:
    """Mark a function as the implementation of the hook of its name (pluggy.HookimplMarker("kctl"), without importing pluggy yet)."""
    options = {"wrapper": False, "hookwrapper": False, "optionalhook": False, "tryfirst": False, "trylast": False, "specname": None}
    setattr(function, f"{PROJECT}_impl", options)
    return function
