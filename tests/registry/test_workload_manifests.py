"""Real projects' workloads: they get defaults twice alike, and nothing is wrong with them."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.registry import podhelp

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "manifests"
PLURALS = {
    ("v1", "Pod"): ("", "pods"), ("v1", "PodTemplate"): ("", "podtemplates"), ("v1", "ReplicationController"): ("", "replicationcontrollers"),
    ("apps/v1", "Deployment"): ("apps", "deployments"), ("apps/v1", "ReplicaSet"): ("apps", "replicasets"),
    ("apps/v1", "StatefulSet"): ("apps", "statefulsets"), ("apps/v1", "DaemonSet"): ("apps", "daemonsets"),
    ("batch/v1", "Job"): ("batch", "jobs"), ("batch/v1", "CronJob"): ("batch", "cronjobs"),
}  # fmt: skip


@functools.cache
def workloads() -> list[tuple[str, dict[str, Any]]]:
    return [(path.name, obj) for path in sorted(SHARED.rglob("*.y*ml")) for obj in objects(path)]


def objects(path: Path) -> Iterator[dict[str, Any]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        documents = list(YAML(typ="safe").load_all(path.read_text()))
    except YAMLError:  # a few files are templates, not YAML
        return
    for document in documents:
        items = document.get("items", []) if isinstance(document, dict) and document.get("kind") == "List" else [document]
        for item in items:
            if isinstance(item, dict) and (item.get("apiVersion"), item.get("kind")) in PLURALS:
                yield json.loads(json.dumps(item, default=str))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared manifests are not here")
def test_manifests_are_valid() -> None:
    assert len(workloads()) > 50
    for name, obj in workloads():
        strategy = podhelp.strategy(*PLURALS[obj["apiVersion"], obj["kind"]])
        assert podhelp.errors(strategy, obj) == [], name


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared manifests are not here")
def test_defaults_are_idempotent_and_no_change_is_no_error() -> None:
    for name, obj in workloads():
        strategy = podhelp.strategy(*PLURALS[obj["apiVersion"], obj["kind"]])
        made = podhelp.created(strategy, obj)
        again = podhelp.copy(made)
        strategy.default(again)
        assert again == made, name
        assert podhelp.update_errors(strategy, obj, {}) == [], name
