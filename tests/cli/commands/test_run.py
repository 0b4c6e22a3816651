"""kctl run where it stays with the pod: what transcripts cannot show, as the server's words differ from runtime to runtime."""

from minikube_py.testing import Kctl

_PROMPT = "If you don't see a command prompt, try pressing enter.\n"


def test_a_pod_that_nobody_can_attach_to_shows_its_log(kctl: Kctl) -> None:
    code, out, err = kctl.result("run one --image=busybox:1 --attach")
    assert (code, out) == (0, "dry run: container one (busybox:1) was not started, so it has no log\n")
    assert err.startswith(f"{_PROMPT}warning: couldn't attach to pod/one, falling back to streaming logs: ")
    assert kctl("get pods -o name") == "pod/one\n"


def test_what_was_made_is_removed_in_the_end(kctl: Kctl) -> None:
    _, out, _ = kctl.result("run one --image=busybox:1 --port=80 --expose --attach --rm")
    assert out.splitlines()[0] == "service/one created"
    assert out.splitlines()[-2:] == ['pod "one" deleted', 'service "one" deleted']
    kctl.cluster.settle()
    assert "one" not in kctl("get services -o name")


def test_nothing_is_said_of_it_with_quiet(kctl: Kctl) -> None:
    _, out, err = kctl.result("run one --image=busybox:1 --attach --rm -q")
    assert "deleted" not in out
    assert not err.startswith(_PROMPT)


def test_a_pod_that_is_to_end_is_waited_for(kctl: Kctl) -> None:
    code, _, err = kctl.result("run one --image=busybox:1 -i --restart=Never --pod-running-timeout=1s", "")
    assert (code, err.splitlines()[-1]) == (1, "error: timed out waiting for the condition")


def test_a_name_is_needed_before_anything_else_is_looked_at(kctl: Kctl) -> None:
    assert kctl.result(["run", "", "--image=busybox:1", "--env==x", "--dry-run=client"]) == (1, "", "error: Parameter: name is required\n")
