"""kctl get --watch, as transcripts. The clock of these clusters stands still: time passes for --request-timeout only."""

import io
import json
import threading

import pytest

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.testing import FakeClock, Kctl, new_cluster

HEADER = "NAME   DATA   AGE\n"


class Script(io.StringIO):
    """An output that does something when it is flushed for the first, second, ... time, as if in another terminal."""

    def __init__(self, *steps) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self._steps = list(steps)

    def flush(self) -> None:
        super().flush()
        if self._steps:
            self._steps.pop(0)()


def watch(kctl: Kctl, line: str, *steps) -> tuple[int, str, str]:  # type: ignore[no-untyped-def]
    out, err = Script(*steps), io.StringIO()
    code = main.run(line.split(), streams=Streams(io.StringIO(), out, err), environment=kctl.environment, cluster=kctl.cluster)
    return code, out.getvalue(), err.getvalue()


def interrupt() -> None:
    raise KeyboardInterrupt


def changes(kctl: Kctl):  # type: ignore[no-untyped-def]
    kctl("create configmap one --from-literal=a=b")
    kctl("label configmap one x=y")
    kctl("delete configmap one")


@pytest.fixture
def empty(kctl: Kctl) -> Kctl:
    """Return kctl with a namespace of its own, which holds nothing but the controllers' config map."""
    kctl("create namespace ns")
    return kctl


def test_changes_come_below_what_is_there(empty: Kctl) -> None:
    empty("create configmap zero -n ns")
    assert watch(empty, "get configmaps -n ns -w --request-timeout=1ms --field-selector metadata.name!=kube-root-ca.crt",
                 lambda: empty("create configmap one --from-literal=a=b -n ns")) == (  # fmt: skip
        0, HEADER + "zero   0      0s\none    1      0s\n", ""
    )  # fmt: skip


def test_with_events(empty: Kctl) -> None:
    empty("create configmap zero")
    refused = "error: you may only watch a single resource or type of resource at a time\n"
    assert empty.result("get configmaps zero one -w") == (1, "", 'Error from server (NotFound): configmaps "one" not found\n')
    assert empty.result("get configmaps zero kube-root-ca.crt -w -o name") == (1, "configmap/zero\nconfigmap/kube-root-ca.crt\n", refused)
    code, out, err = watch(empty, "get configmaps -w --output-watch-events --request-timeout=1ms -l x!=z --field-selector metadata.name!=kube-root-ca.crt",
                           lambda: changes(empty))  # fmt: skip
    assert (code, err) == (0, "")
    assert out == (
        "EVENT      NAME   DATA   AGE\nADDED      zero   0      0s\nADDED      one    1      0s\nMODIFIED   one    1      0s\nDELETED    one    1      0s\n"
    )


def test_only_changes(empty: Kctl) -> None:
    assert watch(empty, "get configmaps --watch-only -o name --request-timeout=1ms", lambda: empty("create configmap one")) == (0, "configmap/one\n", "")
    changed = watch(empty, "get configmap one --watch-only --request-timeout=1ms", lambda: empty("label configmap one a=b"))
    assert changed == (0, HEADER + "one    0      0s\n", "")


def test_one_object_in_json(empty: Kctl) -> None:
    empty("create configmap one")
    code, out, err = watch(empty, "get configmap one -w -o json --request-timeout=1ms", lambda: empty("label configmap one a=b"))
    first, second = (json.loads(part) for part in out.replace("\n}\n{", "\n}\n\0{").split("\0"))
    assert (code, err) == (0, "")
    assert ("labels" in first["metadata"], second["metadata"]["labels"]) == (False, {"a": "b"})


def test_the_loops_go_on_working() -> None:
    clock = FakeClock()
    cluster = new_cluster(clock=clock)
    kctl = Kctl(cluster)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "late", "annotations": {"kctl.dev/dryrun-start-delay": "5s"}},
           "spec": {"containers": [{"name": "a", "image": "x"}]}}  # fmt: skip
    kctl("create -f -", json.dumps(pod))
    code, out, err = watch(kctl, "get pod late -w --request-timeout=1ms", lambda: clock.advance(6))
    cluster.close()
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "NAME   READY   STATUS              RESTARTS   AGE"
    assert lines[1] == "late   0/1     ContainerCreating   0          0s"
    assert lines[-1] == "late   1/1     Running             0          6s"


def test_another_process_writes(empty: Kctl) -> None:
    """The watch has begun when it prints what is there, and is ended by Ctrl-C when it has printed what came."""
    client = empty.cluster.client()
    one = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "default"}}
    writer = threading.Timer(0.05, client.create, (one,))
    assert watch(empty, "get configmaps -w -o name", writer.start, interrupt) == (130, "configmap/kube-root-ca.crt\nconfigmap/one\n", "")
    writer.join()


def test_refusals(empty: Kctl) -> None:
    assert empty.result("get configmaps,secrets -w") == (1, "", "error: you may only specify a single resource type\n")
    assert empty.result("get configmap x -w") == (1, "", 'Error from server (NotFound): configmaps "x" not found\n')
    assert empty.result("get configmap x -w --ignore-not-found") == (1, "", 'Error from server (NotFound): configmaps "x" not found\n')
    assert empty.result("get pods -w --request-timeout=x") == (
        1, "", "error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit "
        "(e.g. 1s | 2m | 3h)\n"
    )  # fmt: skip
    assert empty.result("get -w")[2].startswith("error: You must provide one or more resources by argument or filename.\n")
    assert empty.result("get jobs -w --sort-by=.x --request-timeout=1ms") == (
        0, "", "warning: --watch requested, --sort-by will be ignored for watch events received\n"
    )  # fmt: skip
