"""kctl proxy: requests, filters, files and upgrades, in front of a cluster of this machine and of a server."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.cli.proxying import Filter, _host, patterns
from tests.cli import streaming


def _start(home: Path, *words: str) -> "subprocess.Popen[str]":
    environment = {"KCTL_HOME": str(home), "HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-m", "minikube_py", *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def _proxying(home: Path, *words: str) -> Iterator[str]:
    """Run kctl proxy; give where it listens."""
    with _start(home, *words) as kctl:
        assert kctl.stdout is not None
        line = kctl.stdout.readline()
        assert line.startswith("Starting to serve on "), kctl.communicate()
        try:
            yield line.split()[-1]
        finally:
            kctl.send_signal(signal.SIGINT)
            try:
                kctl.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                kctl.kill()  # or leaving the outer block would wait for ever
                raise


def _get(address: str, path: str, method: str = "GET", host: str = "", body: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address, timeout=60)
    headers = {**({"Host": host} if host else {}), **({"Content-Type": "application/json"} if body else {})}
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def _moved(address: str, path: str, method: str = "GET") -> tuple[int, str | None, str]:
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request(method, path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Location"), text


def test_a_cluster_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "www" / "sub").mkdir(parents=True)
    (tmp_path / "www" / "index.html").write_text("welcome")
    (tmp_path / "www" / "sub" / "a b.txt").write_text("text")
    (tmp_path / "secret").write_text("secret")
    with _proxying(tmp_path / "home", "proxy", "--port=0", f"--www={tmp_path}/www", "--reject-methods=DELETE", "--keepalive=30s") as address:
        code, text = _get(address, "/api/v1/namespaces/default")
        assert (code, json.loads(text)["metadata"]["name"]) == (200, "default")
        created = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
        assert _get(address, "/api/v1/namespaces/default/configmaps", "POST", body=json.dumps(created))[0] == 201
        assert _get(address, "/api/v1/namespaces/default/configmaps/c?pretty=true", "DELETE") == (403, "Forbidden\n")
        assert _get(address, "/api/v1/namespaces/default/pods/x/exec") == (403, "Forbidden\n")
        assert _get(address, "/api/v1/namespaces/default/pods/x")[0] == 404
        assert _get(address, "/version", host="evil.example") == (403, "Forbidden\n")
        assert _get(address, "/static/") == (200, "welcome")
        assert _get(address, "/static/sub/a%20b.txt") == (200, "text")
        assert _get(address, "/static/sub/")[1] == '<pre>\n<a href="a%20b.txt">a b.txt</a>\n</pre>\n'
        assert _moved(address, "/static?a=b&c=d") == (301, "/static/?a=b&c=d", '<a href="/static/?a=b&amp;c=d">Moved Permanently</a>.\n\n')
        assert _moved(address, "//api/./v1/../v1//namespaces/") == (301, "/api/v1/namespaces/", '<a href="/api/v1/namespaces/">Moved Permanently</a>.\n\n')
        assert _moved(address, "//healthz", "POST") == (301, "/healthz", "")
        for path in ("/static/../secret", "/static/%2e%2e/secret", "/static/none"):
            assert _get(address, path)[0] in (301, 403, 404)


def test_prefixes_and_what_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "a.txt").write_text("text")
    words = ("proxy", "--port=0", "--api-prefix=/cluster", f"--www={tmp_path}/www", "--www-prefix=/files",
             "--accept-hosts=^(127.0.0.1|named.example)$", "--accept-paths=^/api/v1/namespaces", "--address=127.0.0.1")  # fmt: skip
    with _proxying(tmp_path / "home", *words) as address:
        assert address.startswith("127.0.0.1:")
        assert _get(address, "/cluster/api/v1/namespaces/default")[0] == 200
        assert _get(address, "/cluster/api/v1/namespaces/default", host="named.example")[0] == 200
        assert _get(address, "/cluster/api/v1/namespaces/default", host="localhost") == (403, "Forbidden\n")
        assert _get(address, "/cluster/api/v1/nodes") == (403, "Forbidden\n")
        assert _get(address, "/cluster/api/v1/namespaces/default/pods/x/exec") == (403, "Forbidden\n")
        assert _get(address, "/files/a.txt") == (200, "text")
        assert [_moved(address, path)[:2] for path in ("/cluster", "//cluster", "/files")] == [(301, "/cluster/"), (301, "/cluster/"), (301, "/files/")]
        assert _get(address, "/static/a.txt")[0] == 404
        for again, code in ((["proxy", "--port=0"], 404), (["proxy", "--port=0", "--append-server-path"], 200)):
            with _proxying(tmp_path / "second", f"--server=http://{address}/cluster", *again) as second:
                assert _get(second, "/api/v1/namespaces/default")[0] == code


@pytest.fixture
def socket_path() -> Iterator[str]:
    """Return where a socket may be: its path has to be short."""
    with tempfile.TemporaryDirectory(prefix="kctl-", dir="/tmp") as folder:
        yield f"{folder}/s"


def test_a_served_cluster_below_a_path_and_through_a_socket(tmp_path: Path, socket_path: str) -> None:
    home, kubeconfig = tmp_path / "home", tmp_path / "kubeconfig"
    with _start(home, "serve", "--port", "0", "--write-kubeconfig", str(kubeconfig)) as server:
        try:
            assert server.stdout is not None
            assert [server.stdout.readline().split()[0] for _ in range(2)] == ["Serving", "Kubeconfig"]
            for words in (["proxy"], ["--kubeconfig", str(kubeconfig), "proxy"]):
                with _proxying(home, *words, "--port=0", "--api-prefix=/k8s") as address:
                    assert json.loads(_get(address, "/k8s/version")[1])["gitVersion"].startswith("v1.33")
                    assert _get(address, "/version") == (404, "404 page not found\n")
            with _proxying(home, "--kubeconfig", str(kubeconfig), "proxy", f"--unix-socket={socket_path}", "--disable-filter") as address:
                assert address == socket_path
                assert os.stat(address).st_mode & 0o777 == 0o700
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.connect(address)
                    connection.sendall(b"POST /api/v1/namespaces/default/pods/x/exec?command=a&stdout=true HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                                       b"Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n")  # fmt: skip
                    assert connection.recv(1000).startswith(b"HTTP/1.1 404 ")
        finally:
            server.terminate()
            server.communicate(timeout=60)


@pytest.mark.parametrize("way", ["websocket", "spdy"])
def test_streams_pass(tmp_path: Path, way: str) -> None:
    with streaming.opened(way, tmp_path) as server, _proxying(tmp_path / "home", *server.flags, "proxy", "--port=0", "--disable-filter") as address:
        through = streaming.Way(server.runtime, server.environment, [f"--server=http://{address}"])
        assert through.run("exec", "-i", "web-1", "--", "wc", "-c", stdin="x" * 1_000_000) == (0, "1000000\n", "")
        assert through.run("exec", "web-1", "--", "sh", "-c", "exit 4").code == 4


def test_what_may_pass() -> None:
    allowed = Filter(patterns("^.*"), patterns("^/api/.*/exec,^/x"), patterns(r"^localhost$,^\[::1\]$"), patterns("^$"))
    assert allowed.accepts("GET", "/api", "localhost")
    assert not allowed.accepts("GET", "/api/v1/exec", "localhost")
    assert not allowed.accepts("GET", "/api", "other")
    assert [_host(text) for text in ("a:1", "a", "[::1]:80", "[::1]", "::1")] == ["a", "a", "::1", "[::1]", "::1"]


def test_sockets_that_cannot_be(tmp_path: Path, socket_path: str) -> None:
    for path, why in ((f"{socket_path}/s", "no such file or directory"), (f"{socket_path}{'s' * 150}", "invalid argument")):
        with _start(tmp_path, "proxy", f"--unix-socket={path}") as kctl:
            assert kctl.communicate(timeout=60) == ("", f"error: listen unix {path}: bind: {why}\n")
        assert kctl.returncode == 1


def test_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["proxy", "--unix-socket=s", "--port=1"]
    assert main.run(line, streams=Streams.of_process(), environment={"KCTL_HOME": str(tmp_path)}) == 1
    assert capsys.readouterr().err == "error: cannot set --unix-socket and --port at the same time\n"


def test_a_broken_pattern_ends_it_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["proxy", "--accept-paths=("], streams=Streams.of_process(), environment={"KCTL_HOME": str(tmp_path)}) == 255
    assert capsys.readouterr().err.partition("] ")[2] == "Error compiling re: error parsing regexp: missing closing ): `(`\n"
