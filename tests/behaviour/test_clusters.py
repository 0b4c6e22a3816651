"""Clusters of all shapes, in whole processes: the default one at first use, others on demand, side by side."""

import json
import re
from pathlib import Path

from tests.behaviour import homes

AGE = re.compile(r"\b\d+m?s\b")


def table(home: Path, *words: str) -> list[list[str]]:
    """Return the cells of a table."""
    return [line.split() for line in homes.succeed(home, *words).splitlines()]


def test_first_use_is_silent(tmp_path: Path) -> None:
    """Nothing is said but what was asked for; what is made belongs to the user alone."""
    home = tmp_path / "home"
    assert AGE.sub("0s", homes.succeed(home, "get", "nodes")) == (
        "NAME       STATUS   ROLES           AGE   VERSION\n"
        "minikube   Ready    control-plane   0s    v1.33.1\n"
    )  # fmt: skip
    modes = {str(path.relative_to(home)): oct(path.stat().st_mode & 0o777) for path in home.rglob("*")}
    assert set(modes.values()) == {"0o700", "0o600"}
    assert modes["clusters/minikube/store.db"] == "0o600"
    pods = [re.sub(r"-[a-z0-9]{5}$", "", name) for name, *_ in table(home, "get", "pods", "-n", "kube-system")[1:]]
    own = [f"{part}-minikube" for part in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")]
    assert pods == sorted(["coredns-695979b58b", "kube-proxy", *own])
    assert {tuple(row[1:4]) for row in table(home, "get", "pods", "-n", "kube-system")[1:]} == {("1/1", "Running", "0")}


def test_the_first_node_is_described(one_node: Path, tmp_path: Path) -> None:
    """As on a real minikube, with the machine's own capacity and names left out here."""
    home = homes.copy(one_node, tmp_path / "home")
    text = homes.succeed(home, "describe", "node", "minikube")
    assert [line.partition(":")[0] for line in text.splitlines() if line[:1] not in (" ", "")] == [
        "Name", "Roles", "Labels", "Annotations", "CreationTimestamp", "Taints", "Unschedulable", "Lease", "Conditions", "Addresses", "Capacity",
        "Allocatable", "System Info", "PodCIDR", "PodCIDRs", "Non-terminated Pods", "Allocated resources", "Events",
    ]  # fmt: skip
    assert re.findall(r"^  (\w+) +(True|False) .* (Kubelet\w+) ", text, re.MULTILINE) == [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory"), ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID"), ("Ready", "True", "KubeletReady"),
    ]  # fmt: skip
    info = text.partition("System Info:\n")[2].partition("PodCIDR:")[0]
    assert [line.partition(":")[0].strip() for line in info.splitlines()] == [
        "Machine ID", "System UUID", "Boot ID", "Kernel Version", "OS Image", "Operating System", "Architecture", "Container Runtime Version",
        "Kubelet Version", "Kube-Proxy Version",
    ]  # fmt: skip
    pods = re.findall(r"^  kube-system +(\S+?)(?:-[a-z0-9]{5})? +(\S+) \(\d+%\) +(\S+) \(\d+%\) +(\S+) \(\d+%\) +(\S+) \(\d+%\) +\S+$", text, re.MULTILINE)
    assert pods == [
        ("coredns-695979b58b", "100m", "0", "70Mi", "170Mi"), ("etcd-minikube", "100m", "0", "100Mi", "0"), ("kube-apiserver-minikube", "250m", "0", "0", "0"),
        ("kube-controller-manager-minikube", "200m", "0", "0", "0"), ("kube-proxy", "0", "0", "0", "0"), ("kube-scheduler-minikube", "100m", "0", "0", "0"),
    ]  # fmt: skip
    assert re.search(r"^  cpu +750m \(\d+%\) +0 \(0%\)$", text, re.MULTILINE)
    assert re.search(r"^  memory +170Mi \(\d+%\) +170Mi \(\d+%\)$", text, re.MULTILINE)


def test_a_cluster_of_several_nodes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert homes.succeed(home, "cluster", "create", "big", "--nodes", "3", "--control-planes", "2") == 'cluster "big" created\n'
    rows = [row[:3] for row in table(home, "get", "nodes")]
    assert rows == [["NAME", "STATUS", "ROLES"], ["big", "Ready", "control-plane"], ["big-m02", "Ready", "control-plane"], ["big-m03", "Ready", "<none>"]]
    names = homes.succeed(home, "get", "pods", "-n", "kube-system", "-l", "tier=control-plane", "-o", "name").split()
    parts = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
    assert names == [f"pod/{part}-{node}" for part in parts for node in ("big", "big-m02")]
    assert homes.succeed(home, "create", "deployment", "web", "--image=nginx", "--replicas=6") == "deployment.apps/web created\n"
    where = homes.succeed(home, "get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}").split()
    assert {node: where.count(node) for node in sorted(set(where))} == {"big": 2, "big-m02": 2, "big-m03": 2}


