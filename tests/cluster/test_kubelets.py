"""The apiserver's way to the kubelets."""

from typing import Any

import pytest

from minikube_py.cluster import kubelets
from minikube_py.cluster.cluster import Settings
from minikube_py.machinery import errors
from minikube_py.testing import START, new_cluster

LINES = ["one\n", "two\n", "drei ü\n"]


class Runtime:
    def logs(self, pod: Any, container: str, options: Any):  # type: ignore[no-untyped-def]
        yield from LINES


class Engine(Runtime):
    """A runtime that sees to the options itself."""

    def relist(self) -> list[Any]:
        return []


class Loop:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def runtime_of(self, pod: Any) -> Runtime:
        return Runtime() if pod["metadata"].get("annotations") else self.runtime


class Cluster:
    """What is used of a cluster whose runtime is no dry run."""

    settings = Settings(runtime="tested")

    class clock:  # noqa: N801
        now = staticmethod(lambda: START + 100)

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def loop(self, name: str) -> Loop:
        assert name == "kubelet"
        return Loop(self.runtime)


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {}, "status": {"containerStatuses": [{"name": "c", **status}]}}


RUNNING = pod(state={"running": {"startedAt": "2026-01-01T00:00:00Z"}})


def logs(of: dict[str, Any], runtime: Runtime | None = None, **options: Any) -> list[str]:
    return list(kubelets.Kubelets(Cluster(runtime or Runtime())).logs(of, "c", options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, LINES),
        ({"tailLines": 2}, LINES[1:]),
        ({"tailLines": 0}, []),
        ({"tailLines": 9}, LINES),
        ({"limitBytes": 5}, ["one\n", "t"]),
        ({"limitBytes": 14}, ["one\n", "two\n", "drei "]),
        ({"limitBytes": 4}, ["one\n"]),
        ({"timestamps": True, "tailLines": 1}, ["2026-01-01T00:00:00.000000Z drei ü\n"]),
        ({"sinceSeconds": 100}, LINES),
        ({"sinceSeconds": 99}, []),
        ({"sinceTime": "2026-01-01T00:00:01Z"}, []),
    ],
)
def test_options(options: dict[str, Any], expected: list[str]) -> None:
    assert logs(RUNNING, **options) == expected


def test_an_engine_sees_to_the_options_itself() -> None:
    assert logs(RUNNING, Engine(), tailLines=1, timestamps=True, sinceSeconds=1) == LINES
    assert logs(RUNNING, Engine(), limitBytes=5) == ["one\n", "t"]


def test_a_pod_on_paper_beside_an_engine_has_its_own_runtime() -> None:
    on_paper = {**RUNNING, "metadata": {"name": "p", "annotations": {"kctl.dev/runtime": "dryrun"}}}
    assert logs(on_paper, Engine(), tailLines=1) == LINES[2:]
    with pytest.raises(errors.BadRequest, match="container c of pod /p does not run: the runtime is a dry run"):
        kubelets.Kubelets(Cluster(Engine())).streams().exec(on_paper, "c", ["sh"], tty=False)  # type: ignore[arg-type]


def test_a_container_that_has_ended() -> None:
    ended = {"terminated": {"startedAt": "2026-01-01T00:00:00Z", "containerID": "x"}}
    assert logs(pod(state=ended)) == LINES
    assert logs(pod(state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState=ended)) == LINES
    assert logs(pod(state={"waiting": {}}, lastState=ended), previous=True) == LINES


@pytest.mark.parametrize(
    ("status", "options", "message"),
    [
        ({"state": {"waiting": {"reason": "ContainerCreating"}}}, {}, 'container "c" in pod "p" is waiting to start: ContainerCreating'),
        ({"state": {"waiting": {"reason": "ErrImagePull"}}}, {}, 'container "c" in pod "p" is waiting to start: image can\'t be pulled'),
        ({"state": {"waiting": {"reason": "ImagePullBackOff"}}}, {}, 'container "c" in pod "p" is waiting to start: trying and failing to pull image'),
        ({"state": {"running": {}}}, {"previous": True}, 'previous terminated container "c" in pod "p" not found'),
        ({"name": "other"}, {}, 'container "c" in pod "p" is not available'),
    ],
)
def test_refusals(status: dict[str, Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        logs(pod(**status), **options)
    assert caught.value.message == message


def test_a_cluster_without_kubelets() -> None:
    cluster = new_cluster(without=("kubelet",))
    with pytest.raises(errors.ServiceUnavailable, match="no kubelet can be reached in this cluster"):
        cluster.logs(RUNNING, "c", {})
    cluster.close()
