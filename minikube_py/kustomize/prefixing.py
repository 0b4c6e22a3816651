"""Says where an error happened, as kustomize does: the outer step before the inner one."""

from minikube_py.kustomize.documents import MalformedError
from minikube_py.kustomize.loading import RemoteError
from minikube_py.kustomize.nodes import KustomizeError


class prefixed:
    """Puts a text before the errors of a block, and keeps their kind."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __enter__(self) -> None:
        return

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, MalformedError | RemoteError):
            raise type(error)(f"{self._text}: {error}") from None
        if isinstance(error, KustomizeError):
            raise KustomizeError(f"{self._text}: {error}") from None
