"""The life of containers that really run: probes by gRPC, hooks that fail, an end that is hastened, nodes that are drained."""

import ipaddress
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.behaviour import homes
from tests.behaviour.sites import CLUSTER, PATIENCE, Site, container, is_ready, pod, site, soon, status
from tests.engines.daemons import IMAGE, engine_daemon, shared_folder

__all__ = ["engine_daemon", "shared_folder", "site"]

STUBBORN = "trap '' TERM; while true; do sleep 0.1; done"
# What a gRPC server says to a health check: its settings, what it makes of the client's, and an answer with its status (1: SERVING, 2: NOT_SERVING).
_ANSWER = b"\0\0\0\0\2\x08%c"
_HEADERS = b"\x88" + b"\x00\x0ccontent-type\x10application/grpc"
_TRAILERS = b"\x00\x0bgrpc-status\x010"


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def grpc_answer(serving: int) -> str:
    """Return what a server that serves (1) or does not (2) writes, as printf takes it."""
    data = frame(4, 0, 0, b"") + frame(4, 1, 0, b"") + frame(1, 4, 1, _HEADERS) + frame(0, 0, 1, _ANSWER % serving) + frame(1, 5, 1, _TRAILERS)
    return "".join(f"\\{byte:03o}" for byte in data)


def messages(site: Site, name: str, reason: str) -> list[str]:
    found = json.loads(site("get", "events", f"--field-selector=involvedObject.name={name},reason={reason}", "-o", "json"))["items"]
    return [event["message"] for event in found]


