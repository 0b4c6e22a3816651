"""ServiceAccounts."""

from minikube_py import registry
from tests.registry import support


def test_only_names_of_secrets_are_kept() -> None:
    obj = support.created("", "serviceaccounts", {"metadata": {"name": "a"}, "secrets": [{"name": "s", "namespace": "other", "kind": "Secret"}]})
    assert obj["secrets"] == [{"name": "s"}]


def test_a_deprecated_annotation() -> None:
    obj = {"metadata": {"annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}}}
    strategy = registry.strategy("", "serviceaccounts")
    assert strategy.warnings(obj, None) == [
        "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; "
        "prefer separate namespaces to isolate access to mounted secrets"
    ]
    assert strategy.warnings(obj, {"metadata": {}}) == strategy.warnings(obj, None)
    assert strategy.warnings(obj, obj) == []
