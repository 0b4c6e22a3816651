"""kr8s on objects of built-in kinds: its synchronous API, and its asynchronous one for requests that it has no method for."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.conformance import clients
from tests.conformance.conftest import CUTS, Served

kr8s = pytest.importorskip("kr8s", reason="kr8s is not installed")

from kr8s import asyncio as kr8s_asyncio  # noqa: E402
from kr8s import objects  # noqa: E402
from kr8s._async_utils import as_sync_func  # noqa: E402

pytestmark = CUTS
PLURALS = {"ConfigMap": "configmaps", "Service": "services", "Pod": "pods", "Deployment": "deployments.apps"}
each_kind = pytest.mark.parametrize("kind", clients.KINDS)


@pytest.fixture(scope="module")
def space(served: Served) -> Iterator[str]:
    """A namespace for this module."""
    with clients.namespace(served, "kr8s") as name:
        yield name


@pytest.fixture(scope="module")
def api(served: Served) -> Iterator[Any]:
    """The administrator's client; kr8s keeps one for each kubeconfig."""
    found = kr8s.api(kubeconfig=served.kubeconfig)
    yield found
    as_sync_func(found._session.aclose)()  # kr8s itself leaves that to the garbage collector


def made(api: Any, kind: str, name: str, space: str, **labels: str) -> Any:
    """Create an object."""
    found = getattr(objects, kind)(clients.manifest(kind, name, space, **labels), api=api)
    found.create()
    return found


def names(api: Any, kind: str, space: str, **options: Any) -> list[str]:
    """List the names of objects."""
    return [item.name for item in api.get(PLURALS[kind], namespace=space, **options)]


@each_kind
def test_an_object_lives(api: Any, space: str, kind: str) -> None:
    found = made(api, kind, "life", space, round="one")
    with pytest.raises(kr8s.ServerError, match='"life" already exists') as twice:
        made(api, kind, "life", space)
    assert twice.value.response.status_code == 409
    assert getattr(objects, kind).get("life", namespace=space, api=api).metadata.uid == found.metadata.uid
    found.label(a="1")
    assert dict(found.labels) == {"round": "one", "a": "1"}
    found.patch({"metadata": {"labels": {"a": None, "b": "2"}}})
    assert dict(found.labels) == {"round": "one", "b": "2"}
    found.patch([{"op": "replace", "path": "/metadata/labels/b", "value": "3"}], type="json")
    assert dict(found.labels) == {"round": "one", "b": "3"}
    found.annotate({"note": "x"})
    assert found.annotations["note"] == "x"
    found.delete()
    found.wait("delete", timeout=60)
    assert found.exists() is False
    with pytest.raises(kr8s.NotFoundError):
        found.refresh()


@each_kind
def test_lists(api: Any, space: str, kind: str) -> None:
    made_ones = [made(api, kind, f"page-{number}", space, set="pages", parity=str(number % 2)) for number in range(4)]
    assert names(api, kind, space, label_selector={"set": "pages"}) == ["page-0", "page-1", "page-2", "page-3"]
    assert names(api, kind, space, label_selector="set=pages,parity!=0", field_selector="metadata.name!=page-1") == ["page-3"]
    for one in made_ones:
        one.delete(propagation_policy="Background")
    clients.until(lambda: names(api, kind, space, label_selector={"set": "pages"}) == [])


def test_a_list_that_takes_more_than_one_page(api: Any, space: str) -> None:
    api.create([objects.ConfigMap(clients.manifest("ConfigMap", f"many-{number:03}", space, set="many"), api=api) for number in range(101)])
    assert names(api, "ConfigMap", space, label_selector={"set": "many"}) == [f"many-{number:03}" for number in range(101)]


