"""Manifests of real projects: they apply, are left alone the second time, their workloads run, and deletion leaves nothing behind."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from minikube_py.kits import yaml
from minikube_py.machinery import meta, scheme
from minikube_py.machinery.meta import Object
from tests.behaviour import homes
from tests.behaviour.homes import Desk

SHARED = homes.ROOT.parent / "shared" / "manifests"
INDEX = SHARED / "INDEX.tsv"
WORKLOADS = ("deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicationcontrollers", "jobs.batch")
PATIENCE = 900.0  # seconds of the cluster's time
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: %s}
---
"""
CONFIG_MAP = SECRET.replace("Secret", "ConfigMap")
STORAGE_CLASS = """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: %s}
provisioner: k8s.io/minikube-hostpath
"""
# Part of a path to what the file's own documentation tells its user to have before, or what the program in its containers makes.
BEFORE = {
    "wordpress/": SECRET.replace("---", "stringData: {password: secret}") % "mysql-pass",
    "https-nginx/": SECRET % "nginxsecret" + CONFIG_MAP % "nginxconfigmap",
    "kube-state-metrics/": CONFIG_MAP % "strimzi-kube-state-metrics-config",
    "vsphere/": STORAGE_CLASS % "thin-disk",
}
MEANWHILE = {"ingress-nginx/deploy/static/": (SECRET % "ingress-nginx-admission", "ingress-nginx")}  # made by its Jobs' program
NODE_LABELS = {"provider/kind/": "ingress-ready=true"}
FILLED_IN = {"oauth2-proxy.yaml": (r"__INGRESS_[A-Z]+__", "example.com")}  # what is to be replaced before use
Value = TypeVar("Value")


def _of(table: Mapping[str, Value], file: str, otherwise: Value) -> Value:
    return next((value for part, value in table.items() if part in file), otherwise)


def _files() -> list[str]:
    return [line.split("\t")[0] for line in INDEX.read_text().splitlines()[1:]] if INDEX.exists() else []


def _text(file: str) -> str:
    pattern, value = _of(FILLED_IN, file, ("(?!)", ""))  # (?!) matches nothing
    return re.sub(pattern, value, (SHARED / file).read_text())


def _objects(file: str) -> list[Object]:
    return [document.value for document in yaml.load_all(_text(file)) if document.value]


def _is_builtin(obj: Object) -> bool:
    return scheme.builtin().for_kind(obj["apiVersion"], obj["kind"]) is not None


def _assumed_namespaces(objects: list[Object]) -> list[str]:
    """Return the namespaces that a file names and does not make."""
    made = {meta.name(obj) for obj in objects if obj["kind"] == "Namespace"} | {"default", "kube-system"}
    return sorted({meta.namespace(obj) for obj in objects} - made - {""})


BUILTIN = [file for file in _files() if all(_is_builtin(obj) for obj in _objects(file))]
MIXED = [file for file in _files() if file not in BUILTIN]
pytestmark = pytest.mark.skipif(not INDEX.exists(), reason="the shared manifests are not here")


def prepare(desk: Desk, file: str) -> None:
    """Do what a user does before applying the file."""
    for name in _assumed_namespaces(_objects(file)):
        desk("create", "namespace", name)
    before, label = _of(BEFORE, file, ""), _of(NODE_LABELS, file, "")
    if before:
        desk("apply", "-f", "-", stdin=before)
    if label:
        desk("label", "nodes", "--all", label)


def unavailable(desk: Desk) -> list[str]:
    """Return the workloads that are not what they should be, and the pods that do not run."""
    found = []
    for plural in WORKLOADS:
        for item in desk.client.items(plural):
            if not is_available(item):
                found.append(f"{plural}/{meta.name(item)}: {item.get('status')}")
    found.extend(f"pods/{meta.name(pod)}: {pod['status']}" for pod in desk.client.items("pods") if not homes.is_running(pod))
    return found


