"""What the flags that every command takes do on a server, where a session with kubectl cannot show it: tests/surface/test_globals.py lists all of them."""

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.testing import Result
from tests.client.rawsite import RawSite, answer
from tests.conformance.conftest import Served

Run = Callable[..., Result]
VERSION = json.dumps({"gitVersion": "v1.30.0", "major": "1", "minor": "30"}).encode()
CLUSTERS = {"one": "http://one.invalid:1", "two": "http://two.invalid:2"}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command line with a home of its own."""

    def run(*words: str) -> Result:
        out, err = io.StringIO(), io.StringIO()
        environment = {"KCTL_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
        return Result(main.run(words, streams=Streams(io.StringIO(), out, err), environment=environment), out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def site() -> Iterator[RawSite]:
    """A server of a version of its own."""
    opened = RawSite(lambda connection, head: connection.sendall(answer(VERSION)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served cluster."""
    opened = Served(tmp_path_factory.mktemp("served"))
    yield opened
    opened.stop()


@pytest.fixture
def kubeconfig(tmp_path: Path) -> str:
    """Two servers, two users, two contexts."""
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps({
        "kind": "Config", "apiVersion": "v1", "current-context": "first",
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in CLUSTERS.items()],
        "users": [{"name": "ann", "user": {"as": "ann"}}, {"name": "bob", "user": {"as": "bob"}}],
        "contexts": [{"name": "first", "context": {"cluster": "one", "user": "ann"}}, {"name": "second", "context": {"cluster": "two", "user": "bob"}}],
    }))  # fmt: skip
    return str(path)


def asked(result: Result) -> tuple[str, str]:
    """Return which server was asked, and as whom."""
    return re.findall(r'url="(http://[^/]*)/', result.err)[0], re.findall(r"Impersonate-User: (\w+)", result.err)[0]


def test_which_server_and_as_whom(run: Run, kubeconfig: str) -> None:
    line = ("get", "--raw", "/version", "-v=7", "--kubeconfig", kubeconfig)
    assert asked(run(*line)) == (CLUSTERS["one"], "ann")
    assert asked(run(*line, "--context", "second")) == (CLUSTERS["two"], "bob")
    assert asked(run(*line, "--cluster", "two")) == (CLUSTERS["two"], "ann")
    assert asked(run(*line, "--user", "bob")) == (CLUSTERS["one"], "bob")
    assert asked(run(*line, "--server", "http://three.invalid:3")) == ("http://three.invalid:3", "ann")


def test_as_somebody_else(run: Run, kubeconfig: str) -> None:
    found = run("get", "--raw", "/version", "-v=7", "--kubeconfig", kubeconfig, "--as", "eve", "--as-group", "g", "--as-group", "h", "--as-uid", "7")
    assert "\tImpersonate-Group: g\n\tImpersonate-Group: h\n\tImpersonate-Uid: 7\n\tImpersonate-User: eve\n" in found.err


def test_as_whom_a_user_of_a_cluster_of_this_machine_acts(run: Run, tmp_path: Path) -> None:
    somebody = {"as": "ann", "as-uid": "7", "as-groups": ["g", "h"], "as-user-extra": {"why": ["x", "y"]}}
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps({
        "kind": "Config", "apiVersion": "v1", "current-context": "here", "clusters": [{"name": "here", "cluster": {"server": "kctl://minikube"}}],
        "users": [{"name": "me", "user": {}}, {"name": "ann", "user": somebody}, {"name": "odd", "user": {"as-uid": "7"}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "ann"}}],
    }))  # fmt: skip
    line = ("--kubeconfig", str(path), "auth", "whoami", "-o", "jsonpath={.status.userInfo}")
    groups = ["g", "h", "system:authenticated"]
    assert json.loads(run(*line).out) == {"username": "ann", "uid": "7", "groups": groups, "extra": {"why": ["x", "y"]}}
    assert json.loads(run(*line, "--as", "eve").out) == {"username": "eve", "groups": ["system:authenticated"]}
    assert json.loads(run(*line, "--user", "me").out)["username"] == "minikube-user"
    assert run(*line, "--user", "odd") == (1, "", "error: requesting uid, groups or user-extra for odd without impersonating a user\n")
    assert run("--kubeconfig", str(path), "get", "--raw", "/api/v1/nodes").err.startswith('Error from server (Forbidden): nodes is forbidden: User "ann"')


