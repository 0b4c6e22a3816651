"""Whatever comes in, the server answers without a 5xx and without a traceback: cases made from its own OpenAPI, and bytes made from nothing."""

import json
import os
import socket
import ssl
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from tests.conformance import campaign, rubbish
from tests.conformance.conftest import Served

SEED = int(os.environ.get("KCTL_FUZZ_SEED", "1"))
# Refusals that are no fault of the server's: their code, and their reason.
ALLOWED = {429: "TooManyRequests", 504: "Timeout"}
# Behind .../proxy nothing runs in a dry run; these are told apart from everything else that might be unavailable.
UNREACHABLE = ("error trying to reach service: ", "no endpoints available for service ", "no service port ")
# What kube-apiserver itself answers of a component that there is not: 500, without a reason (registry/core/componentstatus).
NO_COMPONENT = "Component not found: "
_NAMES = ("a", "b", "default", "minikube")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with campaign.serving(tmp_path_factory.mktemp("fuzz")) as server:
        yield server


def is_fine(code: int, text: str, path: str) -> bool:
    """Tell whether an answer is no error of the server's own."""
    if code < 500 and code != 429:
        return True
    try:
        status = json.loads(text)
    except ValueError:
        return False
    reason, message = status.get("reason"), str(status.get("message", ""))
    if code == 503 and "/proxy" in path:
        return bool(reason == "ServiceUnavailable" and message.startswith(UNREACHABLE))
    if code == 500 and "/componentstatuses/" in path:
        return bool(reason is None and message.startswith(NO_COMPONENT))
    return code in ALLOWED and reason == ALLOWED[code]


class Sender:
    """Sends the cases of schemathesis, and keeps those that were answered badly."""

    def __init__(self, served: Served, session: Any) -> None:
        self.codes: Counter[int] = Counter()
        self.bad: list[tuple[object, ...]] = []
        self._url = campaign.keys(served).url
        self._session = session

    @property
    def count(self) -> int:
        return sum(self.codes.values())

    def send(self, case: Any, number: int) -> None:
        """Send a case; three of four are about objects that there may be, as names by chance never are."""
        if number % 4:
            _aim(case, number)
        arguments = case.as_transport_kwargs(base_url=self._url)
        watches = "watch" in str(arguments.get("params")).lower() or "follow" in str(arguments.get("params")).lower()
        with self._session.request(**arguments, stream=watches, timeout=60) as found:
            self.codes[found.status_code] += 1
            text = found.text if found.status_code >= 429 else ""
            if found.status_code == 503 and arguments["method"] == "HEAD":
                text = self._session.get(found.url, timeout=60).text  # which tells the reason
            if not is_fine(found.status_code, text, case.path):
                self.bad.append((arguments["method"], found.url, arguments.get("json"), found.status_code, text[:1000]))


def _aim(case: Any, number: int) -> None:
    """Let a case be about an object that there may be."""
    name = _NAMES[number % len(_NAMES)]
    if case.path_parameters:
        case.path_parameters = {key: {"namespace": "default", "name": name}.get(key, value) for key, value in case.path_parameters.items()}
    if isinstance(case.body, dict) and number % 3:
        case.body = {**case.body, "metadata": {"name": name}}


def _session(served: Served, folder: str) -> Any:
    import requests

    found = campaign.keys(served)
    paths = [os.path.join(folder, name) for name in ("ca", "crt", "key")]
    for path, content in zip(paths, (found.authority, found.certificate, found.key), strict=True):
        Path(path).write_bytes(content)
    session = requests.Session()
    session.trust_env = False
    session.verify, session.cert = paths[0], (paths[1], paths[2])
    return session


def _operations(sender: Sender, session: Any) -> list[Any]:
    """Return all operations of all documents of /openapi/v3."""
    import schemathesis

    url = sender._url
    found = []
    for reference in session.get(f"{url}/openapi/v3").json()["paths"].values():
        document = session.get(url + reference["serverRelativeURL"]).json()
        found += [one.ok() for one in schemathesis.openapi.from_dict(document).get_all_operations()]  # type: ignore[union-attr]
    return found


