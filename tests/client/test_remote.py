"""The transport against servers that are strange, hostile or gone."""

import gzip
import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from minikube_py.apiserver.request import Request
from minikube_py.client.execcredentials import VERSIONS, Plugin
from minikube_py.client.kubeconfigs import Connection
from minikube_py.client.remote import Settings, Transport
from minikube_py.kits.klog import Log
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError, StatusError
from minikube_py.plugin.auth import UserInfo
from tests import sockets
from tests.client.rawsite import RawSite, Say, answer, saying

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}
GET = ("get", "", "v1", "pods")
Open = Callable[[Say | bytes], RawSite]


@pytest.fixture
def site() -> Iterator[Open]:
    """Open servers that are closed at the end."""
    opened: list[RawSite] = []

    def open_site(say: Say | bytes) -> RawSite:
        opened.append(RawSite(saying(say) if isinstance(say, bytes) else say))
        return opened[-1]

    yield open_site
    for each in opened:
        each.close()


def ask(found: RawSite, verb: str = "get", *, limit: int = 1 << 20, settings: Settings = Settings(), **options: Any) -> Any:  # noqa: B008
    request = Request(verb, "", "v1", "pods", namespace="default", name="" if verb in ("list", "watch") else "web", options=options)
    with closing(Transport(Connection(found.url), settings, limit=limit)) as transport:
        response = transport(request)
        return response.body if response.stream is None else list(response.stream)


def problem(found: RawSite, verb: str = "get", **more: Any) -> str:
    with pytest.raises(KctlError) as caught:
        ask(found, verb, **more)
    return str(caught.value)


def chunked(*chunks: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


def test_an_object_comes_as_it_is(site: Open) -> None:
    assert ask(site(answer(json.dumps(POD).encode()))) == POD
    assert ask(site(chunked(json.dumps(POD).encode(), b""))) == POD
    packed = answer(gzip.compress(json.dumps(POD).encode()), headers=b"Content-Encoding: gzip\r\n")
    assert ask(site(packed)) == POD


def test_what_is_asked(site: Open) -> None:
    found = site(answer(json.dumps(POD).encode()))
    ask(found, table="Metadata")
    first, *rest = found.heads[0].decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest if line)
    assert first == "GET /api/v1/namespaces/default/pods/web HTTP/1.1"
    assert headers.pop("User-Agent").startswith("kctl/v")
    assert headers == {
        "Host": f"127.0.0.1:{found.port}", "Accept-Encoding": "gzip",
        "Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
    }  # fmt: skip


def test_impersonation_has_one_header_a_group(site: Open) -> None:
    found = site(answer(json.dumps(POD).encode()))
    jane = UserInfo("jané", ("a", "b"), "7", {"scopes/x": ("one", "two")})
    Transport(Connection(found.url))(Request(*GET, name="web", impersonate=jane))
    lines = [line for line in found.heads[0].decode().split("\r\n") if line.startswith("Impersonate")]
    assert lines == ["Impersonate-User: jané", "Impersonate-Uid: 7", "Impersonate-Group: a", "Impersonate-Group: b",
                     "Impersonate-Extra-scopes%2Fx: one", "Impersonate-Extra-scopes%2Fx: two"]  # fmt: skip


def test_the_kubeconfigs_impersonation_gives_way_to_the_requests(site: Open) -> None:
    found = site(answer(json.dumps(POD).encode()))
    transport = Transport(Connection(found.url, impersonate=UserInfo("joe")))
    transport(Request(*GET, name="web", impersonate=UserInfo("jane")))
    transport(Request(*GET, name="web"))
    assert [b"Impersonate-User: jane\r\n" in head for head in found.heads] == [True, False]
    assert [b"Impersonate-User: joe\r\n" in head for head in found.heads] == [False, True]


def test_warnings_are_told(site: Open) -> None:
    headers = b'Warning: 299 - "first \\"one\\"", 299 kube "second"\r\nWarning: 299 - "third\x1b[31m"\r\nWarning: 199 - "other"\r\n'
    transport = Transport(Connection(site(answer(json.dumps(POD).encode(), headers=headers)).url))
    assert transport(Request(*GET, name="web")).warnings == ('first "one"', "second", "third\N{REPLACEMENT CHARACTER}[31m")


