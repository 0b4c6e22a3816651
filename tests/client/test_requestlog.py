"""What -v logs of requests, at each verbosity: as client-go, without credentials."""

import re

import pytest

from minikube_py.apiserver.request import Request, Response
from minikube_py.client import requestlog
from minikube_py.client.requestlog import Trip
from minikube_py.client.wire import Message
from minikube_py.kits.klog import Log
from minikube_py.machinery import errors

BODY = b'{"a":"b"}\n'
SENT = [("User-Agent", "kctl"), ("Accept", "application/json"), ("Authorization", "Bearer sesame"), ("Accept-Encoding", "gzip")]
CAME = [("etag", '"x"'), ("Content-Type", "application/json")]


PUT = Message("PUT", "/api/v1/nodes/n", (("a", "b c"),), (), BODY)


def logged(verbosity: int, message: Message = PUT, answer: bytes = BODY) -> str:
    """Return what is logged of a request, without times and places of times."""
    written: list[str] = []
    trip = Trip(Log(written.append, verbosity), "https://me:pw@host:1/base", message, "helper.go:319")
    trip.begin(SENT)
    trip.dialled("host:1", 0.002, 0.003)
    trip.end("200 OK", CAME)
    trip.answered(answer)
    return re.sub(r"I[\d .:]+ (\w+\.go:\d+\])", r"\1", re.sub(r"(illiseconds)=\d+", r"\1=N", "".join(written)))


HEADERS = "headers=<\n\tAccept: application/json\n\tAuthorization: Bearer <masked>\n\tUser-Agent: kctl\n >\n"
URL = 'verb="PUT" url="https://host:1/base/api/v1/nodes/n?a=b+c"'


def test_6_tells_of_answers() -> None:
    assert logged(5) == ""
    assert logged(6) == f'round_trippers.go:632] "Response" {URL} status="200 OK" milliseconds=N\n'


def test_7_tells_of_headers() -> None:
    assert logged(7) == f'round_trippers.go:527] "Request" {URL} {HEADERS}round_trippers.go:632] "Response" status="200 OK" milliseconds=N\n'


def test_8_tells_of_bodies() -> None:
    assert logged(8) == (
        'helper.go:319] "Request Body" body=<\n\t{"a":"b"}\n >\n'
        f'round_trippers.go:527] "Request" {URL} {HEADERS}'
        'round_trippers.go:632] "Response" status="200 OK" headers=<\n\tContent-Type: application/json\n\tEtag: "x"\n > milliseconds=N\n'
        'helper.go:319] "Response Body" body=<\n\t{"a":"b"}\n >\n'
    )


def test_9_tells_of_a_command_for_curl_and_of_the_connection() -> None:
    assert logged(9).splitlines()[3:] == [
        'round_trippers.go:527] "Request" curlCommand=<',
        '\tcurl -v -XPUT  -H "User-Agent: kctl" -H "Accept: application/json" -H "Authorization: Bearer <masked>"'
        " 'https://host:1/base/api/v1/nodes/n?a=b+c'",
        " >",
        'round_trippers.go:562] "HTTP Trace: Dial succeed" network="tcp" address="host:1"',
        f'round_trippers.go:632] "Response" {URL} status="200 OK" headers=<',
        "\tContent-Type: application/json",
        '\tEtag: "x"',
        " > milliseconds=N dnsLookupMilliseconds=N dialMilliseconds=N tlsHandshakeMilliseconds=N serverProcessingMilliseconds=N",
        'helper.go:319] "Response Body" body=<',
        '\t{"a":"b"}',
        " >",
    ]


@pytest.mark.parametrize(("verbosity", "shown"), [(8, 1024), (9, 10240), (10, 20000)])
def test_long_bodies_are_cut(verbosity: int, shown: int) -> None:
    rest = f" [truncated {20000 - shown} chars]" if shown < 20000 else ""
    assert logged(verbosity, answer=b"x" * 20000).splitlines()[-1] == f'helper.go:319] "Response Body" body="{"x" * shown}{rest}"'


@pytest.mark.parametrize("path", ["/api/v1/namespaces/n/secrets", "/api/v1/namespaces/n/secrets/s", "/api/v1/namespaces/n/serviceaccounts/s/token",
                                  "/apis/authentication.k8s.io/v1/tokenreviews"])  # fmt: skip
def test_bodies_with_secrets_are_not_shown(path: str) -> None:
    found = logged(10, Message("POST", path, (), (), b"sesame"), b"sesame")
    assert "sesame" not in found and found.count('body="<masked>"') == 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [("Bearer abc", "Bearer <masked>"), ("basic abc", "basic <masked>"), ("Negotiate", "Negotiate"), ("Digest abc", "<masked>"), ("abc", "<masked>"), ("", "")],
)
def test_authorization_is_masked(value: str, shown: str) -> None:
    assert requestlog.masked("authorization", value) == shown


def test_escapes_of_a_server_are_not_obeyed() -> None:
    found = logged(9, answer=b"a\x1b[31m\nb")
    assert "\x1b" not in found and "\ta\N{REPLACEMENT CHARACTER}[31m\n" in found


def test_requests_within_this_process() -> None:
    written: list[str] = []

    def transport(request: Request) -> Response:
        if request.name == "gone":
            raise errors.NotFound("pods", "gone")
        return Response({"kind": "Pod"}, 201)

    inside = requestlog.inside(Log(written.append, 6), "kctl://minikube", transport)
    assert inside(Request("create", "", "v1", "pods", namespace="n", body={})).code == 201
    with pytest.raises(errors.NotFound):
        inside(Request("get", "", "v1", "pods", namespace="n", name="gone"))
    assert [re.sub(r"^.*\] |milliseconds.*", "", line).strip() for line in written] == [
        '"Response" verb="POST" url="kctl://minikube/api/v1/namespaces/n/pods?fieldManager=unknown" status="201 Created"',
        '"Response" verb="GET" url="kctl://minikube/api/v1/namespaces/n/pods/gone" status="404 Not Found"',
    ]


def test_headers_are_those_that_are_left_once_an_answer_is_unpacked() -> None:
    written: list[str] = []
    trip = Trip(Log(written.append, 8), "https://host", PUT, "helper.go:319")
    trip.end("200 OK", [("Content-Encoding", "gzip"), ("Content-Length", "9"), ("Transfer-Encoding", "chunked"), ("vary", "Accept-Encoding")])
    assert "headers=<\n\tVary: Accept-Encoding\n >" in written[0]
