"""A client that nothing can be asked through: whoever tries learns why."""

from typing import Any, NoReturn

from minikube_py.client.rest import RestClient
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin.auth import Credentials


class _Reason:
    """Stands where a transport and a scheme belong."""

    def __init__(self, error: KctlError) -> None:
        self._error = error

    def __call__(self, *_: object) -> NoReturn:
        raise self._error

    def __getattr__(self, name: str) -> NoReturn:
        raise self._error

    def __iter__(self) -> NoReturn:
        raise self._error


def client(error: KctlError) -> RestClient:
    """Return a client that says why it is none, once it is used: what is wrong with a command's arguments and files is told first."""
    reason: Any = _Reason(error)
    return RestClient(reason, reason, Credentials())
