from minikube_py.registry import values


def test_empty_lists_and_maps_are_as_good_as_none() -> None:
    assert values.equal({"a": [{"command": []}], "labels": {}}, {"a": [{}], "labels": None})
    assert values.equal({"limits": {"cpu": "1"}}, {"limits": {"cpu": "1"}})
    assert not values.equal({"limits": {"cpu": "1"}}, {"limits": {}})
    assert not values.equal({"a": [1]}, {"a": [1, 2]})


def test_empty_structs_are_something() -> None:
    assert not values.equal({"emptyDir": {}}, {})