def test_without_a_scheduler_pods_wait_in_silence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    homes.succeed(home, "cluster", "create", "bare", "--without", "scheduler")
    homes.succeed(home, "create", "deployment", "web", "--image=nginx", "--replicas=2")
    assert [row[1:4] for row in table(home, "get", "pods")[1:]] == [["0/1", "Pending", "0"]] * 2
    assert homes.run(home, "get", "events", "--field-selector", "involvedObject.kind=Pod").err == "No resources found in default namespace.\n"
    pod = json.loads(homes.succeed(home, "get", "pods", "-o", "json"))["items"][0]
    assert (pod["status"], pod["spec"].get("nodeName")) == ({"phase": "Pending", "qosClass": "BestEffort"}, None)


def test_a_cluster_that_is_only_an_api(tmp_path: Path) -> None:
    """Objects are kept and validated, and nobody acts on them."""
    home = tmp_path / "home"
    homes.succeed(home, "cluster", "create", "api", "--without", "scheduler,kubelet,controllers")
    assert homes.run(home, "get", "nodes").err == "No resources found\n"
    assert [row[0] for row in table(home, "get", "namespaces")] == ["NAME", "default", "kube-node-lease", "kube-public", "kube-system"]
    homes.succeed(home, "create", "deployment", "web", "--image=nginx")
    assert homes.run(home, "get", "replicasets,pods,events,endpoints,serviceaccounts", "-n", "default").out == ""
    deployment = json.loads(homes.succeed(home, "get", "deployment", "web", "-o", "json"))
    assert (deployment["status"], deployment["spec"]["strategy"]["type"]) == ({}, "RollingUpdate")
    assert homes.succeed(home, "delete", "deployment", "web") == 'deployment.apps "web" deleted\n'


def test_two_clusters_side_by_side(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("one", "two"):
        homes.succeed(home, "cluster", "create", name)
        homes.succeed(home, "create", "configmap", f"of-{name}")
    names = ["get", "configmaps", "-o", "name"]
    assert homes.succeed(home, *names) == "configmap/kube-root-ca.crt\nconfigmap/of-two\n"
    assert homes.succeed(home, *names, "--context", "one") == "configmap/kube-root-ca.crt\nconfigmap/of-one\n"
    assert homes.succeed(home, "cluster", "use", "one") == 'Switched to cluster "one".\n'
    assert homes.succeed(home, *names) == "configmap/kube-root-ca.crt\nconfigmap/of-one\n"
    assert table(home, "cluster", "list") == [
        ["CURRENT", "NAME", "NODES", "RUNTIME", "WITHOUT"], ["*", "one", "1", "dryrun", "<none>"], ["two", "1", "dryrun", "<none>"],
    ]  # fmt: skip
    assert homes.succeed(home, "cluster", "delete", "one") == 'cluster "one" deleted\n'
    assert not (home / "clusters" / "one").exists()
    assert homes.run(home, "get", "pods", "--context", "one") == (1, "", "Error in configuration: context was not found for specified context: one\n")
    assert homes.succeed(home, *names, "--context", "two") == "configmap/kube-root-ca.crt\nconfigmap/of-two\n"


def test_clusters_that_cannot_be(tmp_path: Path) -> None:
    """What is refused leaves nothing behind."""
    home = tmp_path / "home"
    homes.succeed(home, "cluster", "create", "one")
    for words, said in (
        (("create", "one"), 'error: cluster "one" already exists\n'),
        (("create", "../x"), 'error: "../x" is no name for a cluster: lower case letters, digits and "-", at most 63\n'),
        (("create", "two", "--control-planes", "2"), "error: 2 control planes need at least as many nodes\n"),
        (("create", "two", "--runtime", "none"), 'error: no plugin provides the runtime "none"; there are: dryrun, docker, podman\n'),
        (("use", "nowhere"), 'error: cluster "nowhere" does not exist\n'),
        (("delete", "nowhere"), 'error: cluster "nowhere" does not exist\n'),
    ):
        assert homes.run(home, "cluster", *words) == (1, "", said)
    assert homes.run(home, "cluster", "create", "two", "--without", "nobody").err.startswith('error: there is no loop "nobody" to leave out; there are: ')
    assert [path.name for path in (home / "clusters").iterdir()] == ["one"]