_POD = {"containers": [{"name": "web", "image": "nginx", "ports": [{"containerPort": 80}]}]}
_LABELS = {"app": "a"}
POPULATION: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/v1/nodes", {"metadata": {"name": "minikube"}}),
    ("/api/v1/namespaces/default/pods", {"metadata": {"name": "a", "labels": _LABELS}, "spec": {**_POD, "nodeName": "minikube"}}),
    ("/api/v1/namespaces/default/services", {"metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}], "selector": _LABELS}}),
    ("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "a"}, "data": {"x": "y"}}),
    ("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "a"}}),
    ("/apis/apps/v1/namespaces/default/deployments", {"metadata": {"name": "a"}, "spec": {
        "selector": {"matchLabels": _LABELS}, "template": {"metadata": {"labels": _LABELS}, "spec": _POD}}}),
)  # fmt: skip


def _populate(sender: Sender) -> None:
    """Let there be some objects to aim at: earlier cases may have deleted them."""
    for path, body in POPULATION:
        with sender._session.post(sender._url + path, json=body, timeout=60) as found:
            assert found.status_code in (201, 403, 409), found.text  # 403: where the namespace is on its way out


def fuzz(served: Served, choose: Callable[[Sequence[Any]], Sequence[Any]], each: int, at_least: int) -> None:
    """Send cases that fit the documents, and cases that do not; `each` of both for an operation."""
    begun = time.monotonic()
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    with tempfile.TemporaryDirectory() as folder, _session(served, folder) as session:
        sender = Sender(served, session)
        for number, operation in enumerate(choose(_operations(sender, session))):
            if number % 10 == 0:
                _populate(sender)
            for mode in schemathesis.GenerationMode:
                with suppress(Unsatisfiable):  # an operation without parameters has nothing that could be wrong
                    _try(sender, operation.as_strategy(mode), each)
    print(f"\n{sender.count} cases in {time.monotonic() - begun:.0f} s, seed {SEED}: {dict(sorted(sender.codes.items()))}")
    for one in sender.bad:
        print(one)
    assert sender.bad == []
    assert sender.count >= at_least


def _try(sender: Sender, strategy: Any, each: int) -> None:
    @seed(SEED)
    @settings(max_examples=each, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(case=strategy)
    def one(case: Any) -> None:
        sender.send(case, sender.count)

    one()


def test_a_slice_of_the_documents_cases(served: Served) -> None:
    fuzz(served, lambda operations: operations[::20], 3, 150)


HOLLOW: tuple[dict[str, Any], ...] = (
    {}, {"metadata": {}}, {"metadata": {}, "spec": {}}, {"spec": {"template": {}}}, {"metadata": {"name": "x"}, "spec": {"template": {"spec": {}}}},
    {"metadata": {"generateName": "x-"}, "spec": {"template": {"metadata": {}}, "selector": {}}},
)  # fmt: skip


def test_hollow_bodies(served: Served) -> None:
    """What can be created at all is created of next to nothing, or refused; an empty Job was a KeyError once."""
    sent = 0
    with tempfile.TemporaryDirectory() as folder, _session(served, folder) as session:
        url = campaign.keys(served).url
        for reference in session.get(f"{url}/openapi/v3").json()["paths"].values():
            for path, item in session.get(url + reference["serverRelativeURL"]).json()["paths"].items():
                path = path.replace("{namespace}", "default")
                if "post" not in item or "{" in path:
                    continue
                for body in HOLLOW:
                    found = session.post(url + path, json=body)
                    assert found.status_code < 500, (path, body, found.text)
                    sent += 1
    assert sent > 200


NO_OBJECTS: tuple[Any, ...] = ([], [{}], 0, "x", True, None, {"metadata": []}, {"metadata": 1}, {"metadata": {"name": {}}}, {"spec": []}, {"kind": []},
                               {"preconditions": 0}, {"preconditions": {"uid": []}}, {"status": "x"}, {"metadata": {"labels": []}})  # fmt: skip


def no_objects(served: Served, step: int) -> int:
    """Send bodies that are no objects, or whose parts are none, to every place that takes one; return how many."""
    sent = 0
    with tempfile.TemporaryDirectory() as folder, _session(served, folder) as session:
        sender = Sender(served, session)
        _populate(sender)
        for operation in _operations(sender, session)[::step]:
            if operation.method.upper() not in ("POST", "PUT", "PATCH", "DELETE") or "{path}" in operation.path:
                continue
            url = sender._url + operation.path.format(namespace="default", name="a")
            for body in NO_OBJECTS:
                media = "application/merge-patch+json" if operation.method.upper() == "PATCH" else "application/json"
                found = session.request(operation.method.upper(), f"{url}?dryRun=All", data=json.dumps(body), headers={"Content-Type": media}, timeout=60)
                assert is_fine(found.status_code, found.text, operation.path), (operation.method, operation.path, body, found.text)
                sent += 1
    return sent


def test_bodies_that_are_no_objects(served: Served) -> None:
    pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    assert no_objects(served, 7) > 500


@pytest.mark.long
def test_many_bodies_that_are_no_objects(served: Served) -> None:
    pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    assert no_objects(served, 1) > 5000


@pytest.mark.long
def test_the_documents_cases(served: Served) -> None:
    fuzz(served, lambda operations: operations, 10, 10_000)


def exchange(served: Served, tls: ssl.SSLContext, data: bytes, seconds: float = 20.0) -> bytes:
    """Send bytes; return the first of the answer, or nothing where the connection was closed or nothing came."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", int(served.port)), timeout=seconds) as plain, \
            tls.wrap_socket(plain, server_hostname="127.0.0.1") as secure:  # fmt: skip
        with suppress(BrokenPipeError, ConnectionResetError):
            secure.sendall(data)
        answer = found = secure.recv(4096)
        while answer[8:10] == b" 5" and found and len(answer) < 65536:  # the reason, too, is looked at
            found = secure.recv(4096)
            answer += found
        return answer
    return b""


@pytest.fixture(scope="module")
def admin(served: Served) -> ssl.SSLContext:
    found = campaign.keys(served)
    return campaign.context(found.authority, found.certificate, found.key)


def _path(data: bytes) -> str:
    return data.split(b"\r\n", 1)[0].decode("utf-8", "replace").partition("?")[0]


def _body(answer: bytes) -> str:
    """Return the body of an answer."""
    return answer.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")


def refuses_well(served: Served, admin: ssl.SSLContext, data: bytes) -> bytes:
    """There is no 5xx, and the server lives. Return the code of the answer, if there is one."""
    answer = exchange(served, admin, data, 1.0)
    words = answer.split(b"\r\n", 1)[0].split(b" ")
    assert served.process.poll() is None
    if words == [b""]:
        return b""  # closed, or it waits for more
    if data.startswith(b"HEAD ") and words[1] == b"503":
        return refuses_well(served, admin, b"GET" + data[4:])  # which tells the reason
    assert words[0].startswith(b"HTTP/") and is_fine(int(words[1]), _body(answer), _path(data)), (answer, data)
    return words[1]


def _raw(served: Served, admin: ssl.SSLContext, count: int) -> None:
    begun, codes = time.monotonic(), Counter[bytes]()

    @seed(SEED)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=rubbish.requests() | st.binary(max_size=200))
    def one(data: bytes) -> None:
        codes[refuses_well(served, admin, data)] += 1

    one()
    print(f"\n{codes.total()} requests in {time.monotonic() - begun:.0f} s, seed {SEED}: {dict(sorted(codes.items()))}")


def test_bytes_made_from_nothing(served: Served, admin: ssl.SSLContext) -> None:
    _raw(served, admin, 200)


@pytest.mark.long
def test_many_bytes_made_from_nothing(served: Served, admin: ssl.SSLContext) -> None:
    _raw(served, admin, 5000)


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    b"POST /api/v1/namespaces HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /api/v1/namespaces HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/namespaces HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /api/v1/namespaces HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    b"POST /api/v1/namespaces HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
])  # fmt: skip
def test_broken_frames(served: Served, admin: ssl.SSLContext, data: bytes) -> None:
    answers = (exchange(served, admin, data) for _ in range(5))  # a connection that ends with unread bytes may be reset before its answer is read
    answer = next((one for one in answers if one), b"")
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 400 ")), answer
    assert b"HTTP/1.1 200 " in exchange(served, admin, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")


def test_a_body_that_is_too_large(served: Served, admin: ssl.SSLContext) -> None:
    answer = exchange(served, admin, b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 413 "), answer


def test_clear_text_on_a_port_of_tls(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", int(served.port)), timeout=20) as plain, suppress(ConnectionResetError):
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP")
