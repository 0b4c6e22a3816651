"""Sums that several Score plugins share."""

from collections.abc import Sequence

from minikube_py.scheduler.framework import MAX_NODE_SCORE


def normalized(scores: Sequence[int], *, reverse: bool = False) -> list[int]:
    """Scale scores so that the highest becomes 100; reversed, the lowest is best (helper.DefaultNormalizeScore)."""
    highest = max(scores)
    if highest == 0:
        return [MAX_NODE_SCORE if reverse else 0] * len(scores)
    scaled = [MAX_NODE_SCORE * score // highest for score in scores]
    return [MAX_NODE_SCORE - score for score in scaled] if reverse else scaled


def broken_linear(shape: Sequence[tuple[int, int]], at: int) -> int:
    """Return the value at `at` of the line through (x, y) points; flat outside of them (helper.BuildBrokenLinearFunction)."""
    for index, (x, y) in enumerate(shape):
        if at <= x:
            if index == 0:
                return shape[0][1]
            left_x, left_y = shape[index - 1]
            # Go's integer division cuts towards zero.
            return left_y + int((y - left_y) * (at - left_x) / (x - left_x))
    return shape[-1][1]
