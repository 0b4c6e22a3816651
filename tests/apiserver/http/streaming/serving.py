"""A server with just what kubectl asks for before it streams: a little discovery, a pod, and the streams of a runtime."""

import asyncio
import contextlib
import json
import os
import re
import ssl
import subprocess
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from aiohttp import web

from minikube_py.apiserver.http import answers
from minikube_py.apiserver.http.streaming import pipes, portforward, remotecommand
from minikube_py.kits import pki
from minikube_py.kubelet.streams import Streams
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from tests.machinery.protobuf import kubectlstub

_T = TypeVar("_T")
POD = {
    "kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-1", "namespace": "default", "uid": "u-1"},
    "spec": {"containers": [{"name": "web", "image": "nginx", "stdin": True, "tty": True}], "nodeName": "node-1"},
    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
}  # fmt: skip
_PODS = {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"], "shortNames": ["po"]}
_PATH = "/api/v1/namespaces/default/pods/web-1"
_PAGES: dict[str, Any] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [_PODS]},
    _PATH: POD,
}


# kubectl 1.30 and 1.31 may read the server's first, empty message of a channel before they know the channel, and say so.
_RACE = re.compile(r"E\d{4} .*websocket\.go:\d+\] Unknown stream id \d, discarding message\n")


class Ran(NamedTuple):
    """What one kubectl did."""

    code: int
    out: str
    err: str


class Serving:
    """The server, in an event loop of its own thread. `asked` holds (method, upgrade) of what was streamed, `codes` the answers."""

    def __init__(self, runtime: object, home: Path, *, tls: bool) -> None:
        self.asked: list[tuple[str, str]] = []
        self.failures: list[BaseException] = []
        self.home = home
        self._tls = tls
        self.idle = pipes.IDLE
        self.under_way = 0
        self.loop = asyncio.new_event_loop()
        self._streams = Streams(lambda pod: runtime)
        self.thread = threading.Thread(target=self.loop.run_forever)
        self._runner: web.ServerRunner | None = None
        self.port = 0

    def await_(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def open(self) -> None:
        """Listen."""
        self._runner = web.ServerRunner(web.Server(self._handle, handler_cancellation=True, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._context() if self._tls else None).start()
        self.port = self._runner.addresses[0][1]

    def _context(self) -> ssl.SSLContext:
        authority = pki.new_authority("tests", now=time.time())
        pair = pki.issue(authority, "server", purpose=pki.SERVER, now=time.time(), hosts=("127.0.0.1",))
        file = self.home.parent / "server.pem"
        file.write_bytes(pair.certificate + pair.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, http: web.BaseRequest) -> web.StreamResponse:
        try:
            page = _PAGES.get(http.path)
            if page is not None:
                return web.Response(body=json.dumps(page).encode(), content_type="application/json")
            return await self._stream(http)
        except KctlError as error:
            answer = answers.of_error(error)
            return web.Response(status=answer.code, body=answer.body, content_type="application/json")
        except Exception as error:
            self.failures.append(error)
            raise

    async def _stream(self, http: web.BaseRequest) -> web.StreamResponse:
        what = http.path.removeprefix(f"{_PATH}/")
        if what not in ("exec", "attach", "portforward"):
            raise errors.UnknownPath()
        self.asked.append((http.method, http.headers.get("Upgrade", "")))
        self.under_way += 1
        try:
            if what == "portforward":
                return await portforward.serve(http, self._streams.port_forward(POD), POD, {}, idle=self.idle)
            wanted = remotecommand.options(http.query)
            if what == "exec":
                session = self._streams.exec(POD, wanted.container, wanted.command, tty=wanted.tty)
                return await remotecommand.serve(http, session, wanted, {}, idle=self.idle)
            session = self._streams.attach(POD, wanted.container, tty=wanted.tty)
            return await remotecommand.serve(http, session, wanted, {}, failure=remotecommand.ATTACH, idle=self.idle)
        finally:
            self.under_way -= 1

    def line(self, version: str, *arguments: str) -> list[str]:
        """Return a kubectl's command line."""
        return [
            kubectlstub.binary(version),
            f"--server={'https' if self._tls else 'http'}://127.0.0.1:{self.port}",
            "--insecure-skip-tls-verify",
            "--token=any",
            *arguments,
        ]

    def environment(self, **more: str) -> dict[str, str]:
        """Return a kubectl's environment."""
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "KUBECONFIG": os.devnull, **more}

    def run(self, version: str, *arguments: str, stdin: str | None = None, cwd: Path | None = None, **environment: str) -> Ran:
        """Run one kubectl to its end."""
        done = subprocess.run(self.line(version, *arguments), env=self.environment(**environment), capture_output=True, text=True, check=False,
                              timeout=60, cwd=cwd, **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}))  # fmt: skip
        return Ran(done.returncode, done.stdout, _RACE.sub("", done.stderr))


@contextlib.contextmanager
def serving(runtime: object, home: Path, *, tls: bool = False) -> Iterator[Serving]:
    """Serve until the block ends; what went wrong in the server is raised."""
    server = Serving(runtime, home, tls=tls)
    server.thread.start()
    try:
        server.await_(server.open())
        yield server
    finally:
        server.await_(server.close())
        server.loop.call_soon_threadsafe(server.loop.stop)
        server.thread.join()
        server.loop.close()
    assert server.failures == []
