"""Volumes of pods that really run: directories of the machine, claims, files that follow their objects, and ways out of them that are none."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.sites import ALLOWED, CLUSTER, LOOP, Site, container, is_ready, pod, site, status
from tests.engines.daemons import engine_daemon, shared_folder

__all__ = ["engine_daemon", "shared_folder", "site"]

DATA = {"name": "data", "mountPath": "/data"}


def of_host(path: Path | str, kind: str = "") -> dict[str, Any]:
    return {"name": "data", "hostPath": {"path": str(path)} | ({"type": kind} if kind else {})}


def claim(name: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}, **spec}}  # fmt: skip


def mounting(name: str) -> dict[str, Any]:
    return {"name": "data", "persistentVolumeClaim": {"claimName": name}}


def messages(site: Site, name: str, reason: str) -> list[str]:
    found = json.loads(site("get", "events", f"--field-selector=involvedObject.name={name},reason={reason}", "-o", "json"))["items"]
    return [event["message"] for event in found]


def test_directories_of_the_machine_are_mounted_below_what_is_allowed(site: Site) -> None:
    root = site.home / ALLOWED
    (root / "there").mkdir(exist_ok=True)
    (root / "there" / "file").write_text("from the machine\n")
    if not (root / "way-out").is_symlink():  # a second try finds it
        (root / "way-out").symlink_to("/etc")
    writer = container("main", f"cat /data/file; echo from the pod > /data/new; {LOOP}", volumeMounts=[DATA])
    reader = container("main", f"cat /data/file; touch /data/x 2>/dev/null || echo read-only; {LOOP}", volumeMounts=[{**DATA, "readOnly": True}])
    below = container("main", f"cat /file; {LOOP}", volumeMounts=[{"name": "data", "mountPath": "/file", "subPath": "there/file"}])
    file = container("main", f"cat /file; {LOOP}", volumeMounts=[{"name": "data", "mountPath": "/file"}])
    good = {"writer": (writer, of_host(root / "there", "Directory")), "reader": (reader, of_host(root / "there")),
            "below": (below, of_host(root)), "file": (file, of_host(root / "there" / "file", "File")),
            "made": (writer, of_host(root / "new" / "deeper", "DirectoryOrCreate"))}  # fmt: skip
    bad = {"elsewhere": of_host("/etc"), "linked": of_host(root / "way-out"), "above": of_host(f"{root}/../clusters"), "beside": of_host(f"{root}-too"),
           "absent": of_host(root / "nothing", "Directory"), "socket": of_host(root / "there" / "file", "Socket")}  # fmt: skip
    site.apply(*(pod(name, one, volumes=[volume]) for name, (one, volume) in good.items()),
               *(pod(name, container("main", volumeMounts=[DATA]), volumes=[volume]) for name, volume in bad.items() if name != "above"))  # fmt: skip
    refused = site.result("apply", "-f", "-", stdin=json.dumps(pod("above", volumes=[bad["above"]])))
    assert refused.code == 1 and "must not contain '..'" in refused.err
    for name in good:
        site.until(name, is_ready)
    assert site("logs", "writer") == "from the machine\n" and (root / "there" / "new").read_text() == "from the pod\n"
    assert site("logs", "reader").splitlines() == ["from the machine", "read-only"]
    assert site("logs", "below") == site("logs", "file") == "from the machine\n"
    assert (root / "new" / "deeper" / "new").read_text() == "from the pod\n"
    said = {name: messages(site, name, "FailedMount")[0].partition(" : ")[2] for name in bad if name != "above"}
    assert said == {
        "elsewhere": "hostPath /etc is not below a directory that this cluster may use; `kctl cluster create --allow-host-path DIR` allows one",
        "linked": f"hostPath {root}/way-out leads through a symbolic link, and so perhaps out of {root}: 'way-out': 'way-out' is a symbolic link",
        "beside": f"hostPath {root}-too is not below a directory that this cluster may use; `kctl cluster create --allow-host-path DIR` allows one",
        "absent": f"hostPath type check failed: {root}/nothing is not a directory (No such file or directory)",
        "socket": f"hostPath type check failed: {root}/there/file is not a socket file",
    }
    assert {site.pod(name)["status"]["phase"] for name in said} == {"Pending"}
    assert [site.containers(name) for name in said] == [[]] * len(said)
    site("delete", "pod", *good, *said)
    assert (root / "there" / "file").read_text() == "from the machine\n"


def test_a_path_below_a_volume_leads_out_of_it_nowhere(site: Site) -> None:
    root = site.home / ALLOWED / "prepared"
    root.mkdir()
    (root / "evil").symlink_to("/")
    first = container("first", "ln -s / /data/evil; mkdir /data/good; echo kept > /data/good/file", volumeMounts=[DATA])
    evil = container("evil", volumeMounts=[{**DATA, "subPath": "evil/etc"}])
    good = container("good", f"cat /data/file; {LOOP}", volumeMounts=[{**DATA, "subPath": "good"}])
    by_name = container("named", f"echo mine > /data/file; {LOOP}", env=[{"name": "WHERE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
                        volumeMounts=[{**DATA, "subPathExpr": "$(WHERE)/deeper"}])  # fmt: skip
    site.apply(pod("inside", evil, good, by_name, initContainers=[first], volumes=[{"name": "data", "emptyDir": {}}]),
               pod("outside", evil, volumes=[of_host(root)]))  # fmt: skip
    for name, where in (("inside", "evil/etc"), ("outside", "prepared/evil/etc")):
        found = site.until(name, lambda it: status(it, "evil")["state"].get("waiting", {}).get("reason") == "CreateContainerConfigError")
        problem = 'failed to prepare subPath for volumeMount "data" of container "evil": '
        assert status(found, "evil")["state"]["waiting"]["message"] == f"{problem}'{where}': 'evil' is a symbolic link"
    site.until("inside", lambda it: status(it, "good")["ready"] and status(it, "named")["ready"])
    assert site("logs", "inside", "-c", "good") == "kept\n"
    assert site("exec", "inside", "-c", "named", "--", "cat", "/data/file") == "mine\n"
    site("delete", "pod", "inside", "outside")


def test_claims_keep_or_lose_their_data_as_their_class_says(site: Site) -> None:
    keeping = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "keeping"}, "reclaimPolicy": "Retain",
               "provisioner": "k8s.io/minikube-hostpath", "volumeBindingMode": "WaitForFirstConsumer"}  # fmt: skip
    write = container("main", f"echo data of $HOSTNAME > /data/file; {LOOP}", volumeMounts=[DATA])
    site.apply(keeping, claim("kept", storageClassName="keeping"), claim("lost"), *(pod(name, write, volumes=[mounting(name)]) for name in ("kept", "lost")))
    for name in ("kept", "lost"):
        site.until(name, is_ready)
    volumes = {name: site("get", "pvc", name, "-o", "jsonpath={.spec.volumeName}") for name in ("kept", "lost")}
    held = site.result("delete", "pvc", "lost", "--wait=false")
    assert held.code == 0 and "Terminating" in site("get", "pvc", "lost")  # protected while a pod has it
    site.apply(pod("late", write, volumes=[mounting("lost")], nodeName=CLUSTER))
    text = "failed to process volumes=[data]: error processing PVC default/lost: PVC is being deleted"
    assert text in " ".join(messages(site, "late", "FailedMount")) and site.containers("late") == []
    (running,) = site.containers("lost", "main")
    site.engine.kill(running.id, "KILL")  # what had the claim before keeps it
    site.until("lost", lambda it: is_ready(it) and status(it)["restartCount"] == 1)
    site("delete", "pod", "kept", "lost", "late")
    site("delete", "pvc", "kept")
    assert site("get", "pvc", "-o", "name") == ""
    assert site("get", "pv", "-o", "jsonpath={.items[*].metadata.name} {.items[*].status.phase}") == f"{volumes['kept']} Released"
    assert len(site.engine.volumes(site.label)) == 1

    site("patch", "pv", volumes["kept"], "--type=json", "-p", '[{"op": "remove", "path": "/spec/claimRef"}]')
    read = container("main", f"cat /data/file; {LOOP}", volumeMounts=[DATA])
    site.apply(claim("again", storageClassName="keeping", volumeName=volumes["kept"]), pod("again", read, volumes=[mounting("again")]))
    site.until("again", is_ready)
    assert site("logs", "again") == "data of kept\n"
    site("delete", "pod/again", "pvc/again", f"pv/{volumes['kept']}", "storageclass/keeping")
    (volume,) = site.engine.volumes(site.label)  # the data stays even then, as Retain says
    site.engine.remove_volume(volume)


def test_a_stateful_set_gives_each_pod_its_own_claim(site: Site) -> None:
    labels = {"app": "db"}
    main = container("main", f"echo $HOSTNAME >> /data/log; {LOOP}", volumeMounts=[DATA])
    template = {"metadata": {"labels": labels}, "spec": {"containers": [main], "terminationGracePeriodSeconds": 1}}
    stateful = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
                "spec": {"serviceName": "db", "replicas": 2, "selector": {"matchLabels": labels}, "template": template,
                         "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"},
                         "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim("")["spec"]}]}}  # fmt: skip
    site.apply(stateful)
    for name in ("db-0", "db-1"):
        site.until(name, is_ready)
    first = site.pod("db-1")["metadata"]["uid"]
    site("scale", "statefulset/db", "--replicas=1")
    site("scale", "statefulset/db", "--replicas=2")
    assert site.until("db-1", is_ready)["metadata"]["uid"] != first
    assert [site("exec", name, "--", "cat", "/data/log") for name in ("db-0", "db-1")] == ["db-0\n", "db-1\ndb-1\n"]
    site("delete", "statefulset", "db")
    assert site("get", "pods,pvc,pv", "-o", "name") == "" and list(site.engine.volumes(site.label)) == []


def test_files_follow_the_objects_that_they_are_made_of(site: Site) -> None:
    def config(word: str) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "words"}, "data": {"word": word}}

    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hidden"}, "stringData": {"key": "s3cret"}}
    sources = [
        # First: behind a source that names its files it would get a warning (registry/pod/overlaps.py).
        {"secret": {"name": "later", "optional": True}},
        {"configMap": {"name": "words", "items": [{"key": "word", "path": "deep/word", "mode": 0o444}]}},
        {"secret": {"name": "hidden", "items": [{"key": "key", "path": "key", "mode": 0o400}]}},
        {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
                                   {"path": "cpu", "resourceFieldRef": {"containerName": "main", "resource": "limits.cpu", "divisor": "1m"}}]}},
        {"serviceAccountToken": {"path": "token", "audience": "vault", "expirationSeconds": 3600}},
    ]  # fmt: skip
    mounts = [{**DATA, "readOnly": True}, {"name": "data", "mountPath": "/word", "subPath": "deep/word"}]
    paths = {"NAME": "metadata.name", "SPACE": "metadata.namespace", "NODE": "spec.nodeName", "APP": "metadata.labels['app']", "IP": "status.podIP"}
    env = [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in paths.items()]
    main = container("main", volumeMounts=mounts, resources={"limits": {"cpu": "250m"}}, env=env)
    site.apply(config("one"), secret, pod("files", main, labels={"app": "files"}, volumes=[{"name": "data", "projected": {"sources": sources}}]))
    found = site.until("files", is_ready)

    def shown(script: str) -> str:
        return site("exec", "files", "--", "sh", "-c", script)

    assert shown("cat /data/deep/word /data/key /data/labels /data/cpu | tr '\\n' ' '; ls /data") == 'ones3cretapp="files"250cpu\ndeep\nkey\nlabels\ntoken\n'
    assert shown("stat -c %a /data/..data/key /data/..data/deep/word") == "400\n444\n"
    assert '"aud":["vault"]' in shown("cut -d. -f2 /data/token | tr -- -_ +/ | base64 -d 2>/dev/null; true")
    assert shown("echo $NAME $SPACE $NODE $APP $IP") == f"files default {found['spec']['nodeName']} files {found['status']['podIP']}\n"
    site.apply(config("two"), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "later"}, "stringData": {"late": "x"}})
    site("label", "pod", "files", "more=yes")
    later = "cat /data/deep/word; echo; cat /data/late; echo; cat /data/labels; echo; cat /word"  # what is mounted by itself stays as it was
    assert shown(later) == 'two\nx\napp="files"\nmore="yes"\none'
    assert found["spec"]["nodeName"] in (CLUSTER, f"{CLUSTER}-m02")
    folder = site.home / "clusters" / CLUSTER
    assert [path for path in folder.rglob("key") if path.is_file() and os.stat(path).st_mode & 0o077] == []
    site("delete", "pod", "files")


@pytest.mark.parametrize("medium", ["", "Memory"])
def test_an_empty_dir_is_everybodys_and_goes_with_its_pod(site: Site, medium: str) -> None:
    first = container("first", "stat -c %a /data; echo x > /data/file", volumeMounts=[DATA], securityContext={"runAsUser": 1234})
    main = container("main", f"cat /data/file; grep -c ' /data tmpfs ' /proc/mounts; {LOOP}", volumeMounts=[DATA], securityContext={"runAsUser": 4321})
    name = f"scratch{medium.lower()}"
    wish = {"sizeLimit": "1Mi"} | ({"medium": medium} if medium else {})
    site.apply(pod(name, main, initContainers=[first], volumes=[{"name": "data", "emptyDir": wish}]))
    site.until(name, is_ready)
    assert [site("logs", name, "-c", part) for part in ("first", "main")] == ["777\n", f"x\n{1 if medium else 0}\n"]
    if medium:
        assert "No space left" in site.result("exec", name, "--", "dd", "if=/dev/zero", "of=/data/big", "bs=1M", "count=2").err
    assert len(site.engine.volumes(site.label)) == 1
    site("delete", "pod", name)
    assert list(site.engine.volumes(site.label)) == []
