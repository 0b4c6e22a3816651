"""managedFields after creates and updates."""

import copy
from typing import Any

import pytest
from hypothesis import given

from minikube_py.machinery import schemas
from minikube_py.machinery.apply import fieldset, managed, merge, shapes
from minikube_py.machinery.apply.fieldset import FieldSet
from tests.machinery.apply.structures import SCHEMA, bodies

T0, T1, T2 = "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", "2024-01-01T00:00:02Z"
DEPLOYMENT = schemas.for_kind("apps/v1", "Deployment")


def deployment(**more: Any) -> dict[str, Any]:
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
    }
    metadata = {"name": "web", "namespace": "default", "labels": {"app": "web"}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec, **more}


def write(new: dict[str, Any], old: dict[str, Any] | None, manager: str, now: str, **more: Any) -> dict[str, Any]:
    new = copy.deepcopy(new)
    managed.updated(new, old, manager, api_version=more.pop("api_version", "apps/v1"), schema=more.pop("schema", DEPLOYMENT), now=now, **more)
    return new


def owners(obj: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(e["manager"], e["operation"], e.get("subresource", ""), e["time"]) for e in obj["metadata"].get("managedFields", [])]


def owned(obj: dict[str, Any], manager: str) -> FieldSet:
    (fields,) = (e["fieldsV1"] for e in obj["metadata"]["managedFields"] if e["manager"] == manager)
    return fields  # type: ignore[no-any-return]


def test_create() -> None:
    created = write(deployment(status={"replicas": 1}), None, "kubectl-create", T0)
    container = {".": {}, "f:name": {}, "f:image": {}}
    assert created["metadata"]["managedFields"] == [{
        "manager": "kubectl-create", "operation": "Update", "apiVersion": "apps/v1", "time": T0, "fieldsType": "FieldsV1",
        "fieldsV1": {
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
            "f:spec": {
                "f:replicas": {}, "f:selector": {}, "f:strategy": {"f:type": {}, "f:rollingUpdate": {".": {}, "f:maxSurge": {}}},
                "f:template": {
                    "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                    "f:spec": {"f:containers": {'k:{"name":"web"}': container}},
                },
            },
        },
    }]  # fmt: skip


def test_create_of_a_custom_kind_owns_every_parent() -> None:
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "finalizers": ["a"]}, "spec": {"size": 1}}
    created = write(widget, None, "", T0, api_version="example.com/v1", schema=None)
    assert owned(created, "unknown") == {"f:metadata": {"f:finalizers": {}}, "f:spec": {".": {}, "f:size": {}}}


def test_values_that_go_writes_anyway_are_not_owned() -> None:
    replica_set = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "r"}, "spec": {"replicas": 0}, "status": {"replicas": 0}}
    schema = schemas.for_kind("apps/v1", "ReplicaSet")
    created = write(replica_set, None, "m", T0, schema=schema, reset={})
    assert owned(created, "m") == {"f:spec": {"f:replicas": {}}}


def test_update_takes_fields_from_others() -> None:
    created = write(deployment(), None, "kubectl-create", T0)
    scaled = copy.deepcopy(created)
    scaled["spec"]["replicas"] = 3
    scaled = write(scaled, created, "hpa", T1, subresource="scale")
    assert owners(scaled) == [("kubectl-create", "Update", "", T0), ("hpa", "Update", "scale", T1)]
    assert owned(scaled, "hpa") == {"f:spec": {"f:replicas": {}}}
    assert owned(scaled, "kubectl-create") == fieldset.difference(owned(created, "kubectl-create"), {"f:spec": {"f:replicas": {}}})
    assert owners(created) == [("kubectl-create", "Update", "", T0)]


def test_nothing_changed_nothing_touched() -> None:
    created = write(deployment(), None, "a", T0)
    same = write(created, created, "b", T1)
    assert same == created
    bumped = copy.deepcopy(created)
    bumped["metadata"] |= {"resourceVersion": "9", "generation": 2, "uid": "u"}
    assert owners(write(bumped, created, "b", T1)) == owners(created)


def test_a_manager_s_own_change_only_moves_its_time() -> None:
    created = write(deployment(), None, "a", T0)
    changed = copy.deepcopy(created)
    changed["spec"]["replicas"] = 2
    after = write(changed, created, "a", T1)
    assert owners(after) == [("a", "Update", "", T1)]
    assert owned(after, "a") == owned(created, "a")


def test_removed_fields_are_nobody_s() -> None:
    created = write(deployment(), None, "a", T0)
    changed = copy.deepcopy(created)
    del changed["spec"]["strategy"]["rollingUpdate"], changed["metadata"]["labels"]
    after = write(changed, created, "b", T1)
    assert owners(after) == [("a", "Update", "", T0)]
    assert owned(after, "a")["f:spec"]["f:strategy"] == {"f:type": {}}
    assert "f:metadata" not in owned(after, "a")


def test_status_belongs_to_the_subresource() -> None:
    created = write(deployment(), None, "a", T0)
    status = copy.deepcopy(created)
    status["status"] = {"replicas": 1, "conditions": [{"type": "Available", "status": "True"}]}
    status["spec"]["replicas"] = 7
    status["metadata"]["labels"] = {"app": "other"}
    after = write(status, created, "kube-controller-manager", T1, subresource="status")
    condition = {".": {}, "f:type": {}, "f:status": {}}
    assert owned(after, "kube-controller-manager") == {
        "f:status": {"f:replicas": {}, "f:conditions": {".": {}, 'k:{"type":"Available"}': condition}}
    }
    assert owned(after, "a") == owned(created, "a")
    assert owners(after)[1] == ("kube-controller-manager", "Update", "status", T1)
    # ... and a write to the main resource does not touch it.
    assert owners(write({**after, "status": {"replicas": 9}}, after, "b", T2)) == owners(after)


