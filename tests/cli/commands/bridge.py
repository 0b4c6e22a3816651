"""The apiserver behind HTTP, just good enough for kubectl 1.33: it works on a cluster of its own, and its words are compared with kctl's."""

import json
import subprocess
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlparse

from minikube_py.apiserver.request import Request
from minikube_py.cluster.cluster import Cluster
from minikube_py.cluster.kubeconfig import ADMIN
from minikube_py.machinery import errors
from minikube_py.plugin.auth import Credentials
from minikube_py.testing import Result
from tests.describers import kubectl

SCHEMAS = Path(__file__).parents[4] / "shared" / "data" / "openapi-v3-1.33.tar.xz"
_NO_SCHEMA = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"  # an empty one makes kubectl use the third version
_QUERY = ("labelSelector", "fieldSelector", "fieldManager", "fieldValidation", "continue")
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}


class Bridge:
    """One server for one cluster."""

    def __init__(self, binary: str, cluster: Cluster, home: Path) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.cluster = self.cluster = cluster
        self._server.lock = threading.Lock()
        self._server.schemas = _schemas()
        self._home = home
        address = f"http://127.0.0.1:{self._server.server_port}"
        self._command = [binary, "-s", address, "--kubeconfig=/dev/null", f"--cache-dir={home}"]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def run(self, words: list[str], stdin: str) -> Result:
        """Run kubectl; its own name in what it says becomes kctl's."""
        environment = {"HOME": str(self._home), "TZ": "UTC"}
        done = subprocess.run([*self._command, *words], input=stdin, capture_output=True, text=True, check=False, env=environment)
        said = done.stderr.replace("kubectl apply", "kctl apply").replace("kubectl create", "kctl create").replace("'kubectl ", "'kctl ")
        return Result(done.returncode, done.stdout, said)

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _schemas() -> dict[str, bytes]:
    """Return the OpenAPI documents by path: apis/apps/v1."""
    found = {}
    with tarfile.open(SCHEMAS) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None:
                found[Path(member.name).name.removesuffix("_openapi.json").replace("__", "/")] = content.read()
    return found


class _Server(ThreadingHTTPServer):
    cluster: Cluster
    lock: threading.Lock
    schemas: dict[str, bytes]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name that http.server gives it)
        """Stay silent."""

    def handle_any(self) -> None:
        url = urlparse(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            try:
                if not self._discover(url.path.strip("/")):
                    self._ask([part for part in url.path.split("/") if part], dict(parse_qsl(url.query)), json.loads(body) if body else None)
            except errors.StatusError as error:
                self._answer(error.code, error.status())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815  (the names that http.server asks for)

    def _answer(self, code: int, body: Any, kind: str = "application/json", warnings: tuple[str, ...] = ()) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        for warning in warnings:
            self.send_header("Warning", "299 - " + json.dumps(warning))
        self.end_headers()
        self.wfile.write(text)

    def _discover(self, path: str) -> bool:
        schemas = self.server.schemas
        if path in ("api", "apis"):
            groups = [group for group in self.server.cluster.scheme.groups() if bool(group) == (path == "apis")]
            self._answer(200, kubectl._discovery(groups), kubectl._DISCOVERY)
        elif path == "openapi/v2":
            self._answer(200, b"", _NO_SCHEMA)
        elif path == "openapi/v3":
            self._answer(200, {"paths": {each: {"serverRelativeURL": f"/openapi/v3/{each}?hash=1"} for each in schemas}})
        elif path.startswith("openapi/v3/"):
            self._answer(200, schemas[path.removeprefix("openapi/v3/")])
        else:
            return False
        return True

    def _ask(self, path: list[str], query: dict[str, str], body: Any) -> None:
        group, version, *rest = ["", *path[1:]] if path[0] == "api" else path[1:]
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        resource, name, subresource = [*rest, "", ""][:3]
        options: dict[str, Any] = {key: query[key] for key in _QUERY if key in query}
        sent = body if self.command == "DELETE" and isinstance(body, dict) else {}
        options |= {key: sent[key] for key in ("propagationPolicy", "gracePeriodSeconds") if sent.get(key) is not None}
        if query.get("dryRun") or sent.get("dryRun"):
            options["dryRun"] = True
        if "force" in query:
            options["force"] = query["force"] == "true"
        verb = _VERBS.get(self.command) or ("delete" if self.command == "DELETE" else "get" if name else "list")
        request = Request(verb, group, version, resource, namespace=namespace, name=name, subresource=subresource, body=None if sent else body,
                          content_type=self.headers.get("Content-Type", "application/json"), options=options,
                          credentials=Credentials(local=ADMIN), user_agent="kubectl")  # fmt: skip
        response = self.server.cluster.server.handle(request)
        self.server.cluster.settle()
        self._answer(response.code, response.body, warnings=response.warnings)
