"""From client-side to server-side apply."""

from typing import Any

from minikube_py.machinery.apply import csaupgrade, entries

CSA = ("kubectl-client-side-apply",)


def entry(manager: str, operation: str, fields: dict[str, Any], version: str = "v1", subresource: str = "") -> entries.Entry:
    return entries.new(manager, operation, version, subresource, fields, "2024-01-01T00:00:00Z")


def test_the_first_server_side_apply_inherits_the_entry() -> None:
    listed = [entry("kubectl-client-side-apply", "Update", {"f:a": {}}), entry("x", "Update", {"f:b": {}})]
    assert csaupgrade.upgraded(listed, CSA, "kubectl") == [entry("kubectl", "Apply", {"f:a": {}}), listed[1]]


def test_a_later_one_joins_that_of_its_version() -> None:
    listed = [
        entry("kubectl", "Apply", {"f:a": {}}), entry("kubectl-client-side-apply", "Update", {"f:z": {}}, "v2"),
        entry("kubectl-client-side-apply", "Update", {"f:b": {}}),
        entry("kubectl-client-side-apply", "Update", {"f:s": {}}, "v1", "status"),
    ]  # fmt: skip
    assert csaupgrade.upgraded(listed, CSA, "kubectl") == [entry("kubectl", "Apply", {"f:a": {}, "f:b": {}}), listed[3]]


def test_patch() -> None:
    listed = [entry("kubectl-client-side-apply", "Update", {"f:a": {}})]
    obj = {"metadata": {"resourceVersion": "7", "managedFields": listed}}
    assert csaupgrade.patch(obj, CSA, "kubectl") == [
        {"op": "replace", "path": "/metadata/managedFields", "value": [entry("kubectl", "Apply", {"f:a": {}})]},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"},
    ]
    assert csaupgrade.patch({"metadata": {"managedFields": [entry("x", "Update", {"f:a": {}})]}}, CSA, "kubectl") == []
