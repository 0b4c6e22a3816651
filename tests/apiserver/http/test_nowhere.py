"""What is answered where nothing is: a Status, or Go's own words; and nothing of it to those who may not ask."""

import pytest

from tests.apiserver.http import world
from tests.apiserver.http.world import Site

# Of parts of the API that are there, or that kube-apiserver claims as a whole.
STATUSES = ("/api/v1/foo", "/api/v2", "/api/v2/foo", "/api/v1/pods/a/b/c/d", "/apis/apps/v9", "/apis/apps/v9/deployments", "/apis/apps/v1/foo", "/version/foo",
            "/api/v1//nodes", "/api/v1/namespaces//pods")
PAGES = ("/foo", "/apis/foo", "/apis/foo.example.com/v1", "/apis/foo.example.com/v1/foos", "/apis/foo.example.com/v1/foos/a/b/c/d",
         "/apis/metrics.k8s.io/v9/foo", "/healthz/", "/healthz/foo", "/livez/etcd/", "/metrics/", "/openapi", "/openapi/v2/", "/openapi/v3/apis/foo/v1",
         "/.well-known", "/openid/v1",
         "//api/v1", "//api/v1/nodes")  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("path", STATUSES)
def test_parts_of_the_api_answer_with_a_status(method: str, path: str) -> None:
    async def scene(site: Site) -> None:
        found = await site.ask(method, path)
        assert (found.code, found.headers["Content-Type"]) == (404, "application/json")
        assert found.json == {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "NotFound", "details": {}, "code": 404,
                              "message": "the server could not find the requested resource"}  # fmt: skip

    world.play(scene)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", PAGES)
def test_nobody_claims_other_paths(method: str, path: str) -> None:
    async def scene(site: Site) -> None:
        found = await site.ask(method, path)
        assert (found.code, found.text, found.headers["Content-Type"]) == (404, "404 page not found\n", "text/plain; charset=utf-8")
        assert found.headers["X-Content-Type-Options"] == "nosniff"

    world.play(scene)


@pytest.mark.parametrize(("path", "what"), [
    ("/foo", 'cannot get path "/foo"'),
    ("/apis/foo.example.com/v1", 'cannot get path "/apis/foo.example.com/v1"'),
    ("/apis/foo.example.com/v1/foos", 'cannot list resource "foos" in API group "foo.example.com" at the cluster scope'),
    ("/api/v1/namespaces/a/pods/b/c/d", 'cannot get resource "pods/c" in API group "" in the namespace "a"'),
])  # fmt: skip
def test_who_may_not_ask_is_told_nothing(path: str, what: str) -> None:
    async def scene(site: Site) -> None:
        found = await site.ask("GET", path, user="jane")
        assert (found.code, found.json["reason"], "details" in found.json, what in found.json["message"]) == (403, "Forbidden", True, True)

    world.play(scene)


@pytest.mark.parametrize("path", ["/apis/apps/v1", "/version", "/metrics", "/livez/ping"])
def test_what_is_there_takes_no_other_methods(path: str) -> None:
    async def scene(site: Site) -> None:
        found = await site.ask("POST", path)
        assert (found.code, found.json["reason"], found.json["details"]) == (405, "MethodNotAllowed", {})

    world.play(scene)
