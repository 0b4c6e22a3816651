"""Namespaces."""

from minikube_py import registry
from minikube_py.machinery import meta
from tests.registry import support

STRATEGY = registry.strategy("", "namespaces")


def test_a_new_namespace() -> None:
    obj = support.created("", "namespaces", {"metadata": {"name": "team"}, "status": {"phase": "Terminating"}})
    assert obj == {
        "metadata": {"name": "team", "labels": {"kubernetes.io/metadata.name": "team"}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
    assert STRATEGY.fields(obj) == {"status.phase": "Active", "name": "team"}


def test_names_have_no_dots() -> None:
    assert support.errors("", "namespaces", {"metadata": {"name": "a.b"}}) == ['metadata.name: Invalid value: "a.b": must not contain dots']


def test_an_update_cannot_take_finalizers_away() -> None:
    old = support.created("", "namespaces", {"metadata": {"name": "team"}})
    new = support.updated("", "namespaces", {"metadata": {"name": "team"}, "spec": {"finalizers": []}}, old)
    assert new["spec"] == {"finalizers": ["kubernetes"]}


def test_finalize_can() -> None:
    old = support.created("", "namespaces", {"metadata": {"name": "team", "resourceVersion": "1"}})
    new = meta.clone(old) | {"spec": {}, "status": {"phase": "Gone"}}
    STRATEGY.prepare_subresource("finalize", new, old, support.context())
    assert (new["spec"], new["status"]) == ({}, {"phase": "Active"})
    assert STRATEGY.validate_subresource("finalize", new, old) == []
    new["spec"] = {"finalizers": ["nonsense"]}
    assert [str(error) for error in STRATEGY.validate_subresource("finalize", new, old)] == [
        'spec.finalizers[0]: Invalid value: "nonsense": name is neither a standard finalizer name nor is it fully qualified'
    ]


def test_the_phase_follows_the_deletion() -> None:
    old = support.created("", "namespaces", {"metadata": {"name": "team", "resourceVersion": "1"}})
    new = meta.clone(old) | {"status": {"phase": "Terminating"}}
    assert [str(error) for error in STRATEGY.validate_subresource("status", new, old)] == [
        "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"
    ]
