"""Strategic merge; what apply returns and what kubectl's diff makes was compared with kubectl 1.33 (patch --local, apply)."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikube_py.machinery import errors, schemas
from minikube_py.machinery.patch import strategic

POD = schemas.for_kind("v1", "Pod")
DEPLOYMENT = schemas.for_kind("apps/v1", "Deployment")


def pod(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}


def names(obj: dict[str, Any], field: str = "containers") -> list[str]:
    return [item["name"] for item in obj["spec"][field]]


A, B = {"name": "a", "image": "i"}, {"name": "b", "image": "j"}


@pytest.mark.parametrize(
    ("patch", "containers"),
    [
        ([{"name": "b", "image": "k"}], [A, {"name": "b", "image": "k"}]),
        ([{"name": "b", "image": "k"}, {"name": "c"}], [A, {"name": "b", "image": "k"}, {"name": "c"}]),
        ([{"name": "c"}, {"name": "b"}], [{"name": "c"}, A, B]),
        ([{"name": "a", "image": None, "tty": True}], [{"name": "a", "tty": True}, B]),
        ([{"name": "a", "$patch": "delete"}], [B]),
        ([{"$patch": "replace"}, {"name": "z"}], [{"name": "z"}]),
        ([{"name": "a", "$patch": "replace", "image": "n"}, {"name": "z"}], [{"name": "z"}]),
        ([{"name": "n", "tty": None, "stdin": True}], [{"name": "n", "stdin": True}, A, B]),
        ([], [A, B]),
        (None, None),
    ],
)
def test_lists_of_maps_merge_by_key(patch: Any, containers: Any) -> None:
    live, body = pod(containers=[A, B]), {"spec": {"containers": patch}}
    before = copy.deepcopy((live, body))
    assert strategic.apply(live, body, POD)["spec"].get("containers") == containers
    assert (live, body) == before


@pytest.mark.parametrize(
    ("order", "patch", "result"),
    [
        (["b", "a"], [], ["b", "a"]),
        (["b"], [], ["a", "b"]),
        (["c", "a", "b"], [{"name": "c"}], ["c", "a", "b"]),
        (["c", "b"], [{"name": "c"}, {"name": "b"}], ["c", "a", "b"]),
        (["b"], [{"name": "a", "$patch": "delete"}], ["b"]),
    ],
)
def test_set_element_order(order: list[str], patch: list[Any], result: list[str]) -> None:
    body: dict[str, Any] = {"$setElementOrder/containers": [{"name": name} for name in order]}
    if patch:
        body["containers"] = patch
    assert names(strategic.apply(pod(containers=[A, B]), {"spec": body}, POD)) == result


@pytest.mark.parametrize(
    ("live", "order", "patch", "result"),
    [
        # What is added takes the place in the live order that the deletion left free.
        ("abd", "bc", [{"name": "c"}, {"name": "a", "$patch": "delete"}], "bdc"),
        ("ad", "bc", [{"name": "b"}, {"name": "c"}, {"name": "a", "$patch": "delete"}], "dbc"),
        ("abd", "bc", [{"name": "c"}], "abcd"),
        ("dab", "c", [{"name": "c"}, {"name": "a", "$patch": "delete"}, {"name": "b", "$patch": "delete"}], "dc"),
        ("da", "bca", [{"name": "b"}, {"name": "c"}, {"name": "a", "$patch": "replace"}], "bc"),
    ],
)
def test_where_elements_go_that_only_the_server_has(live: str, order: str, patch: list[Any], result: str) -> None:
    body = {"$setElementOrder/containers": [{"name": name} for name in order], "containers": patch}
    patched = strategic.apply(pod(containers=[{"name": name} for name in live]), {"spec": body}, POD)
    assert "".join(names(patched)) == result


def test_lists_of_scalars() -> None:
    live = {"metadata": {"finalizers": ["b", "a"]}}
    assert strategic.apply(live, {"metadata": {"finalizers": ["c", "a"]}}, POD) == {"metadata": {"finalizers": ["c", "b", "a"]}}
    delete = {"$deleteFromPrimitiveList/finalizers": ["b"], "finalizers": ["c"], "$setElementOrder/finalizers": ["c", "a"]}
    assert strategic.apply(live, {"metadata": delete}, POD) == {"metadata": {"finalizers": ["c", "a"]}}
    command = {"spec": {"containers": [{"name": "a", "command": ["z"]}]}}
    assert strategic.apply(pod(containers=[A | {"command": ["x", "y"]}]), command, POD) == pod(containers=[A | {"command": ["z"]}])


def test_atomic_lists_are_replaced() -> None:
    patch = {"spec": {"tolerations": [{"key": "b"}]}}
    assert strategic.apply(pod(tolerations=[{"key": "a"}]), patch, POD) == pod(tolerations=[{"key": "b"}])


def test_maps() -> None:
    live = {"metadata": {"labels": {"a": "1", "b": "2"}}}
    assert strategic.apply(live, {"metadata": {"labels": {"a": None, "c": "3"}}}, POD) == {"metadata": {"labels": {"b": "2", "c": "3"}}}
    assert strategic.apply(live, {"metadata": {"labels": {"$patch": "replace", "z": "9"}}}, POD) == {"metadata": {"labels": {"z": "9"}}}
    assert strategic.apply(live, {"metadata": {"labels": {"$patch": "delete"}}}, POD) == {"metadata": {"labels": {}}}
    assert strategic.apply({}, {"metadata": {"labels": {"a": None, "b": "1"}}}, POD) == {"metadata": {"labels": {"b": "1"}}}


def test_retain_keys() -> None:
    live = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert strategic.apply(live, patch, DEPLOYMENT) == {"spec": {"strategy": {"type": "Recreate"}}}
    volumes = pod(volumes=[{"name": "v", "emptyDir": {}}])
    switch = {"spec": {"volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]}}
    assert strategic.apply(volumes, switch, POD) == pod(volumes=[{"name": "v", "secret": {"secretName": "s"}}])


@pytest.mark.parametrize(
    ("patch", "code", "text"),
    [
        ({"spec": {"containers": [{"$patch": "merge", "name": "a"}]}}, 500, "merging lists cannot yet be specified in the patch"),
        ({"spec": {"containers": [{"$patch": "oops", "name": "a"}]}}, 500, "unknown patch type: oops in map: map[$patch:oops name:a]"),
        ({"spec": {"containers": [{"$patch": "delete"}]}}, 500, "map: map[$patch:delete] does not contain declared merge key: name"),
        ({"spec": {"containers": [{"image": "a"}]}}, 500, "map: map[image:a] does not contain declared merge key: name"),
        ({"spec": {"containers": ["x"]}}, 500, "list element types are not identical: [[map[image:i name:a] map[image:j name:b]] [x]]"),
        ({"spec": {"containers": [[]]}}, 422, "the server rejected our request due to an error in our request"),
        ({"spec": {"volumes": [{"name": "v", "$retainKeys": ["name"], "secret": {}}]}}, 400, "invalid patch format of retainKeys"),
        ({"spec": {"$deleteFromPrimitiveListx": ["b"]}}, 400, "invalid patch format of primitive list"),
        ({"spec": {"$setElementOrder/containers": {}}}, 500, "expected a []interface {}, but received a map[string]interface {}"),
        ({"spec": {"$setElementOrder/containers": [{"name": "a"}, {"name": "b"}], "containers": [{"name": "b"}, {"name": "a"}]}}, 500,
         "The order in patch list:\n[map[name:b] map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:a] map[name:b]]\n"),
        ({"$patch": "merge"}, 500, "unknown patch type: merge in map: map[$patch:merge]"),
        ([], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"),
    ],
)  # fmt: skip
def test_bad_patches(patch: Any, code: int, text: str) -> None:
    with pytest.raises(errors.StatusError) as caught:
        strategic.apply(pod(containers=[A, B], volumes=[{"name": "v"}]), patch, POD)
    assert (caught.value.code, str(caught.value)) == (code, text)


def test_custom_kinds_have_no_strategic_merge() -> None:
    with pytest.raises(errors.BadRequest, match="^strategic merge patch format is not supported$"):
        strategic.apply({}, {}, None)


def test_two_way_spells_order_and_deletions() -> None:
    original = pod(containers=[A, B]) | {"metadata": {"finalizers": ["a", "b"]}}
    modified = pod(containers=[B | {"image": "new"}]) | {"metadata": {"finalizers": ["b", "c"]}}
    assert strategic.create_two_way(original, modified, POD) == {
        "metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["b", "c"], "finalizers": ["c"]},
        "spec": {
            "$setElementOrder/containers": [{"name": "b"}],
            "containers": [{"image": "new", "name": "b"}, {"$patch": "delete", "name": "a"}],
        },
    }


def test_two_way_of_a_mere_change_of_order() -> None:
    patch = strategic.create_two_way(pod(containers=[A, B]), pod(containers=[B, A]), POD)
    assert patch == {"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}


def test_two_way_retains_keys_of_unions() -> None:
    patch = strategic.create_two_way(pod(volumes=[{"name": "v", "emptyDir": {}}]), pod(volumes=[{"name": "v", "secret": {}}]), POD)
    assert patch["spec"]["volumes"] == [{"$retainKeys": ["name", "secret"], "emptyDir": None, "name": "v", "secret": {}}]


def test_two_way_orders_what_is_not_sorted() -> None:
    # Go's code sorts the original in place before it compares: kubectl sends this for equal lists too.
    same = {"metadata": {"finalizers": ["b", "a"]}}
    assert strategic.create_two_way(same, same, POD) == {"metadata": {"$setElementOrder/finalizers": ["b", "a"]}}
    assert strategic.create_two_way(same, {"metadata": {"finalizers": ["a", "b"]}}, POD) == {}


def test_two_way_reverses_ties() -> None:
    udp, tcp = {"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}
    original, modified = pod(containers=[A | {"ports": [udp, tcp]}]), pod(containers=[A | {"ports": [tcp, udp]}])
    ports = strategic.create_two_way(original, modified, POD)["spec"]["containers"][0]["ports"]
    assert ports == [udp, tcp]


def test_three_way_keeps_what_others_own() -> None:
    last, modified = pod(containers=[A], hostNetwork=True), pod(containers=[A | {"image": "new"}])
    current = pod(containers=[A | {"imagePullPolicy": "Always"}, {"name": "sidecar", "image": "s"}], hostNetwork=True, nodeName="n")
    patch = strategic.create_three_way(last, modified, current, POD)
    assert patch == {"spec": {"$setElementOrder/containers": [{"name": "a"}], "containers": [{"image": "new", "name": "a"}], "hostNetwork": None}}
    merged = strategic.apply(current, patch, POD)
    assert merged == pod(containers=[A | {"image": "new", "imagePullPolicy": "Always"}, {"name": "sidecar", "image": "s"}], nodeName="n")
    # With a sidecar the lists differ in length, so kubectl sends their order again and again: "configured", never "unchanged".
    assert strategic.create_three_way(modified, modified, merged, POD) == {"spec": {"$setElementOrder/containers": [{"name": "a"}]}}


def test_three_way_deletes_elements_that_were_applied() -> None:
    patch = strategic.create_three_way(pod(containers=[A, B]), pod(containers=[B]), pod(containers=[A, B]), POD)
    assert patch == {"spec": {"$setElementOrder/containers": [{"name": "b"}], "containers": [{"$patch": "delete", "name": "a"}]}}


def test_three_way_without_overwrite() -> None:
    last, modified, current = pod(nodeName="a"), pod(nodeName="b"), pod(nodeName="c")
    with pytest.raises(strategic.PatchConflict) as caught:
        strategic.create_three_way(last, modified, current, POD, overwrite=False)
    assert str(caught.value) == ("patch:\nspec:\n  nodeName: b\n\nconflicts with changes made from original to current:\nspec:\n  nodeName: c\n\n")
    assert strategic.create_three_way(last, modified, last, POD, overwrite=False) == {"spec": {"nodeName": "b"}}
    others = pod(nodeName="a", hostNetwork=True, containers=[A])
    assert strategic.create_three_way(last, modified, others, POD, overwrite=False) == {"spec": {"nodeName": "b"}}


_labels = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3)
_by_name: Any = {"unique_by": lambda item: item["name"]}
_variable = st.builds(lambda name, value: {"name": name, "value": value}, st.sampled_from("EFG"), st.sampled_from("12"))
_env = st.lists(_variable, max_size=3, **_by_name)
_container = st.builds(
    lambda name, image, env, command: {"name": name, "image": image, "env": env, "command": command},
    st.sampled_from("abcd"), st.sampled_from(["i", "j"]), _env, st.lists(st.sampled_from("pq"), max_size=2),
)  # fmt: skip
_volume = st.builds(lambda name, source: {"name": name, **source}, st.sampled_from("vw"),
                    st.sampled_from([{"emptyDir": {}}, {"hostPath": {"path": "/"}}, {"secret": {"secretName": "s"}}]))  # fmt: skip
_pods = st.builds(
    lambda labels, finalizers, containers, volumes, host: {
        "metadata": {"labels": labels, "finalizers": finalizers},
        "spec": {"containers": containers, "volumes": volumes, **({"hostNetwork": host} if host is not None else {})},
    },
    # Sorted, as Go's code takes an unsorted list for sorted: see test_two_way_orders_what_is_not_sorted.
    _labels, st.lists(st.sampled_from("xyz"), unique=True).map(sorted), st.lists(_container, max_size=3, **_by_name),
    st.lists(_volume, max_size=2, **_by_name), st.sampled_from([None, True, False]),
)  # fmt: skip


@given(_pods, _pods)
def test_what_two_way_makes_apply_undoes(original: Any, modified: Any) -> None:
    assert strategic.apply(original, strategic.create_two_way(original, modified, POD), POD) == modified


@given(_pods, _pods)
def test_apply_twice_is_apply_once(original: Any, modified: Any) -> None:
    patch = strategic.create_two_way(original, modified, POD)
    once = strategic.apply(original, patch, POD)
    assert strategic.apply(once, patch, POD) == once


@given(_pods)
def test_three_way_of_the_same_is_empty(obj: Any) -> None:
    assert strategic.create_three_way(obj, obj, obj, POD) == {}


@given(_pods, _pods)
def test_three_way_after_nobody_else_is_two_way(last: Any, modified: Any) -> None:
    assert strategic.apply(last, strategic.create_three_way(last, modified, last, POD), POD) == modified
