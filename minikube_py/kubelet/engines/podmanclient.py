"""Connections to a Podman service: short requests (exchange.py), and through the session of the package `podman` what is large or comes in bit by bit."""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from minikube_py.kubelet.engines import api, texts, wire
from minikube_py.kubelet.engines.exchange import Exchange

OLDEST = 4
_LIBPOD = "4.0.0"  # the version of the API that is spoken; Podman 5 speaks it too
_PREFIX = f"/v{_LIBPOD}/libpod"
_COMPATIBLE = "1.41"
_TIMEOUT = 120.0  # seconds until an engine counts as stuck


class Connection:
    """Requests to one service."""

    def __init__(self, address: wire.Address) -> None:
        self.address = address
        self._exchange = Exchange(address)
        self._pool = wire.Pool(self._connect)
        self._lock = threading.Lock()
        self._known = False

    def _connect(self) -> Any:
        from podman.api import client

        return client.APIClient(self.address.url, version=_LIBPOD, compatible_version=_COMPATIBLE, timeout=_TIMEOUT)

    def path(self, path: str, **query: object) -> str:
        """Return the target of a request to libpod, for connections of one's own."""
        self._check()
        return wire.target(_PREFIX + path, query)

    def _check(self) -> None:
        """Look at the service's version, once."""
        with self._lock:
            if self._known:
                return
            self._known = True
        try:
            self._look()
        except BaseException:
            self._known = False
            raise

    def _look(self) -> None:
        """Look at who answers. Asked for its version, Podman would run a dozen programs first; it says it with every answer."""
        headers = self._exchange.ask("GET", "/_ping", timeout=_TIMEOUT).headers
        version = headers.get("Libpod-API-Version") or ""
        if not version:
            raise api.EngineError("no Podman answers there: choose the runtime docker")
        if not version.split(".")[0].isdecimal() or int(version.split(".")[0]) < OLDEST:
            raise api.EngineError(f"Podman {texts.clean(version)} is too old: {OLDEST}.0 is needed")

    def get(self, path: str, **query: object) -> Any:
        """GET a path of libpod; return what the answer holds."""
        return self.request("GET", path, query)

    def post(self, path: str, body: Any = None, **query: object) -> Any:
        """POST to a path of libpod."""
        return self.request("POST", path, query, body)

    def delete(self, path: str, **query: object) -> Any:
        """DELETE a path of libpod."""
        return self.request("DELETE", path, query)

    def request(self, method: str, path: str, query: Mapping[str, object], body: Any = None) -> Any:
        """Make a request whose body, if any, goes as JSON. Raises what the engine's refusal stands for."""
        data = None if body is None else json.dumps(body).encode()
        wait = _TIMEOUT + float(str(query.get("timeout") or query.get("t") or 0))
        self._check()
        answer = self._exchange.ask(method, wire.target(_PREFIX + path, query), data, {"Content-Type": "application/json"}, wait)
        if answer.status >= 400:
            raise wire.refusal(answer.status, answer.content)
        return json.loads(answer.content) if answer.content.lstrip()[:1] in (b"{", b"[") else None

    def send(self, method: str, path: str, query: Mapping[str, object], data: bytes | None, kind: str) -> None:
        """Send data of a kind (a media type)."""
        with self.answer(method, path, query, data, {"Content-Type": kind}) as answer:
            answer.content  # noqa: B018  (read to its end, so that the connection is of use again)

    @contextlib.contextmanager
    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        data: bytes | None,
        headers: Mapping[str, str],
        timeout: float | None = _TIMEOUT,
        *,
        compatible: bool = False,
    ) -> Iterator[Any]:
        """Yield an answer that is read as it comes in."""
        self._check()
        import podman.errors
        import requests

        client = None
        try:
            self.address.check()
            client = self._pool.take()
            call = getattr(client, method.lower())
            more = {} if data is None else {"data": data}
            answer = call(path, params=dict(query), headers=dict(headers), timeout=timeout, stream=True, compatible=compatible, **more)
            with contextlib.closing(answer):
                if answer.status_code >= 400:
                    raise wire.refusal(answer.status_code, answer.content)
                yield answer
        except (requests.exceptions.RequestException, podman.errors.PodmanError, podman.errors.APIError) as error:
            raise self.address.unreachable(error) from error
        finally:
            if client is not None:
                self._pool.give(client)