@each_kind
def test_a_watch_while_another_writes(served: Served, api: Any, space: str, kind: str) -> None:
    made(api, kind, "unseen", space)
    made(api, kind, "seen", space, watched="yes")
    seen: list[tuple[str, dict[str, str]]] = []
    with closing(api.watch(PLURALS[kind], namespace=space, label_selector="watched=yes")) as events:
        for word, found in events:
            labels = dict(found.labels)
            if word == "MODIFIED" and labels == seen[-1][1]:
                continue  # a controller has written the status
            seen.append((word, labels))
            if len(seen) == 3:
                break
            change = "more=1" if len(seen) == 1 else "watched-"
            assert served.kctl("label", "-n", space, f"{kind.lower()}/seen", change).code == 0  # another process, through the store
    whole = {"watched": "yes", "more": "1"}
    assert seen == [("ADDED", {"watched": "yes"}), ("MODIFIED", whole), ("DELETED", whole)]
    for name in ("seen", "unseen"):
        getattr(objects, kind).get(name, namespace=space, api=api).delete()


def test_scale_status_and_logs_of_a_deployment(api: Any, space: str) -> None:
    web = made(api, "Deployment", "web", space)
    web.wait("condition=Available", timeout=60)
    assert web.ready() and web.replicas == 2
    web.scale(3)
    clients.until(lambda: len(web.pods()) == 3)
    web.patch({"status": {"collisionCount": 7}}, subresource="status")
    assert web.status.collisionCount == 7
    pod = clients.until(lambda: [pod for pod in web.pods() if pod.status.phase == "Running"])[0]  # the others have no log yet
    assert list(pod.logs(container="web")) == [clients.NO_LOG]
    assert list(pod.logs(tail_lines=1)) == [clients.NO_LOG]
    web.delete(propagation_policy="Foreground")
    web.wait("delete", timeout=60)
    assert names(api, "Pod", space, label_selector={"app": "web"}) == []


def test_what_kr8s_knows_of_the_cluster(api: Any) -> None:
    assert api.version()["gitVersion"] == "v1.33.1"
    assert api.whoami() == "minikube-user"
    assert {"v1", "apps/v1"} <= set(api.api_versions())
    assert {"deployments", "configmaps"} <= {row["name"] for row in api.api_resources()}


@each_kind
def test_apply_strategic_patch_and_a_collection_deleted(served: Served, space: str, kind: str) -> None:
    group = "apps/v1" if kind == "Deployment" else "v1"
    plural = PLURALS[kind].partition(".")[0]

    async def all_of_it() -> None:
        api = await kr8s_asyncio.api(kubeconfig=served.kubeconfig)

        async def call(method: str, url: str, content_type: str = "", body: Any = None, **params: str) -> Any:
            more: dict[str, Any] = {"content": json.dumps(body), "headers": {"Content-Type": content_type}} if body else {}
            async with api.call_api(method, version=group, namespace=space, url=url, params=params, **more) as response:
                return response.json()

        body = clients.manifest(kind, "applied", space, set="applied")
        applied = await call("PATCH", f"{plural}/applied", "application/apply-patch+yaml", body, fieldManager="one")
        assert [(entry["manager"], entry["operation"]) for entry in applied["metadata"]["managedFields"]] == [("one", "Apply")]
        body["metadata"]["labels"]["set"] = "other"
        with pytest.raises(kr8s.ServerError, match='conflict with "one": .metadata.labels.set'):
            await call("PATCH", f"{plural}/applied", "application/apply-patch+yaml", body, fieldManager="two")
        patch = {"metadata": {"labels": {"more": "1"}}}
        patched = await call("PATCH", f"{plural}/applied", "application/strategic-merge-patch+json", patch)
        assert patched["metadata"]["labels"] == {"set": "applied", "more": "1"}
        deleted = await call("DELETE", plural, labelSelector="set=applied")
        assert (deleted["kind"], [item["metadata"]["name"] for item in deleted["items"]]) == (f"{kind}List", ["applied"])
        while (await call("GET", plural, labelSelector="set=applied", limit="500"))["items"]:
            await asyncio.sleep(0.02)
        await api._session.aclose()

    asyncio.run(asyncio.wait_for(all_of_it(), clients.PATIENCE))
