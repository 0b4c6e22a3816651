"""The entries of managedFields."""

from typing import Any

import pytest

from minikube_py.machinery.apply import entries
from minikube_py.machinery.apply.pathelement import PathError


def test_order() -> None:
    def entry(operation: str, time: str | None, manager: str, version: str = "v1", subresource: str = "") -> entries.Entry:
        return entries.new(manager, operation, version, subresource, {"f:a": {}}, time)

    wanted = [
        entry("Apply", None, "z"), entry("Apply", "2024-01-01T00:00:00Z", "b"), entry("Update", "2023-01-01T00:00:00Z", "z"),
        entry("Update", "2024-01-01T00:00:00Z", "a", "v1"), entry("Update", "2024-01-01T00:00:00Z", "a", "v1", "status"),
        entry("Update", "2024-01-01T00:00:00Z", "a", "v2"), entry("Update", "2024-01-01T00:00:00Z", "b"),
    ]  # fmt: skip
    assert entries.arranged(wanted[::-1]) == wanted
    assert list(wanted[4]) == ["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"]


def test_appliers_have_one_entry_for_all_versions() -> None:
    applied = entries.new("m", "Apply", "v1", "", {}, None)
    updated = entries.new("m", "Update", "v1", "", {}, None)
    assert entries.belongs(applied, "m", "Apply", "v2", "")
    assert not entries.belongs(updated, "m", "Update", "v2", "")
    assert not entries.belongs(updated, "m", "Apply", "v1", "")
    assert not entries.belongs(updated, "m", "Update", "v1", "status")


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"operation": "Delete"}, "operation must be `Apply` or `Update`"),
        ("x", "operation must be `Apply` or `Update`"),
        ({"operation": "Apply"}, "apiVersion must not be empty"),
        ({"operation": "Apply", "apiVersion": "v1"}, "missing fieldsType in managed fields entry 0"),
        ({"operation": "Apply", "apiVersion": "v1", "fieldsType": "V2"}, 'invalid fieldsType "V2" in managed fields entry 0'),
    ],
)
def test_malformed(entry: Any, text: str) -> None:
    with pytest.raises(PathError) as caught:
        entries.decoded([entry])
    assert str(caught.value) == text


def test_decoded_drops_unknown_elements() -> None:
    (entry,) = entries.decoded([{"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:a": {}, "q:b": {}}}])
    assert entry["fieldsV1"] == {"f:a": {}}


def test_is_reset() -> None:
    assert entries.is_reset([])
    assert entries.is_reset([{}])
    assert not entries.is_reset(None)
    assert not entries.is_reset([{}, {}])
    assert not entries.is_reset([{"manager": "x"}])
