"""/healthz, /livez and /readyz: each check by its name, and all together (apiserver server/healthz)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from multidict import MultiMapping

from minikube_py.apiserver.http import answers
from minikube_py.apiserver.http.answers import Answer
from minikube_py.kits import gofmt
from minikube_py.machinery import errors

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

ENDPOINTS = ("healthz", "livez", "readyz")

Check = Callable[[], str]  # returns what is wrong, or an empty text


def _text(code: int, text: str) -> Answer:
    return Answer(code, text.encode(), answers.TEXT, answers.NOT_TO_BE_GUESSED)


def _of_one(problem: str) -> Answer:
    return _text(500, f"internal server error: {problem}\n") if problem else _text(200, "ok")


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

    def answer(self, path: str, query: MultiMapping[str]) -> Answer | None:
        """Return the answer to /readyz, /readyz?verbose or /readyz/etcd; None where there is no such check."""
        endpoint, slash, name = path.removeprefix("/").partition("/")
        checks = self._of(endpoint)
        if slash:
            return _of_one(checks[name]()) if name in checks else None
        excluded = query.getall("exclude", [])
        lines, is_well = [], True
        for name, check in checks.items():
            if name in excluded:
                lines.append(f"[+]{name} excluded: ok")
                continue
            problem = check()
            is_well = is_well and not problem
            lines.append(f"[-]{name} failed: reason withheld" if problem else f"[+]{name} ok")
        unknown = sorted({name for name in excluded if name not in checks})
        if unknown:
            lines.append(f"warn: some health checks cannot be excluded: no matches for {','.join(map(gofmt.quote, unknown))}")
        if not is_well:
            return _text(500, "\n".join([*lines, f"{endpoint} check failed", ""]))
        return _text(200, "\n".join([*lines, f"{endpoint} check passed", ""]) if "verbose" in query else "ok")

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