def test_probes_by_grpc_and_commands_that_are_not_there(site: Site) -> None:
    def server(serving: int) -> str:
        return f"printf '{grpc_answer(serving)}' > /tmp/answer; while true; do nc -l -p 5000 < /tmp/answer > /dev/null; done"

    quick = {"periodSeconds": 1, "failureThreshold": 1, "timeoutSeconds": 3}
    probe = {"readinessProbe": {"grpc": {"port": 5000}, **quick}}
    site.apply(pod("serving", container("main", server(1), **probe)), pod("sick", container("main", server(2), **probe)),
               pod("odd", container("main", readinessProbe={"exec": {"command": ["no-such"]}, **quick})),
               pod("failing", container("main", readinessProbe={"exec": {"command": ["sh", "-c", "echo not yet; exit 3"]}, **quick})))  # fmt: skip
    site.until("serving", is_ready)
    end = time.monotonic() + PATIENCE
    wanted = {"sick": 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")', "failing": "Readiness probe failed: not yet\n"}
    for name, text in wanted.items():
        while text not in messages(site, name, "Unhealthy"):
            assert time.monotonic() < end, messages(site, name, "Unhealthy")
        assert not is_ready(site.pod(name))
    found = messages(site, "odd", "Unhealthy")  # some runtimes say in each what time it is
    assert found and all(said.startswith("Readiness probe errored and resulted in unknown state: ") and said.isprintable() for said in found)
    assert all("executable file not found" in said for said in found)
    site("delete", "pod", "serving", "sick", "odd", "failing")


def test_hooks_that_fail(site: Site) -> None:
    begin = {"postStart": {"exec": {"command": ["sh", "-c", "echo the password is 1234; exit 7"]}}}
    end = {"preStop": {"exec": {"command": ["sh", "-c", "echo the password is 1234; exit 7"]}}}
    site.apply(pod("begin", container("main", lifecycle=begin)), pod("once", container("main", lifecycle=begin), restartPolicy="Never"),
               pod("end", container("main", lifecycle=end)))  # fmt: skip
    site.until("end", is_ready)
    found = site.until("begin", lambda it: status(it)["state"].get("waiting", {}).get("reason") in ("PostStartHookError", "CrashLoopBackOff"))
    assert status(found)["lastState"]["terminated"]["containerID"] == status(found)["containerID"]
    assert site.reasons("begin")[1:6] == ["Pulled", "Created", "Started", "FailedPostStartHook", "Killing"]
    assert (messages(site, "begin", "FailedPostStartHook"), messages(site, "begin", "Killing")) == (["PostStartHook failed"], ["FailedPostStartHook"])
    assert site.until("once", lambda it: it["status"]["phase"] in ("Failed", "Succeeded")) and "Killing" in site.reasons("once")
    site("delete", "pod", "begin", "once", "end")
    assert messages(site, "end", "FailedPreStopHook") == ["PreStopHook failed"]
    assert "1234" not in site("get", "events", "-o", "yaml")


def test_an_end_can_be_hastened(site: Site) -> None:
    """Whoever asks in process waits until a pod has ended; a server goes on with other things, and can be told that it has to be sooner."""
    site.apply(*(pod(name, container("main", STUBBORN), terminationGracePeriodSeconds=3600) for name in ("asked", "forced")))
    for name in ("asked", "forced"):
        site.until(name, is_ready)
    (site.home / "kubeconfig").unlink(missing_ok=True)  # of a first try
    server = homes.start(site.home, "serve", "--port", "0", "--write-kubeconfig", str(site.home / "kubeconfig"), extra=site.daemon.environment)
    try:
        wait_for(site.home / "kubeconfig")
        remote = ("--kubeconfig", str(site.home / "kubeconfig"))
        site(*remote, "delete", "pod", "asked", "forced", "--wait=false")
        found = json.loads(site(*remote, "get", "pods", "-o", "json"))["items"]
        assert [one["metadata"]["deletionGracePeriodSeconds"] for one in found] == [3600, 3600]
        site(*remote, "delete", "pod", "asked", "--grace-period=1")
        forced = site.result(*remote, "delete", "pod", "forced", "--grace-period=0", "--force")
        assert forced.code == 0 and 'pod "forced" force deleted' in forced.out
        assert site(*remote, "get", "pods", "-o", "name") == ""
        end = time.monotonic() + PATIENCE
        while site.containers("asked") + site.containers("forced"):
            assert time.monotonic() < end, "containers are left"
            time.sleep(0.1)
    finally:
        server.terminate()
        try:
            server.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.communicate()


def test_who_interrupts_a_command_does_not_wait_for_what_it_asked_for(site: Site) -> None:
    site.apply(pod("left", container("main", STUBBORN), container("other", STUBBORN), terminationGracePeriodSeconds=3600))
    site.until("left", is_ready)
    with homes.start(site.home, "delete", "pod", "left", extra=site.daemon.environment) as command:
        assert command.stdout is not None and command.stdout.readline() == b'pod "left" deleted\n'
        soon(lambda: "Killing" in site.reasons("left"), True)
        command.send_signal(signal.SIGINT)
        assert command.wait(PATIENCE) == 130  # long before the pod's grace is over
    for one in (*site.containers("left", "main"), *site.containers("left", "other")):
        site.engine.kill(one.id, "KILL")
    assert site.result("delete", "pod", "left", "--grace-period=0", "--force", "--ignore-not-found").code == 0
    assert site.containers("left") == []


def test_what_becomes_of_containers_whose_probes_fail(site: Site) -> None:
    failing = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1}
    hastened = {**failing, "terminationGracePeriodSeconds": 1}  # of its own; the pod would have an hour
    side = container("side", restartPolicy="Always", startupProbe=failing)
    site.apply(pod("never", container("main", startupProbe=failing), restartPolicy="Never"), pod("sided", initContainers=[side]),
               pod("stubborn", container("main", STUBBORN, livenessProbe=hastened), terminationGracePeriodSeconds=3600))  # fmt: skip
    site.until("never", lambda it: it["status"]["phase"] == "Succeeded")  # it ends well when told to
    found = status(site.until("stubborn", lambda it: status(it)["restartCount"] > 0))
    assert found["lastState"]["terminated"]["exitCode"] == 137
    site.until("sided", lambda it: status(it, "side", "initContainerStatuses")["restartCount"] > 0)
    wanted = {"never": "Container main failed startup probe", "sided": "Init container side failed startup probe",
              "stubborn": "Container main failed liveness probe, will be restarted"}  # fmt: skip
    for name, text in wanted.items():
        assert text in messages(site, name, "Killing")
    site("delete", "pod", "never", "sided", "stubborn", "--now")


