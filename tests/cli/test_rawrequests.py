"""--raw in process: the same bytes as from `kctl serve`, errors as of other requests, and nobody gets more than he may have."""

import pytest

from minikube_py.testing import Kctl


@pytest.fixture
def api(kctl: Kctl) -> Kctl:
    """A cluster with a config map."""
    kctl("create configmap a --from-literal=x=y")
    return kctl


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("/version", '{\n  "major": "1",\n  "minor": "33",\n'),
        ("/healthz", "ok"),
        ("/readyz?verbose", "[+]ping ok\n[+]etcd ok\n"),
        ("/livez/ping", "ok"),
        ("/", '{\n  "paths": [\n    "/.well-known/openid-configuration",\n'),
        ("/api", '{"kind":"APIVersions","versions":["v1"],'),
        ("/apis/apps/v1", '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"apps/v1",'),
        ("/openapi/v3", '{"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash='),
        ("/metrics", "# HELP "),
        ("/.well-known/openid-configuration", '{"issuer":"https://'),
        ("/api/v1/namespaces/default/configmaps/a", '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"default",'),
        ("/api/v1/namespaces/default/configmaps?limit=1&fieldSelector=metadata.name=a", '{"kind":"ConfigMapList","apiVersion":"v1","metadata":{'),
        ("https://elsewhere/healthz", "ok"),
    ],
)
def test_every_path_of_the_api(api: Kctl, path: str, begins: str) -> None:
    assert api.result(["get", "--raw", path]).out.startswith(begins)


def test_a_query_is_heeded(api: Kctl) -> None:
    assert api("get --raw /api/v1/namespaces/default/configmaps/a?pretty=true").startswith('{\n  "kind": "ConfigMap",\n')
    assert '"name":"a"' not in api("get --raw /api/v1/namespaces/default/configmaps?labelSelector=no%3Dsuch")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("get --raw /api/v1/nope", "Error from server (NotFound): the server could not find the requested resource"),
        ("get --raw /api/v1/namespaces/default/pods/a%20b", 'Error from server (NotFound): pods "a b" not found'),
        ("get --raw /metrics --as bob", 'Error from server (Forbidden): forbidden: User "bob" cannot get path "/metrics"'),
        ("get --raw /api/v1/nodes --as bob", 'Error from server (Forbidden): nodes is forbidden: User "bob" cannot list resource "nodes" in API '
         'group "" at the cluster scope'),
        ("delete --raw /api/v1/namespaces/default/configmaps/a --as bob", 'Error from server (Forbidden): configmaps "a" is forbidden: User "bob" cannot '
         'delete resource "configmaps" in API group "" in the namespace "default"'),
        ("get --raw /version pods", "error: arguments may not be passed when --raw is specified"),
        ("get --raw /version -o json", "error: --raw and --output are mutually exclusive"),
        ("get --raw /version -w", "error: --raw may not be specified with other flags that filter the server request or alter the output"),
        ("get --raw /version -l a=b", "error: --raw may not be specified with other flags that filter the server request or alter the output"),
        ("get --raw /a%zz", 'error: --raw must be a valid URL path: parse "/a%zz": invalid URL escape "%zz"'),
    ],
)  # fmt: skip
def test_refusals(api: Kctl, line: str, message: str) -> None:
    assert api.result(line) == (1, "", message + "\n")


def test_objects_are_made_replaced_and_deleted(api: Kctl) -> None:
    where, body = "/api/v1/namespaces/default/configmaps", '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"b"},"data":{"k":"%s"}}'
    assert '"k":"1"' in api(f"create --raw {where} -f -", body % 1)
    assert '"k":"2"' in api(f"replace --raw {where}/b -f -", body % 2)
    assert api("get configmap b -o jsonpath={.data.k}") == "2"
    assert api(f"delete --raw {where}/b").startswith('{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success",')
    assert api.result("get configmap b").code == 1


def test_loops_follow_what_raw_requests_change(api: Kctl) -> None:
    api("create --raw /api/v1/namespaces -f -", '{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"n"}}')
    assert api("get serviceaccounts -n n -o name") == "serviceaccount/default\n"


def test_a_watch_ends_when_it_was_asked_to(api: Kctl) -> None:
    found = api("get --raw /api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Da")
    assert found.startswith('{"type":"ADDED","object":{"kind":"ConfigMap",') and found.count("\n") == 1


def test_what_it_logs(api: Kctl) -> None:
    found = api.result("get --raw /healthz?verbose -v=6 --request-timeout=5s")
    assert '"Response" verb="GET" url="kctl://minikube/healthz?timeout=5s&verbose=" status="200 OK" milliseconds=' in found.err


@pytest.mark.parametrize(("line", "place"), [("get", "get.go:174"), ("create -f -", "create.go:114"), ("replace -f -", "replace.go:123"),
                                             ("delete", "delete.go:161")])  # fmt: skip
def test_the_body_of_a_refusal_is_logged(api: Kctl, line: str, place: str) -> None:
    found = api.result(f"{line} --raw /api/v1/nope -v=8", "{}")
    assert f'{place}] "Response Body" body=<\n\t{{"kind":"Status",' in found.err
