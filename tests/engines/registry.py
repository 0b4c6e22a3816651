"""A registry on loopback that holds one image made of busybox: with Basic or Bearer authentication, and slow where a test wants it."""

import base64
import gzip
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
TOKEN = "a-bearer-token"


class Registry(ThreadingHTTPServer):
    """A registry; `auth` is empty, basic or bearer."""

    daemon_threads = True

    def __init__(self, *, auth: str = "", user: str = "", password: str = "", pause: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.auth, self.user, self.password, self.pause = auth, user, password, pause
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, bytes] = {}
        self.requests: list[str] = []

    @property
    def host(self) -> str:
        """Return its name in the name of an image."""
        return f"127.0.0.1:{self.server_address[1]}"

    def add(self, repository: str, tag: str, layers: list[bytes], command: list[str]) -> str:
        """Add an image; return its digest."""
        packed = [gzip.compress(layer, 1, mtime=0) for layer in layers]
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": command, "User": "65534", "WorkingDir": "/data"},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer) for layer in layers]},
            "history": [{"created_by": "tests"} for _ in layers],
        }
        described = json.dumps(config).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": self._blob(described, _CONFIG),
            "layers": [self._blob(layer, _LAYER) for layer in packed],
        }
        body = json.dumps(manifest).encode()
        self.manifests[f"{repository}:{tag}"] = self.manifests[f"{repository}:{_digest(body)}"] = body
        return _digest(body)

    def _blob(self, data: bytes, kind: str) -> dict[str, Any]:
        self.blobs[_digest(data)] = data
        return {"mediaType": kind, "digest": _digest(data), "size": len(data)}

    def admits(self, header: str) -> bool:
        """Tell whether an Authorization header is the right one."""
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"": True, "basic": header == f"Basic {basic}", "bearer": header == f"Bearer {TOKEN}"}[self.auth]

    def challenge(self) -> str:
        """Return how to authenticate."""
        if self.auth == "basic":
            return 'Basic realm="tests"'
        return f'Bearer realm="http://{self.host}/token",service="tests"'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.requests.append(path)
        if path == "/token":
            self._token()
        elif not self.server.admits(self.headers.get("Authorization", "")):
            self._send(401, _error("UNAUTHORIZED", "authentication required"), extra={"WWW-Authenticate": self.server.challenge()})
        elif path == "/v2/":
            self._send(200, b"{}")
        else:
            self._content(path.removeprefix("/v2/"))

    do_HEAD = do_GET

    def _content(self, path: str) -> None:
        repository, _, reference = path.partition("/manifests/")
        if reference:
            found = self.server.manifests.get(f"{repository}:{reference}")
            if found is None:
                self._send(404, _error("MANIFEST_UNKNOWN", "manifest unknown"))
            else:
                self._send(200, found, _MANIFEST)
            return
        data = self.server.blobs.get(path.partition("/blobs/")[2])
        if data is None:
            self._send(404, _error("BLOB_UNKNOWN", "blob unknown to registry"))
        else:
            self._send(200, data, "application/octet-stream", pause=self.server.pause)

    def _token(self) -> None:
        basic = base64.b64encode(f"{self.server.user}:{self.server.password}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {basic}":
            self._send(200, json.dumps({"token": TOKEN, "expires_in": 300}).encode())
        else:
            self._send(401, _error("UNAUTHORIZED", "incorrect username or password"))

    def _send(self, status: int, body: bytes, kind: str = "application/json", *, extra: dict[str, str] | None = None, pause: float = 0.0) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), "Docker-Content-Digest": _digest(body), **(extra or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        step = max(len(body) // 8, 1) if pause else len(body) or 1
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            time.sleep(pause)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


@contextmanager
def serving(**options: Any) -> Iterator[Registry]:
    """Yield a registry that answers."""
    registry = Registry(**options)
    thread = threading.Thread(target=registry.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        registry.shutdown()
        registry.server_close()
        thread.join()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _error(code: str, message: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()
