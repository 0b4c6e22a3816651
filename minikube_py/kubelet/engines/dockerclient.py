"""Connections to a Docker daemon, through the low-level client of the package `docker`."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from minikube_py.kubelet.engines import api, texts, wire

OLDEST = (1, 41)
_TIMEOUT = 120  # seconds until an engine counts as stuck


class Connection:
    """The clients of one daemon, all of which speak the version of the API that the daemon speaks."""

    def __init__(self, address: wire.Address) -> None:
        self.address = address
        self.version = ""  # known once a client was made
        self._pool = wire.Pool(self._connect)
        self._lock = threading.Lock()

    def _connect(self) -> Any:
        from docker.api import APIClient
        from docker.tls import TLSConfig

        address = self.address
        tls: Any = False
        if address.tls:
            certificate = (address.cert, address.key) if address.cert else None
            tls = TLSConfig(client_cert=certificate, ca_cert=address.ca or None, verify=address.verify)

        def made(version: str) -> Any:
            client = APIClient(base_url=address.url, version=version, timeout=_TIMEOUT, tls=tls)
            client.trust_env = False  # no proxy, no .netrc is meant for an engine, and no other authority than its own
            return client

        with self._lock:
            if not self.version:
                with contextlib.closing(made(f"{OLDEST[0]}.{OLDEST[1]}")) as client:
                    self.version = _negotiated(client)
        return made(self.version)

    @contextlib.contextmanager
    def client(self) -> Iterator[Any]:
        """Yield a client for the use of one thread; what it raises becomes an EngineError."""
        import docker.errors
        import requests

        client = None
        try:
            self.address.check()
            client = self._pool.take()
            yield client
        except docker.errors.APIError as error:
            raise wire.failure(error.response.status_code if error.response is not None else 500, error.explanation or str(error)) from error
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise self.address.unreachable(error) from error
        except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
            raise api.EngineError(texts.clean(str(error))) from error
        finally:
            if client is not None:
                self._pool.give(client)

    def path(self, path: str, **query: object) -> str:
        if not self.version:
            with self.client():
                pass  # the first client asks for the version
        return wire.target(f"/v{self.version}{path}", query)

    def demand(self, version: tuple[int, int], message: str) -> None:
        """Raise an EngineError where the daemon's API is older."""
        self.path("")
        if _pair(self.version) < version:
            raise api.EngineError(f"{message} or newer (API {version[0]}.{version[1]}; this one has {self.version})")


def _negotiated(client: Any) -> str:
    """Return the version of the API to speak: the daemon's own, which it says with every answer."""
    answer = client.get(f"{client.base_url}/_ping", timeout=_TIMEOUT)
    if answer.status_code >= 400:
        raise wire.refusal(answer.status_code, answer.content)
    headers = answer.headers
    if headers.get("Libpod-API-Version"):
        raise api.EngineError("a Podman answers there, not Docker: choose the runtime podman")
    version = str(headers.get("Api-Version", ""))
    if _pair(version) < OLDEST:
        release = texts.clean(str(headers.get("Server") or "Docker")).partition(" ")[0].replace("/", " ")
        raise api.EngineError(f"{release} is too old: its API is {texts.clean(version)}, and {OLDEST[0]}.{OLDEST[1]} (Docker 20.10) is needed")
    return version


def _pair(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (0, 0)
