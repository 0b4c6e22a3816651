"""Pods that really run, on Docker and on Podman, by whole kctl processes: the same assertions for both."""

import json
from functools import partial
from pathlib import Path

from minikube_py.cluster import trials
from minikube_py.cluster.home import Home
from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtimes import labels
from tests.behaviour import homes
from tests.behaviour.sites import CLUSTER, LOOP, Site, container, is_ready, left, pod, site, soon, status
from tests.engines import daemons
from tests.engines.daemons import Daemon, engine_daemon, shared_folder

__all__ = ["engine_daemon", "shared_folder", "site"]


def test_nodes_tell_what_they_run_on(site: Site) -> None:
    nodes = json.loads(site("get", "nodes", "-o", "json"))["items"]
    info = site.engine.info()
    assert [node["metadata"]["name"] for node in nodes] == [CLUSTER, f"{CLUSTER}-m02"]
    assert {node["status"]["nodeInfo"]["containerRuntimeVersion"] for node in nodes} == {f"{site.daemon.kind}://{info.version}"}
    assert {node["status"]["capacity"]["memory"] for node in nodes} == {f"{info.memory // 1024}Ki"}
    assert {line.split()[3] for line in site("get", "pods", "-A", "--no-headers").splitlines()} == {"Running"}
    assert [row.name for row in site.engine.list({**site.label, "io.kubernetes.pod.namespace": "kube-system"})] == []  # on paper only
    said = site("logs", "-n", "kube-system", "-l", "k8s-app=kube-dns", "--tail=1")
    assert said.startswith("dry run: container coredns ")


