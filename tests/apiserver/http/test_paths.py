"""Paths and methods as resources and verbs."""

import pytest

from minikube_py.apiserver.http import paths
from minikube_py.machinery import errors


@pytest.mark.parametrize(("line", "expected"), [
    ("GET /api/v1/pods", "list  v1 pods   "),
    ("GET /api/v1/namespaces", "list  v1 namespaces   "),
    ("GET /api/v1/namespaces/x", "get  v1 namespaces  x "),
    ("PUT /api/v1/namespaces/x/finalize", "update  v1 namespaces  x finalize"),
    ("GET /api/v1/namespaces/x/status", "get  v1 namespaces  x status"),
    ("DELETE /api/v1/namespaces/x/pods", "deletecollection  v1 pods x  "),
    ("DELETE /api/v1/namespaces/x/pods/y", "delete  v1 pods x y "),
    ("POST /api/v1/namespaces/x/pods", "create  v1 pods x  "),
    ("POST /api/v1/namespaces/x/pods/y/eviction", "create  v1 pods x y eviction"),
    ("PATCH /apis/apps/v1/namespaces/x/deployments/y/scale", "patch apps v1 deployments x y scale"),
    ("GET /api/v1/watch/pods", "watch  v1 pods   "),
    ("GET /api/v1/watch/namespaces/x/pods/y", "watch  v1 pods x y "),
    ("GET /api/v1/namespaces/a%2Fb/pods/c%20d", "get  v1 pods a/b c d "),
    ("GET /api/v1/nodes/", "list  v1 nodes   "),
    ("HEAD /api/v1/nodes/n", "get  v1 nodes  n "),
])  # fmt: skip
def test_resources(line: str, expected: str) -> None:
    found = paths.parse(*line.split(" ", 1))
    assert found.is_resource
    assert " ".join((found.verb, found.group, found.version, found.resource, found.namespace, found.name, found.subresource)) == expected


@pytest.mark.parametrize("path", ["/", "/api", "/apis", "/api/v1", "/apis/apps", "/apis/apps/v1", "/version", "/openapi/v3/apis/apps/v1", "/readyz/etcd"])
def test_other_paths(path: str) -> None:
    assert paths.parse("GET", path) == paths.Target("get", path)
    assert paths.parse("POST", path).verb == "post"


def test_what_follows_a_proxy() -> None:
    assert paths.parse("GET", "/api/v1/nodes/n/proxy/metrics/cadvisor").rest == "metrics/cadvisor"


@pytest.mark.parametrize("line", ["POST /api/v1/namespaces/x/pods/y", "PUT /api/v1/nodes", "PATCH /api/v1/namespaces/x/pods", "OPTIONS /api/v1/nodes/n"])
def test_methods_that_a_path_does_not_take(line: str) -> None:
    assert not paths.parse(*line.split(" ", 1)).is_allowed


def test_a_proxy_takes_all_methods() -> None:
    found = paths.parse("OPTIONS", "/api/v1/namespaces/x/pods/y/proxy/z")
    assert (found.verb, found.subresource, found.rest, found.is_allowed) == ("", "proxy", "z", True)


def test_what_nobody_serves() -> None:
    found = paths.parse("GET", "/api/v1/namespaces/x/pods/y/log/more")  # but somebody is asked whether it may be read
    assert (found.resource, found.name, found.subresource, type(found.problem)) == ("pods", "y", "log", errors.UnknownPath)
    assert paths.parse("GET", "/api/v1/namespaces//pods").problem is not None  # it would be a namespace called pods
    assert paths.parse("GET", "/api/v1/nodes/n/proxy//a").problem is None
    with pytest.raises(errors.MethodNotAllowed):
        paths.parse("TRACE", "/api/v1/pods")
