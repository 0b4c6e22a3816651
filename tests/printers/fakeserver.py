"""An API server that answers one resource, as much as a real `kubectl get` needs to print it."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from minikube_py.machinery import scheme
from minikube_py.printers import tables


def _discovery(path: str, resources: list[scheme.Resource]) -> dict[str, Any] | None:
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        versions = [{"groupVersion": "apps/v1", "version": "v1"}]
        return {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [{"name": "apps", "versions": versions, "preferredVersion": versions[0]}],
        }
    version = {"/api/v1": "v1", "/apis/apps/v1": "apps/v1"}.get(path)
    if version is None:
        return None
    listed = [
        {"name": item.plural, "singularName": item.singular, "namespaced": item.namespaced, "kind": item.kind, "verbs": list(item.verbs),
         "shortNames": list(item.short_names), "categories": list(item.categories)}
        for item in resources if item.api_version == version
    ]  # fmt: skip
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": listed}


@contextmanager
def serving(objects: dict[str, list[dict[str, Any]]], now: float, events: Sequence[tuple[str, dict[str, Any]]] = ()) -> Iterator[str]:
    """Serve lists of objects, by plural, and watches that end after `events`, on a free port of this machine; yield the address."""
    known = scheme.builtin()
    resources = [known.must(plural) for plural in objects]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            if "watch" in query:
                data = b"".join(json.dumps(self._event(*event)).encode() + b"\n" for event in events)
            else:
                data = json.dumps(_discovery(url.path, resources) or self._list(url.path, query)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _event(self, kind: str, obj: dict[str, Any]) -> dict[str, Any]:
            if "as=Table" not in self.headers.get("Accept", ""):
                return {"type": kind, "object": obj}
            resource = next(item for item in resources if item.kind == obj["kind"])
            table = tables.table(obj, resource, now)
            return {"type": kind, "object": table if obj is events[0][1] else table | {"columnDefinitions": None}}

        def _list(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
            resource = next(item for item in resources if item.plural == path.rpartition("/")[2])
            items = objects[resource.qualified]
            listed = {
                "kind": f"{resource.kind}List",
                "apiVersion": resource.api_version,
                "metadata": {"resourceVersion": "1"},
                "items": items,
            }
            if "as=Table" not in self.headers.get("Accept", ""):
                return listed
            return tables.table(listed, resource, now, query.get("includeObject", ["Metadata"])[0])

        def log_request(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