def test_same_manager_on_two_subresources_has_two_entries() -> None:
    created = write(deployment(), None, "m", T0)
    status = {**copy.deepcopy(created), "status": {"replicas": 1}}
    after = write(status, created, "m", T0, subresource="status")
    assert owners(after) == [("m", "Update", "", T0), ("m", "Update", "status", T0)]


@pytest.mark.parametrize("empty", [[], [{}]])
def test_reset_by_the_user(empty: list[Any]) -> None:
    created = write(deployment(), None, "a", T0)
    cleared = copy.deepcopy(created)
    cleared["metadata"]["managedFields"] = empty
    after = write(cleared, created, "b", T1)
    assert "managedFields" not in after["metadata"]
    changed = copy.deepcopy(after)
    changed["spec"]["replicas"] = 5
    assert "managedFields" not in write(changed, after, "b", T2)["metadata"]


def test_a_client_that_forgets_managed_fields_loses_nothing() -> None:
    created = write(deployment(), None, "a", T0)
    forgotten = copy.deepcopy(created)
    del forgotten["metadata"]["managedFields"]
    assert write(forgotten, created, "b", T1) == created
    broken = copy.deepcopy(created)
    broken["metadata"]["managedFields"] = [{"manager": "x", "operation": "Delete"}]
    assert write(broken, created, "b", T1) == created


def test_a_client_may_edit_entries_but_not_through_a_subresource() -> None:
    created = write(deployment(), None, "a", T0)
    edited = copy.deepcopy(created)
    edited["metadata"]["managedFields"][0]["manager"] = "z"
    assert owners(write(edited, created, "b", T1)) == [("z", "Update", "", T0)]
    assert owners(write(edited, created, "b", T1, subresource="status")) == [("a", "Update", "", T0)]


def test_no_more_than_ten_updaters() -> None:
    obj = write(deployment(), None, "m00", T0)
    for number in range(1, 13):
        changed = copy.deepcopy(obj)
        changed["metadata"].setdefault("annotations", {})[f"k{number:02}"] = "x"
        obj = write(changed, obj, f"m{number:02}", f"2024-01-01T00:00:{number:02}Z")
    assert [owner[0] for owner in owners(obj)] == ["ancient-changes", *(f"m{number:02}" for number in range(4, 13))]
    ancient = obj["metadata"]["managedFields"][0]
    assert (ancient["time"], ancient["operation"]) == ("2024-01-01T00:00:03Z", "Update")
    assert ancient["fieldsV1"]["f:metadata"]["f:annotations"] == {".": {}, "f:k01": {}, "f:k02": {}, "f:k03": {}}
    assert "f:spec" in ancient["fieldsV1"]


def test_a_list_without_keys_makes_all_be_forgotten() -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "secrets": [{"name": "a"}]}
    created, schema = copy.deepcopy(account), schemas.for_kind("v1", "ServiceAccount")
    managed.updated(created, None, "a", api_version="v1", schema=schema, now=T0)
    changed = copy.deepcopy(created) | {"secrets": [{"kind": "Secret"}]}
    managed.updated(changed, created, "b", api_version="v1", schema=schema, now=T1)
    assert "managedFields" in created["metadata"] and "managedFields" not in changed["metadata"]


def test_entries_of_versions_that_are_gone_are_forgotten() -> None:
    created = write(deployment(), None, "a", T0)
    old = {**created["metadata"]["managedFields"][0], "manager": "old", "apiVersion": "extensions/v1beta1"}
    created["metadata"]["managedFields"] = [*created["metadata"]["managedFields"], old]
    assert owners(write(created, created, "b", T1)) == owners(write(deployment(), None, "a", T0))
    applied = merge.apply(created, deployment(), "b", False, schema=DEPLOYMENT, api_version="apps/v1", kind="Deployment", now=T1)
    assert [entry["manager"] for entry in applied["metadata"]["managedFields"]] == ["b", "a"]


def test_a_key_that_is_not_there_is_its_types_zero() -> None:
    created = write(deployment(), None, "a", T0)
    changed = copy.deepcopy(created)
    changed["spec"]["template"]["spec"]["containers"] = [{"image": "x"}]
    containers = owned(write(changed, created, "b", T1), "b")["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert containers == {'k:{"name":""}': {".": {}, "f:image": {}}}


def test_old_is_never_changed() -> None:
    created = write(deployment(), None, "a", T0)
    before = copy.deepcopy(created)
    changed = copy.deepcopy(created)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "x"
    write(changed, created, "b", T1)
    shared = {**created, "metadata": dict(created["metadata"]), "spec": {**created["spec"], "replicas": 9}}
    managed.updated(shared, created, "c", api_version="apps/v1", schema=DEPLOYMENT, now=T1)
    assert created == before


def _object(body: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}, **copy.deepcopy(body)}


@given(bodies(), bodies(), bodies())
def test_every_field_has_at_most_one_updater(first: Any, second: Any, third: Any) -> None:
    old: dict[str, Any] | None = None
    for manager, body in zip("abc", (first, second, third), strict=True):
        old = write(_object(body) | ({"metadata": old["metadata"]} if old else {}), old, manager, T0, api_version="example.com/v1", schema=SCHEMA)
    assert old is not None
    seen: FieldSet = {}
    for entry in old["metadata"].get("managedFields", []):
        assert fieldset.intersection(seen, entry["fieldsV1"]) == {}
        seen = fieldset.union(seen, entry["fieldsV1"])
    everything = shapes.root(SCHEMA).compare({}, {key: value for key, value in old.items() if key in third})
    assert set(fieldset.paths(seen)) <= set(fieldset.paths(everything.changed))
