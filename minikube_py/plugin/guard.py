"""A fence around strangers' code: whatever it does, the caller gets an answer or one clear error, in bounded time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from minikube_py.machinery.errors import InternalError, StatusError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.plugin.reader import Reader

T = TypeVar("T")
TIMEOUT = 10.0  # seconds; as an admission webhook's default timeout


class Hung(InternalError):
    """A plugin that has not answered in time; its thread is left to itself."""


def call(name: str, trusted: bool, function: Callable[..., T], *arguments: Any) -> T:
    """Call a plugin's function; a StatusError passes, ValueError passes, anything else becomes an InternalError that names the plugin."""
    if trusted:
        return function(*arguments)
    import threading

    outcome: list[tuple[bool, Any]] = []

    def run() -> None:
        try:
            outcome.append((True, function(*arguments)))
        except BaseException as error:  # a plugin may raise anything, SystemExit too
            outcome.append((False, error))

    thread = threading.Thread(target=run, name=f"plugin {name}", daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    if not outcome:
        raise Hung(f'plugin "{name}" did not answer within {TIMEOUT:g}s')
    finished, value = outcome[0]
    if finished:
        return value  # type: ignore[no-any-return]
    if isinstance(value, StatusError | ValueError):
        raise value
    raise InternalError(f'plugin "{name}" failed: {type(value).__name__}: {value}')


class Lease:
    """A Reader that a plugin has for one call: a thread that hangs must not read on while others use the store."""

    def __init__(self, reader: "Reader") -> None:
        import threading

        self._reader: Reader | None = reader
        self._lock = threading.Lock()

    def end(self) -> None:
        """Take the reader away; a read under way ends first."""
        with self._lock:
            self._reader = None

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        """Return one object, or None."""
        return self._during(lambda reader: reader.get(resource, name, namespace))

    def list(self, resource: str, namespace: str = "", *, index: tuple[str, str] | None = None) -> list[Object]:
        """Return objects; `index` narrows cheaply."""
        return self._during(lambda reader: reader.list(resource, namespace, index=index))

    def version_of(self, *resources: str) -> tuple[int, ...]:
        """Return what changes whenever one of these resources may have changed."""
        return self._during(lambda reader: reader.version_of(*resources))

    def _during(self, read: "Callable[[Reader], T]") -> T:
        with self._lock:
            if self._reader is None:
                raise RuntimeError("a reader is for use within the call that it was given to")
            return read(self._reader)
