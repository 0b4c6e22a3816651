"""Waiting for what the loops bring about."""

from collections.abc import Iterator

from minikube_py.client.api import WatchEvent
from minikube_py.cluster import waiting
from minikube_py.testing import FakeClock, new_cluster


def config_map(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}


def test_until_something_is_done() -> None:
    cluster = new_cluster()
    looks = iter((False, False, True))
    client = cluster.client()

    def done() -> bool:
        answer = next(looks)
        if not answer:
            client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x-", "namespace": "default"}})
        return answer

    assert waiting.until(cluster, done) is True
    assert waiting.until(cluster, lambda: False, 0.0) is False
    cluster.close()


def test_the_loops_work_before_each_look() -> None:
    clock = FakeClock()
    cluster = new_cluster(clock=clock)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default", "annotations": {"kctl.dev/dryrun-start-delay": "5s"}},
           "spec": {"containers": [{"name": "a", "image": "x"}]}}  # fmt: skip
    client = cluster.client()
    client.create(pod)
    phases = []

    def done() -> bool:
        phases.append(client.get("pods", "p", "default")["status"]["phase"])
        clock.advance(5)
        return len(phases) == 2

    assert waiting.until(cluster, done, 60) is True
    assert phases == ["Pending", "Running"]
    cluster.close()


def test_following_shows_each_change_once() -> None:
    cluster = new_cluster()
    client = cluster.client()
    polled: list[int] = []

    def poll(revision: int) -> Iterator[WatchEvent]:
        polled.append(revision)
        if len(polled) == 1:
            client.create(config_map("first"))
        events = client.watch("configmaps", "default", resource_version=str(revision), timeout_seconds=-1)
        yield from (event for event in events if event.object["metadata"]["name"] != "kube-root-ca.crt")

    start = cluster.backend.revision()
    stream = waiting.follow(cluster, start, poll)
    assert next(stream).object["metadata"]["name"] == "first"
    client.create(config_map("second"))
    assert next(stream).object["metadata"]["name"] == "second"
    assert polled == [start, start + 1]
    cluster.close()


def test_following_ends_and_passes_over_what_did_not_match() -> None:
    cluster = new_cluster()
    polled: list[int] = []

    def poll(revision: int) -> Iterator[WatchEvent]:
        polled.append(revision)
        return iter(())

    cluster.client().create(config_map("unseen"))
    assert list(waiting.follow(cluster, 1, poll, 0.001)) == []
    assert polled[0] == 1
    assert set(polled[1:]) <= {cluster.backend.revision()}
    cluster.close()
