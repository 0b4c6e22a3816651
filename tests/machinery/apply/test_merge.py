"""Server-side apply."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikube_py.machinery import errors, schemas
from minikube_py.machinery.apply import fieldset, managed, merge
from minikube_py.machinery.patch import threeway
from tests.machinery.apply.structures import SCHEMA, applicable

T0, T1 = "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z"
DEPLOYMENT = schemas.for_kind("apps/v1", "Deployment")


def thing(**body: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x", "namespace": "n"}, **copy.deepcopy(body)}


def apply(live: Any, config: Any, manager: str, force: bool = False, now: str = T0) -> dict[str, Any]:
    before = copy.deepcopy((live, config))
    result = merge.apply(live, config, manager, force, schema=SCHEMA, api_version="example.com/v1", kind="Thing", now=now)
    assert (live, config) == before
    return result


def update(live: dict[str, Any], manager: str, now: str = T1, **body: Any) -> dict[str, Any]:
    new = copy.deepcopy(live) | body
    managed.updated(new, live, manager, api_version="example.com/v1", schema=SCHEMA, now=now)
    return new


def body(obj: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in obj.items() if key not in ("apiVersion", "kind", "metadata")}


def owners(obj: dict[str, Any]) -> dict[str, Any]:
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"].get("managedFields", ())}


def items(names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"key": name, **more} for name in names]


def element(name: str, *fields: str) -> dict[str, Any]:
    return {f'k:{{"id":1,"key":"{name}"}}': {".": {}, "f:key": {}, **{f"f:{field}": {} for field in fields}}}


def test_create() -> None:
    obj = apply(None, thing(number=1, list=items("a")), "one")
    assert body(obj) == {"number": 1, "list": items("a")}
    assert obj["metadata"]["managedFields"] == [{
        "manager": "one", "operation": "Apply", "apiVersion": "example.com/v1", "time": T0, "fieldsType": "FieldsV1",
        "fieldsV1": {"f:list": element("a"), "f:number": {}},
    }]  # fmt: skip


def test_two_appliers_of_one_list() -> None:
    obj = apply(None, thing(list=items("ab")), "one")
    obj = apply(obj, thing(list=items("c")), "two")
    obj = apply(obj, thing(list=items("a")), "one")
    assert body(obj) == {"list": items("ac")}
    assert owners(obj) == {"one": {"f:list": element("a")}, "two": {"f:list": element("c")}}


def test_what_another_applier_wants_stays() -> None:
    obj = apply(None, thing(list=items("abc")), "one")
    obj = apply(obj, thing(list=items("cd")), "two")
    obj = apply(obj, thing(list=items("a")), "one")
    assert body(obj) == {"list": items("acd")}
    assert owners(obj) == {"one": {"f:list": element("a")}, "two": {"f:list": {**element("c"), **element("d")}}}


def test_same_value_is_no_conflict() -> None:
    obj = apply(None, thing(list=items("a", nv=0)), "one")
    obj = apply(obj, thing(list=items("a", nv=0)), "two", now=T1)
    assert owners(obj) == {"one": {"f:list": element("a", "nv")}, "two": {"f:list": element("a", "nv")}}


def test_one_conflict() -> None:
    obj = apply(None, thing(list=items("a", nv=0)), "one")
    with pytest.raises(errors.ApplyConflict) as caught:
        apply(obj, thing(list=items("a", nv=1)), "two")
    field = '.list[id=1,key="a"].nv'
    assert str(caught.value) == f'Apply failed with 1 conflict: conflict with "one": {field}'
    assert caught.value.code == 409
    assert caught.value.details == {"causes": [{"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": field}]}


def test_conflicts_are_told_by_manager() -> None:
    obj = apply(None, thing(number=1, string="a"), "zoe")
    obj = update(obj, "kubectl-edit", flag=True, map={"u": "1"})
    with pytest.raises(errors.ApplyConflict) as caught:
        apply(obj, thing(number=2, string="b", flag=False, map={"u": "2", "v": "3"}), "me")
    assert str(caught.value) == (
        'Apply failed with 4 conflicts: conflicts with "kubectl-edit" using example.com/v1:\n- .flag\n- .map.u\n'
        'conflicts with "zoe":\n- .number\n- .string'
    )


def test_conflict_with_a_subresource() -> None:
    obj = apply(None, thing(number=1), "one")
    new = copy.deepcopy(obj) | {"number": 2}
    managed.updated(new, obj, "hpa", subresource="scale", api_version="example.com/v1", schema=SCHEMA, now=T1)
    with pytest.raises(errors.ApplyConflict) as caught:
        apply(new, thing(number=1), "one")
    assert str(caught.value) == 'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using example.com/v1: .number'


def test_force_takes_ownership() -> None:
    obj = apply(None, thing(number=1, string="a"), "one")
    obj = apply(obj, thing(number=2), "two", force=True)
    assert body(obj) == {"number": 2, "string": "a"}
    assert owners(obj) == {"one": {"f:string": {}}, "two": {"f:number": {}}}


def test_giving_up_a_field_leaves_it_to_its_other_owner() -> None:
    obj = apply(None, thing(number=1, string="a"), "one")
    obj = apply(obj, thing(number=1), "two")
    obj = apply(obj, thing(string="a"), "one")
    assert body(obj) == {"number": 1, "string": "a"}
    assert owners(obj) == {"one": {"f:string": {}}, "two": {"f:number": {}}}


def test_giving_up_a_field_that_an_updater_changed_keeps_it() -> None:
    obj = apply(None, thing(number=1, string="a"), "one")
    obj = update(obj, "hpa", number=5)
    obj = apply(obj, thing(string="a"), "one")
    assert body(obj) == {"number": 5, "string": "a"}
    assert owners(obj) == {"one": {"f:string": {}}, "hpa": {"f:number": {}}}


def test_what_nobody_applied_is_not_pruned() -> None:
    obj = apply(None, thing(struct={"a": "1"}), "one")
    obj = update(obj, "u", struct={"a": "1", "b": "2"})
    assert body(apply(obj, thing(number=1), "one")) == {"number": 1, "struct": {"b": "2"}}


def test_an_item_goes_with_all_that_the_applier_had_in_it() -> None:
    obj = apply(None, thing(list=items("ab", nv=1)), "one")
    obj = apply(obj, thing(number=1), "one")
    assert body(obj) == {"number": 1}
    obj = apply(None, thing(list=items("ab", nv=1)), "one")
    obj = apply(obj, thing(list=items("a")), "one")
    assert body(obj) == {"list": items("a")}


def test_sets_and_maps() -> None:
    obj = apply(None, thing(set=["a", "b"], map={"u": "1", "v": "1"}, atomicMap={"u": "1"}), "one")
    obj = apply(obj, thing(set=["c"], map={"w": "1"}), "two")
    obj = apply(obj, thing(set=["b"], map={"v": "2"}, atomicMap={"w": "1"}), "one")
    assert body(obj) == {"set": ["b", "c"], "map": {"v": "2", "w": "1"}, "atomicMap": {"w": "1"}}
    assert owners(obj)["one"] == {"f:set": {'v:"b"': {}}, "f:map": {"f:v": {}}, "f:atomicMap": {}}


def test_unchanged_keeps_its_time() -> None:
    obj = apply(None, thing(number=1), "one", now=T0)
    assert apply(obj, thing(number=1), "one", now=T1) == obj
    assert apply(obj, thing(number=2), "one", now=T1)["metadata"]["managedFields"][0]["time"] == T1


def test_null_is_not_stored() -> None:
    obj = apply(None, thing(number=1, string="a"), "one")
    obj = apply(obj, thing(number=None, string="a"), "one")
    assert body(obj) == {"string": "a"}
    assert owners(obj) == {"one": {"f:number": {}, "f:string": {}}}


def test_an_object_without_owners_belongs_to_before_first_apply() -> None:
    live = thing(number=1, string="a")
    with pytest.raises(errors.ApplyConflict, match='conflict with "before-first-apply" using example.com/v1: .number$'):
        apply(live, thing(number=2), "one")
    obj = apply(live, thing(number=1), "one", now=T1)
    assert owners(obj) == {"one": {"f:number": {}}, "before-first-apply": {"f:number": {}, "f:string": {}}}


@pytest.mark.parametrize(
    ("config", "code", "text"),
    [
        (thing() | {"kind": "Other"}, 400, "invalid object type: example.com/v1, Kind=Other"),
        (thing() | {"apiVersion": "v2"}, 400, "invalid object type: /v2, Kind=Thing"),
        (thing() | {"apiVersion": "a/b/c"}, 400, "invalid object type: /, Kind="),
        ({"kind": "Thing"}, 400, "invalid object type: /, Kind=Thing"),
        (thing(string={"b": [1, None], "a": "x"}), 500,
         "failed to create typed patch object (n/x; example.com/v1, Kind=Thing): .string: expected string, got "
         '&value.valueUnstructured{Value:map[string]interface {}{"a":"x", "b":[]interface {}{1, interface {}(nil)}}}'),
        (thing() | {"metadata": {"name": "x", "managedFields": []}}, 400, "metadata.managedFields must be nil"),
        (thing(nunber=1), 500, "failed to create typed patch object (n/x; example.com/v1, Kind=Thing): .nunber: field not declared in schema"),
        (thing(number="1", set=["a", "a"]), 500,
         "failed to create typed patch object (n/x; example.com/v1, Kind=Thing): errors:\n"
         '  .number: expected numeric (int or float), got string\n  .set: duplicate entries for key [="a"]'),
    ],
)  # fmt: skip
def test_refused(config: Any, code: int, text: str) -> None:
    with pytest.raises(errors.StatusError) as caught:
        apply(thing(number=1), config, "one")
    assert (caught.value.code, str(caught.value)) == (code, text)


def test_live_entries_that_cannot_be_read() -> None:
    live = thing()
    live["metadata"]["managedFields"] = [{"operation": "Apply", "apiVersion": "v1"}]
    with pytest.raises(errors.StatusError, match="^failed to decode managed fields: missing fieldsType in managed fields entry 0$"):
        apply(live, thing(), "one")


def test_live_lists_that_cannot_be_told_apart() -> None:
    schema = schemas.for_kind("v1", "ServiceAccount")
    config = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "secrets": [{"name": "a"}]}
    live = config | {"secrets": [{"kind": "Secret"}]}
    with pytest.raises(errors.StatusError) as caught:
        merge.apply(live, config, "one", False, schema=schema, api_version="v1", kind="ServiceAccount", now=T0)
    assert str(caught.value) == (
        "failed to create typed live object (/a; /v1, Kind=ServiceAccount): .secrets: element 0: associative list with keys has an element "
        'that omits key field "name" (and doesn\'t have default value)')  # fmt: skip


def test_a_null_for_a_field_that_is_not_there_is_a_change() -> None:
    live = apply(None, thing(number=1), "one")
    assert [entry["time"] for entry in apply(live, thing(string=None), "two", now=T1)["metadata"]["managedFields"]] == [T0, T1]
    assert [entry.get("time") for entry in apply(live, thing(number=1), "two", now=T1)["metadata"]["managedFields"]] == [None, T0]


def deployment(replicas: int) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": replicas, "paused": True}}


def client_side(config: dict[str, Any]) -> dict[str, Any]:
    live = threeway.with_last_applied(config)
    managed.updated(live, None, "kubectl-client-side-apply", api_version="apps/v1", schema=DEPLOYMENT, now=T0)
    return live


def server_side(live: Any, config: Any, manager: str) -> dict[str, Any]:
    return merge.apply(live, config, manager, False, schema=DEPLOYMENT, api_version="apps/v1", kind="Deployment", now=T1)


def test_kubectl_takes_over_what_it_applied_client_side() -> None:
    live = client_side(deployment(1))
    obj = server_side(live, deployment(3), "kubectl")
    assert obj["spec"]["replicas"] == 3
    assert owners(obj)["kubectl"] == {"f:spec": {"f:paused": {}, "f:replicas": {}}}
    assert threeway.last_applied(obj) == deployment(3)
    with pytest.raises(errors.ApplyConflict) as caught:
        server_side(live, deployment(3), "somebody")
    assert str(caught.value) == 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas'


def test_kubectl_does_not_take_over_what_others_changed() -> None:
    live = client_side(deployment(1))
    scaled = copy.deepcopy(live)
    scaled["spec"]["replicas"] = 5
    managed.updated(scaled, live, "hpa", api_version="apps/v1", schema=DEPLOYMENT, now=T0)
    with pytest.raises(errors.ApplyConflict) as caught:
        server_side(scaled, {**deployment(3), "spec": {"replicas": 3, "paused": False}}, "kubectl")
    assert str(caught.value) == 'Apply failed with 1 conflict: conflict with "hpa" using apps/v1: .spec.replicas'


@given(applicable(), applicable())
def test_apply_twice_is_apply_once(first: Any, second: Any) -> None:
    live = apply(None, thing(**first), "one")
    once = apply(live, thing(**second), "two", force=True)
    assert apply(once, thing(**second), "two", now=T1) == once


@given(applicable(), applicable())
def test_an_applier_alone_gets_what_it_asks_for(first: Any, second: Any) -> None:
    obj = apply(apply(None, thing(**first), "one"), thing(**second), "one")
    assert _plain(body(obj)) == _plain(second)


@given(applicable(), applicable(), st.sampled_from(["one", "two"]))
def test_the_last_applier_owns_all_that_it_said(first: Any, second: Any, manager: str) -> None:
    obj = apply(apply(None, thing(**first), "one"), thing(**second), manager, force=True)
    known = owners(obj).get(manager, {})
    again = apply(None, thing(**second), manager)
    assert known == owners(again).get(manager, {})
    assert all(fieldset.has(known, path) for path in fieldset.paths(known))


def _plain(value: Any) -> Any:
    """Lists as sets, since an applier that only reorders them keeps the live order; items with their default id."""
    if isinstance(value, dict):
        plain = {key: _plain(item) for key, item in value.items()}
        return plain | {"id": 1} if "key" in plain and "id" not in plain else plain
    return sorted((_plain(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True)) if isinstance(value, list) else value
