"""Every served kind has a strategy, which agrees with discovery about scope and status."""

import pytest

from minikube_py import registry
from minikube_py.machinery import scheme
from minikube_py.machinery.scheme import Resource
from minikube_py.registry.strategy import Strategy

# Kinds that are only answered, not stored, and such as keep to the base class.
_BASE = {"bindings", "componentstatuses"}
SERVED = [resource for resource in scheme.builtin() if resource.served and "get" in resource.verbs and resource.plural not in _BASE]


@pytest.mark.parametrize("resource", SERVED, ids=lambda resource: f"{resource.qualified}.{resource.version}")
def test_a_strategy(resource: Resource) -> None:
    strategy = registry.strategy(resource.group, resource.plural)
    assert type(strategy) is not Strategy
    assert strategy.namespaced == resource.namespaced
    assert strategy.has_status == ("status" in resource.subresources)


@pytest.mark.parametrize("resource", SERVED, ids=lambda resource: f"{resource.qualified}.{resource.version}")
def test_an_empty_object_is_told_what_is_wrong(resource: Resource) -> None:
    obj = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {}}
    strategy = registry.strategy(resource.group, resource.plural)
    strategy.default(obj)
    assert strategy.validate(obj) != []
    assert isinstance(strategy.fields({"metadata": {}, "spec": {}, "status": {}}), dict)
