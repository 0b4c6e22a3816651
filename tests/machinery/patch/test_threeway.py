"""The last-applied annotation and the patch of kubectl apply."""

import pytest

from minikube_py.machinery import schemas
from minikube_py.machinery.patch import threeway

CONFIG = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "web", "namespace": "default"}, "data": {"b": "<&>", "a": "ü"}}
WRITTEN = (
    '{"apiVersion":"v1","data":{"a":"ü","b":"\\u003c\\u0026\\u003e"},"kind":"ConfigMap",'
    '"metadata":{"annotations":{},"name":"web","namespace":"default"}}\n'
)


def test_annotation_is_kubectl_s() -> None:
    assert threeway.encoded(CONFIG) == WRITTEN
    annotated = threeway.with_last_applied(CONFIG)
    assert annotated["metadata"]["annotations"] == {threeway.ANNOTATION: WRITTEN}
    assert "annotations" not in CONFIG["metadata"]
    assert threeway.last_applied(annotated) == CONFIG | {"metadata": {**CONFIG["metadata"], "annotations": {}}}  # type: ignore[dict-item]


def test_annotation_never_holds_itself() -> None:
    assert threeway.with_last_applied(threeway.with_last_applied(CONFIG)) == threeway.with_last_applied(CONFIG)


def test_annotation_keeps_the_others() -> None:
    config = CONFIG | {"metadata": {"name": "web", "annotations": {"z": "1"}}}
    assert threeway.with_last_applied(config)["metadata"]["annotations"].keys() == {"z", threeway.ANNOTATION}
    assert '"annotations":{"z":"1"}' in threeway.encoded(config)


def test_no_annotation() -> None:
    assert threeway.last_applied(CONFIG) is None
    with pytest.raises(ValueError, match="not an object"):
        threeway.last_applied({"metadata": {"annotations": {threeway.ANNOTATION: "[]"}}})


def test_unchanged_is_an_empty_patch() -> None:
    modified = threeway.with_last_applied(CONFIG)
    live = threeway.with_last_applied(CONFIG)
    live["metadata"] |= {"resourceVersion": "7", "uid": "u"}
    patch = threeway.patch(modified, live, schemas.for_kind("v1", "ConfigMap"))
    assert (patch.body, patch.written(), patch.media_type) == ({}, "{}", "application/strategic-merge-patch+json")


def test_a_change_brings_the_annotation_along() -> None:
    live = threeway.with_last_applied(CONFIG)
    modified = threeway.with_last_applied(CONFIG | {"data": {"a": "x"}})
    patch = threeway.patch(modified, live, schemas.for_kind("v1", "ConfigMap"))
    assert patch.body == {
        "data": {"a": "x", "b": None},
        "metadata": {"annotations": {threeway.ANNOTATION: modified["metadata"]["annotations"][threeway.ANNOTATION]}},
    }


def test_custom_kinds_get_a_merge_patch() -> None:
    config = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"parts": [{"name": "a"}]}}
    live = threeway.with_last_applied(config)
    patch = threeway.patch(threeway.with_last_applied(config), live, None)
    assert (patch.body, patch.media_type) == ({}, "application/merge-patch+json")
    wider = threeway.with_last_applied({**config, "spec": {"parts": [{"name": "b"}]}})
    assert threeway.patch(wider, live, None).body["spec"] == {"parts": [{"name": "b"}]}