def test_a_pod_runs_with_its_address_files_and_secrets(site: Site) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}, "data": {"greeting": "hello"}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"password": "s3cret"}}
    token = "test -s /var/run/secrets/kubernetes.io/serviceaccount/token && echo token"
    show = f"cat /conf/greeting; echo; echo $PASSWORD-$WHERE; cat /me/name; echo; hostname -i; {token}"
    one = pod("files", container("main", f"{show}; {LOOP}", env=[
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "key", "key": "password"}}},
        {"name": "WHERE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ], volumeMounts=[{"name": "conf", "mountPath": "/conf"}, {"name": "me", "mountPath": "/me"}]), nodeName=f"{CLUSTER}-m02", volumes=[
        {"name": "conf", "configMap": {"name": "conf"}},
        {"name": "me", "downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    ])  # fmt: skip
    site.apply(config, secret, one)
    found = site.until("files", is_ready)
    address = found["status"]["podIP"]
    assert address.split(".")[2] == "1"  # of the second node's range
    assert site("logs", "files").splitlines() == ["hello", f"s3cret-{CLUSTER}-m02", "files", address, "token"]
    assert status(found)["containerID"] == f"{site.daemon.kind}://{site.containers('files', 'main')[0].id}"
    assert site("exec", "files", "--", "hostname") == "files\n"
    assert site.result("exec", "files", "--", "sh", "-c", "exit 7").code == 7
    assert "s3cret" not in json.dumps([dict(one.labels) for one in site.containers("files")])
    assert [event for event in site.reasons("files") if event != "Scheduled"] == ["Pulled", "Created", "Started"]

    config["data"]["greeting"] = "good day"
    site.apply(config)
    assert site("exec", "files", "--", "cat", "/conf/greeting") == "good day"
    site("delete", "pod", "files")
    assert site.containers("files") == []


def test_probes_decide_who_is_ready_and_who_is_started_again(site: Site) -> None:
    quick = {"periodSeconds": 1, "failureThreshold": 1}
    script = f"mkdir -p /tmp/www; httpd -p 8080 -h /tmp/www; {LOOP}"
    site.apply(pod("probed", container("main", script, ports=[{"name": "web", "containerPort": 8080}],
                                       startupProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1, "failureThreshold": 30},
                                       readinessProbe={"httpGet": {"path": "/ready", "port": "web"}, **quick},
                                       livenessProbe={"exec": {"command": ["test", "!", "-e", "/tmp/www/sick"]}, **quick})))  # fmt: skip
    found = site.until("probed", lambda it: status(it)["started"])
    assert (found["status"]["phase"], status(found)["ready"], is_ready(found)) == ("Running", False, False)
    site("exec", "probed", "--", "touch", "/tmp/www/ready")
    site.until("probed", is_ready)
    site("exec", "probed", "--", "rm", "/tmp/www/ready")
    site.until("probed", lambda it: not is_ready(it))
    site("exec", "probed", "--", "touch", "/tmp/www/sick")
    found = site.until("probed", lambda it: status(it)["restartCount"] == 1 and "running" in status(it)["state"])
    assert status(found)["lastState"]["terminated"]["exitCode"] == 0  # it took the signal
    assert {"Unhealthy", "Killing"} <= set(site.reasons("probed"))
    site("delete", "pod", "probed")


def test_ends_are_told_as_kubernetes_does(site: Site) -> None:
    # fmt: off
    site.apply(
        pod("done", container("main", "echo fine > /dev/termination-log"), restartPolicy="Never"),
        pod("failed", container("main", "exit 3"), restartPolicy="Never"),
        pod("crashing", container("main", "exit 4")),
        pod("greedy", container("main", "x=a; while true; do x=$x$x; done", resources={"limits": {"memory": "16Mi"}}), restartPolicy="Never"),
        pod("late", activeDeadlineSeconds=1),
        pod("absent", {"name": "main", "image": "kctl.test/absent:1", "imagePullPolicy": "Never"}),
    )
    # fmt: on
    done = status(site.until("done", lambda it: it["status"]["phase"] == "Succeeded"))["state"]["terminated"]
    assert (done["reason"], done["exitCode"], done["message"]) == ("Completed", 0, "fine\n")
    failed = status(site.until("failed", lambda it: it["status"]["phase"] == "Failed"))["state"]["terminated"]
    assert (failed["reason"], failed["exitCode"]) == ("Error", 3)
    greedy = status(site.until("greedy", lambda it: it["status"]["phase"] == "Failed"))["state"]["terminated"]
    (known,) = site.containers("greedy", "main")  # tests/engines holds the engines to telling of it
    assert (greedy["reason"], greedy["exitCode"]) == ("OOMKilled" if site.engine.inspect(known.id).oom_killed else "Error", 137)
    crashing = site.until("crashing", lambda it: status(it)["restartCount"] >= 2 and status(it)["state"].get("waiting"))
    assert (status(crashing)["state"]["waiting"]["reason"], status(crashing)["lastState"]["terminated"]["exitCode"]) == ("CrashLoopBackOff", 4)
    assert site.until("late", lambda it: it["status"]["phase"] == "Failed")["status"]["reason"] == "DeadlineExceeded"
    assert status(site.pod("absent"))["state"]["waiting"]["reason"] == "ErrImageNeverPull"
    site("delete", "pod", "done", "failed", "crashing", "greedy", "late", "absent")


def test_init_containers_sidecars_and_hooks_come_in_order(site: Site) -> None:
    note = {"name": "notes", "mountPath": "/notes"}
    sidecar = container("side", f"echo side >> /notes/log; {LOOP}", restartPolicy="Always", volumeMounts=[note])
    main = container("main", f"echo main >> /notes/log; {LOOP}", volumeMounts=[note], lifecycle={
        "postStart": {"exec": {"command": ["sh", "-c", "sleep 0.3; echo hook >> /notes/log"]}},
        "preStop": {"exec": {"command": ["sh", "-c", "echo stop > /kept/stopped"]}},
    })  # fmt: skip
    main["volumeMounts"] = [note, {"name": "kept", "mountPath": "/kept"}]
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "kept"},
             "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}  # fmt: skip
    volumes = [{"name": "notes", "emptyDir": {}}, {"name": "kept", "persistentVolumeClaim": {"claimName": "kept"}}]
    first = container("first", "echo first >> /notes/log", volumeMounts=[note])
    site.apply(claim, pod("ordered", main, initContainers=[first, sidecar], volumes=volumes))
    found = site.until("ordered", is_ready)
    assert site("exec", "ordered", "-c", "main", "--", "cat", "/notes/log").split() == ["first", "side", "main", "hook"]
    assert status(found, "first", "initContainerStatuses")["state"]["terminated"]["reason"] == "Completed"
    site("delete", "pod", "ordered")

    reader = container("main", f"cat /kept/stopped; {LOOP}", volumeMounts=[{"name": "kept", "mountPath": "/kept"}])
    site.apply(pod("reader", reader, volumes=volumes[1:]))
    site.until("reader", is_ready)
    assert site("logs", "reader") == "stop\n"  # the hook ran, and the claim's data outlives the pod
    site("delete", "pod", "reader")
    site("delete", "pvc", "kept")
    assert site("get", "pv", "-o", "name") == "" and list(site.engine.volumes(site.label)) == []


