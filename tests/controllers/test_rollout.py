"""The arithmetic of rollouts."""

from typing import Any

import pytest

from minikube_py.controllers import rollout


def deployment(replicas: int, surge: int | str = "25%", unavailable: int | str = "25%", kind: str = "RollingUpdate") -> dict[str, Any]:
    strategy = {"type": kind, "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    return {"metadata": {"name": "web"}, "spec": {"replicas": replicas, "strategy": strategy}}


def owned(name: str, replicas: int, available: int, created: int = 0, most: int = 0) -> dict[str, Any]:
    notes = {"deployment.kubernetes.io/max-replicas": str(most)} if most else {}
    metadata = {"name": name, "uid": name, "creationTimestamp": f"2025-01-01T00:00:0{created}Z", "annotations": notes}
    return {"metadata": metadata, "spec": {"replicas": replicas}, "status": {"availableReplicas": available}}


@pytest.mark.parametrize(("replicas", "surge", "unavailable", "expected"), [
    (4, "25%", "25%", (1, 1)), (3, "25%", "25%", (1, 0)), (1, "25%", "25%", (1, 0)), (10, "30%", "30%", (3, 3)), (5, 2, 0, (2, 0)),
    (2, 0, "10%", (0, 1)), (2, 0, 5, (0, 2)), (0, "25%", "25%", (0, 0)), (0, 3, 0, (3, 0)),
])  # fmt: skip
def test_bounds(replicas: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]) -> None:
    wanted = deployment(replicas, surge, unavailable)
    assert (rollout.surge(wanted), rollout.max_unavailable(wanted)) == expected


def test_recreate_has_no_bounds() -> None:
    assert (rollout.surge(deployment(4, kind="Recreate")), rollout.max_unavailable(deployment(4, kind="Recreate"))) == (0, 0)


@pytest.mark.parametrize(("others", "current", "expected"), [(4, 0, 1), (3, 1, 2), (0, 0, 4), (5, 0, 0), (0, 6, 4)])
def test_how_many_the_new_set_gets(others: int, current: int, expected: int) -> None:
    assert rollout.replicas_of_new(deployment(4), others, current) == expected


@pytest.mark.parametrize(("old", "new", "expected"), [
    ([(10, 10)], (0, 0), {"old0": 8}),  # two may be missing
    ([(10, 10)], (3, 0), {"old0": 8}),  # new ones that are not available do not count
    ([(8, 8)], (5, 5), {"old0": 3}),
    ([(10, 9)], (3, 3), {"old0": 5}),  # the one that serves nobody, and four more
    ([(4, 2), (4, 4)], (5, 5), {"old0": 0, "old1": 3}),
])  # fmt: skip
def test_how_far_old_sets_shrink(old: list[tuple[int, int]], new: tuple[int, int], expected: dict[str, int]) -> None:
    sets = [owned(f"old{number}", *sizes, created=number) for number, sizes in enumerate(old)]
    latest = owned("new", *new, created=9)
    found = {item["metadata"]["name"]: size for item, size in rollout.shrunk(deployment(10, 3, 2), [*sets, latest], latest)}
    assert found == expected


def test_a_set_that_was_scaled_for_another_size_does_not_end_a_rollout() -> None:
    old, new = owned("old", 5, 5, 0, most=13), owned("new", 5, 5, 1, most=13)
    found = {item["metadata"]["name"]: size for item, size in rollout.scaled(deployment(5, 3, 2), [old, new], new)}
    assert found == {"old": 3, "new": 5}


def test_former_revisions_are_remembered_as_far_as_there_is_room() -> None:
    item = owned("web", 1, 1)
    item["metadata"]["annotations"] = {rollout.REVISION: "1000"}
    for revision in range(1001, 1601):
        changed = rollout.annotated(item, deployment(1), revision)
        assert changed is not None
        item = changed
    history = item["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"].split(",")
    assert (history[0], history[-1], len(history)) == ("1200", "1599", 400)


def test_scaling_is_shared_in_proportion() -> None:
    sets = [owned("old", 8, 8, 0, most=13), owned("new", 5, 0, 1, most=13)]
    found = {item["metadata"]["name"]: size for item, size in rollout.scaled(deployment(15, 3, 2), sets, sets[1])}
    assert found == {"old": 11, "new": 7}
    found = {item["metadata"]["name"]: size for item, size in rollout.scaled(deployment(5, 3, 2), sets, sets[1])}
    assert found == {"old": 5, "new": 3}


def test_one_active_set_gets_all() -> None:
    sets = [owned("old", 0, 0), owned("new", 4, 4, 1)]
    assert [(item["metadata"]["name"], size) for item, size in rollout.scaled(deployment(7), sets, sets[1])] == [("new", 7)]


def test_a_saturated_new_set_empties_the_others() -> None:
    sets = [owned("old", 2, 2), owned("new", 4, 4, 1)]
    sets[1]["metadata"]["annotations"][rollout.DESIRED] = "4"
    assert [(item["metadata"]["name"], size) for item, size in rollout.scaled(deployment(4), sets, sets[1])] == [("old", 0)]


def test_recreate_shares_nothing_out() -> None:
    sets = [owned("old", 2, 2), owned("new", 2, 2, 1)]
    assert list(rollout.scaled(deployment(8, kind="Recreate"), sets, sets[1])) == []


def test_the_new_set_has_the_highest_revision_and_keeps_it() -> None:
    sets = [owned(name, 1, 1) for name in "abc"]
    for number, item in zip(("2", "10", "junk"), sets, strict=True):
        item["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = number
    found = [rollout.next_revision(sets, new) for new in (None, *sets)]
    assert (found, rollout.next_revision([], None)) == ([11, 11, 3, 11], 1)
