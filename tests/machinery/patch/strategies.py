"""Hypothesis strategies that the tests of patches share."""

from typing import Any

from hypothesis import strategies as st

NOT_NULL: st.SearchStrategy[Any] = st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"])


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """JSON values over few keys, so that two of them often meet."""
    keys = st.sampled_from(["a", "b", "c"])
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=12)


def objects(leaves: st.SearchStrategy[Any] = NOT_NULL) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), trees(leaves), max_size=4)


def patches() -> st.SearchStrategy[dict[str, Any]]:
    """Merge patches; no null within a list, which evanphx/json-patch prunes or keeps depending on what was there."""
    return st.recursive(
        st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.none() | trees(NOT_NULL), max_size=4),
        lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.none() | NOT_NULL | inner, max_size=3),
        max_leaves=6,
    )
