"""A fence around strangers' code: whatever it does, the caller gets an answer or one clear error, in bounded time."""

from collections.abc import Callable
from typing import Any, TypeVar

from minikube_py.machinery.errors import InternalError, StatusError

T = TypeVar("T")
TIMEOUT = 10.0  # seconds; as an admission webhook's default timeout


def call(name: str, trusted: bool, function: Callable[..., T], *arguments: Any) -> T:
    """Call a plugin's function; a StatusError passes, ValueError passes, anything else becomes an InternalError that names the plugin."""
    if trusted:
        return function(*arguments)
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append((True, function(*arguments)))
        except BaseException as error:  # a plugin may raise anything, SystemExit too
            outcome.append((False, error))

    import threading

    thread = threading.Thread(target=run, name=f"plugin {name}", daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    if not outcome:
        raise InternalError(f'plugin "{name}" did not answer within {TIMEOUT:g}s')
    finished, value = outcome[0]
    if finished:
        return value  # type: ignore[no-any-return]
    if isinstance(value, (StatusError, ValueError)):
        raise value
    raise InternalError(f'plugin "{name}" failed: {type(value).__name__}: {value}')
