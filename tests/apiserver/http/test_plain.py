"""Discovery, OpenAPI, version, health and metrics over HTTP."""

from tests.apiserver.http import world
from tests.apiserver.http.world import Site

AGGREGATED = ("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;"
              "as=APIGroupDiscoveryList,application/json")  # fmt: skip


def test_discovery() -> None:
    async def scene(site: Site) -> None:
        found = await site.ask("GET", "/apis", Accept=AGGREGATED)
        assert found.headers["Content-Type"] == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        assert (found.code, found.json["kind"]) == (200, "APIGroupDiscoveryList")
        known = await site.ask("GET", "/apis", Accept=AGGREGATED, If_None_Match=found.headers["ETag"])
        assert (known.code, known.text) == (304, "")
        assert (await site.ask("GET", "/apis")).json["kind"] == "APIGroupList"
        for host in ("one", "two"):  # a client is told the address that it asked
            core = await site.ask("GET", "/api", Host=host)
            assert (core.code, core.json["versions"], core.json["serverAddressByClientCIDRs"][0]["serverAddress"]) == (200, ["v1"], host)
        assert (await site.ask("GET", "/api/v1")).json["resources"][0]["name"] == "bindings"
        assert (await site.ask("GET", "/apis/apps")).json["preferredVersion"]["version"] == "v1"
        assert (await site.ask("GET", "/apis/apps/v1")).json["groupVersion"] == "apps/v1"
        assert {"/apis/apps/v1", "/livez/ping", "/readyz/shutdown", "/metrics"} <= set((await site.ask("GET", "/")).json["paths"])

    world.play(scene)


def test_openapi() -> None:
    async def scene(site: Site) -> None:
        root = (await site.ask("GET", "/openapi/v3")).json
        address = root["paths"]["apis/apps/v1"]["serverRelativeURL"]
        found = await site.ask("GET", address)
        assert (found.headers["Cache-Control"], "io.k8s.api.apps.v1.Deployment" in found.json["components"]["schemas"]) == ("public, immutable", True)
        assert (await site.ask("GET", address, If_None_Match=found.headers["ETag"])).code == 304
        bare = await site.ask("GET", address.partition("?")[0])
        assert (bare.headers["ETag"], "Expires" in bare.headers, "Expires" in found.headers) == (found.headers["ETag"], False, True)
        async with site.session.get(f"{address}X", headers={"Authorization": "Bearer admin"}, allow_redirects=False) as old:
            assert (old.status, old.headers["Location"]) == (301, address)
        assert (await site.ask("GET", "/openapi/v3/apis/nope/v1")).code == 404
        old = await site.ask("GET", "/openapi/v2", Accept="application/com.github.proto-openapi.spec.v2@v1.0+protobuf")
        assert (old.code, old.headers["Content-Type"]) == (200, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
        assert "io.k8s.api.apps.v1.Deployment" in old.text
        again = {"Accept": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf", "If-None-Match": old.headers["ETag"]}
        assert (await site.ask("GET", "/openapi/v2", **again)).code == 304
        assert (await site.ask("GET", "/openapi/v2", **again | {"Accept": "application/json"})).code == 200

    world.play(scene)


def test_health() -> None:
    async def scene(site: Site) -> None:
        for path in ("/livez/ping", "/readyz/ping", "/readyz/etcd"):
            assert (await site.ask("GET", path)).text == "ok"
        broken = await site.ask("GET", "/healthz")  # there are no roles in this store
        assert (broken.code, "[-]poststarthook/rbac/bootstrap-roles failed: reason withheld\n" in broken.text) == (500, True)
        site.ready = False
        assert "[-]shutdown failed: reason withheld\n" in (await site.ask("GET", "/readyz?verbose")).text
        assert (await site.ask("GET", "/readyz/nope")).code == 404
        some = await site.ask("GET", "/livez?verbose&exclude=etcd&exclude=ping&exclude=b&exclude=a")
        assert some.text.startswith("[+]ping excluded: ok\n[+]etcd excluded: ok\n")
        assert '\nwarn: some health checks cannot be excluded: no matches for "a","b"\n' in some.text
        assert some.headers["X-Content-Type-Options"] == "nosniff"

    world.play(scene)


def test_metrics_have_no_words_of_others() -> None:
    async def scene(site: Site) -> None:
        for path in ("/made/up", "/apis/made/v1/up", "/api/v1/nodes"):
            await site.ask("GET", path)
        text = (await site.ask("GET", "/metrics")).text
        assert 'apiserver_request_total{verb="LIST",group="",version="v1",resource="nodes",subresource="",scope="cluster",code="200"} 1\n' in text
        assert 'apiserver_current_inflight_requests{request_kind="readOnly"} 1\n' in text
        assert "# TYPE one gauge\none 1\n" in text
        assert "made" not in text

    world.play(scene)
