"""What pods that really run may do, and what they share with each other and with the machine."""

import socket
import urllib.request
from pathlib import Path
from typing import Any

from tests import sockets
from tests.behaviour.sites import LOOP, Site, container, is_ready, pod, site, status
from tests.engines.daemons import engine_daemon, shared_folder

__all__ = ["engine_daemon", "shared_folder", "site"]

# Only who has all capabilities of the kernel can give all to a container.
MIGHTY = f"CapPrm:\t{(2 << int(Path('/proc/sys/kernel/cap_last_cap').read_text())) - 1:016x}\n" in Path("/proc/self/status").read_text()
CAPABILITIES = "awk '/CapEff/ {print $2}' /proc/self/status"


def ended(site: Site, name: str) -> list[str]:
    """Return what a pod has written when it has done its work."""
    site.until(name, lambda it: it["status"]["phase"] == "Succeeded")
    return site("logs", name).splitlines()


def once(name: str, script: str, security: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return pod(name, container("main", script, securityContext=security or {}), restartPolicy="Never", **spec)


def test_a_security_context_holds(site: Site) -> None:
    whom = "id -u; id -g; id -G; stat -c %g /data"
    group = {"fsGroup": 3000, "supplementalGroups": [4000], "runAsUser": 1000, "runAsGroup": 2000}
    volume = {"name": "data", "emptyDir": {}}
    first = once("user", whom, securityContext=group, volumes=[volume])
    first["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    site.apply(
        first,
        once("fixed", "touch /x 2>/dev/null || echo refused; touch /dev/shm/x && echo shared memory", {"readOnlyRootFilesystem": True}),
        once("dropped", f"{CAPABILITIES}; chown 1:1 /tmp 2>/dev/null || echo refused", {"capabilities": {"drop": ["ALL"]}}),
        once("added", CAPABILITIES, {"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN", "CAP_SYS_TIME"]}}),
        once("narrow", "awk '/NoNewPrivs/ {print $2}' /proc/self/status", {"allowPrivilegeEscalation": False}),
        *([once("mighty", "ls /dev/kmsg", {"privileged": True})] if MIGHTY else []),
        once("tuned", "cat /proc/sys/net/ipv4/ip_unprivileged_port_start", securityContext={
            "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "77"}]}),
    )  # fmt: skip
    assert ended(site, "user") == ["1000", "2000", "2000 3000 4000", "3000"]
    assert ended(site, "fixed") == ["refused", "shared memory"]
    assert ended(site, "dropped") == ["0000000000000000", "refused"]
    assert int(ended(site, "added")[0], 16) == 1 << 12 | 1 << 25
    assert (ended(site, "narrow"), ended(site, "tuned")) == (["1"], ["77"])
    if MIGHTY:
        assert ended(site, "mighty") == ["/dev/kmsg"]
    site("delete", "pod", "--all")


def test_who_must_not_be_root_is_not_started_as_root(site: Site) -> None:
    site.apply(once("root", "id -u", {"runAsNonRoot": True}), once("named", "id -u", {"runAsNonRoot": True, "runAsUser": 0}),
               once("other", "id -u", {"runAsNonRoot": True, "runAsUser": 1234}),
               pod("unsafe", securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}))  # fmt: skip
    assert ended(site, "other") == ["1234"]
    said = {}
    for name in ("root", "named"):
        found = site.until(name, lambda it: status(it)["state"].get("waiting", {}).get("reason") == "CreateContainerConfigError")
        said[name] = status(found)["state"]["waiting"]["message"].partition(" (pod:")[0]
        assert site("get", "pod", name, "--no-headers").split()[2] == "CreateContainerConfigError"
    assert said == {"root": "container has runAsNonRoot and image will run as root", "named": "container's runAsUser breaks non-root policy"}
    assert "FailedCreatePodSandBox" in site.reasons("unsafe") or site.pod("unsafe")["status"].get("reason") == "SysctlForbidden"
    site("delete", "pod", "root", "named", "other", "unsafe")


def test_containers_share_processes_where_asked(site: Site) -> None:
    pair = [container("one", f"exec sleep 4321 & {LOOP}"), container("two")]
    site.apply(pod("together", *pair, shareProcessNamespace=True), pod("apart", *pair))
    for name in ("together", "apart"):
        site.until(name, is_ready)
    seen = {name: site("exec", name, "-c", "two", "--", "ps", "-o", "args") for name in ("together", "apart")}
    assert ["sleep 4321" in seen[name] for name in ("together", "apart")] == [True, False]
    assert [site("exec", name, "-c", "one", "--", "hostname") for name in ("together", "apart")] == ["together\n", "apart\n"]
    site("delete", "pod", "together", "apart")


def test_ports_and_the_network_of_the_machine(site: Site) -> None:
    outer, inner = sockets.free_port(), sockets.free_port()
    serve = "mkdir /tmp/www; echo {0} > /tmp/www/name; httpd -p {1} -h /tmp/www; " + LOOP
    ports = [{"containerPort": 8080, "hostPort": outer, "hostIP": "127.0.0.1"}]
    site.apply(pod("mapped", container("main", serve.format("mapped", 8080), ports=ports)),
               pod("direct", container("main", serve.format("direct", f"127.0.0.1:{inner}")), hostNetwork=True))  # fmt: skip
    site.until("mapped", is_ready)
    found = site.until("direct", is_ready)
    assert found["status"]["podIP"] == found["status"]["hostIP"]
    for name, port in (("mapped", outer), ("direct", inner)):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/name", timeout=10) as answer:
            assert answer.read() == f"{name}\n".encode()
    assert site("exec", "direct", "--", "hostname") == socket.gethostname() + "\n"
    taken = pod("taken", container("main", ports=ports), nodeName=site.pod("mapped")["spec"]["nodeName"])
    site.apply(taken)  # nobody has asked the scheduler, so the kubelet refuses
    site.until("taken", lambda it: it["status"]["phase"] == "Failed" or "FailedCreatePodSandBox" in site.reasons("taken"))
    site("delete", "pod", "mapped", "direct", "taken")
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", outer))  # it is free again
