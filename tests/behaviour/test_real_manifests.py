"""Manifests of real projects: they apply, are left alone the second time, their workloads run, and deletion leaves nothing behind."""

import re
from pathlib import Path
from typing import NamedTuple

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
INGRESS_SECRET = "kind: Secret\napiVersion: v1\nmetadata: {name: ingress-nginx-admission, namespace: ingress-nginx}\n"  # made by its Job's program
SECRET = "kind: Secret\napiVersion: v1\nmetadata: {name: %s}\n"


class Case(NamedTuple):
    """A file, and what its own documentation tells a user to have before: objects, labels of nodes."""

    file: str
    before: str = ""
    namespaces: tuple[str, ...] = ()
    node_labels: tuple[str, ...] = ()


def _files() -> list[str]:
    return [line.split("\t")[0] for line in INDEX.read_text().splitlines()[1:]] if INDEX.exists() else []


def _objects(file: str) -> list[Object]:
    return [document.value for document in yaml.load_all((SHARED / file).read_text()) if document.value]


def _is_builtin(obj: Object) -> bool:
    return scheme.builtin().for_kind(obj["apiVersion"], obj["kind"]) is not None


def _case(file: str) -> Case:
    """Return a file's case: the namespaces that it assumes are those that it names and does not make."""
    objects = _objects(file)
    made = {meta.name(obj) for obj in objects if obj["kind"] == "Namespace"} | {"default", "kube-system"}
    named = {meta.namespace(obj) for obj in objects} - made - {""}
    before, labels = "", ()
    if "wordpress" in file:
        before = SECRET % "mysql-pass"
    elif "kind/deploy.yaml" in file:
        labels = ("ingress-ready=true",)
    return Case(file, before, tuple(sorted(named)), labels)


BUILTIN = [file for file in _files() if all(_is_builtin(obj) for obj in _objects(file))]
MIXED = [file for file in _files() if file not in BUILTIN]
pytestmark = pytest.mark.skipif(not INDEX.exists(), reason="the shared manifests are not here")


def prepare(desk: Desk, case: Case) -> None:
    """Do what a user does before applying the file."""
    for name in case.namespaces:
        desk("create", "namespace", name)
    if case.before:
        desk("apply", "-f", "-", stdin=case.before)
    for label in case.node_labels:
        desk("label", "node", "--all", label)


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
        return status.get("succeeded", 0) == spec.get("completions", 1)
    if status.get("observedGeneration") != item["metadata"]["generation"]:
        return False
    if item["kind"] == "DaemonSet":
        return status["numberAvailable"] == status["desiredNumberScheduled"] > 0
    return status.get("availableReplicas", 0) == spec["replicas"] == status["replicas"]


def delete_claims(desk: Desk) -> None:
    """Delete the claims that StatefulSets leave behind, as they do in every cluster."""
    for claim in desk.client.items("persistentvolumeclaims"):
        desk("delete", "pvc", meta.name(claim), "-n", meta.namespace(claim))


@pytest.mark.parametrize("file", BUILTIN)
def test_apply_again_and_delete(file: str, three_nodes: Path, tmp_path: Path) -> None:
    case, path = _case(file), str(SHARED / file)
    with homes.opened(homes.copy(three_nodes, tmp_path / "home")) as desk:
        prepare(desk, case)
        before = homes.everything(desk.client)
        objects = _objects(file)
        assert_words(desk("apply", "-f", path), "created|configured", objects)
        if "ingress-nginx/deploy/static" in file:
            desk("apply", "-f", "-", stdin=INGRESS_SECRET)
        assert desk.advance(lambda: not unavailable(desk), PATIENCE), "\n".join(unavailable(desk))
        assert_words(desk("apply", "-f", path), "unchanged", objects)
        desk("delete", "-f", path)
        delete_claims(desk)
        desk.pass_time(120)
        after = homes.everything(desk.client)
        assert {key for key in after if key not in before} - {key for key in before} == set()
        assert {key for key in before if key not in after} == set()
        assert after == before


def assert_words(output: str, words: str, objects: list[Object]) -> None:
    """Assert that there is one line for each object, in the order of the file, each ending with one of the words."""
    lines = output.splitlines()
    assert len(lines) == len(objects)
    for line, obj in zip(lines, objects, strict=True):
        assert re.fullmatch(rf"\S+/{re.escape(meta.name(obj))} ({words})", line), line