def test_a_status_is_its_error(site: Open) -> None:
    status = errors.NotFound("pods", "web").status()
    found = site(answer(json.dumps(status).encode(), status="404 Not Found"))
    with pytest.raises(errors.NotFound) as caught:
        ask(found)
    assert (caught.value.status(), str(caught.value)) == (status, 'pods "web" not found')


def test_a_failure_in_an_answer_of_200_is_one(site: Open) -> None:
    with pytest.raises(errors.Expired):
        ask(site(answer(json.dumps(errors.Expired("too old").status()).encode())))


STATUSES = [
    ("401 Unauthorized", "Unauthorized", "the server has asked for the client to provide credentials (get pods web)"),
    ("403 Forbidden", "Forbidden", "the server does not allow access to the requested resource (get pods web)"),
    ("404 Not Found", "NotFound", "the server could not find the requested resource (get pods web)"),
    ("418 Teapot", "Unknown", 'the server rejected our request for an unknown reason (418: "<b>\N{REPLACEMENT CHARACTER}[2J</b>") (get pods web)'),
    ("500 Oops", "InternalError", 'an error on the server ("<b>\N{REPLACEMENT CHARACTER}[2J</b>") has prevented the request from succeeding (get pods web)'),
    ("503 Busy", "ServiceUnavailable", "the server is currently unable to handle the request (get pods web)"),
]


