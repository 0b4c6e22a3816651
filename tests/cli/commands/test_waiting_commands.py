"""kctl rollout status, wait and drain: what they wait for while the loops go on, and what ends a wait."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from minikube_py.cli import conditions, podspecs
from minikube_py.machinery import durations
from minikube_py.machinery.errors import KctlError
from minikube_py.testing import Kctl
from tests.cli.commands.manifests import DEPLOYMENT


@pytest.fixture
def web(kctl: Kctl) -> Kctl:
    kctl("apply -f -", DEPLOYMENT)
    return kctl


@pytest.fixture
def later(kctl: Kctl) -> Callable[[Callable[[], Any]], threading.Timer]:
    """Return what does something soon, from another thread."""

    def start(work: Callable[[], Any]) -> threading.Timer:
        timer = threading.Timer(0.3, work)
        timer.start()
        return timer

    return start


def test_wait_is_over_as_soon_as_somebody_else_writes(web: Kctl, later: Callable[[Callable[[], Any]], threading.Timer]) -> None:
    client = web.cluster.client()
    timer = later(lambda: client.patch("configmaps", "kube-root-ca.crt", "default", {"metadata": {"labels": {"a": "b"}}}))
    assert web("wait --for=jsonpath={.metadata.labels.a}=b cm/kube-root-ca.crt --timeout=60s") == "configmap/kube-root-ca.crt condition met\n"
    timer.join()


def test_wait_for_creation(web: Kctl, later: Callable[[Callable[[], Any]], threading.Timer]) -> None:
    client = web.cluster.client()
    timer = later(lambda: client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new", "namespace": "default"}}))
    assert web("wait --for=create cm/new --timeout=60s") == "configmap/new condition met\n"
    timer.join()


def test_wait_for_deletion(web: Kctl, later: Callable[[Callable[[], Any]], threading.Timer]) -> None:
    client = web.cluster.client()
    timer = later(lambda: client.delete("configmaps", "kube-root-ca.crt", "kube-node-lease"))
    assert web("wait -n kube-node-lease --for=delete cm/kube-root-ca.crt --timeout=60s") == "configmap/kube-root-ca.crt condition met\n"
    timer.join()


def test_what_never_happens_ends_with_its_time(web: Kctl) -> None:
    over = "error: timed out waiting for the condition"
    assert web.result("wait --for=condition=None deployment/web --timeout=1ms") == (1, "", f"{over} on deployments/web\n")
    assert web.result("wait --for=delete deployment/web --timeout=1ms") == (1, "", f"{over} on deployments/web\n")
    assert web.result("wait --for=create deployment/none --timeout=1ms") == (1, "", f"{over}\n")


def test_all_waits_of_a_command_share_its_time(web: Kctl) -> None:
    assert web.result("wait --for=condition=None deployment/web cm/kube-root-ca.crt --timeout=1ms") == (
        1, "", "timed out waiting for the condition on deployments/web\ntimed out waiting for the condition on configmaps/kube-root-ca.crt\n")  # fmt: skip


def test_rollout_status_of_what_goes_away(web: Kctl, later: Callable[[Callable[[], Any]], threading.Timer]) -> None:
    web(["patch", "deployment", "web", "-p", '{"spec":{"template":{"spec":{"nodeSelector":{"none":"such"}}}}}'])
    client = web.cluster.client()
    timer = later(lambda: client.delete("deployments.apps", "web", "default"))
    result = web.result("rollout status deployment/web")
    timer.join()
    assert result.code == 1 and result.out.startswith('Waiting for deployment "web" rollout to finish: ')
    assert result.err == "error: object has been deleted\n"


def test_rollout_status_follows_until_the_end(web: Kctl, later: Callable[[Callable[[], Any]], threading.Timer]) -> None:
    web("rollout pause deployment/web")
    web("set image deployment/web web=nginx:2")
    client = web.cluster.client()
    timer = later(lambda: client.patch("deployments.apps", "web", "default", {"spec": {"paused": False}}))
    result = web.result("rollout status deployment/web --timeout=60s")
    timer.join()
    waiting = 'Waiting for deployment "web" rollout to finish: 0 out of 2 new replicas have been updated...'
    assert (result.code, result.err, result.out.splitlines()[0]) == (0, "", waiting)
    assert result.out.splitlines()[-1] == 'deployment "web" successfully rolled out'


def test_ctrl_c_ends_a_wait(web: Kctl, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(web.cluster.backend, "wait", interrupted)
    assert web.result("wait --for=condition=None deployment/web") == (130, "", "")
    assert web.result("wait --for=create deployment/none") == (130, "", "")


def test_drain_evicts_again_when_a_budget_allows_it(web: Kctl, monkeypatch: pytest.MonkeyPatch) -> None:
    from minikube_py.cli import evicting

    monkeypatch.setattr(evicting, "_RETRY", 0.01)
    web("scale deployment/web --replicas=1")
    client = web.cluster.client()
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "default"},
              "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}}  # fmt: skip
    client.create(budget)
    web.cluster.settle()
    timer = threading.Timer(0.3, lambda: client.delete("poddisruptionbudgets.policy", "web", "default"))
    timer.start()
    result = web.result("drain minikube --pod-selector=app=web --timeout=60s")
    timer.join()
    assert result.code == 0 and result.out.splitlines()[-1] == "node/minikube drained"
    assert "(will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.\n" in result.err


@pytest.mark.parametrize(
    ("name", "wanted", "fits"),
    [("web", "*", True), ("web", "web", True), ("web", "we", False), ("web", "w*", True), ("web", "*b", True), ("web", "x*", False), ("web", "*x", False)],
)
def test_wildcards_of_containers(name: str, wanted: str, fits: bool) -> None:
    assert podspecs.matches(name, wanted) is fits


def test_conditions_of_an_older_generation_do_not_count() -> None:
    check = conditions.parse("condition=ready")
    assert not isinstance(check, str)
    obj: dict[str, Any] = {"metadata": {"generation": 2}, "status": {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "TRUE"}]}}
    assert check(obj) is False
    obj["status"]["observedGeneration"] = 2
    assert check(obj) is True


def test_what_is_no_condition() -> None:
    with pytest.raises(KctlError, match="^jsonpath wait format must be "):
        conditions.parse("jsonpath={.a}=b=c")


@pytest.mark.parametrize(("seconds", "text"), [(0.5, "500ms"), (1, "1s"), (1.5, "1.5s"), (90, "1m30s"), (3600, "1h0m0s")])
def test_durations_as_go_prints_them(seconds: float, text: str) -> None:
    assert durations.spelled(seconds) == text
