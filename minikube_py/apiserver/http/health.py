"""/healthz, /livez and /readyz: each check by its name, and all together (apiserver server/healthz)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from minikube_py.apiserver.http.answers import Answer
from minikube_py.machinery import errors

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

ENDPOINTS = ("healthz", "livez", "readyz")
_TEXT = "text/plain; charset=utf-8"

Check = Callable[[], str]  # returns what is wrong, or an empty text


class Checks:
    """The checks of one server. What is wrong is told to the server's log only, as in kube-apiserver."""

    def __init__(self, server: "APIServer", is_ready: Callable[[], bool]) -> None:
        self._server = server
        self._begun: set[str] = set()
        self._checks: dict[str, Check] = {
            "ping": lambda: "",
            "etcd": self._store,
            "poststarthook/rbac/bootstrap-roles": lambda: self._had("clusterroles.rbac.authorization.k8s.io", "cluster-admin"),
            "poststarthook/scheduling/bootstrap-system-priority-classes": lambda: self._had("priorityclasses.scheduling.k8s.io", "system-node-critical"),
        }
        self._ready: dict[str, Check] = {"shutdown": lambda: "" if is_ready() else "process is shutting down"}

    def names(self, endpoint: str) -> list[str]:
        """Return the checks of an endpoint."""
        return list(self._of(endpoint))

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """Return the answer to /readyz, /readyz?verbose or /readyz/etcd."""
        endpoint, _, name = path.lstrip("/").partition("/")
        checks = self._of(endpoint)
        if name:
            if name not in checks:
                raise errors.UnknownPath()
            problem = checks[name]()
            return Answer(500, f"internal server error: {problem}\n".encode(), _TEXT) if problem else Answer(200, b"ok", _TEXT)
        excluded = query.get("exclude", "")
        results = {name: check() for name, check in checks.items() if name != excluded}
        lines = [f"[-]{name} failed: reason withheld" if problem else f"[+]{name} ok" for name, problem in results.items()]
        if excluded in checks:
            lines.append(f"[+]{excluded} excluded: ok")
        if any(results.values()):
            return Answer(500, "\n".join([*lines, f"{endpoint} check failed", ""]).encode(), _TEXT)
        if "verbose" in query:
            return Answer(200, "\n".join([*lines, f"{endpoint} check passed", ""]).encode(), _TEXT)
        return Answer(200, b"ok", _TEXT)

    def _of(self, endpoint: str) -> dict[str, Check]:
        return self._checks | self._ready if endpoint == "readyz" else self._checks

    def _store(self) -> str:
        try:
            self._server.store.backend.revision()
        except errors.KctlError as error:
            return str(error)
        return ""

    def _had(self, resource: str, name: str) -> str:
        """Return why a hook of the start has not done its work. One that has is done: what users delete later does no harm to it."""
        if resource not in self._begun and self._server.reader.get(resource, name) is None:
            return f"{resource} {name} is missing"
        self._begun.add(resource)
        return ""