def test_services_are_found_by_name_while_their_pods_are_ready(site: Site) -> None:
    web = container("main", LOOP, readinessProbe={"exec": {"command": ["test", "!", "-e", "/tmp/busy"]}, "periodSeconds": 1, "failureThreshold": 1})
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}, "spec": {"selector": {"app": "shop"}, "ports": [{"port": 80}]}}
    site.apply(service, pod("server", web, labels={"app": "shop"}, nodeName=CLUSTER), pod("client", nodeName=f"{CLUSTER}-m02"))
    site.until("server", is_ready)
    site.until("client", is_ready)

    def knows(name: str) -> bool:
        return site.result("exec", "client", "--", "nslookup", "-type=a", name).code == 0

    for name in ("shop.default.svc.cluster.local", "shop.default.svc", "shop.default"):
        soon(partial(knows, name), True)
    site("exec", "server", "--", "touch", "/tmp/busy")
    soon(partial(knows, "shop.default.svc.cluster.local"), False)
    site("exec", "server", "--", "rm", "/tmp/busy")
    soon(partial(knows, "shop.default.svc.cluster.local"), True)
    site("delete", "pod", "server", "client")
    site("delete", "service", "shop")


def test_who_has_come_by_a_name_is_served_while_it_goes_and_until_its_pod_has_ended(site: Site) -> None:
    """Names change by leaving their network and joining it again. A connection outlives that; and a pod that ends is found no more while it still answers."""
    busy = {"exec": {"command": ["test", "!", "-e", "/tmp/busy"]}, "periodSeconds": 1, "failureThreshold": 1}
    server = container("main", f"nc -ll -p 7000 -e cat & {LOOP}", readinessProbe=busy, lifecycle={"preStop": {"exec": {"command": ["sleep", "20"]}}})
    ask = "(for n in $(seq 1000); do echo $n; sleep 0.2; done) | nc talk 7000; echo over; sleep 1000"
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "talk"}, "spec": {"clusterIP": "None", "selector": {"app": "talk"}}}
    site.apply(service, pod("server", server, labels={"app": "talk"}, terminationGracePeriodSeconds=30))
    site.until("server", is_ready)

    def is_known(by: str) -> bool:
        (there,) = site.containers(by, "main")
        return site.engine.run_exec(there.id, ["nslookup", "-type=a", "talk.default.svc.cluster.local"], 60)[0] == 0

    def becomes_known() -> bool:
        return site("get", "pods", "-o", "name") != "" and is_known("server")

    soon(becomes_known, True)
    site.apply(pod("client", container("main", ask)))
    site.until("client", is_ready)
    (client,) = site.containers("client", "main")

    def heard() -> int:
        return sum(1 for _ in site.engine.logs(client.id, follow=False))

    def goes_on() -> None:
        before = heard()
        soon(lambda: heard() > before + 3, True)

    goes_on()
    for command, known in (("touch", False), ("rm", True)):
        site("exec", "server", "--", command, "/tmp/busy")
        soon(becomes_known, known)
        goes_on()
    ends = homes.start(site.home, "delete", "pod", "server", extra=site.daemon.environment)
    soon(lambda: is_known("client"), False)
    assert [one.state for one in site.containers("server", "main")] == [api.RUNNING]
    goes_on()
    assert ends.communicate(timeout=homes.TIMEOUT)[0] == b'pod "server" deleted\n'
    lines = site("logs", "client").splitlines()
    assert lines[:-1] == [str(number) for number in range(1, len(lines))] and lines[-1] in ("over", str(len(lines)))
    site("delete", "pod", "client", "--now")
    site("delete", "service", "talk")