def wait_for(path: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end, f"{path} does not come"
        time.sleep(0.05)


def test_nodes_have_labels_and_taints_and_are_drained(site: Site) -> None:
    second = f"{CLUSTER}-m02"
    site("label", "node", second, "disk=fast")
    site("taint", "node", second, "only=some:NoSchedule")
    tolerant = [{"key": "only", "operator": "Exists"}]
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container("main")], "terminationGracePeriodSeconds": 1, "tolerations": tolerant,
                "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": labels}}}]}}}}  # fmt: skip
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
           "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}}  # fmt: skip
    site.apply(web, pod("picky", nodeSelector={"disk": "fast"}, tolerations=tolerant), pod("shy", nodeSelector={"disk": "fast"}))
    assert site.until("picky", is_ready)["spec"]["nodeName"] == second
    assert "nodeName" not in site.pod("shy")["spec"] and "FailedScheduling" in site.reasons("shy")
    site("rollout", "status", "deployment/web", "--timeout=60s")

    def places() -> list[str]:
        found: list[dict[str, Any]] = json.loads(site("get", "pods", "-l", "app=web", "-o", "json"))["items"]
        return sorted(one["spec"]["nodeName"] for one in found if is_ready(one))

    assert places() == [CLUSTER, second]
    drained = site.result("drain", second, "--force", "--ignore-daemonsets")
    assert drained.code == 0 and drained.out.endswith(f"node/{second} drained\n")
    end = time.monotonic() + PATIENCE
    while places() != [CLUSTER, CLUSTER]:
        assert time.monotonic() < end, places()
    nodes = {one.labels["dev.kctl.node"] for row in site.engine.list(site.label) for one in [site.engine.inspect(row.id)]}
    assert nodes == {CLUSTER}  # nothing of the drained node is left on the engine
    site("uncordon", second)
    site("taint", "node", second, "only-")
    assert site.until("shy", is_ready)["spec"]["nodeName"] == second
    site("delete", "deployment/web", "pod/shy")


def test_a_node_that_is_added_runs_pods_until_it_is_deleted(site: Site) -> None:
    site.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "added"}}, pod("guest", nodeName="added"))
    found = site.until("guest", is_ready)
    range_ = site("get", "node", "added", "-o", "jsonpath={.spec.podCIDR}")
    assert ipaddress.ip_address(found["status"]["podIP"]) in ipaddress.ip_network(range_)
    assert range_ not in site("get", "nodes", CLUSTER, f"{CLUSTER}-m02", "-o", "jsonpath={.items[*].spec.podCIDR}").split()
    assert site.containers("guest")
    site("delete", "node", "added")
    end = time.monotonic() + PATIENCE
    while "guest" in site("get", "pods", "-o", "name"):
        assert time.monotonic() < end
    assert not site.containers("guest")


def test_pods_are_over_that_cannot_be_started_and_whose_sidecars_are_left(site: Site) -> None:
    absent = {"name": "main", "image": IMAGE, "command": ["/no/such/command"]}
    side = container("side", restartPolicy="Always")
    site.apply(pod("absent", absent, restartPolicy="Never"), pod("again", absent),
               pod("served", container("main", "true"), restartPolicy="Never", initContainers=[side]),
               pod("vain", container("main"), restartPolicy="Never", initContainers=[side, container("first", "exit 4")]))  # fmt: skip
    ended = status(site.until("absent", lambda it: it["status"]["phase"] == "Failed"))["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("StartError", 128) and "/no/such/command" in ended["message"]
    back = site.until("again", lambda it: (status(it)["state"].get("waiting") or {}).get("reason") == "CrashLoopBackOff")
    assert status(back)["lastState"]["terminated"]["reason"] == "StartError"
    served = site.until("served", lambda it: it["status"]["phase"] == "Succeeded")
    vain = site.until("vain", lambda it: it["status"]["phase"] == "Failed")
    assert all("terminated" in status(found, "side", "initContainerStatuses")["state"] for found in (served, vain))
    site("delete", "pods", "--all")
