"""lightkube on objects of built-in kinds."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.conformance import clients
from tests.conformance.conftest import Served

lightkube = pytest.importorskip("lightkube", reason="lightkube is not installed")

from lightkube import codecs  # noqa: E402
from lightkube.models import apps_v1  # noqa: E402
from lightkube.resources import apps_v1 as apps  # noqa: E402
from lightkube.resources import core_v1 as core  # noqa: E402
from lightkube.types import PatchType  # noqa: E402

RESOURCES = {"ConfigMap": core.ConfigMap, "Service": core.Service, "Pod": core.Pod, "Deployment": apps.Deployment}
each_kind = pytest.mark.parametrize("kind", clients.KINDS)


@pytest.fixture(scope="module")
def space(served: Served) -> Iterator[str]:
    """A namespace for this module."""
    with clients.namespace(served, "lightkube") as name:
        yield name


@contextmanager
def connected(served: Served, space: str) -> Iterator[Any]:
    """Lend a client with connections of its own."""
    config = lightkube.KubeConfig.from_file(served.kubeconfig)
    found = lightkube.Client(config, namespace=space, field_manager="lightkube")
    yield found
    found._client._client.close()  # lightkube itself leaves that to the garbage collector


@pytest.fixture
def api(served: Served, space: str) -> Iterator[Any]:
    """The administrator's client."""
    with connected(served, space) as found:
        yield found


def made(kind: str, name: str, space: str, **labels: str) -> Any:
    """Return an object in lightkube's types."""
    return codecs.from_dict(clients.manifest(kind, name, space, **labels))


@each_kind
def test_an_object_lives(api: Any, space: str, kind: str) -> None:
    resource = RESOURCES[kind]
    created = api.create(made(kind, "life", space, round="one"))
    assert (created.metadata.name, created.metadata.labels) == ("life", {"round": "one"})
    with pytest.raises(lightkube.ApiError, match='"life" already exists') as twice:
        api.create(made(kind, "life", space))
    assert (twice.value.status.code, twice.value.status.reason) == (409, "AlreadyExists")
    assert api.get(resource, "life").metadata.uid == created.metadata.uid

    def patched(body: Any, how: PatchType) -> Any:
        return api.patch(resource, "life", body, patch_type=how).metadata.labels

    assert patched({"metadata": {"labels": {"a": "1"}}}, PatchType.STRATEGIC) == {"round": "one", "a": "1"}
    assert patched({"metadata": {"labels": {"a": None, "b": "2"}}}, PatchType.MERGE) == {"round": "one", "b": "2"}
    assert patched([{"op": "replace", "path": "/metadata/labels/b", "value": "3"}], PatchType.JSON) == {"round": "one", "b": "3"}
    api.delete(resource, "life")
    clients.until(lambda: "life" not in [item.metadata.name for item in api.list(resource)])
    with pytest.raises(lightkube.ApiError, match='"life" not found') as gone:
        api.get(resource, "life")
    assert gone.value.status.code == 404


@each_kind
def test_server_side_apply(api: Any, space: str, kind: str) -> None:
    applied = api.apply(made(kind, "applied", space, shade="dark"), field_manager="one")
    assert [(entry.manager, entry.operation) for entry in applied.metadata.managedFields] == [("one", "Apply")]
    with pytest.raises(lightkube.ApiError, match='conflict with "one": .metadata.labels.shade') as conflict:
        api.apply(made(kind, "applied", space, shade="light"), field_manager="two")
    assert conflict.value.status.code == 409
    assert api.apply(made(kind, "applied", space, shade="light"), field_manager="two", force=True).metadata.labels == {"shade": "light"}
    api.delete(RESOURCES[kind], "applied")


@each_kind
def test_lists_in_pages_and_a_collection_deleted(api: Any, space: str, kind: str) -> None:
    resource = RESOURCES[kind]
    clients.until(lambda: not list(api.list(resource, labels={"shade": "light"})))
    for number in range(5):
        api.create(made(kind, f"page-{number}", space, set="pages", parity=str(number % 2)))

    def names(**options: Any) -> list[str]:
        return [item.metadata.name for item in api.list(resource, **options)]

    assert names(labels={"set": "pages"}, chunk_size=2) == [f"page-{number}" for number in range(5)]
    assert names(labels={"parity": "1"}, fields={"metadata.name": "page-3"}) == ["page-3"]
    api.deletecollection(resource)
    clients.until(lambda: names(labels={"set": "pages"}) == [])


@each_kind
def test_a_watch_while_another_writes(served: Served, api: Any, space: str, kind: str) -> None:
    resource = RESOURCES[kind]
    listing = api.list(resource, labels={"watched": "yes"})
    assert list(listing) == []
    with connected(served, space) as other:
        other.create(made(kind, "unseen", space))
        other.create(made(kind, "seen", space, watched="yes"))
        events = api.watch(resource, labels={"watched": "yes"}, resource_version=listing.resourceVersion, server_timeout=60)
        with closing(events):
            seen = follow(events, lambda body: other.patch(resource, "seen", body))
        other.delete(resource, "seen")
        other.delete(resource, "unseen")
    whole = {"watched": "yes", "more": "1"}
    assert seen == [("ADDED", {"watched": "yes"}), ("MODIFIED", whole), ("DELETED", whole)]


def follow(events: Iterator[tuple[str, Any]], patch: Callable[[Any], object]) -> list[tuple[str, dict[str, str]]]:
    """Read a watch; change what it shows after each event."""
    seen: list[tuple[str, dict[str, str]]] = []
    for word, obj in events:
        labels = obj.metadata.labels
        if word == "MODIFIED" and labels == seen[-1][1]:
            continue  # a controller has written the status
        seen.append((word, labels))
        if len(seen) == 3:
            break
        patch({"metadata": {"labels": {"more": "1"} if len(seen) == 1 else {"watched": "no"}}})
    return seen


def test_scale_status_and_logs_of_a_deployment(api: Any, space: str) -> None:
    api.create(made("Deployment", "web", space))
    assert api.wait(apps.Deployment, "web", for_conditions=["Available"]).status.availableReplicas == 2

    def scaled() -> Any:
        scale = api.get(apps.Deployment.Scale, "web")
        scale.spec.replicas = 3
        return api.replace(scale)

    assert clients.retried(scaled, lightkube.ApiError).spec.replicas == 3
    clients.until(lambda: api.get(apps.Deployment.Scale, "web").status.replicas == 3)

    def noted() -> Any:
        deployment = api.get(apps.Deployment, "web")
        deployment.status.conditions.append(apps_v1.DeploymentCondition(type="Reviewed", status="True"))
        return api.replace(apps.Deployment.Status.from_dict(deployment.to_dict()))

    assert clients.retried(noted, lightkube.ApiError).status.conditions[-1].type == "Reviewed"
    assert api.patch(apps.Deployment.Status, "web", {"status": {"collisionCount": 7}}, patch_type=PatchType.MERGE).status.collisionCount == 7
    clients.until(lambda: api.get(apps.Deployment, "web").status.readyReplicas == 3)  # no log before
    pod = next(iter(api.list(core.Pod, labels={"app": "web"}))).metadata.name
    assert list(api.log(pod, container="web", follow=False)) == [clients.NO_LOG + "\n"]
    assert list(api.log(pod, tail_lines=1, newlines=False)) == [clients.NO_LOG]
    api.delete(apps.Deployment, "web")
    clients.until(lambda: not list(api.list(core.Pod, labels={"app": "web"})))
