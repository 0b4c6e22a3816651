"""Servers that tell properly what they serve and then answer with nonsense: one clear error, exit code 1, no traceback, nothing that a terminal obeys."""

import io
import itertools
import json
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.apiserver import discovery
from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.machinery import scheme
from minikube_py.testing import Result
from tests.client.rawsite import RawSite, answer

LINES = ("get pods", "get pods -o yaml", "get pod web", "get pod web -o json", "get pods -w --request-timeout=2", "describe pod web", "describe pods",
         "logs web",
         "delete pod web --wait=false", "delete pods --all --wait=false", "apply -f -", "apply --server-side -f -", "create -f -",
         "patch pod web -p '{}'",
         "label pod web a=b", "scale deploy/web --replicas=2", "version", "cluster-info", "create deployment x --image=y", "delete pod web --timeout=1ms",
         "replace -f -",
         "get pods --sort-by=.spec.x", "get pods --server-print=false", "run web --image=x")  # fmt: skip
MANIFEST = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[]}}'
OBJECT = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}
LIST = {"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": []}
NONSENSE: dict[str, Any] = {
    "null": None, "a number": 7, "a list": [], "nothing": {}, "no metadata": {"apiVersion": "v1", "kind": "Pod"},
    "metadata of another kind": {**OBJECT, "metadata": 7}, "names of another kind": {**OBJECT, "metadata": {"name": 7, "labels": 7}},
    "a spec of another kind": {**OBJECT, "spec": 7, "status": []}, "items of another kind": {**LIST, "items": [7]},
    "items without names": {**LIST, "items": [{}]},
    "items with a strange spec": {**LIST, "items": [{**OBJECT, "spec": 7}]}, "a strange version": {**LIST, "metadata": {"resourceVersion": "x", "continue": 7}},
    "a Table of nothing": {"apiVersion": "meta.k8s.io/v1", "kind": "Table", "columnDefinitions": [7]},
    "a Table of rows": {"apiVersion": "meta.k8s.io/v1", "kind": "Table", "columnDefinitions": [{"name": "A"}], "rows": [{"cells": [1, 2, 3], "object": {}}]},
    "a Status of nothing": {"kind": "Status", "status": "Failure"}, "a Status of another kind": {"kind": "Status", "code": "x", "message": 7, "details": 7},
    "a Success": {"kind": "Status", "apiVersion": "v1", "status": "Success"}, "an escape": {"kind": "Status", "status": "Failure", "message": "\x1b[2J"},
}  # fmt: skip


def found(path: str) -> bytes | None:
    if path in ("/api", "/apis"):
        return json.dumps(discovery.aggregated(scheme.builtin(), core=path == "/api")).encode()
    return None


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def site() -> Iterator[RawSite]:
    """A server that says what `body` is at the moment."""

    def say(connection: socket.socket, head: bytes) -> None:
        path = head.split(b" ", 2)[1].decode().partition("?")[0]
        connection.sendall(answer(found(path) or opened.body))  # type: ignore[attr-defined]

    opened = RawSite(say)
    yield opened
    opened.close()


def run(line: str, site: RawSite, home: Path) -> Result:
    out, err = io.StringIO(), io.StringIO()
    words = ["-s", site.url, "--request-timeout=5", *shlex.split(line)]
    code = main.run(words, streams=Streams(io.StringIO(MANIFEST), out, err), environment={"KCTL_HOME": str(home), "HOME": str(home)})
    return Result(code, out.getvalue(), err.getvalue())


@pytest.mark.parametrize(("name", "line"), list(itertools.product(NONSENSE, LINES)))
def test_nonsense(site: RawSite, home: Path, name: str, line: str) -> None:
    site.body = json.dumps(NONSENSE[name]).encode()  # type: ignore[attr-defined]
    result = run(line, site, home)
    said = result.out + result.err
    assert "internal error" not in said and "Traceback" not in said and "\x1b" not in said.replace("\x1b[0;32m", "").replace("\x1b[0m", ""), result
    assert result.code == 0 or (result.code == 1 and result.err), result


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ({**OBJECT, "spec": 7}, "describe pod web",
         "error: the server's answer cannot be worked with: AttributeError: 'int' object has no attribute 'get'"),
        (NONSENSE["an escape"], "get pods", "Error from server: \N{REPLACEMENT CHARACTER}[2J"),
        (NONSENSE["a number"], "get pods", "error: the server answered /api/v1/namespaces/default/pods with JSON that is no object"),
        (NONSENSE["items without names"], "get pods -o name", 'error: the server answered /api/v1/namespaces/default/pods with a "PodList" that is none'),
        (NONSENSE["nothing"], "version --output=json", "error: the server answered /version with what is no version"),
    ],
)  # fmt: skip
def test_what_is_said(site: RawSite, home: Path, body: Any, line: str, message: str) -> None:
    site.body = json.dumps(body).encode()  # type: ignore[attr-defined]
    result = run(line, site, home)
    assert (result.code, result.err) == (1, message + "\n")


@pytest.mark.parametrize("line", LINES)
def test_discovery_of_nonsense(tmp_path: Path, line: str) -> None:
    strange = b'{"kind":"APIGroupDiscoveryList","items":[7]}'
    for body, kind in ((b"<html>\x1b[2J</html>", "text/html"), (b"{", "application/json"), (strange, "application/json")):
        site = RawSite(lambda connection, head, body=body, kind=kind: connection.sendall(answer(body, kind=kind)))  # type: ignore[misc]
        try:
            result = run(line, site, tmp_path)
        finally:
            site.close()
        assert (result.code, "internal error" in result.err, "\x1b" in result.err) == (1, False, False), result
        assert result.err.count("\n") == 1 + result.err.count("supported minor")
