"""Go's order of equal things."""

import random

from minikube_py.kits import gosort


def by_key(items: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return gosort.ordered(items, lambda one, other: one[0] < other[0])


def test_short_lists_are_sorted_by_insertion_which_is_stable() -> None:
    items = [(number % 3, number) for number in range(12)]
    assert by_key(items) == sorted(items, key=lambda item: item[0])


def test_any_list_is_sorted_and_complete() -> None:
    rng = random.Random(7)
    for length in (0, 1, 13, 49, 50, 200, 1000):
        for keys in (2, 10, 100_000):
            items = [(rng.randrange(keys), number) for number in range(length)]
            found = by_key(items)
            assert [key for key, _ in found] == sorted(key for key, _ in items)
            assert sorted(found) == sorted(items)


def test_sorted_and_reversed_lists_cost_little() -> None:
    for items in ([(number, 0) for number in range(1000)], [(-number, 0) for number in range(1000)]):
        compared = 0

        def less(one: tuple[int, int], other: tuple[int, int]) -> bool:
            nonlocal compared
            compared += 1
            return one < other

        assert gosort.ordered(items, less) == sorted(items)
        assert compared < 1100


def test_hostile_orders_end() -> None:
    items = [(number % 2 * 1000 + number // 2, 0) for number in range(1000)]
    assert by_key(items) == sorted(items)