def is_available(item: Object) -> bool:
    """Tell whether a workload has all that it asks for."""
    spec, status = item["spec"], item.get("status", {})
    if item["kind"] == "Job":
        return bool(status.get("succeeded", 0) == spec.get("completions", 1))
    if status.get("observedGeneration") != item["metadata"]["generation"]:
        return False
    if item["kind"] == "DaemonSet":
        return bool(status["numberAvailable"] == status["desiredNumberScheduled"] > 0)
    return bool(status.get("availableReplicas", 0) == spec["replicas"] == status["replicas"])


def delete_claims(desk: Desk) -> None:
    """Delete the claims that StatefulSets leave behind, as they do in every cluster."""
    for claim in desk.client.items("persistentvolumeclaims"):
        desk("delete", "pvc", meta.name(claim), "-n", meta.namespace(claim))


@pytest.mark.parametrize("file", BUILTIN)
def test_apply_again_and_delete(file: str, three_nodes: Path, tmp_path: Path) -> None:
    objects, path = _objects(file), tmp_path / "manifest.yaml"
    path.write_text(_text(file))
    with homes.opened(homes.copy(three_nodes, tmp_path / "home")) as desk:
        prepare(desk, file)
        before = homes.everything(desk.client)
        assert_words(desk("apply", "-f", str(path)), objects, "created")
        meanwhile, namespace = _of(MEANWHILE, file, ("", ""))
        if meanwhile:
            desk("apply", "-n", namespace, "-f", "-", stdin=meanwhile)
        assert desk.advance(lambda: not unavailable(desk), PATIENCE), "\n".join(unavailable(desk))
        revision = desk.cluster.backend.revision()
        assert_words(desk("apply", "-f", str(path)), objects, "unchanged")
        assert desk.cluster.backend.revision() == revision or any(map(is_gone_when_done, objects))
        desk("delete", "-f", str(path), f"--ignore-not-found={str(any(map(is_gone_when_done, objects))).lower()}")
        delete_claims(desk)
        desk.pass_time(120)
        assert_same(homes.everything(desk.client), before)


def assert_words(output: str, objects: list[Object], word: str) -> None:
    """Assert that there is one line for each object, in the order of the file, with that word."""
    lines = output.splitlines()
    assert len(lines) == len(objects)
    for line, obj in zip(lines, objects, strict=True):
        named, _, said = line.rpartition(" ")
        expected = "created" if is_gone_when_done(obj) else word
        assert (named.rpartition("/")[2], said) == (meta.name(obj), expected)


def is_gone_when_done(obj: Object) -> bool:
    """Tell whether an object is a Job that is deleted as soon as it is done."""
    return bool(obj["kind"] == "Job" and obj["spec"].get("ttlSecondsAfterFinished") == 0)


def assert_same(after: homes.Dump, before: homes.Dump) -> None:
    """Assert that nothing was left behind, lost or changed."""
    assert {key: obj for key, obj in after.items() if key not in before} == {}
    assert set(before) - set(after) == set()
    for key, obj in before.items():
        assert after[key] == obj


@pytest.mark.parametrize("file", MIXED)
def test_custom_kinds_are_refused_and_the_rest_applied(file: str, three_nodes: Path, tmp_path: Path) -> None:
    """kubectl's words for each kind that the cluster does not know; it reads the whole file first, then applies what it could map."""
    objects, path = _objects(file), str(SHARED / file)
    known = [obj for obj in objects if _is_builtin(obj)]
    with homes.opened(homes.copy(three_nodes, tmp_path / "home")) as desk:
        prepare(desk, file)
        code, out, err = desk.result("apply", "-f", path)
        assert code == 1
        assert_words(out, known, "created")
        lines = [f'resource mapping not found for name: "{meta.name(obj)}" namespace: "{meta.namespace(obj)}" from "{path}": '
                 f'no matches for kind "{obj["kind"]}" in version "{obj["apiVersion"]}"\nensure CRDs are installed first\n'
                 for obj in objects if obj not in known]  # fmt: skip
        assert err == ("error: " if len(lines) == 1 else "") + "".join(lines)
        again = desk.result("apply", "-f", path)
        assert (again.code, again.err) == (1, err)
        assert_words(again.out, known, "unchanged")
        assert desk.advance(lambda: not unavailable(desk), PATIENCE), "\n".join(unavailable(desk))