def test_what_is_done_behind_our_back_is_mended(site: Site) -> None:
    names = ("killed", "removed", "paused", "uprooted")
    site.apply(*map(pod, names))
    for name in names:
        site.until(name, is_ready)
    (paused,) = site.containers("paused", "main")
    (sandbox,) = [one for one in site.containers("uprooted") if one.labels["dev.kctl.kind"] == "sandbox"]
    site.engine.kill(site.containers("killed", "main")[0].id, "KILL")
    site.engine.remove(site.containers("removed", "main")[0].id)
    site.pause(paused.id)
    site.engine.kill(sandbox.id, "KILL")
    for name in ("killed", "removed", "uprooted"):
        found = site.until(name, lambda it: status(it)["restartCount"] >= 1 and is_ready(it))
        code = status(found)["lastState"]["terminated"]["exitCode"]
        assert code == 137 or (name, code) == ("uprooted", 0), name  # stopped at once: Docker asks it to end before that
    site.until("paused", is_ready)
    assert site.engine.inspect(paused.id).state == api.RUNNING
    site("delete", "pod", *names)
    assert [site.containers(name) for name in names] == [[], [], [], []]


def test_deleting_a_cluster_without_its_engine_needs_force(engine_daemon: Daemon, tmp_path: Path) -> None:
    site = Site(tmp_path, engine_daemon)
    site("cluster", "create", "gone", "--runtime", engine_daemon.kind)
    folder = tmp_path / "clusters" / "gone"
    settings = json.loads((folder / "cluster.json").read_text())
    (variable,) = settings["engine"]
    (folder / "cluster.json").write_text(json.dumps({**settings, "engine": {variable: "unix:///nowhere/engine.sock"}}))
    refused = site.result("cluster", "delete", "gone")
    assert refused.code == 1 and "--force" in refused.err and folder.exists()
    assert site("cluster", "delete", "gone", "--force") == 'cluster "gone" deleted\n'
    label = {"dev.kctl.cluster": f"gone-{settings['id']}"}
    for network in site.engine.networks(label):  # what it had on the engine stays
        site.engine.remove_network(network)
    assert not folder.exists() and left(site.engine, label) == ([], [], [])


def test_what_a_killed_doctor_leaves_goes_with_the_next_one(engine_daemon: Daemon, tmp_path: Path) -> None:
    site = Site(tmp_path, engine_daemon)
    doctor = ("cluster", "doctor", "--runtime", engine_daemon.kind)
    with trials.noted(Home(str(tmp_path)), engine_daemon.kind, engine_daemon.environment) as owner:
        label = labels.cluster(owner)
        site.engine.ensure_network(labels.networks(owner)[0], "", label)
        site.engine.create(api.ContainerSpec(f"kctl-doctor-{owner.id}", daemons.IMAGE, label, network=labels.networks(owner)[0]))
        site(*doctor)
        assert len(site.engine.list(label)) == 1  # its process lives
    site(*doctor)
    assert left(site.engine, label) == ([], [], [])
    assert not (tmp_path / "trials").exists()


def test_the_doctor_tells_what_works(engine_daemon: Daemon, tmp_path: Path) -> None:
    site = Site(tmp_path, engine_daemon)
    lines = [line.split() for line in site("cluster", "doctor", "--runtime", engine_daemon.kind).splitlines()]
    assert [line[1] for line in lines] == ["CHECK", "engine", "machine", "cgroup", "rights", "network", "image", "container", "names", "volume"]
    assert {line[2] for line in lines[1:]} == {"ok"}
    assert not (tmp_path / "trials").exists()
    nowhere = {daemons.Daemon(engine_daemon.kind, Path()).kind: "unix:///nowhere/engine.sock"}
    variable = next(iter(engine_daemon.environment))
    found = homes.run(tmp_path, "cluster", "doctor", "--runtime", engine_daemon.kind, extra={variable: nowhere[engine_daemon.kind]})
    assert (found.code, found.out.split()[6]) == (1, "PROBLEM")
    refused = homes.run(tmp_path, "cluster", "create", "never", "--runtime", engine_daemon.kind, extra={variable: nowhere[engine_daemon.kind]})
    assert refused.code == 1 and "/nowhere/engine.sock" in refused.err and not (tmp_path / "clusters" / "never").exists()
