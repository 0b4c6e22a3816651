"""Sets of completion indexes as text."""

import pytest

from minikube_py.controllers import jobindexes

CASES = [("", set()), ("0", {0}), ("0,1", {0, 1}), ("0-2", {0, 1, 2}), ("1,3-5,8,9", {1, 3, 4, 5, 8, 9})]


@pytest.mark.parametrize(("text", "indexes"), CASES)
def test_there_and_back(text: str, indexes: set[int]) -> None:
    assert jobindexes.parse(text, 10) == indexes
    assert jobindexes.spell(indexes) == text


def test_what_is_beyond_the_completions_or_no_number_is_passed_over() -> None:
    assert jobindexes.parse("x,2-6,9", 5) == {2, 3, 4}


def test_the_lowest_free_indexes_come_first() -> None:
    assert jobindexes.pending(2, 5, {0, 2}) == [1, 3]
    assert jobindexes.pending(9, 3, {1}) == [0, 2]