@pytest.mark.parametrize(("status", "reason", "message"), STATUSES)
def test_refusals_without_a_status(site: Open, status: str, reason: str, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        ask(site(answer(b"<b>\x1b[2J</b>", status=status, kind="text/html")))
    assert (caught.value.reason, str(caught.value)) == (reason, message)


BODIES = [
    (b"<html>", "text/html", "the server answered /api/v1/namespaces/default/pods/web with \"text/html\", not with JSON"),
    (b"<html>", "application/json", "the server answered /api/v1/namespaces/default/pods/web with what is no JSON"),
    (b"\xff\xfe\xfd", "application/json", "the server answered /api/v1/namespaces/default/pods/web with what is no JSON"),
    (b"[" * 200_000, "application/json", "the server answered /api/v1/namespaces/default/pods/web with what is no JSON"),
    (b"", "application/json", "the server answered /api/v1/namespaces/default/pods/web with what is no JSON"),
    (b"[]", "application/json", "the server answered /api/v1/namespaces/default/pods/web with JSON that is no object"),
    (b"{}", "application/json", "the server answered /api/v1/namespaces/default/pods/web with an object that has no kind"),
    (b'{"kind":"Pod","apiVersion":"v1","metadata":[1]}', "application/json",
     'the server answered /api/v1/namespaces/default/pods/web with a "Pod" that is none'),
    (b'{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[7]}', "application/json",
     'the server answered /api/v1/namespaces/default/pods/web with a "Table" that is none'),
]  # fmt: skip


@pytest.mark.parametrize(("body", "kind", "message"), BODIES)
def test_garbage(site: Open, body: bytes, kind: str, message: str) -> None:
    assert problem(site(answer(body, kind=kind))) == message


@pytest.mark.parametrize("items", [b"7", b"[7]", b"[{}]", b'[{"metadata":{"name":7}}]'])
def test_lists_that_are_none(site: Open, items: bytes) -> None:
    body = b'{"kind":"PodList","apiVersion":"v1","items":' + items + b"}"
    assert problem(site(answer(body)), "list") == 'the server answered /api/v1/namespaces/default/pods with a "PodList" that is none'


def test_an_empty_list_may_be_null(site: Open) -> None:
    body = b'{"kind":"PodList","apiVersion":"v1","items":null}'
    assert ask(site(answer(body)), "list") == {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": []}


BROKEN = "the server's answer broke off: unexpected EOF"
MALFORMED = "Unable to connect to the server: net/http: HTTP/1.x transport connection broken: malformed HTTP response"
WIRES = [
    (b"", "Unable to connect to the server: EOF"),
    (b"SSH-2.0-OpenSSH_9\r\n", MALFORMED),
    (b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n", MALFORMED),
    (answer(b"{}").replace(b"Content-Length: 2", b"Content-Length: 200"), BROKEN),
    (chunked(b"{")[:-4], BROKEN),
    (chunked(b"{") + b"zz\r\n", BROKEN),
    (chunked(b"{") + b"-5\r\nabc", BROKEN),
    (answer(b"no gzip", headers=b"Content-Encoding: gzip\r\n"), "the server's answer cannot be unpacked"),
]


@pytest.mark.parametrize(("data", "message"), WIRES)
def test_answers_that_are_no_http(site: Open, data: bytes, message: str) -> None:
    assert problem(site(data)) == message


def test_too_many_headers(site: Open) -> None:
    data = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(1000)) + b"\r\n{}"
    assert problem(site(data)) == "Unable to connect to the server: net/http: HTTP/1.x transport connection broken: HTTPException"


def test_redirects_are_refused(site: Open) -> None:
    other = site(answer(json.dumps(POD).encode()))
    found = site(answer(b"", status="302 Found", headers=f"Location: {other.url}/\r\n".encode()))
    assert problem(found) == "the server redirects to another address: kctl does not follow, as credentials might go astray"
    assert (len(found.heads), other.heads) == (1, [])


def test_more_than_an_answer_may_have(site: Open) -> None:
    assert problem(site(answer(b" " * (1 << 21)))) == "the server's answer is larger than 1 MiB"
    bomb = answer(gzip.compress(b" " * (1 << 26)), headers=b"Content-Encoding: gzip\r\n")
    assert problem(site(bomb)) == "the server's answer is larger than 1 MiB"


def test_an_endless_answer(site: Open) -> None:
    def say(connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)

    assert problem(site(say)) == "the server's answer is larger than 1 MiB"


def test_servers_that_let_wait(site: Open) -> None:
    told = threading.Event()

    def silent(connection: socket.socket, head: bytes) -> None:
        told.wait(60)

    def dripping(connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while not told.wait(0.02):
            connection.sendall(b" ")

    soon = Settings(timeout=0.2)
    try:
        awaiting = "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        assert problem(site(silent), settings=soon) == awaiting
        assert problem(site(dripping), settings=soon) == awaiting
    finally:
        told.set()


def test_nobody_listens() -> None:
    with sockets.refusing_port() as port, pytest.raises(KctlError) as caught:
        Transport(Connection(f"http://127.0.0.1:{port}"))(Request(*GET))
    assert str(caught.value) == f"The connection to the server 127.0.0.1:{port} was refused - did you specify the right host or port?"


def test_plain_http_where_tls_is_wanted(site: Open) -> None:
    found = site(answer())
    with pytest.raises(KctlError) as caught:
        Transport(Connection(found.url.replace("http:", "https:"), insecure=True))(Request(*GET))
    assert str(caught.value) == "Unable to connect to the server: http: server gave HTTP response to HTTPS client"


def test_asked_again_where_the_server_says_when(site: Open) -> None:
    answers = [answer(b"{}", status="429 Too Many", headers=b"Retry-After: 7\r\n"), answer(b"{}", status="503 Busy", headers=b"Retry-After: 90\r\n"),
               answer(json.dumps(POD).encode())]  # fmt: skip
    paused: list[float] = []
    found = site(lambda connection, head: connection.sendall(answers.pop(0)))
    assert ask(found, settings=Settings(sleep=paused.append)) == POD
    assert paused == [7, 60]


def test_a_server_that_always_wants_to_be_asked_again(site: Open) -> None:
    paused: list[float] = []
    found = site(answer(b"{}", status="429 Too Many", headers=b"Retry-After: 1\r\n"))
    message = "the server has received too many requests and has asked us to try again later (get pods web)"
    assert problem(found, settings=Settings(sleep=paused.append)) == message
    assert paused == [1] * 10


def test_no_answer_to_wait_for_beyond_the_timeout(site: Open) -> None:
    found = site(answer(b"{}", status="429 Too Many", headers=b"Retry-After: 50\r\n"))
    problem(found, settings=Settings(timeout=30))
    assert len(found.heads) == 1


def test_secrets_are_neither_in_lines_of_verbosity_nor_in_errors(site: Open) -> None:
    said: list[str] = []
    found = site(answer(b"no", status="500 Oops"))
    connection = Connection(found.url, token="sesame", impersonate=UserInfo("jane"))
    with pytest.raises(KctlError) as caught:
        Transport(connection, Settings(log=Log(said.append, 10)))(Request(*GET))
    assert b"Authorization: Bearer sesame\r\n" in found.heads[0]
    written = "".join(said)
    assert '-H "Authorization: Bearer <masked>"' in written and '-H "Impersonate-User: jane"' in written
    assert "sesame" not in written + str(caught.value) + repr(connection) + str(connection)


def test_a_password_is_basic_authentication(site: Open) -> None:
    found = site(answer(json.dumps(POD).encode()))
    Transport(Connection(found.url, username="me", password="pw"))(Request(*GET, name="web"))
    assert b"Authorization: Basic bWU6cHc=\r\n" in found.heads[0]


def test_a_plugins_credentials_are_made_once_and_again_before_they_end(site: Open, tmp_path: Path) -> None:
    found = site(answer(json.dumps(POD).encode()))
    for until, runs in (("2999-01-01T00:00:00Z", 1), ("2000-01-01T00:00:00Z", 2)):
        counter = tmp_path / f"runs-{runs}"
        program = (
            f"import json\nopen({str(counter)!r}, 'a').write('x')\n"
            f"print(json.dumps({{'apiVersion': {VERSIONS[0]!r}, 'status': {{'token': 'made', 'expirationTimestamp': {until!r}}}}}))\n"
        )
        plugin = Plugin(VERSIONS[0], sys.executable, ("-c", program), (), "Never", "", None)
        with closing(Transport(Connection(found.url, plugin=plugin))) as transport:
            transport(Request(*GET, name="web"))
            transport(Request(*GET, name="web"))
        assert counter.read_text() == "x" * runs
    assert [b"Authorization: Bearer made\r\n" in head for head in found.heads] == [True] * 4


def test_a_plugin_is_not_asked_where_other_credentials_are_given(site: Open) -> None:
    found = site(answer(json.dumps(POD).encode()))
    plugin = Plugin(VERSIONS[0], "no-such-plugin", (), (), "Never", "", None)
    for given in ({"token": "t"}, {"username": "me", "password": "pw"}, {"certificate": b"C", "key": b"K"}):
        with closing(Transport(Connection(found.url, plugin=plugin)._replace(**given))) as transport:
            transport(Request(*GET, name="web"))
    with pytest.raises(KctlError, match="executable no-such-plugin not found"):
        Transport(Connection(found.url, password="pw", plugin=plugin))(Request(*GET, name="web"))
    assert [re.findall(rb"Authorization: (\w+)", head) for head in found.heads] == [[b"Bearer"], [b"Basic"], []]


def test_a_token_cannot_add_headers(site: Open) -> None:
    found = site(answer())
    with pytest.raises(KctlError) as caught:
        Transport(Connection(found.url, token="a\r\nX-Evil: b"))(Request(*GET))
    assert (str(caught.value), found.heads) == ("Authorization holds a control character", [])


def event(kind: str, obj: object) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


def test_events_of_a_watch(site: Open) -> None:
    text = event("ADDED", POD) + b"\n" + event("BOOKMARK", {"metadata": {"resourceVersion": "7"}})
    pieces = [text[start : start + 11] for start in range(0, len(text), 11)]
    found = site(chunked(*pieces, b""))
    assert [(each.type, each.object) for each in ask(found, "watch", timeoutSeconds=2.5)] == [
        ("ADDED", POD), ("BOOKMARK", {"metadata": {"resourceVersion": "7"}}),
    ]  # fmt: skip
    assert found.heads[0].startswith(b"GET /api/v1/namespaces/default/pods?timeoutSeconds=3&watch=true HTTP/1.1\r\n")


def test_an_error_event_is_a_status(site: Open) -> None:
    found = ask(site(chunked(event("ERROR", {"message": "too\x1b old", "code": 410, "reason": "Expired"}), b"")), "watch")
    assert [(each.type, each.object["message"], each.object["code"]) for each in found] == [("ERROR", "too\N{REPLACEMENT CHARACTER} old", 410)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"garbage\n", "the server sent an event that is no JSON"),
        (b"[]\n", "the server sent an event that is none"),
        (event("MADE", {}), "the server sent an event that is none"),
        (event("ADDED", 7), "the server sent an event that is none"),
        (event("ADDED", {"metadata": 7}), "the server sent an event that is none"),
    ],
)
def test_events_that_are_none(site: Open, text: bytes, message: str) -> None:
    assert problem(site(chunked(text, b"")), "watch") == message


def test_a_watch_that_breaks_off(site: Open) -> None:
    assert problem(site(chunked(event("ADDED", POD))), "watch") == BROKEN


def test_a_watch_ends_when_its_time_is_over(site: Open) -> None:
    told = threading.Event()

    def say(connection: socket.socket, head: bytes) -> None:
        connection.sendall(chunked(event("ADDED", POD)))
        told.wait(60)

    try:
        assert [each.type for each in ask(site(say), "watch", settings=Settings(timeout=0.2))] == ["ADDED"]
    finally:
        told.set()


def test_a_watch_that_is_refused(site: Open) -> None:
    found = site(answer(json.dumps(errors.Expired("too old").status()).encode(), status="410 Gone"))
    with pytest.raises(errors.Expired):
        ask(found, "watch")


def test_a_closed_watch_closes_its_connection(site: Open) -> None:
    gone = threading.Event()

    def say(connection: socket.socket, head: bytes) -> None:
        connection.sendall(chunked(event("ADDED", POD)))
        if connection.recv(1) == b"":
            gone.set()

    response = Transport(Connection(site(say).url))(Request("watch", "", "v1", "pods"))
    assert response.stream is not None
    assert next(response.stream).type == "ADDED"
    response.stream.close()  # type: ignore[attr-defined]
    assert gone.wait(30)


def test_lines_of_a_log(site: Open) -> None:
    found = site(chunked("one\ntw\u00f6\n\r half".encode()[:9], "one\ntw\u00f6\n\r half".encode()[9:], b""))
    request = Request("get", "", "v1", "pods", namespace="d", name="web", subresource="log", options={"container": "c", "follow": True, "tailLines": 0})
    response = Transport(Connection(found.url))(request)
    assert list(response.stream or ()) == ["one\n", "tw\u00f6\n", "\r half"]
    assert found.heads[0].startswith(b"GET /api/v1/namespaces/d/pods/web/log?container=c&follow=true&tailLines=0 HTTP/1.1\r\n")


DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"wrong": 1}}


def test_fields_that_are_there_twice_are_refused_before_they_are_sent(site: Open) -> None:
    found = site(answer())
    options = {"duplicates": ['duplicate field "spec.replicas"'], "fieldValidation": "Strict"}
    with pytest.raises(errors.BadRequest) as caught:
        Transport(Connection(found.url))(Request("create", "apps", "v1", "deployments", body=DEPLOYMENT, options=options))
    assert str(caught.value) == ('Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: '
                                 'duplicate field "spec.replicas", unknown field "spec.wrong"')  # fmt: skip
    assert found.heads == []


def test_fields_that_are_there_twice_are_warned_of(site: Open) -> None:
    found = site(answer(json.dumps(DEPLOYMENT).encode(), status="201 Created"))
    for mode, warnings in (("Warn", ('duplicate field "spec.replicas"',)), ("Ignore", ())):
        options = {"duplicates": ['duplicate field "spec.replicas"'], "fieldValidation": mode}
        response = Transport(Connection(found.url))(Request("create", "apps", "v1", "deployments", body=DEPLOYMENT, options=options))
        assert (response.code, response.warnings) == (201, warnings)