def test_answers_are_packed_unless_told_otherwise(run: Run, site: RawSite) -> None:
    run("get", "--raw", "/version", "-s", site.url)
    run("get", "--raw", "/version", "-s", site.url, "--disable-compression")
    assert [re.findall(rb"Accept-Encoding: (\w+)", head) for head in site.heads] == [[b"gzip"], [b"identity"]]


def test_a_server_of_another_version(run: Run, site: RawSite) -> None:
    found = run("get", "--raw", "/version", "-s", site.url, "--match-server-version")
    assert found == (1, "", "error: server version (v1.30.0) differs from client version (v1.33.1)\n")
    assert run("get", "--raw", "/version", "-s", site.url).out == VERSION.decode()


def test_a_server_that_takes_its_time(run: Run) -> None:
    slow = RawSite(lambda connection, head: connection.recv(1) and None)
    try:
        found = run("get", "--raw", "/version", "-s", slow.url, "--request-timeout=200ms")
    finally:
        slow.close()
    late = "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)\n"
    assert (found, slow.heads[0].split(b"\r\n")[0]) == ((1, "", late), b"GET /version?timeout=200ms HTTP/1.1")


def test_what_a_server_serves_is_kept_where_one_says(run: Run, served: Served, tmp_path: Path) -> None:
    line = ("--kubeconfig", served.kubeconfig, "get", "namespace", "default", "-o", "name", "-v=6", "--cache-dir", str(tmp_path / "kept"))
    first, second = run(*line), run(*line)
    assert ("/apis?timeout=32s" in first.err, "/apis?timeout=32s" in second.err) == (True, False)
    assert [path.name for path in (tmp_path / "kept" / "discovery").iterdir()] == [f"127.0.0.1_{served.port}"]


def test_what_proves_who_asks(run: Run, served: Served) -> None:
    to = ("--server", f"https://127.0.0.1:{served.port}", "--insecure-skip-tls-verify", "get", "--raw", "/api", "-v=7")
    unauthorized = "error: You must be logged in to the server (Unauthorized)\n"
    bearer, basic = run(*to, "--token", "sesame"), run(*to, "--username", "me", "--password", "sesame")
    assert bearer.err.endswith(unauthorized) and "\tAuthorization: Bearer <masked>\n" in bearer.err
    assert basic.err.endswith(unauthorized) and "\tAuthorization: Basic <masked>\n" in basic.err
    assert "sesame" not in bearer.err + basic.err


@pytest.mark.parametrize(
    "flag",
    ["--token=t", "--username=u", "--password=p", "--client-certificate=c", "--client-key=k", "--certificate-authority=a", "--tls-server-name=n"],
)
def test_nobody_asks_in_process(run: Run, flag: str) -> None:
    problem = f'error: {flag.partition("=")[0]}: the cluster "minikube" is one of this machine; there is no server that would ask for it\n'
    assert run("get", "pods", flag) == (1, "", problem)


def test_requests_for_other_protocols_are_logged(run: Run, served: Served) -> None:
    served.kctl("run", "quiet", "--image=x")
    found = run("--kubeconfig", served.kubeconfig, "exec", "quiet", "-v=6", "--", "ls")
    asked_for = re.findall(r'verb="(\w+)" url="https://[^/]*/api/v1/namespaces/default/pods/quiet/exec\?[^"]*" status="([^"]*)"', found.err)
    assert asked_for == [("GET", ""), ("POST", "400 Bad Request")]
