"""Real kubectl 1.33 in front of a fake client: an API server just good enough for `kubectl describe`."""

import json
import os
import pathlib
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlparse

from minikube_py.machinery import errors
from tests.describers import fakes

_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def find() -> str | None:
    """Return the path of kubectl 1.33, which may stand beside another version."""
    first = shutil.which("kubectl")
    beside = pathlib.Path(os.path.realpath(first)).parent / "kubectl.1.33" if first else None
    return str(beside) if beside and beside.exists() else shutil.which("kubectl.1.33")


class Oracle:
    """One server and one cache of discovery for many runs."""

    def __init__(self, binary: str, home: str) -> None:
        self._command = [binary, "--kubeconfig=/dev/null", f"--cache-dir={home}"]
        self._home = home
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def run(self, client: fakes.FakeClient, arguments: list[str], zone: str = "UTC") -> str:
        """Return what kubectl prints, its errors included."""
        self._server.client = client
        command = [*self._command, "-s", f"http://127.0.0.1:{self._server.server_port}", *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False, env={"TZ": zone, "HOME": self._home})
        return result.stdout + result.stderr

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    client: fakes.FakeClient


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Stay silent."""

    def do_GET(self) -> None:
        url = urlparse(self.path)
        code, kind = 200, "application/json"
        if url.path in ("/api", "/apis"):
            body, kind = _discovery([group for group in fakes.SCHEME.groups() if bool(group) == (url.path == "/apis")]), _DISCOVERY
        else:
            try:
                body = self._answer([part for part in url.path.split("/") if part], dict(parse_qsl(url.query)))
            except errors.StatusError as error:
                body, code = error.status(), error.code
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _answer(self, path: list[str], query: dict[str, str]) -> dict[str, Any]:
        group, version, *rest = ["", *path[1:]] if path[0] == "api" else path[1:]
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        resource = fakes.SCHEME.get(group, version, rest[0])
        if resource is None:
            raise errors.UnknownPath
        if len(rest) > 1:
            return self.server.client.get(resource, rest[1], namespace)
        selectors = {"label_selector": query.get("labelSelector", ""), "field_selector": query.get("fieldSelector", "")}
        found = self.server.client.items(resource, namespace, **selectors)
        return {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": {}, "items": found}


def _discovery(groups: list[str]) -> dict[str, Any]:
    items = [{"metadata": {"name": group} if group else {}, "versions": [_version(group, each) for each in fakes.SCHEME.versions(group)]}
             for group in groups]  # fmt: skip
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _version(group: str, version: str) -> dict[str, Any]:
    resources = [
        {
            "resource": each.plural,
            "responseKind": {"group": group, "version": version, "kind": each.kind},
            "scope": "Namespaced" if each.namespaced else "Cluster",
            "singularResource": each.singular,
            "shortNames": list(each.short_names),
            "verbs": list(each.verbs),
        }
        for each in fakes.SCHEME
        if (each.group, each.version) == (group, version) and each.served
    ]
    return {"version": version, "resources": resources, "freshness": "Current"}
