"""Classes of claims and volumes, and which class is the default one."""

from typing import Any

import pytest

from minikube_py.machinery import persistentvolumes

GA, BETA = "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"


@pytest.mark.parametrize(
    ("annotations", "spec", "name"),
    [
        ({}, {}, ""),
        ({}, {"storageClassName": "fast"}, "fast"),
        ({persistentvolumes.BETA_CLASS: "old"}, {"storageClassName": "fast"}, "old"),
        ({persistentvolumes.BETA_CLASS: ""}, {"storageClassName": "fast"}, ""),
    ],
)
def test_the_old_annotation_comes_first(annotations: dict[str, str], spec: dict[str, Any], name: str) -> None:
    assert persistentvolumes.class_of({"metadata": {"annotations": annotations}, "spec": spec}) == name


def storage_class(name: str, second: int = 0, **annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "creationTimestamp": f"2026-01-01T00:00:0{second}Z", "annotations": annotations}}


def test_of_several_defaults_the_newest_counts_and_then_the_first_by_name() -> None:
    marks = {GA: "true"}
    assert persistentvolumes.default_class([storage_class("a"), storage_class("b", **{GA: "false", BETA: "no"})]) is None
    assert persistentvolumes.default_class([storage_class("a", **marks), storage_class("z", 1, **{BETA: "true"}), storage_class("y", 2)]) == "z"
    assert persistentvolumes.default_class([storage_class("b", 1, **marks), storage_class("a", 1, **marks), storage_class("0", **marks)]) == "a"


def test_short_names_of_access_modes() -> None:
    assert persistentvolumes.access_modes(["ReadWriteOncePod", "ReadWriteMany", "ReadWriteMany", "ReadWriteOnce", "Other"]) == "RWO,RWX,RWOP"
    assert persistentvolumes.access_modes(["ReadOnlyMany"]) == "ROX" and persistentvolumes.access_modes(None) == ""
