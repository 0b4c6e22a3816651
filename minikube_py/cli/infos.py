"""What a command works on: one Info for each object, and errors that wait until all others are done (cli-runtime's visitors)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from minikube_py.cli import failures
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient


class Info:
    """One object of a file or of the command line. `object` is what the file says, then what the server answered; None before.

    `source` is the file that it came from, or ""; `duplicates` are the fields that it had twice there.
    """

    __slots__ = ("after", "duplicates", "name", "namespace", "object", "resource", "source")

    def __init__(self, resource: Resource, name: str, namespace: str = "", obj: Object | None = None, source: str = "",
                 duplicates: Sequence[str] = ()) -> None:  # fmt: skip
        self.resource = resource
        self.name = name
        self.namespace = namespace
        self.object = obj
        self.source = source
        self.duplicates = duplicates
        self.after = 0  # how many documents before it in the files could not be read

    def __str__(self) -> str:
        of = self.resource
        return (f'Resource: "{of.group}/{of.version}, Resource={of.plural}", GroupVersionKind: "{of.group}/{of.version}, Kind={of.kind}"\n'
                f'Name: "{self.name}", Namespace: "{self.namespace}"')  # fmt: skip

    @property
    def there(self) -> Object:
        """Return the object, which somebody has read."""
        assert self.object is not None, "the object is read first"
        return self.object

    def require_name(self) -> None:
        """Refuse an object without a name, as client-go does before it asks a server."""
        if not self.name:
            raise KctlError("resource name may not be empty")

    def get(self, client: "RestClient", subresource: str = "") -> Object:
        """Read the object from the server; where its namespace is missing too, that is the error."""
        self.require_name()
        try:
            self.object = client.get(self.resource, self.name, self.namespace, subresource=subresource)
        except errors.NotFound:
            if self.namespace not in ("", "default"):
                client.get("namespaces", self.namespace)
            raise
        return self.object

    def refresh(self, obj: Object) -> None:
        """Take over what the server answered."""
        metadata = obj.get("metadata") or {}
        self.object, self.name, self.namespace = obj, metadata.get("name", ""), metadata.get("namespace", "")


class Mismatched(KctlError):
    """An object names another namespace than the command: that is told of where it stands."""


class Found:
    """All that a command works on. `broken` are failures to find something, `single` tells that one object was asked for.

    `in_files`: what `prepare` cannot find is told of last, with what could not be read.
    """

    def __init__(self, infos: Sequence[Info], broken: Sequence[KctlError] = (), *, single: bool = False, prepare: Callable[[Info], None] | None = None,
                 in_files: bool = False) -> None:  # fmt: skip
        self._infos = infos
        self._broken = list(broken)
        self._prepare = prepare
        self._in_files = in_files
        self.single = single

    def visit(self, work: Callable[[Info], None], *, ignored: type[KctlError] | tuple[type[KctlError], ...] = ()) -> None:
        """Work on each, and raise what went wrong when all are done."""
        failed, broken = self._visit(work)
        several = len(failed) + bool(broken) > 1  # a list of errors stays one, whatever is left of it
        broken = [error for error in broken if not isinstance(error, ignored)]
        failed = [error for error in failed if not isinstance(error, ignored)]
        left = [*failed, failures.Several(broken)] if broken else failed
        if left:
            raise failures.Several(left) if several else left[0]

    def until_failure(self, work: Callable[[Info], None]) -> None:
        """Work on each; what goes wrong ends it."""
        if self._broken:
            raise self._broken[0]
        for info in self._infos:
            if self._prepare is not None:
                self._prepare(info)
            work(info)

    def collect(self) -> tuple[list[Info], KctlError | None]:
        """Return all that can be worked on, and the error of the rest."""
        infos: list[Info] = []
        failed, broken = self._visit(infos.append)
        return infos, failures.combined([*failed, failures.Several(broken)] if broken else failed)

    def _visit(self, work: Callable[[Info], None]) -> tuple[list[KctlError], list[KctlError]]:
        """Work on each; return what went wrong, and what could not be found."""
        failed: list[KctlError] = []
        broken, absent = list(self._broken), 0
        for info in self._infos:
            prepared = not self._in_files
            try:
                if self._prepare is not None:
                    self._prepare(info)
                prepared = True
                work(info)
            except KctlError as error:
                if prepared or isinstance(error, Mismatched):
                    failed.append(error)
                else:
                    broken.insert(info.after + absent, error)
                    absent += 1
        return failed, broken
