"""Real projects' manifests: every object whose rules are not those of pods and workloads is defaulted and found right."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from minikube_py import registry
from minikube_py.kits.yaml import documents
from minikube_py.machinery import meta, scheme
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from tests.registry import support

MANIFESTS = Path(__file__).parents[3] / "shared" / "manifests"
_WORKLOADS = {"apps", "batch"}
_OTHERS = {"pods", "podtemplates", "replicationcontrollers"}
# A template whose placeholders are to be replaced before it is applied.
_TEMPLATES = {"oauth2-proxy.yaml"}
_KINDS = scheme.builtin()


@lru_cache(maxsize=1)
def _files() -> tuple[Path, ...]:
    return tuple(sorted(path for path in MANIFESTS.rglob("*.y*ml") if path.name not in _TEMPLATES))


def _objects(path: Path) -> Iterator[tuple[Resource, Object]]:
    for document in (read.value for read in documents.load_all(path.read_bytes())):
        if not isinstance(document, dict) or "kind" not in document:
            continue
        resource = _KINDS.for_kind(document["apiVersion"], document["kind"])
        if resource is not None and resource.group not in _WORKLOADS and resource.plural not in _OTHERS:
            yield resource, document


@pytest.mark.skipif(not MANIFESTS.is_dir(), reason="the shared manifests are not beside this repository")
def test_every_object_is_right() -> None:
    seen: dict[str, int] = {}
    reader = support.ListReader()
    for path in _files():
        for resource, obj in _objects(path):
            name = obj.setdefault("metadata", {}).get("name") or obj["metadata"].setdefault("name", obj["metadata"].get("generateName", "") + "x")
            made = support.created(resource.group, resource.plural, obj, reader)
            strategy = registry.strategy(resource.group, resource.plural)
            assert [str(error) for error in strategy.validate(made)] == [], (path.name, resource.plural, name)
            again = meta.clone(made)
            strategy.default(again)
            assert again == made, (path.name, resource.plural, name)
            seen[resource.plural] = seen.get(resource.plural, 0) + 1
    assert seen["customresourcedefinitions"] >= 16 and seen["services"] >= 80
