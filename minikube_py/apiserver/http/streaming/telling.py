"""Tells the audit log of sessions: when each begins, and when it has ended."""

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.apiserver.audit.auditor import Record

Begun = Callable[[int], None]  # told the code that the client is answered with, once that is sent


def nobody(code: int) -> None:
    """Tell nobody."""


class Told:
    """One session, from its being let through to its end. `post` runs something in the store's thread, which writes the log."""

    def __init__(self, record: "Record | None", post: Callable[[Callable[[], object]], object]) -> None:
        self._record = record
        self._post = post
        self._code = 0

    def begun(self, code: int) -> None:
        """Note that the client is answered."""
        self._code = code
        record = self._record
        if record is not None:
            self._post(lambda: record.began(code))

    def __enter__(self) -> "Told":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        record, code = self._record, self._code
        if record is None:
            return
        if isinstance(error, KctlError) and not code:
            failure = error
            self._post(lambda: record.failed(failure))
        else:
            self._post(lambda: record.ended(code or _GONE))


_GONE = 499  # the client went before it was answered
