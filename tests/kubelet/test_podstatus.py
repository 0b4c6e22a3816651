"""Phases and conditions, from what containers came to."""

from typing import Any

import pytest

from minikube_py.kubelet import podstatus
from minikube_py.kubelet.podstatus import Facts
from minikube_py.kubelet.runtime import EXITED, RUNNING, ContainerStatus

_STATES: dict[str, dict[str, Any]] = {"r": {"running": {}}, "s": {"terminated": {"exitCode": 0}}, "f": {"terminated": {"exitCode": 1}}, "w": {"waiting": {}},
                                      "l": {"waiting": {}}}  # fmt: skip


def statuses(prefix: str, letters: str) -> list[dict[str, Any]]:
    """Return one status for each letter: r(unning), s(ucceeded), f(ailed), w(aiting), l (waiting for another start)."""
    last = {"terminated": {"exitCode": 1}}
    return [{"name": f"{prefix}{number}", "state": _STATES[letter], "lastState": last if letter == "l" else {}} for number, letter in enumerate(letters)]


@pytest.mark.parametrize(("policy", "inits", "sidecars", "mains", "phase"), [
    ("Always", "", "", "ww", "Pending"), ("Always", "", "", "rw", "Pending"), ("Always", "", "", "rl", "Running"), ("Always", "", "", "ss", "Running"),
    ("Always", "f", "", "ww", "Pending"), ("Always", "l", "", "ww", "Pending"), ("Always", "s", "", "rr", "Running"), ("Always", "r", "r", "r", "Pending"),
    ("Always", "", "f", "ww", "Pending"), ("Always", "", "l", "rr", "Running"), ("Always", "", "s", "rr", "Running"), ("Always", "", "w", "rr", "Pending"),
    ("Always", "s", "r", "s", "Running"), ("Never", "", "", "rs", "Running"), ("Never", "", "", "ss", "Succeeded"), ("Never", "", "", "fs", "Failed"),
    ("Never", "f", "", "ww", "Failed"), ("Never", "f", "r", "ww", "Pending"), ("Never", "", "r", "ss", "Running"), ("Never", "", "f", "ss", "Succeeded"),
    ("Never", "", "l", "ss", "Succeeded"), ("OnFailure", "", "", "ff", "Running"), ("OnFailure", "", "", "ss", "Succeeded"),
    ("OnFailure", "", "", "rl", "Running"),
])  # fmt: skip
def test_phases(policy: str, inits: str, sidecars: str, mains: str, phase: str) -> None:
    first, lasting, ordinary = statuses("i", inits), statuses("s", sidecars), statuses("m", mains)
    spec = {"restartPolicy": policy, "initContainers": [*({"name": one["name"]} for one in first),
                                                        *({"name": one["name"], "restartPolicy": "Always"} for one in lasting)]}  # fmt: skip
    assert podstatus.phase({"spec": spec}, ordinary, [*first, *lasting]) == phase


def test_a_pod_stays_initialized_while_its_sidecar_is_started_again() -> None:
    pod = {"spec": {"initContainers": [{"name": "proxy", "restartPolicy": "Always"}], "containers": [{"name": "web"}]}}
    proxy = ContainerStatus("p", "proxy", 0, EXITED, "i", "", 1.0, 1.0, 2.0, 1)
    web = ContainerStatus("w", "web", 0, RUNNING, "i", "", 1.0, 1.0)
    status = podstatus.build(pod, Facts({"proxy": proxy, "web": web}, {}, {}, {}, "10.0.0.1", "", "dryrun", 3.0, has_inits=True))
    found = {item["type"]: (item["status"], item.get("message", "")) for item in status["conditions"]}
    assert (found["Initialized"], found["Ready"]) == (("True", ""), ("False", "containers with unready status: [proxy]"))


@pytest.mark.parametrize(("state", "kept"), [(RUNNING, {"reason": "Odd", "message": "why"}), (EXITED, {})])
def test_what_somebody_says_of_a_pod_is_kept_as_long_as_its_phase(state: str, kept: dict[str, str]) -> None:
    pod = {"spec": {"restartPolicy": "Never", "containers": [{"name": "web"}]}, "status": {"phase": "Running", "reason": "Odd", "message": "why"}}
    web = ContainerStatus("w", "web", 0, state, "i", "", 1.0, 1.0, 2.0)
    status = podstatus.build(pod, Facts({"web": web}, {}, {}, {}, "10.0.0.1", "", "dryrun", 3.0))
    assert {field: status[field] for field in ("reason", "message") if field in status} == kept


def test_termination_messages_share_what_a_pod_may_say() -> None:
    pod = {"spec": {"restartPolicy": "Never", "containers": [{"name": name} for name in "abcd"]}}
    ends = {name: ContainerStatus(name, name, 0, EXITED, "i", "", 1.0, 1.0, 2.0, 1, "Error", text)
            for name, text in zip("abcd", ("x" * 4096, "y" * 3072, "é" * 1537, "short"), strict=True)}  # fmt: skip
    last = {"a": {"terminated": {"exitCode": 1, "message": "z" * 4096}}}
    status = podstatus.build(pod, Facts(ends, {}, {}, last, "10.0.0.1", "", "dryrun", 3.0))
    assert [item["state"]["terminated"]["message"] for item in status["containerStatuses"]] == ["x" * 3072, "y" * 3072, "é" * 1536, "short"]
    assert status["containerStatuses"][0]["lastState"]["terminated"] == {"exitCode": 1, "message": "z" * 3072}
    assert last["a"]["terminated"]["message"] == "z" * 4096


def test_containers_are_told_of_by_name() -> None:
    pod: Any = {"metadata": {"name": "p"}, "spec": {"initContainers": [{"name": "z"}, {"name": "y"}], "containers": [{"name": "web"}, {"name": "app"}],
                                                    "ephemeralContainers": [{"name": "two"}, {"name": "one"}]}}  # fmt: skip
    status = podstatus.build(pod, Facts({}, {}, {}, {}, "", "", "containerd", 0.0, has_inits=True))
    names = {field: [each["name"] for each in status[field]] for field in status if field.endswith("Statuses")}
    assert names == {"initContainerStatuses": ["z", "y"], "containerStatuses": ["app", "web"], "ephemeralContainerStatuses": ["one", "two"]}
    unready = next(condition["message"] for condition in status["conditions"] if condition["type"] == "Ready")
    assert unready == "containers with unready status: [web app]"
